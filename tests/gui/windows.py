"""A whole window for the tests that click it: opened, exposed, and gone when they are over."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from pytestqt.qtbot import QtBot

from engine import scenario
from gui import theme
from gui.app import application
from gui.main_window import MainWindow
from gui.settings import Settings


def show_lock(window: MainWindow) -> None:
    window.show_scenario(scenario.find("lock"))


@contextlib.contextmanager
def whole_window(
    qtbot: QtBot,
    settings: Path,
    show: Callable[[MainWindow], object] = show_lock,
    begin: Callable[[MainWindow], object] = MainWindow.begin,
) -> Iterator[MainWindow]:
    """Open a window that keeps its settings in *settings*; *begin* starts its frame clock."""
    theme.apply(application(), theme.DARK)
    made = MainWindow(Settings(settings), sys.executable)
    made.resize(1600, 900)
    show(made)
    made.show()
    qtbot.waitExposed(made)
    begin(made)
    yield made
    made.panes.code.editor.document().setModified(False)  # else closing asks what to do with it
    made.close()
    made.deleteLater()
    qtbot.wait(1)  # lets the deletion happen: a window left alive is styled again in each test


def quiet_window(qtbot: QtBot, settings: Path) -> contextlib.AbstractContextManager[MainWindow]:
    """Open a window whose frame clock goes but that warms no child."""

    def show(window: MainWindow) -> None:
        window.show_scenario(scenario.find("start-and-join"))

    return whole_window(qtbot, settings, show, lambda window: window.bridge.watch_time())
