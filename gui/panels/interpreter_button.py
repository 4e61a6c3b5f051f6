"""The button that says which Python runs the script, and its menu of those that there are.

Guarantees: what cannot be used is shown with the reason and cannot be chosen; each entry's path
is in its tooltip; the whole works from the keyboard, and says to a screen reader what it shows.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolButton

from engine.interpreters import Python
from gui import theme

ARROW = "▾"


class InterpreterButton(QToolButton):
    """Shows one interpreter and offers the others.

    Attributes: list_menu; open_action (opens it, for a menu and its key).

    Signals:
        chosen(object): the Python that a person picked.
        other_requested: a file is to be chosen.
        again_requested: the machine is to be looked through again.
        about_to_show: the menu opens.
    """

    chosen = Signal(object)
    other_requested = Signal()
    again_requested = Signal()
    about_to_show = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._text = self._short = ""
        self._compact = False
        self._found: Sequence[Python] | None = None
        self._current = ""
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFont(theme.body_font(13))
        self.setProperty("compact", True)
        self.list_menu = QMenu(self)
        self.list_menu.setToolTipsVisible(True)
        self.list_menu.setAccessibleName("Interpreters")
        self.list_menu.aboutToShow.connect(self.about_to_show)
        self.open_action = QAction("Choose interpreter…", self)
        self.open_action.setShortcut("Ctrl+I")
        self.open_action.triggered.connect(self.show_list)
        self.clicked.connect(self.show_list)
        self.set_list(None, "")

    def set_interpreter(self, text: str, short: str, hint: str) -> None:
        """Show "Python 3.13 · free-threaded", or "3.13t" where there is little room."""
        self._text, self._short = text, short
        self.setToolTip(f"{hint or 'The Python that runs the script'} (Ctrl+I)")
        self.setAccessibleName(f"Interpreter: {text}")
        self.setAccessibleDescription("Opens the list of interpreters")
        self._show()

    def set_compact(self, compact: bool) -> None:
        """Show the short form, or the whole."""
        self._compact = compact
        self._show()

    def set_list(self, found: Sequence[Python] | None, current: str) -> None:
        """Offer *found* (None: still looking); *current* is the path of the one in use."""
        self._found, self._current = found, current
        menu = self.list_menu
        menu.clear()
        groups = _groups(found or ())
        for group in groups:
            for python in group:
                self._add(python)
            menu.addSeparator()
        if not groups:
            words = "Looking for interpreters…" if found is None else "No Python was found"
            menu.addAction(words).setEnabled(False)
            menu.addSeparator()
        menu.addAction("Choose another…").triggered.connect(self.other_requested)
        menu.addAction("Look again").triggered.connect(self.again_requested)

    def entries(self) -> list[QAction]:
        """Return the menu's entries that stand for an interpreter."""
        return [action for action in self.list_menu.actions() if action.data() is not None]

    def show_list(self) -> None:
        """Open the menu below the button; the one in use has the keyboard."""
        size = self.list_menu.sizeHint()
        corner = self.mapToGlobal(QPoint(self.width() - size.width(), self.height() + 2))
        self.list_menu.popup(corner)
        for action in self.entries():
            if action.isChecked():
                self.list_menu.setActiveAction(action)

    def _add(self, python: Python) -> None:
        name = f"{python.environment} — " if python.environment else ""
        words = python.problem if python.problem and not python.release else python.label
        place = "this script’s environment" if python.is_beside else ", ".join(python.where)
        if not python.usable:
            place = python.problem if python.release else ""
            words = words if python.release else f"{python.name} {words}"
        # A menu draws what stands behind a tab at its right edge.
        action = self.list_menu.addAction(f"{name}{words}\t{place}".replace("&", "&&"))
        action.setData(python.path)
        action.setEnabled(python.usable)
        action.setCheckable(python.path == self._current)
        action.setChecked(python.path == self._current)
        asked = "" if python.asked else "\nIt is started, and asked what it is, once you choose it."
        action.setToolTip(f"{python.path}{asked}")
        action.triggered.connect(lambda: self.chosen.emit(python))

    def _show(self) -> None:
        self.setText(f"{self._short if self._compact else self._text} {ARROW}")


def _groups(found: Sequence[Python]) -> list[list[Python]]:
    """Return the script's own, the installed, other environments, and what cannot be used."""
    usable = [python for python in found if python.usable]
    groups = [
        [python for python in usable if python.is_beside],
        [python for python in usable if not python.is_beside and not python.environment],
        [python for python in usable if not python.is_beside and python.environment],
        [python for python in found if not python.usable],
    ]
    return [group for group in groups if group]
