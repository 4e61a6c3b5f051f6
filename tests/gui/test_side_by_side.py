"""Both builds side by side in the window: after the run, stoppable, and gone with it."""

from __future__ import annotations

import dataclasses
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from engine import scenario
from engine.interpreters import Python, look_at
from gui import findings, theme
from gui.app import application
from gui.main_window import MainWindow
from gui.settings import Settings
from tests.pythons import found_pythons

NET = 60_000
FREE = next((path for name, path in found_pythons().items() if name.endswith("t")), "")


def other_build() -> Python:
    """Return a free-threaded one; where there is none, the running one in its place."""
    own = look_at(FREE or sys.executable)
    return own if FREE else dataclasses.replace(own, free_threaded=True, gil=False)


@pytest.fixture
def made(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., MainWindow]]:
    windows = []

    def make(*machine: Python) -> MainWindow:
        theme.apply(application(), theme.DARK)
        window = MainWindow(Settings(tmp_path / "settings.ini"), sys.executable)
        windows.append(window)
        window.interpreters.find = lambda *_, **__: machine
        window.resize(1600, 900)
        window.show_scenario(scenario.find("free-threaded"))
        for name, value in {"UPDATES": 1000, "ROUNDS": 2, "THREADS": 2}.items():
            window.parameters.field(name).set_value(value)
        window.show()
        qtbot.waitExposed(window)
        window.begin()
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()
    qtbot.wait(1)
    assert not [each for each in threading.enumerate() if each.name == "side by side"]


def run(qtbot: QtBot, window: MainWindow) -> None:
    window.transport.run_action.trigger()
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)


def endless(window: MainWindow, tmp_path: Path) -> Path:
    """Make the bare runs of the preset endless; return the file that holds the child's number."""
    note = tmp_path / "pid"
    script = tmp_path / "free_threaded.py"
    script.write_text(
        "import os, sys\n"
        "if 'bare' in ''.join(sys.orig_argv):\n"
        f"    with open({str(note)!r} + 'x', 'w') as file: file.write(str(os.getpid()))\n"
        f"    os.rename({str(note)!r} + 'x', {str(note)!r})\n"
        "    while True: pass\n"
    )
    preset = scenario.find("free-threaded")
    window.show_scenario(
        dataclasses.replace(preset, path=script, text=script.read_text(), parameters=())
    )
    return note


def told(window: MainWindow) -> str:
    return " ".join(banner.accessibleName() for banner in window.panes.story._banners)


def test_both_builds_stand_side_by_side_after_the_run(
    qtbot: QtBot, made: Callable[..., MainWindow]
) -> None:
    other = other_build()
    window = made(other)
    assert window.panes.notes.card.isHidden()
    run(qtbot, window)
    bare = window.side_by_side
    qtbot.waitUntil(lambda: bare.comparison is not None and bare.comparison.over, timeout=NET)
    card = window.panes.notes.card
    table = {row[0]: row[1:] for row in card.table()[1:]}
    assert table[""][1] == other.label
    assert table["Expected counter"] == ["2,000", "2,000"]
    assert all(value.endswith(" s") for value in table["Whole run"])
    assert table["Speed-up"][0].endswith("times")
    assert card.stop_button.isHidden()
    assert "without probes" in " ".join(
        label.text() for label in card.findChildren(type(card._advice))
    )
    assert f"{other.label}: speed-up {table['Speed-up'][1]}" in told(window)
    window.conductor.act(findings.SHOW_BESIDE)
    assert window.panes.notes.isVisible()
    assert card.isVisible()
    names = [cell.accessibleName() for cell in card._cells.values()]
    assert "Expected counter, Free-threaded build: 2,000" in names


def test_a_machine_with_one_build_says_how_to_get_the_other(
    qtbot: QtBot, made: Callable[..., MainWindow]
) -> None:
    window = made(look_at(sys.executable))
    run(qtbot, window)
    bare = window.side_by_side
    qtbot.waitUntil(lambda: bare.comparison is not None and bare.comparison.over, timeout=NET)
    card = window.panes.notes.card
    assert "none found here" in card.table()[1]
    assert "uv python install 3.13t" in card._advice.text()
    assert "none was found here" in told(window)


def test_it_can_be_stopped_and_leaves_no_process(
    qtbot: QtBot, made: Callable[..., MainWindow], tmp_path: Path
) -> None:
    window = made(other_build())
    note = endless(window, tmp_path)
    run(qtbot, window)
    qtbot.waitUntil(note.exists, timeout=NET)
    window.workspace.raise_pane("notes")
    assert "Measuring" in told(window)
    qtbot.mouseClick(window.panes.notes.card.stop_button, Qt.MouseButton.LeftButton)
    assert not window.side_by_side.going_on
    pid = int(note.read_text())
    qtbot.waitUntil(lambda: not psutil.pid_exists(pid), timeout=NET)
    assert "stopped" in window.panes.notes.card.table()[2]


@pytest.mark.parametrize("what", ["run", "another script", "close"])
def test_it_gives_way(
    qtbot: QtBot, made: Callable[..., MainWindow], tmp_path: Path, what: str
) -> None:
    window = made(other_build())
    note = endless(window, tmp_path)
    run(qtbot, window)
    qtbot.waitUntil(note.exists, timeout=NET)
    pid = int(note.read_text())
    if what == "run":
        note.unlink()
        window.transport.run_action.trigger()
        qtbot.waitUntil(lambda: window.bridge.state == "running", timeout=NET)
        qtbot.waitUntil(note.exists, timeout=NET)
        assert int(note.read_text()) != pid
    elif what == "another script":
        window.show_scenario(scenario.find("lock"))
        assert window.side_by_side.comparison is None
        assert window.panes.notes.card.isHidden()
    else:
        window.close()
    qtbot.waitUntil(lambda: not psutil.pid_exists(pid), timeout=NET)


def test_another_lesson_measures_nothing(qtbot: QtBot, made: Callable[..., MainWindow]) -> None:
    window = made(other_build())
    window.show_scenario(scenario.find("lock"))
    window.parameters.field("TASK_SECONDS").set_value(0.01)
    run(qtbot, window)
    assert window.side_by_side.comparison is None
