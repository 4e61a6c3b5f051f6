"""The ways through a run that belong to no single pane: the menu Go, and every key."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAction, QKeySequence, QMouseEvent, QShortcut
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from engine.events import Kind, ObjectKind
from engine.trace import Trace
from gui import motion
from gui.keyboard_help import told
from gui.links import other_end, set_free, who_ended
from gui.main_window import MainWindow
from gui.settings import Settings
from tests.gui.traces import TraceBuilder, lock_trace

S = 1_000_000_000


def shown(window: MainWindow, trace: Trace) -> None:
    window.bridge.trace = trace
    window.bridge.tick()
    window.axis.motion = False
    window.axis.fit(trace.now)
    window.cursor_.seek(0)
    window.navigator.history.settle()
    window.panes.activity.setFocus()


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


# ---- from lane to lane


def waits(trace: Trace) -> list[tuple[int, int]]:
    """Return (thread, a moment in it) of each wait that was ended by somebody."""
    found = []
    for number, lane in enumerate(trace.lanes):
        for index in range(len(lane.starts)):
            piece = lane.slice(index)
            if piece is not None and who_ended(trace, number, piece) is not None:
                found.append((number, piece.start))
    return found


def test_from_a_wait_to_who_ended_it_and_back() -> None:
    trace = lock_trace()
    ended = waits(trace)
    assert len(ended) >= 5
    for lane, at in ended:
        there = other_end(trace, lane, at)
        assert there is not None
        back = set_free(trace, there[0], there[1])
        assert back is not None
        piece = trace.lanes[lane].slice_at(at)
        assert piece is not None
        assert (back.target, back.end) == (lane, piece.end)


def test_where_nothing_was_ended_there_is_no_way() -> None:
    trace = lock_trace()
    assert other_end(trace, 1, int(0.1 * S)) is None
    assert other_end(trace, 99, 0) is None


def test_one_that_set_many_free_leads_to_the_first_of_them() -> None:
    build = TraceBuilder()
    lanes = [build.thread(f"T{n}") for n in range(3)]
    lock = build.object(ObjectKind.LOCK, "lock")
    build.at(0, lanes[0], Kind.LOCK_ACQUIRED, lock).at(1, lanes[1], Kind.LOCK_WAIT, lock, -1)
    build.at(3, lanes[0], Kind.LOCK_RELEASED, lock).at(3.1, lanes[1], Kind.LOCK_ACQUIRED, lock)
    trace = build.build(5)
    assert other_end(trace, 1, 2 * S) == (0, 3 * S, 3 * S)
    assert other_end(trace, 0, 3 * S) == (1, int(3.1 * S) - 1, int(3.1 * S))


def test_the_menu_of_a_lane_leads_along_the_arrow(window: MainWindow) -> None:
    trace = lock_trace()
    shown(window, trace)
    view = window.panes.activity
    lane, at = next((lane, at) for lane, at in waits(trace) if lane == 3)
    menu = view.menu_of(view.rows.row_of(lane), at)
    first = menu.actions()[0]
    assert first.text() == "Go to who ended this wait: Thread-2\tEnter"
    first.trigger()
    assert window.selection.lane == 2
    menu.deleteLater()
    assert window.selection.time is not None
    back = view.menu_of(view.rows.row_of(2), window.selection.time)
    assert back.actions()[0].text() == "Go to the wait that this ended: Thread-3\tEnter"
    back.deleteLater()


def test_p_pins_a_lane_and_does_not_play(window: MainWindow) -> None:
    shown(window, lock_trace())
    window.selection.choose(2)
    window.transport.play_action.setEnabled(True)
    QTest.keyClick(window.panes.activity, Qt.Key.Key_P)
    assert not window.cursor_.playing
    assert 2 in window.panes.activity.board.choice.pinned


def test_no_key_means_two_things_in_the_whole_window(window: MainWindow) -> None:
    wide = [
        key.toString()
        for action in window.findChildren(QAction)
        if action.shortcutContext() == Qt.ShortcutContext.WindowShortcut
        for key in action.shortcuts()
    ]
    assert sorted(wide) == sorted(set(wide))


def test_enter_goes_along_the_arrow_and_enter_comes_back(window: MainWindow) -> None:
    trace = lock_trace()
    shown(window, trace)
    view, chosen = window.panes.activity, window.selection
    lane, at = next((lane, at) for lane, at in waits(trace) if lane == 3)
    chosen.choose(lane, at)
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert chosen.lane == 2
    assert window.cursor_.time == chosen.time
    QTest.keyClick(view, Qt.Key.Key_Return)
    assert chosen.lane == 3
    window.navigator.arrow_action.trigger()
    assert chosen.lane == 2
    window.navigator.back_action.trigger()
    assert chosen.lane == 3, "each is a step back"


# ---- the menu and the mouse


def test_the_menu_does_what_the_keys_do(window: MainWindow) -> None:
    shown(window, lock_trace())
    window.cursor_.seek(0.4 * S)
    actions = {a.text().partition("\t")[2]: a for a in window.navigator.menu.actions()}
    actions["M"].trigger()
    assert [mark.time for mark in window.axis.marks.bookmarks] == [int(0.4 * S)]
    window.cursor_.seek(0)
    actions["]"].trigger()
    assert window.cursor_.time == int(0.4 * S)
    window.axis.put(0, 0.1 * S)
    actions["F"].trigger()
    assert window.axis.end > window.bridge.trace.now


def test_the_side_buttons_of_a_mouse_go_back_and_forward(window: MainWindow) -> None:
    shown(window, lock_trace())
    before = window.axis.end
    window.axis.zoom(0.5, 0)
    window.navigator.history.settle()
    view = window.panes.activity
    at = QPointF(300, 100)
    for button, wanted in (
        (Qt.MouseButton.BackButton, before),
        (Qt.MouseButton.ForwardButton, window.axis.end),
    ):
        event = QMouseEvent(
            QEvent.Type.MouseButtonPress,
            at,
            view.mapToGlobal(at),
            button,
            button,
            Qt.KeyboardModifier.NoModifier,
        )
        QApplication.sendEvent(view, event)
        assert window.axis.end == pytest.approx(wanted)


def test_another_run_begins_without_marks_and_steps(window: MainWindow) -> None:
    shown(window, lock_trace())
    window.axis.marks.add(5)
    window.axis.zoom(0.5, 0)
    window.navigator.reset()
    assert not window.axis.marks.bookmarks
    assert not window.navigator.back_action.isEnabled()


def test_escape_takes_the_ruler_away_and_stops_no_run(window: MainWindow) -> None:
    shown(window, lock_trace())
    window.transport.stop_action.setEnabled(True)
    stopped: list[None] = []
    window.transport.stop_requested.connect(lambda: stopped.append(None))
    window.selection.measure(0, S)
    for view in (window.panes.activity, window.panes.value, window.panes.minimap):
        window.selection.measure(0, S)
        view.setFocus()
        QTest.keyClick(view, Qt.Key.Key_Escape)
        assert window.selection.stretch is None
    window.navigator.search()
    QTest.keyClick(window.navigator.strip.edit, Qt.Key.Key_Escape)
    assert not window.navigator.strip.isVisible()
    window.navigator.help_action.trigger()
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    assert not window.navigator.help.isVisible()
    assert not stopped
    window.panes.activity.setFocus()
    QTest.keyClick(window.panes.activity, Qt.Key.Key_Escape)
    assert stopped, "without anything to take away, Escape stops"


def test_back_and_forward_by_their_keys(window: MainWindow) -> None:
    shown(window, lock_trace())
    view, before = window.panes.activity, window.axis.end
    QTest.keyClick(view, Qt.Key.Key_W)
    window.navigator.history.settle()
    zoomed = window.axis.end
    assert zoomed < before
    QTest.keyClick(view, Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    assert window.axis.end == pytest.approx(before)
    QTest.keyClick(view, Qt.Key.Key_Right, Qt.KeyboardModifier.AltModifier)
    assert window.axis.end == pytest.approx(zoomed)


def test_while_a_run_is_followed_the_window_glides(window: MainWindow) -> None:
    build = TraceBuilder()
    thread = build.thread("T")
    bridge, axis = window.bridge, window.axis
    bridge.trace = build.at(0, thread, Kind.THREAD_BEGIN).build(20)
    axis.motion = True
    window.cursor_.follow()
    bridge.tick()
    for _ in range(100):  # to the present
        bridge.elapsed = 16_000_000
        bridge.frame.emit()
    assert axis.end > 20 * S
    spans, steps = axis.span, []
    build.build(20.5)  # what comes in one batch, half a second late
    for frame in range(60):
        build.trace.advance(int(20.5 * S) + frame)  # a frame is drawn only for something new
        bridge.elapsed = 16_000_000
        before = axis.end
        bridge.frame.emit()
        steps.append(axis.end - before)
    assert max(steps) < 0.45 * S, "not in one jump"
    assert min(steps) >= 0
    assert axis.span == pytest.approx(spans)
    assert not window.navigator.back_action.isEnabled(), "nobody did anything"


def test_live_brings_the_window_to_the_end_of_a_run_that_is_over(
    qtbot: QtBot, window: MainWindow
) -> None:
    shown(window, lock_trace())
    window.axis.motion = True
    window.axis.put(-0.02 * S, 0.1 * S)
    window.cursor_.seek(0)
    window.cursor_.follow()
    qtbot.waitUntil(lambda: window.axis.start < window.bridge.trace.now < window.axis.end)


# ---- every key is told


def test_every_shortcut_of_the_window_is_in_the_help(window: MainWindow) -> None:
    added = QAction("A command of &tomorrow…", window)
    added.setShortcut("Ctrl+Alt+Shift+F9")
    shown_keys = told(window.navigator.help.listed())
    for action in window.findChildren(QAction):
        wanted = [key.toString() for key in action.shortcuts() if key.toString()]
        assert not wanted or shown_keys.intersection(wanted), (action.text(), wanted)
    for shortcut in window.findChildren(QShortcut):
        assert shortcut.key().toString() in shown_keys
    more = dict(window.navigator.help.listed()[-1][1])
    assert more[QKeySequence("Ctrl+Alt+Shift+F9").toString()] == "A command of tomorrow"


def test_f1_shows_the_keys_and_escape_closes_them(qtbot: QtBot, window: MainWindow) -> None:
    shown(window, lock_trace())
    view = window.panes.activity
    QTest.keyClick(view, Qt.Key.Key_F1)
    assert window.navigator.help.isVisible()
    QTest.keyClick(focused(), Qt.Key.Key_Escape)
    assert not window.navigator.help.isVisible()
    assert view.hasFocus()
    QTest.keyClick(view, Qt.Key.Key_Question)
    assert window.navigator.help.isVisible()
    window.gallery.view.setFocus()
    assert not window.navigator.help.isVisible(), "who goes on elsewhere wants it gone"


# ---- motion


def test_motion_can_be_turned_off_and_that_is_remembered(
    window: MainWindow, tmp_path: Path
) -> None:
    still = next(a for a in window.navigator.view_actions if "motion" in a.text())
    still.setChecked(True)
    assert window.axis.motion is False
    window.settings.save()
    assert Settings(tmp_path / "settings" / "settings.ini").motion is False
    still.setChecked(False)
    assert motion.wanted(window.settings.motion)


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these systems are asked elsewise")
@pytest.mark.parametrize(
    ("file", "text", "wanted"),
    [
        ("kdeglobals", "[KDE]\nAnimationDurationFactor=0\n", False),
        ("kdeglobals", "[KDE]\nAnimationDurationFactor=0.5\n", True),
        ("gtk-3.0/settings.ini", "[Settings]\ngtk-enable-animations=0\n", False),
        ("gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=false\n", False),
        ("gtk-4.0/settings.ini", "[Settings]\ngtk-enable-animations=true\n", True),
        ("gtk-4.0/settings.ini", "\x00\x01 no settings at all", True),
        ("other", "", True),
    ],
)
def test_the_system_is_asked_whether_it_wants_motion(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str, text: str, wanted: bool
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text)
    assert motion.wanted() is wanted
    assert motion.wanted(not wanted) is not wanted


@pytest.mark.skipif(sys.platform != "linux", reason="GNOME")
@pytest.mark.parametrize(
    ("script", "wanted"),
    [("echo false", False), ("echo true", True), ("exit 1", True), (None, True)],
)
def test_gnome_is_asked_off_the_window_s_thread(
    qtbot: QtBot,
    window: MainWindow,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    script: str | None,
    wanted: bool,
) -> None:
    if script is not None:
        fake = tmp_path / "gsettings"
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
    assert motion.is_gnome()
    assert motion.told_by_gnome() is wanted
    window.axis.motion = not wanted
    window.navigator.begin()
    qtbot.waitUntil(lambda: window.axis.motion is wanted)
    still = next(a for a in window.navigator.view_actions if "motion" in a.text())
    assert still.isChecked() is not wanted
    assert window.settings.motion is None, "nobody has chosen"
