"""The identity chip of a thread: a coloured disc with its letter or number.

Why: the same chip stands at the lane, in the code, at the locks, in the console and in the story;
drawn in one place it is the same everywhere.
Guarantees: colour never stands alone, the label is always there; it fits in the box given.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from gui.theme import Theme, chip_label, numbers_font
from gui.tips import plain

CHIP = 20  # px


def paint_chip(painter: QPainter, theme: Theme, index: int, box: QRectF) -> None:
    """Draw the chip of thread *index* into *box* (px): a disc where it is square, else a pill."""
    label = chip_label(index)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.thread_color(index))
    painter.drawRoundedRect(box, box.height() / 2, box.height() / 2)
    share = (0.58, 0.5, 0.42)[min(len(label), 3) - 1] if box.width() == box.height() else 0.75
    size = box.height() * share
    painter.setFont(numbers_font(max(7, round(size)), QFont.Weight.Bold))
    painter.setPen(theme.ink)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)
    painter.restore()


def chip_pixmap(theme: Theme, index: int, side: int = CHIP, scale: float = 1.0) -> QPixmap:
    """Return the chip of thread *index* as a picture, *side* px wide at device *scale*."""
    pixmap = QPixmap(round(side * scale), round(side * scale))
    pixmap.setDevicePixelRatio(scale)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_chip(painter, theme, index, QRectF(0, 0, side, side))
    painter.end()
    return pixmap


class Chip(QWidget):
    """A chip as a widget.

    Attributes:
        index: the thread.
    """

    def __init__(self, theme: Theme, index: int, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.index = index
        self._theme = theme
        self.setFixedSize(CHIP, CHIP)
        self.setAccessibleName(name)
        self.setToolTip(plain(name))

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Say how large a chip is."""
        return QSize(CHIP, CHIP)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chip."""
        painter = QPainter(self)
        paint_chip(painter, self._theme, self.index, QRectF(0.5, 0.5, CHIP - 1, CHIP - 1))
        painter.end()
