"""A whole window for the tests that click it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from engine import scenario
from gui import theme
from gui.app import application
from gui.main_window import MainWindow
from gui.settings import Settings


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """The window with the lock preset, its frame clock going."""
    theme.apply(application(), theme.DARK)
    made = MainWindow(Settings(tmp_path / "settings" / "settings.ini"), sys.executable)
    made.resize(1600, 900)
    made.show_scenario(scenario.find("lock"))
    made.show()
    qtbot.waitExposed(made)
    made.begin()
    yield made
    made.panes.code.editor.document().setModified(False)  # else closing asks what to do with it
    made.close()
    made.deleteLater()
    qtbot.wait(1)  # lets the deletion happen: a window left alive is styled again in each test
