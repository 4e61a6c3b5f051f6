"""The map of the whole run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QColor, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.events import State
from engine.overview import Overview
from engine.trace import Trace
from gui.cursor import Cursor
from gui.main_window import MainWindow
from gui.painting.crowd import crowd_image, threads_in
from gui.settings import Settings
from gui.theme import DARK, LIGHT
from gui.time_axis import TimeAxis
from gui.views.minimap import HEIGHT, MiniMap
from tests.gui.traces import crowded_trace, lock_trace

S = 1_000_000_000
DRAG, PRESS, RELEASE = (
    QEvent.Type.MouseMove,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.MouseButtonRelease,
)


class Stage:
    """The map of a run, with what it shares."""

    def __init__(self, qtbot: QtBot, trace: Trace) -> None:
        self.trace, self.cursor, self.axis = trace, Cursor(), TimeAxis()
        self.cursor.advance(0, trace.now)
        self.axis.fit(trace.now)
        self.view = MiniMap(DARK, self.cursor, self.axis)
        qtbot.addWidget(self.view)
        self.view.resize(1_000, HEIGHT)
        self.view.show_moment(trace, trace.now)

    def mouse(self, kind: QEvent.Type, seconds: float, *, px: float = 0) -> None:
        at = QPointF(self.view.scale.x(seconds * S) + px, HEIGHT / 2)
        button = Qt.MouseButton.LeftButton
        event = QMouseEvent(
            kind, at, self.view.mapToGlobal(at), button, button, Qt.KeyboardModifier.NoModifier
        )
        QApplication.sendEvent(self.view, event)

    def drag(self, start: float, end: float, *, px: float = 0) -> None:
        self.mouse(PRESS, start, px=px)
        self.mouse(DRAG, (start + end) / 2)
        self.mouse(DRAG, end)
        self.mouse(RELEASE, end)

    def colors(self, seconds: float) -> set[str]:
        image = self.view.grab().toImage()
        x = int(self.view.scale.x(seconds * S))
        return {image.pixelColor(x, y).name() for y in range(4, HEIGHT - 4)}


@pytest.fixture
def stage(qtbot: QtBot) -> Stage:
    """The lock preset."""
    return Stage(qtbot, lock_trace())


def test_a_press_goes_there(stage: Stage) -> None:
    stage.axis.put(0, 0.1 * S)
    stage.mouse(PRESS, 0.8)
    assert (stage.axis.start + stage.axis.end) / 2 == pytest.approx(0.8 * S, rel=1e-3)
    assert stage.axis.span == pytest.approx(0.1 * S)
    assert not stage.cursor.following


def test_the_frame_is_dragged_and_keeps_its_length(stage: Stage) -> None:
    stage.axis.put(0.2 * S, 0.4 * S)
    stage.drag(0.25, 0.65)
    assert (stage.axis.start, stage.axis.end) == pytest.approx((0.6 * S, 0.8 * S), rel=1e-3)


def test_an_edge_is_dragged_and_the_other_stays(stage: Stage) -> None:
    stage.axis.put(0.2 * S, 0.4 * S)
    stage.drag(0.4, 0.7)
    assert (stage.axis.start, stage.axis.end) == pytest.approx((0.2 * S, 0.7 * S), rel=1e-3)
    stage.drag(0.2, 0.5)
    assert (stage.axis.start, stage.axis.end) == pytest.approx((0.5 * S, 0.7 * S), rel=1e-3)


@settings(max_examples=30)
@given(st.floats(0, 1.2), st.floats(1e-6, 1.5))
def test_a_frame_can_be_found_and_grabbed_however_short_its_window(
    start: float, length: float
) -> None:
    axis = TimeAxis()
    axis.fit(1.2 * S)
    view = MiniMap(DARK, Cursor(), axis)
    view.resize(1_000, HEIGHT)
    view.show_moment(lock_trace(), 0)
    axis.put(start * S, (start + length) * S)
    frame = view.frame()
    assert frame.width() >= 6
    assert view.scale.left - 6 <= frame.left() <= frame.right() <= view.scale.right + 6
    view.deleteLater()


@pytest.mark.parametrize(
    ("key", "start", "end"),
    [
        (Qt.Key.Key_Right, 0.42, 0.62),
        (Qt.Key.Key_Left, 0.38, 0.58),
        (Qt.Key.Key_Home, -0.1, 0.1),
        (Qt.Key.Key_End, 1.1, 1.3),
        (Qt.Key.Key_Up, 0.42, 0.58),
        (Qt.Key.Key_Return, 0.2, 0.4),
        (Qt.Key.Key_D, 0.42, 0.62),
    ],
)
def test_keys_do_what_the_mouse_can(stage: Stage, key: Qt.Key, start: float, end: float) -> None:
    stage.cursor.seek(0.3 * S)
    stage.axis.put(0.4 * S, 0.6 * S)
    QTest.keyClick(stage.view, key)
    assert (stage.axis.start / S, stage.axis.end / S) == pytest.approx((start, end), abs=1e-3)


def test_a_double_click_shows_the_whole_run(stage: Stage) -> None:
    stage.axis.put(0.4 * S, 0.6 * S)
    stage.mouse(QEvent.Type.MouseButtonDblClick, 0.1)
    assert stage.axis.start <= 0 < stage.trace.now <= stage.axis.end


def test_states_are_where_they_were(stage: Stage) -> None:
    stage.axis.fit(stage.trace.now)
    assert DARK.lock_wait.name() in stage.colors(0.4)
    assert DARK.lock_wait.name() not in stage.colors(0.1)
    assert DARK.running.name() in stage.colors(0.05)


def test_it_tells_in_words(qtbot: QtBot, stage: Stage) -> None:
    stage.view.grab()
    words = stage.view.words_at(stage.view.scale.x(0.4 * S))
    assert "waiting for a lock" in words
    stage.axis.put(0.4 * S, 0.6 * S)
    wanted = "0.40 s to 0.60 s of 1.20 s"
    qtbot.waitUntil(lambda: wanted in stage.view.accessibleDescription())


def test_marks_are_on_it_too(stage: Stage) -> None:
    stage.axis.marks.add(int(0.7 * S))
    stage.axis.marks.show_hits(np.array([int(0.9 * S)]))
    image = stage.view.grab().toImage()
    flag = image.pixelColor(int(stage.view.scale.x(0.7 * S)), 3)
    assert flag.lightness() > 180
    x = int(stage.view.scale.x(0.9 * S))
    hit = [image.pixelColor(x + dx, HEIGHT - 5) for dx in (-1, 0, 1)]
    assert any(abs(c.red() - DARK.other_wait.red()) < 40 for c in hit)


def test_a_run_of_many_slices_is_added_up_over_several_frames(qtbot: QtBot) -> None:
    stage = Stage(qtbot, crowded_trace(16, 350_000))
    stage.view.grab()
    assert not stage.view.is_complete
    for _ in range(6):
        stage.view.grab()
    assert stage.view.is_complete


@settings(max_examples=30)
@given(st.integers(1, 400), st.integers(4, 40))
def test_a_picture_is_as_high_as_the_threads_were_many(width: int, height: int) -> None:
    trace = lock_trace()
    overview = Overview()
    overview.update(trace)
    threads = threads_in(overview, trace, width)
    total = threads.sum() * trace.now / width
    assert total == pytest.approx(overview.states(trace).sum(), rel=1e-6)
    assert threads[:, State.NONE].sum() == 0
    image = crowd_image(LIGHT, threads, height)
    assert (image.width(), image.height()) == (width, height)
    tallest = int(np.argmax(threads.sum(axis=1)))
    assert image.pixelColor(tallest, 0) != QColor(0, 0, 0, 0)


def test_it_can_be_hidden_and_that_is_remembered(window: MainWindow, tmp_path: Path) -> None:
    action = next(a for a in window.navigator.view_actions if a.text() == "Map of the run")
    assert window.panes.minimap.isVisible()
    action.trigger()
    assert not window.panes.minimap.isVisible()
    window.settings.save()
    again = Settings(tmp_path / "settings" / "settings.ini")
    assert not again.minimap
    action.trigger()
    assert window.panes.minimap.isVisible()


def test_the_map_takes_the_keyboard(window: MainWindow) -> None:
    strip = window.panes.minimap
    strip.setFocus()
    assert strip.hasFocus()
    assert strip.focusPolicy() & Qt.FocusPolicy.TabFocus
    assert strip.accessibleName()
