"""The whole window, clicked as a newcomer would: real runs, real children, real widgets."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from engine import scenario, tree
from engine.report import printed
from gui import figures, findings
from gui.main_window import MainWindow
from tests.gui.windows import whole_window

NET = 60_000


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    with whole_window(qtbot, tmp_path / "settings.ini") as made:
        yield made


def press(qtbot: QtBot, window: MainWindow, action: str) -> None:
    wanted = getattr(window.transport, f"{action}_action")
    for button in window.transport.findChildren(QToolButton):
        if button.defaultAction() is wanted:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
            return
    raise AssertionError(f"no button for {action}")


def run(qtbot: QtBot, window: MainWindow, preset: str, **values: float) -> None:
    window.show_scenario(scenario.find(preset))
    for name, value in values.items():
        window.parameters.field(name).set_value(value)
    press(qtbot, window, "run")
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)


def test_the_lock_preset_runs_by_a_click_and_ends_as_expected(
    qtbot: QtBot, window: MainWindow
) -> None:
    run(qtbot, window, "lock", TASK_SECONDS=0.02)
    assert window.status.verdict() == ("total as expected: 5 = 5", "ok")
    assert len(window.bridge.trace.threads) == 6


@pytest.mark.parametrize(
    ("preset", "values", "ending"),
    [
        ("start-and-join", {"PAUSE_SECONDS": 0.01}, "finished"),
        ("lost-update", {"TASK_SECONDS": 0.02}, "finished"),
        ("deadlock", {"TASK_SECONDS": 0.05}, "deadlocked"),
        ("deadlock-fixed", {"TASK_SECONDS": 0.01}, "finished"),
        ("producer-consumer", {}, "finished"),
        ("thread-pool", {"TASK_SECONDS": 0.05}, "finished"),
        ("threads-or-processes", {"ROUNDS": 2}, "finished"),
        ("free-threaded", {"ROUNDS": 2, "UPDATES": 1000}, "finished"),
    ],
)
def test_every_preset_runs_in_the_window(
    qtbot: QtBot, window: MainWindow, preset: str, values: dict[str, float], ending: str
) -> None:
    run(qtbot, window, preset, **values)
    assert window.bridge.outcome is not None
    assert window.bridge.outcome.ending == ending
    assert window.bridge.session is not None
    assert window.bridge.session.intake.errors == []


def test_the_panes_show_the_past_at_the_cursor_and_the_end_again(
    qtbot: QtBot, window: MainWindow
) -> None:
    run(qtbot, window, "lock", TASK_SECONDS=0.02)
    trace = window.bridge.trace
    (series,) = trace.values.series.values()
    middle = int(series.times.view[2]) + 1
    window.cursor_.seek(middle)
    qtbot.waitUntil(lambda: ("now", "2") in window.panes.value.figures(), timeout=NET)
    assert "replay" in figures.badge(window.bridge, window.cursor_)
    press(qtbot, window, "live")
    qtbot.waitUntil(lambda: ("now", "5") in window.panes.value.figures(), timeout=NET)


def test_pause_and_resume_by_the_button(qtbot: QtBot, window: MainWindow) -> None:
    window.show_scenario(scenario.find("start-and-join"))
    press(qtbot, window, "run")
    qtbot.waitUntil(lambda: len(window.bridge.trace.outputs) > 0, timeout=NET)
    press(qtbot, window, "pause")
    states = [str(window.bridge.state)]
    press(qtbot, window, "pause")
    states.append(str(window.bridge.state))
    assert states == ["paused", "running"]
    press(qtbot, window, "stop")
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)
    assert len(window.bridge.trace.gaps) == 1


def test_stop_leaves_no_process(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text("print('begun')\nwhile True:\n    pass\n")
    assert window.open_script(script)
    press(qtbot, window, "run")
    qtbot.waitUntil(lambda: len(window.bridge.trace.outputs) > 0, timeout=NET)
    session = window.bridge.session
    assert session is not None
    press(qtbot, window, "stop")
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)
    assert tree.members(session.pid) == []
    assert printed(window.bridge.trace, 1) == "begun\n"


def test_a_new_run_replaces_the_one_that_is_going(qtbot: QtBot, window: MainWindow) -> None:
    window.show_scenario(scenario.find("start-and-join"))
    press(qtbot, window, "run")
    qtbot.waitUntil(lambda: window.bridge.state == "running", timeout=NET)
    first = window.bridge.session
    press(qtbot, window, "restart")
    qtbot.waitUntil(
        lambda: window.bridge.state == "running" and window.bridge.session is not first,
        timeout=NET,
    )
    assert first is not None
    qtbot.waitUntil(lambda: tree.members(first.pid) == [], timeout=NET)


def test_the_deadlocks_banner_opens_the_fixed_version(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window, "deadlock", TASK_SECONDS=0.05)
    window.conductor.act(findings.OPEN_FIXED)
    assert window.gallery.selected() == "deadlock-fixed"


def test_a_script_with_a_syntax_error_is_shown_and_does_not_run(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    script = tmp_path / "broken.py"
    script.write_text("x = 1\ndef broken(:\n")
    assert not window.open_script(script)
    assert not window.transport.run_action.isEnabled()
    assert window.status.verdict()[1] == "bad"


def test_a_dropped_file_is_opened_and_not_run(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    from PySide6.QtCore import QMimeData, QUrl
    from PySide6.QtGui import QDropEvent

    script = tmp_path / "mine.py"
    script.write_text("print('hello')\n")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(script))])
    drop = QDropEvent(
        QPoint(10, 10).toPointF(),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(drop)
    assert window.conductor.scenario is not None
    assert window.conductor.scenario.path == script.resolve()
    assert window.bridge.state == "idle"


def test_both_themes_can_be_changed_while_a_run_is_shown(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window, "lock", TASK_SECONDS=0.01)
    before = window.grab().toImage().pixelColor(4, 70)
    press(qtbot, window, "theme")
    assert window.grab().toImage().pixelColor(4, 70) != before
    press(qtbot, window, "theme")
    assert window.grab().toImage().pixelColor(4, 70) == before


def test_parameters_are_remembered(qtbot: QtBot, window: MainWindow) -> None:
    window.parameters.field("THREADS").set_value(3)
    window.conductor.remember()
    window.show_scenario(scenario.find("deadlock"))
    window.show_scenario(scenario.find("lock"))
    assert window.parameters.values()["THREADS"] == 3
