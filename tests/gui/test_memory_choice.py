"""How much memory a run may take is asked, kept to, and remembered."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog
from pytestqt.qtbot import QtBot

from engine.formats.record import Record
from engine.session import Request
from gui.main_window import MainWindow
from gui.settings import MEMORY, MOST_MEMORY, Settings
from tests.engine.test_table import grown


def action_of(window: MainWindow) -> None:
    """Choose the entry of the menu."""
    (found,) = (a for a in window.findChildren(QAction) if a.text().startswith("&Memory"))
    found.trigger()


def test_what_is_chosen_holds_at_once_and_for_later_runs(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    trace = grown(None)
    window.bridge.show(Record(trace, Request(tmp_path / "a.py"), None), "a.threadlab")
    assert trace.memory.limit == MEMORY << 20
    assert trace.memory.spilled == 0
    action_of(window)
    dialog = window.findChild(QInputDialog, "memory")
    assert isinstance(dialog, QInputDialog)
    assert dialog.intValue() == MEMORY
    dialog.setIntValue(64)
    with qtbot.waitSignal(dialog.finished):
        dialog.accept()
    assert window.settings.memory == 64
    assert trace.memory.limit == 64 << 20
    window.bridge.set_memory_limit(10_000)
    assert trace.memory.spilled > 0
    later = grown(None)
    window.bridge.show(Record(later, Request(tmp_path / "b.py"), None), "b.threadlab")
    assert later.memory.limit == 10_000
    assert later.memory.spilled > 0
    window.bridge.clear()


@pytest.mark.parametrize(
    ("written", "read"), [("", MEMORY), ("many", MEMORY), ("-3", 16), ("9" * 12, MOST_MEMORY)]
)
def test_a_damaged_setting_is_the_usual_one(tmp_path: Path, written: str, read: int) -> None:
    file = tmp_path / "settings.ini"
    file.write_text(f"[General]\nmemory={written}\n", "utf-8")
    assert Settings(file).memory == read
