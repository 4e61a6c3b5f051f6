"""What a script is called with: its arguments and its working folder, as a shell would give them.

Guarantees: what is typed is kept as it was typed; a line that cannot be split, or a folder that is
not there, says why below its field, and nothing runs with it; an empty folder is the script's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QGridLayout, QLabel, QLineEdit, QToolButton, QWidget

from engine.program import joined_arguments, split_arguments
from gui import icons, theme
from gui.panels.fields import RefusalNote

MARGINS = (13, 0, 9, 8)
_ARGUMENTS_HINT = (
    "What the script finds in sys.argv[1:], split as a shell does: "
    "quotation marks keep words together"
)
_FOLDER_HINT = "Where relative paths begin; empty: the script's own folder"


@dataclass(frozen=True, slots=True)
class Called:
    """How a script is called: the texts of both fields as a person typed them."""

    arguments: str = ""
    folder: str = ""


def called_with(words: Sequence[str], directory: Path | None, own: Path) -> Called:
    """Return how a script, whose *own* folder that is, was called with *words* in *directory*."""
    elsewhere = directory is not None and directory != own
    return Called(joined_arguments(words), str(directory) if elsewhere else "")


class RunFields(QWidget):
    """The fields for arguments and working folder of a script.

    Signals:
        changed: a `Called`, after a person has changed one of the two.
    """

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._default = Path()
        self._told = Called()
        self.arguments_edit = _line("Arguments", _ARGUMENTS_HINT)
        self.arguments_edit.setPlaceholderText("none")
        self.folder_edit = _line("Working folder", _FOLDER_HINT)
        self.browse_button = QToolButton()
        self.browse_button.setProperty("role", "quiet")
        self.browse_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.browse_button.setAccessibleName("Choose the working folder")
        self.browse_button.setToolTip("Choose the working folder")
        self.browse_button.clicked.connect(self._browse)
        self._arguments_note, self._folder_note = RefusalNote(), RefusalNote()
        grid = QGridLayout(self)
        grid.setContentsMargins(*MARGINS)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        grid.addWidget(_label("Arguments", self.arguments_edit), 0, 0)
        grid.addWidget(self.arguments_edit, 0, 1, 1, 2)
        grid.addWidget(self._arguments_note, 1, 0, 1, 3)
        grid.addWidget(_label("Folder", self.folder_edit), 2, 0)
        grid.addWidget(self.folder_edit, 2, 1)
        grid.addWidget(self.browse_button, 2, 2)
        grid.addWidget(self._folder_note, 3, 0, 1, 3)
        for edit in (self.arguments_edit, self.folder_edit):
            edit.editingFinished.connect(self._finish)
        theme.notifier().changed.connect(self._dress)
        self._dress()

    def show_called(self, called: Called, default: Path) -> None:
        """Show how a script is called, whose own folder is `default`, without telling anyone."""
        self._default, self._told = default, called
        self.arguments_edit.setText(called.arguments)
        self.folder_edit.setText(called.folder)
        self.folder_edit.setPlaceholderText(default.name or str(default))
        for edit in (self.arguments_edit, self.folder_edit):
            edit.setCursorPosition(0)
        self.folder_edit.setToolTip(f"{_FOLDER_HINT}\n{default}")
        self._check()

    def called(self) -> Called:
        """Return what both fields hold."""
        return Called(self.arguments_edit.text(), self.folder_edit.text())

    def arguments(self) -> tuple[str, ...]:
        """Return the arguments as words; ValueError says why they cannot be split."""
        return split_arguments(self.arguments_edit.text())

    def directory(self) -> Path | None:
        """Return the working folder; ValueError when there is no such folder.

        None for a script that is not saved yet, whose own folder need not exist.
        """
        text = self.folder_edit.text().strip()
        if not text:
            return self._default if self._default.is_dir() else None
        folder = (self._default / Path(text).expanduser()).absolute()
        if not folder.is_dir():
            why = "is a file" if folder.is_file() else "does not exist"
            raise ValueError(
                f"The working folder {folder} {why}. Choose another, or leave it empty."
            )
        return folder

    def stops(self) -> tuple[QWidget, ...]:
        """Return what the Tab key reaches, in that order."""
        return self.arguments_edit, self.folder_edit, self.browse_button

    def complaint(self) -> str:
        """Return why something cannot be taken; empty if all can."""
        return self._arguments_note.text() or self._folder_note.text()

    def focus_refused(self) -> None:
        """Put the cursor where something cannot be taken."""
        edit = self.arguments_edit if self._arguments_note.text() else self.folder_edit
        edit.setFocus(Qt.FocusReason.OtherFocusReason)

    def _dress(self) -> None:
        self.browse_button.setIcon(icons.icon("open", theme.current().quiet))

    def _finish(self) -> None:
        self._check()
        for edit in self.arguments_edit, self.folder_edit:
            if not edit.hasFocus():
                edit.setCursorPosition(0)  # a long text shows its beginning
        called = self.called()
        if called != self._told:
            self._told = called
            self.changed.emit(called)

    def _check(self) -> None:
        for edit, note, ask in (
            (self.arguments_edit, self._arguments_note, self.arguments),
            (self.folder_edit, self._folder_note, self.directory),
        ):
            why = ""
            try:
                ask()
            except ValueError as error:
                why = str(error)
            note.say(why)
            if edit.property("wrong") != bool(why):
                edit.setProperty("wrong", bool(why))
                edit.style().polish(edit)

    def _browse(self) -> None:
        start = str(self._default)
        chosen = QFileDialog.getExistingDirectory(self, "Choose the working folder", start)
        if chosen:
            self.folder_edit.setText("" if Path(chosen) == self._default else chosen)
            self._finish()


def _line(name: str, hint: str) -> QLineEdit:
    edit = QLineEdit()
    edit.setAccessibleName(name)
    edit.setAccessibleDescription(hint)
    edit.setToolTip(hint)
    edit.setMinimumWidth(64)
    return edit


def _label(text: str, buddy: QWidget) -> QLabel:
    label = QLabel(text)
    label.setBuddy(buddy)
    return label
