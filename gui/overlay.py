"""A frame that opens over the panes for a moment, and gives the keyboard back when it closes.

Why no window of its own: it moves with ours, needs no window manager, and a screen reader stays
where it is.

Guarantees: Escape closes it and does nothing else (it would stop a run); so does going on
elsewhere; the keyboard is then where it was before.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QWidget


class Overlay(QFrame):
    """The frame; whoever derives from it fills it."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self._came_from: QWidget | None = None
        self.setProperty("role", "pane")
        self.setAccessibleName(name)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_moved)
        self.hide()

    def open_over(self, corner: QPoint, focus: QWidget) -> None:
        """Open with the right upper corner at *corner* of the parent; *focus* gets the keyboard."""
        if not self.isVisible():
            self._came_from = QApplication.focusWidget()
        self.adjustSize()
        self.move(max(0, corner.x() - self.width()), max(0, corner.y()))
        self.show()
        self.raise_()
        focus.setFocus()

    def shut(self) -> None:
        """Close, and give the keyboard back to where it came from."""
        self.hide()
        before, self._came_from = self._came_from, None
        if before is not None and before.isVisible():
            before.setFocus()

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the commands that it has elsewhere."""
        return keeps_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.shut()
        else:
            super().keyPressEvent(event)

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Close when a person goes on elsewhere; not when the whole window is left."""
        if self.isVisible() and new is not None and not (new is self or self.isAncestorOf(new)):
            self._came_from = None
            self.hide()


def keeps_escape(event: QEvent) -> bool:
    """Claim Escape for the widget that *event* came to, before it becomes a command."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    if event.key() != Qt.Key.Key_Escape:
        return False
    event.accept()
    return True
