"""Choosing the Python that runs the scripts: in a real window, with real interpreters."""

from __future__ import annotations

import dataclasses
import os
import sys
import threading
import venv
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from engine import interpreters, scenario, tree
from engine.interpreters import BESIDE, Python, look_at
from gui import theme
from gui.app import application
from gui.interpreter_choice import first_choice
from gui.main_window import MainWindow
from gui.panels.interpreter_button import InterpreterButton
from gui.settings import Settings
from tests.pythons import found_pythons

NET = 60_000


def named(found: Sequence[Python]) -> list[Python]:
    return [dataclasses.replace(each, name=f"{n}") for n, each in enumerate(found)]


@pytest.fixture(scope="module")
def machine() -> list[Python]:
    """The real interpreters, asked once, and some that cannot be used."""
    real = [
        look_at(path) for path in {sys.executable: 0, **dict.fromkeys(found_pythons().values())}
    ]
    old = Python("/old/python", ("PATH",), release="3.9.1", problem="Python 3.9: needs 3.11")
    dead = Python("/dead/python", ("PATH",), name="dead", problem="does not start: no file")
    return [*named(real), old, dead]


@pytest.fixture
def made(qtbot: QtBot, tmp_path: Path) -> Iterator[Callable[..., MainWindow]]:
    windows = []

    def make(machine: Sequence[Python], python: str = sys.executable) -> MainWindow:
        theme.apply(application(), theme.DARK)
        window = MainWindow(Settings(tmp_path / "settings.ini"), python)
        window.interpreters.find = lambda *_, **__: machine
        windows.append(window)
        window.resize(1600, 900)
        window.show_scenario(scenario.find("lock"))
        window.parameters.field("TASK_SECONDS").set_value(0.01)
        window.show()
        qtbot.waitExposed(window)
        window.begin()
        window.interpreters.look()
        qtbot.waitUntil(lambda: window.interpreters.found is not None, timeout=NET)
        return window

    yield make
    for window in windows:
        window.close()
        window.deleteLater()
    qtbot.wait(1)


def button(window: MainWindow) -> InterpreterButton:
    return window.transport.interpreter_button


def entry(window: MainWindow, path: str) -> QAction:
    return next(action for action in button(window).entries() if action.data() == path)


def told(window: MainWindow) -> list[str]:
    return [banner.accessibleName() for banner in window.panes.story._banners]


def other(machine: Sequence[Python]) -> Python:
    """Return one that is not the running one; the running one where there is no other."""
    return next(
        (each for each in machine if each.usable and each.version[:2] != sys.version_info[:2]),
        machine[0],
    )


def run(qtbot: QtBot, window: MainWindow) -> str:
    window.transport.run_action.trigger()
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)
    return window.bridge.trace.interpreter


def test_the_menu_says_what_there_is_and_why_some_cannot_be_used(
    made: Callable[..., MainWindow], machine: list[Python]
) -> None:
    window = made(machine)
    entries = {str(action.data()): action for action in button(window).entries()}
    assert set(entries) == {python.path for python in machine}
    for python in machine:
        action = entries[python.path]
        assert action.isEnabled() is python.usable
        assert python.path in action.toolTip()
        assert (python.problem or python.mark) in action.text()
        assert (python.release or "does not start") in action.text()
    assert entries[sys.executable].isChecked()
    words = [action.text() for action in button(window).list_menu.actions()]
    assert {"Choose another…", "Look again"} <= set(words)


def test_a_choice_is_for_the_next_run_and_is_remembered(
    qtbot: QtBot, made: Callable[..., MainWindow], machine: list[Python], tmp_path: Path
) -> None:
    window = made(machine)
    wanted = other(machine)
    first = run(qtbot, window)
    qtbot.waitUntil(lambda: window.bridge.has_warm_child, timeout=NET)
    spare = window.bridge._spare
    assert spare is not None
    entry(window, wanted.path).trigger()
    assert window.bridge.python == wanted.path
    assert window.settings.python == wanted.path
    qtbot.waitUntil(lambda: window.bridge.has_warm_child, timeout=NET)
    qtbot.waitUntil(lambda: str(window.bridge.interpreter) == wanted.label, timeout=NET)
    qtbot.waitUntil(lambda: wanted is machine[0] or tree.members(spare.pid) == [], timeout=NET)
    # What is shown was made with the one before, and says so.
    assert window.bridge.trace.interpreter == first
    if first != wanted.label:
        assert first in window.transport._badge.text()
    assert button(window).accessibleName() == (
        f"Interpreter: Python {wanted.version[0]}.{wanted.version[1]} · {wanted.mark}"
    )
    assert entry(window, wanted.path).isChecked()
    assert run(qtbot, window) == wanted.label
    assert window.transport._badge.text() == "FREE RUN"
    assert wanted.label in window.transport._badge.toolTip()
    window.settings.save()
    assert first_choice(Settings(tmp_path / "settings.ini")) == (wanted.path, "")


def test_a_run_that_goes_on_is_left_alone(
    qtbot: QtBot, made: Callable[..., MainWindow], machine: list[Python], tmp_path: Path
) -> None:
    window = made(machine)
    script = tmp_path / "endless.py"
    script.write_text("print('begun')\nwhile True:\n    pass\n")
    window.open_script(script)
    window.transport.run_action.trigger()
    qtbot.waitUntil(lambda: len(window.bridge.trace.outputs) > 0, timeout=NET)
    session = window.bridge.session
    before = window.bridge.trace.interpreter
    window.interpreters.choose(other(machine))
    qtbot.waitUntil(lambda: window.bridge.has_warm_child, timeout=NET)
    assert window.bridge.state == "running"
    assert window.bridge.session is session
    assert window.bridge.trace.interpreter == before
    window.bridge.stop()
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)


@pytest.mark.qt_log_ignore("does not support (raise|grabbing)", extend=True)
def test_the_list_opens_by_key_and_is_walked_by_arrows(
    qtbot: QtBot, made: Callable[..., MainWindow], machine: list[Python]
) -> None:
    window = made(machine)
    wanted = other(machine)
    window.activateWindow()
    menu = button(window).list_menu
    QTest.keyClick(window, Qt.Key.Key_I, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(menu.isVisible, timeout=NET)
    assert menu.activeAction() is entry(window, sys.executable)
    for _ in machine:
        if menu.activeAction() is entry(window, wanted.path):
            break
        QTest.keyClick(menu, Qt.Key.Key_Down)
    QTest.keyClick(menu, Qt.Key.Key_Return)
    assert window.bridge.python == wanted.path
    assert not menu.isVisible()


def test_one_that_is_no_python_is_refused_and_the_choice_stays(
    qtbot: QtBot, made: Callable[..., MainWindow], machine: list[Python], tmp_path: Path
) -> None:
    window = made(machine)
    (tmp_path / "text").write_text("hello")
    window.interpreters.choose_path(str(tmp_path / "text"))
    qtbot.waitUntil(lambda: window.findChild(QMessageBox) is not None, timeout=NET)
    (box,) = window.findChildren(QMessageBox)
    assert "does not start" in box.text()
    assert "3.11" in box.informativeText()
    assert window.bridge.python == sys.executable
    assert window.settings.python == ""
    box.close()
    qtbot.wait(1)


def test_another_file_is_asked_before_it_is_used(
    qtbot: QtBot, made: Callable[..., MainWindow], machine: list[Python]
) -> None:
    window = made(machine[:1])
    wanted = other(machine)
    window.interpreters.choose_path(wanted.path)
    qtbot.waitUntil(lambda: window.settings.python == wanted.path, timeout=NET)
    assert entry(window, wanted.path).isChecked()


def test_one_that_is_gone_is_told(
    qtbot: QtBot, made: Callable[..., MainWindow], machine: list[Python], tmp_path: Path
) -> None:
    settings = Settings(tmp_path / "other.ini")
    settings.python = str(tmp_path / "gone")
    path, notice = first_choice(settings)
    assert path == sys.executable
    assert str(tmp_path / "gone") in notice
    window = made(machine, path)
    window.interpreters.notice = notice
    window.conductor._news()
    assert any(str(tmp_path / "gone") in text for text in told(window))
    window.interpreters.choose(machine[0])
    assert not any("gone" in text for text in told(window))
    assert first_choice(settings, "/wanted") == ("/wanted", "")


def test_a_choice_that_does_not_start_any_more_is_told(
    qtbot: QtBot, made: Callable[..., MainWindow], machine: list[Python], tmp_path: Path
) -> None:
    broken = tmp_path / "python"
    broken.write_text("no program\n")
    broken.chmod(0o755)
    window = made(machine, str(broken))
    assert not entry(window, str(broken)).isEnabled()
    assert any("cannot be used" in text for text in told(window))
    window.interpreters.choose(machine[0])
    assert not any("cannot be used" in text for text in told(window))


def test_the_scripts_own_environment_is_offered(
    qtbot: QtBot, made: Callable[..., MainWindow], machine: list[Python], tmp_path: Path
) -> None:
    project = tmp_path / "project"
    project.mkdir()
    script = project / "script.py"
    script.write_text("import sys\nprint(sys.prefix)\n")
    venv.create(project / ".venv", with_pip=False, symlinks=os.name != "nt")
    window = made(machine)
    window.interpreters.find = lambda script, **_: [
        *(
            [dataclasses.replace(look_at(str(project / ".venv")), where=(BESIDE,), asked=False)]
            if script
            else []
        ),
        *machine,
    ]
    window.open_script(script)
    qtbot.waitUntil(lambda: window.interpreters.beside is not None, timeout=NET)
    assert any("project/.venv" in text for text in told(window))
    assert "this script’s environment" in button(window).entries()[0].text()
    window.conductor.act("use-beside")
    qtbot.waitUntil(lambda: window.bridge.python.startswith(str(project)), timeout=NET)
    assert button(window).entries()[0].isChecked()
    assert window.interpreters.beside is None
    run(qtbot, window)
    printed = "".join(output.text for output in window.bridge.trace.outputs)
    assert printed.strip() == str(project / ".venv")


def test_closing_does_not_wait_for_a_look(
    qtbot: QtBot, made: Callable[..., MainWindow], machine: list[Python]
) -> None:
    window = made(machine)
    begun = threading.Event()

    def endless(*_: object, cancelled: Callable[[], bool], **__: object) -> list[Python]:
        begun.set()
        while not cancelled():
            pass
        raise interpreters.Cancelled

    window.interpreters.find = endless
    window.interpreters.look(again=True)
    assert begun.wait(60)
    assert "Looking" in button(window).list_menu.actions()[0].text()
    window.close()
    assert not any(thread.name == "find interpreters" for thread in threading.enumerate())
