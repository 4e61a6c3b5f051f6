from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from gui import theme
from gui.panels.transport import Transport, TransportState
from tests.gui.shells import clipped

S = TransportState


@pytest.fixture
def bar(qtbot: QtBot, qapp: QApplication) -> Iterator[Transport]:
    theme.apply(qapp, theme.DARK)
    window = QWidget()
    qtbot.addWidget(window)
    made = Transport()
    made.set_title("Lock")
    made.set_badge("FREE RUN")
    made.interpreter_button.set_interpreter("Python 3.11 · GIL", "3.11", "")
    column = QVBoxLayout(window)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(made)
    with qtbot.waitActive(window):
        window.resize(1900, 60)
        window.show()
    window.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    window.setFocus()
    yield made
    window.close()


def button(bar: Transport, action: QAction) -> QToolButton:
    return next(b for b in bar.findChildren(QToolButton) if b.defaultAction() is action)


@pytest.mark.parametrize(
    ("state", "enabled"),
    [
        (S.IDLE, {"Run"}),
        (S.STARTING, {"Stop"}),
        (S.RUNNING, {"Pause", "Stop", "Restart", "Live", "Play"}),
        (S.PAUSED, {"Resume", "Stop", "Restart", "Live", "Play"}),
        (S.ENDED, {"Run", "Restart", "Live", "Play"}),
        (S.REPLAYING, {"Run", "Restart", "Live", "Play"}),
    ],
)
def test_only_what_can_be_done_is_enabled(bar: Transport, state: S, enabled: set[str]) -> None:
    bar.set_state(state)
    actions = [
        bar.run_action, bar.pause_action, bar.stop_action,
        bar.restart_action, bar.live_action, bar.play_action,
    ]  # fmt: skip
    assert {action.text() for action in actions if action.isEnabled()} == enabled
    assert bar.play_action.isChecked() == (state is S.REPLAYING)


def test_buttons_ask_for_what_they_say(bar: Transport, qtbot: QtBot) -> None:
    for state, action, signal in (
        (S.IDLE, bar.run_action, bar.run_requested),
        (S.RUNNING, bar.pause_action, bar.pause_requested),
        (S.PAUSED, bar.pause_action, bar.resume_requested),
        (S.RUNNING, bar.stop_action, bar.stop_requested),
        (S.RUNNING, bar.restart_action, bar.restart_requested),
        (S.RUNNING, bar.live_action, bar.live_requested),
        (S.IDLE, bar.theme_action, bar.theme_toggled),
    ):
        bar.set_state(state)
        with qtbot.waitSignal(signal, timeout=1000):
            QTest.mouseClick(button(bar, action), Qt.MouseButton.LeftButton)


def test_keys_do_what_the_tooltips_promise(bar: Transport, qtbot: QtBot) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    none = Qt.KeyboardModifier.NoModifier
    for state, key, modifier, signal in (
        (S.IDLE, Qt.Key.Key_F5, none, bar.run_requested),
        (S.IDLE, Qt.Key.Key_R, control, bar.run_requested),
        (S.RUNNING, Qt.Key.Key_Space, none, bar.pause_requested),
        (S.PAUSED, Qt.Key.Key_Space, none, bar.resume_requested),
        (S.RUNNING, Qt.Key.Key_Escape, none, bar.stop_requested),
        (S.ENDED, Qt.Key.Key_Space, none, bar.play_toggled),
        (S.IDLE, Qt.Key.Key_T, control, bar.theme_toggled),
    ):
        bar.set_state(state)
        with qtbot.waitSignal(signal, timeout=1000):
            QTest.keyClick(bar.window(), key, modifier)
    assert "F5" in bar.run_action.toolTip()
    assert "Space" in bar.pause_action.toolTip()
    assert "Esc" in bar.stop_action.toolTip()


def test_space_belongs_to_the_button_that_has_the_keyboard(bar: Transport, qtbot: QtBot) -> None:
    other = QPushButton("Other")
    layout = bar.window().layout()
    assert layout is not None
    layout.addWidget(other)
    other.show()
    bar.set_state(S.RUNNING)
    other.setFocus()
    with qtbot.assertNotEmitted(bar.pause_requested), qtbot.waitSignal(other.clicked, timeout=1000):
        QTest.keyClick(other, Qt.Key.Key_Space)


def test_the_keyboard_moves_on_to_what_is_likely_next(bar: Transport, qtbot: QtBot) -> None:
    bar.run_action.triggered.connect(lambda: bar.set_state(S.RUNNING))
    run, pause = button(bar, bar.run_action), button(bar, bar.pause_action)
    run.setFocus()
    QTest.keyClick(run, Qt.Key.Key_Space)
    assert pause.hasFocus()
    with qtbot.waitSignal(bar.pause_requested, timeout=1000):
        QTest.keyClick(pause, Qt.Key.Key_Space)
    bar.set_state(S.ENDED)
    assert run.hasFocus()


def test_a_click_leaves_the_keyboard_where_it_was(bar: Transport, qtbot: QtBot) -> None:
    speed = bar.speed_bar.findChildren(QToolButton)[0]
    speed.setFocus()
    QTest.mouseClick(button(bar, bar.run_action), Qt.MouseButton.LeftButton)
    assert speed.hasFocus()


def test_live_stays_pressed_until_something_else_leaves_it(bar: Transport, qtbot: QtBot) -> None:
    bar.set_state(S.RUNNING)
    bar.set_following(True)
    QTest.mouseClick(button(bar, bar.live_action), Qt.MouseButton.LeftButton)
    assert bar.live_action.isChecked()
    bar.set_following(False)
    assert not bar.live_action.isChecked()


def test_playing_is_toggled_and_never_told_by_the_program(bar: Transport, qtbot: QtBot) -> None:
    bar.set_state(S.ENDED)
    told: list[bool] = []
    bar.play_toggled.connect(told.append)
    QTest.mouseClick(button(bar, bar.play_action), Qt.MouseButton.LeftButton)
    QTest.mouseClick(button(bar, bar.play_action), Qt.MouseButton.LeftButton)
    bar.set_playing(True)
    bar.set_state(S.REPLAYING)
    assert told == [True, False]


def test_speeds_are_chosen_one_at_a_time(bar: Transport, qtbot: QtBot) -> None:
    told: list[float] = []
    bar.speed_changed.connect(told.append)
    for each in bar.speed_bar.findChildren(QToolButton):
        QTest.mouseClick(each, Qt.MouseButton.LeftButton)
    assert told == [0.001, 0.01, 0.1, 1.0, 10.0]
    bar.set_speed(0.012)
    assert bar.speed_bar.speed() == 0.01
    assert len(told) == 5


@pytest.mark.parametrize("width", [1280, 1400, 1920, 2560])
def test_nothing_is_clipped_at_any_width(bar: Transport, qapp: QApplication, width: int) -> None:
    bar.set_title("A scenario with a title that is much too long for any bar in the world " * 2)
    bar.set_badge("FREE RUN · replay at 123.62 s")
    bar.interpreter_button.set_interpreter("Python 3.13 · free-threaded", "3.13t", "")
    bar.fit()
    bar.window().resize(width, 60)
    for state in S:
        bar.set_state(state)
        qapp.processEvents()
        assert clipped(bar) == []
    assert bar.is_compact() == (width < 1500)


def test_every_button_has_a_name_and_a_tooltip(bar: Transport) -> None:
    for each in bar.findChildren(QToolButton):
        assert each.accessibleName()
        assert each.toolTip()
    bar.set_state(S.PAUSED)
    assert button(bar, bar.pause_action).accessibleName() == "Resume"


def test_no_key_is_used_twice(bar: Transport) -> None:
    keys = [key.toString() for action in bar.actions() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))
