"""The questions about files that only a person can answer, each in one dialog.

Why apart: whoever asks goes on with the answer; how it is asked is nobody else's matter.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

_SCRIPTS = "Python scripts (*.py *.pyw *.pyz);;All files (*)"
Answer = Literal["save", "discard", "cancel"]


def save_first(parent: QWidget, name: str, *, own: bool) -> Answer:
    """Ask what to do with the changes to *name* before they are left."""
    box = QMessageBox(parent)
    box.setWindowTitle("Unsaved changes")
    box.setIcon(QMessageBox.Icon.NoIcon)
    box.setText(f"Save the changes to {name}?")
    box.setInformativeText(
        "The file is as it was. What you changed is lost if you discard it."
        if own
        else "The original is kept: your version is saved as a file of yours."
    )
    buttons = QMessageBox.StandardButton
    box.setStandardButtons(buttons.Save | buttons.Discard | buttons.Cancel)
    box.setDefaultButton(buttons.Save)
    if not own:
        box.button(buttons.Save).setText("Save as…")
    answer = box.exec()
    box.deleteLater()
    if answer == buttons.Save.value:
        return "save"
    return "discard" if answer == buttons.Discard.value else "cancel"


def warn(parent: QWidget, title: str, words: str, more: str = "") -> None:
    """Say why what a person asked for was not done, and go on at once: nothing waits for it."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle(title)
    box.setText(words)
    box.setInformativeText(more)
    box.open()


def script_to_open(parent: QWidget, folder: Path) -> Path | None:
    """Ask which script to open."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open script", str(folder), _SCRIPTS)
    return Path(name) if name else None


def place_to_save(parent: QWidget, proposed: Path) -> Path | None:
    """Ask where to save a script; the dialog asks itself before it takes a file that exists."""
    name, _ = QFileDialog.getSaveFileName(parent, "Save script as", str(proposed), _SCRIPTS)
    if not name:
        return None
    path = Path(name)
    return path if path.suffix else path.with_suffix(".py")
