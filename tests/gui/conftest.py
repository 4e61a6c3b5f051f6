"""A whole window for the tests that click it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from gui.main_window import MainWindow
from tests.gui.windows import whole_window


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """The window with the lock preset, its frame clock going."""
    with whole_window(qtbot, tmp_path / "settings" / "settings.ini") as made:
        yield made
