"""A field that opens into a list of choices.

Guarantees: the wheel changes it only while it has the keyboard, so scrolling past never edits.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox

from gui import icons, theme


class DropDown(QComboBox):
    """A combo box with our own arrow: the style sheet takes Fusion's away with its frame."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.notifier().changed.connect(self._dress)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Change only with the keyboard's attention; otherwise what is around it scrolls."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Add the arrow."""
        super().paintEvent(event)
        box = QRectF(self.width() - 20, self.height() / 2 - 6, 12, 12)
        painter = QPainter(self)
        icons.paint(painter, "down", box, theme.current().quiet)
        painter.end()

    def _dress(self) -> None:
        self.update()
