"""The legend of the lanes, drawn with the same shapes as the lanes themselves."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from engine.events import State
from gui.painting.lane_painter import looks, paint_runnable, paint_slice
from gui.theme import Theme, body_font

_SWATCH = 18
_GAP = 14
#: words, state, whether a lock is held; None stands for running without a core
_ENTRIES: tuple[tuple[str, State | None, bool], ...] = (
    ("running", State.RUNNING, False),
    ("holds a lock", State.RUNNING, True),
    ("waits for a lock", State.WAITS_LOCK, False),
    ("waits for another", State.WAITS_OTHER, False),
    ("sleeping", State.SLEEPING, False),
    ("not on a core", None, False),
)


class Legend(QWidget):
    """What the shapes mean; entries that find no room are left out from the right."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setMinimumWidth(0)
        self.setAccessibleName("Legend")
        self.setAccessibleDescription(", ".join(words for words, _, _ in _ENTRIES))

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self.update()

    def sizeHint(self) -> QSize:
        """Ask for room for all entries."""
        return QSize(int(sum(self._widths())), 24)

    def minimumSizeHint(self) -> QSize:
        """Be content with the first entry."""
        return QSize(int(self._widths()[0]), 24)

    def _widths(self) -> list[float]:
        metrics = QFontMetrics(body_font(12))
        return [_SWATCH + 7 + metrics.horizontalAdvance(words) + _GAP for words, _, _ in _ENTRIES]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the entries, flush right."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(body_font(12))
        look = looks(self._theme.name, self.devicePixelRatioF())
        widths = self._widths()
        while widths and sum(widths) > self.width() + 1:
            widths.pop()
        x = self.width() - sum(widths) + _GAP / 2
        middle = self.height() / 2
        for (words, state, held), width in zip(_ENTRIES, widths, strict=False):
            box = QRectF(round(x), round(middle - 6), _SWATCH, 11)
            if state is None:
                paint_runnable(painter, look, box)
            else:
                lock = self._theme.lock_color(0) if held else None
                paint_slice(painter, look, state, box, lock)
            painter.setPen(self._theme.quiet)
            painter.drawText(QPointF(round(x) + _SWATCH + 7, middle + 4.5), words)
            x += width
        painter.end()
