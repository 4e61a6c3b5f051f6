"""The menus of what is done with a script as a file, and with its text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenuBar

from gui.recent import RecentMenu

if TYPE_CHECKING:
    from gui.main_window import MainWindow

Keys = QKeySequence.StandardKey


class FileMenus(QObject):
    """The menus File and Edit. Attributes: recent, save_action, revert_action."""

    def __init__(self, window: MainWindow, bar: QMenuBar) -> None:
        super().__init__(window)
        self._window = window
        files = window.files
        menu = bar.addMenu("&File")
        menu.addAction(self._action("&New script", Keys.New, files.new))
        menu.addAction(self._action("&Open script…", Keys.Open, files.ask_to_open))
        self.recent = RecentMenu(window.settings, window)
        self.recent.chosen.connect(files.open)
        self.recent.missing.connect(files.missing)
        menu.addMenu(self.recent)
        menu.addSeparator()
        self.save_action = self._action("&Save", Keys.Save, files.save)
        self.save_action.setToolTip("Write the changes to the file")
        menu.addAction(self.save_action)
        menu.addAction(self._action("Save &as…", "Ctrl+Shift+S", files.save_as))
        self.revert_action = self._action("Re&vert to the original", None, files.revert)
        menu.addAction(self.revert_action)
        menu.addSeparator()
        window.runs.fill_menu(menu)
        menu.addSeparator()
        menu.addAction(self._action("&Quit", Keys.Quit, window.close))
        self._editing(bar)
        files.stands.connect(self._show)
        self._show()

    def _editing(self, bar: QMenuBar) -> None:
        view = self._window.panes.code
        editor = view.editor
        menu = bar.addMenu("&Edit")
        menu.addAction(view.header.edit_action)
        menu.addSeparator()
        undo = self._action("&Undo", Keys.Undo, editor.undo)
        redo = self._action("&Redo", Keys.Redo, editor.redo)
        menu.addActions([undo, redo])
        menu.addSeparator()
        find = self._action("&Find…", Keys.Find, view.find_bar.open)
        comment = self._action("&Comment out, or in", "Ctrl+/", editor.toggle_comment)
        menu.addActions([find, comment])
        # What cannot be seen is not changed: not while the code is only read.
        for action in (undo, redo, find, comment):
            action.setEnabled(False)
            view.header.edit_toggled.connect(action.setEnabled)

    def _action(self, text: str, keys: Keys | str | None, act: Callable[[], object]) -> QAction:
        action = QAction(text, self)
        if keys is not None:
            action.setShortcut(QKeySequence(keys))
        action.triggered.connect(lambda _=False: act())
        return action

    def _show(self) -> None:
        window, files = self._window, self._window.files
        self.save_action.setEnabled(files.is_modified or files.base is None)
        self.revert_action.setEnabled(files.is_modified)
        name = files.path.name if files.path else ""
        window.setWindowTitle(f"{name}[*] · ThreadLab" if name else "ThreadLab[*]")
        window.setWindowModified(files.is_modified)
