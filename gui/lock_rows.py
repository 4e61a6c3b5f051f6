"""The wait-for graph as a list: a lock a row, its holder, those that wait.

Why: beyond a dozen nodes, or in a narrow pane, a drawing cannot be read; rows can.
Guarantees: only the rows in sight are drawn; chips that have no room are counted.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea

from engine.trace import Trace
from engine.waits import Edge, Graph, Node
from gui.chips import CHIP, paint_chip
from gui.labels import lock_ranks, object_name
from gui.selection import Selection
from gui.theme import Theme, body_font

_ROW = 36  # px; nearly twice as much where the waiters need a line of their own
_NARROW = 440


class LockRows(QAbstractScrollArea):
    """The graph as rows: a lock, its holder, those that wait. For many locks, or little room."""

    def __init__(self, theme: Theme, selection: Selection) -> None:
        super().__init__()
        self._selection = selection
        self._theme = theme
        self._trace = Trace()
        self._rows: list[tuple[Node, Edge | None, tuple[Edge, ...]]] = []
        self._ranks: dict[int, int] = {}
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setAccessibleName("List of locks")
        selection.changed.connect(self.viewport().update)

    def show_graph(self, trace: Trace, graph: Graph) -> None:
        """Show a row for each lock of *graph*."""
        self._trace = trace
        self._ranks = lock_ranks(trace)
        holders = {edge.source: edge for edge in graph.edges if edge.word == "held by"}
        waiting: dict[Node, list[Edge]] = {}
        for edge in graph.edges:
            if edge.word == "waits for":
                waiting.setdefault(edge.target, []).append(edge)
        self._rows = [
            (node, holders.get(node), tuple(waiting.get(node, ())))
            for node in graph.nodes
            if node.kind == "lock"
        ]
        self._measure()
        self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the scroll bar."""
        self._measure()

    @property
    def _row(self) -> int:
        return _ROW if self.viewport().width() >= _NARROW else 2 * _ROW - 6

    def _measure(self) -> None:
        room = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, len(self._rows) * self._row + 8 - room))
        bar.setPageStep(max(1, room))
        bar.setSingleStep(self._row)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the visible rows."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = 4 - self.verticalScrollBar().value()
        first = max(0, -top // self._row)
        last = min(len(self._rows), (self.viewport().height() - top) // self._row + 1)
        for number in range(first, last):
            self._paint_row(painter, top + number * self._row, *self._rows[number])
        painter.end()

    def _paint_row(
        self, painter: QPainter, top: int, node: Node, held: Edge | None, waits: tuple[Edge, ...]
    ) -> None:
        width = self.viewport().width()
        name = QRectF(12, top + 4, min(150, width * 0.34), _ROW - 8)
        self._paint_lock(painter, node, name)
        holder = [held.target.number] if held else []
        left = self._paint_lanes(painter, "held by", holder, name.right() + 12, top)
        if self._row > _ROW:
            left, top = 12.0, top + _ROW - 6
        self._paint_lanes(painter, "waited for by", [e.source.number for e in waits], left, top)

    def _paint_lock(self, painter: QPainter, node: Node, box: QRectF) -> None:
        theme = self._theme
        painter.setPen(QPen(theme.lock_color(self._ranks.get(node.number, 0)), 2))
        painter.setBrush(theme.field)
        painter.drawRoundedRect(box, 7, 7)
        if node.number == self._selection.lock:
            painter.setPen(QPen(theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box.adjusted(-3, -3, 3, 3), 9, 9)
        painter.setPen(theme.text)
        painter.setFont(body_font(13, QFont.Weight.DemiBold))
        text = object_name(self._trace, node.number)
        metrics = painter.fontMetrics()
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, int(box.width()) - 12)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, shown)

    def _paint_lanes(
        self, painter: QPainter, word: str, lanes: list[int], left: float, top: int
    ) -> float:
        """Draw *word* and the chips of *lanes*; return where they end."""
        if not lanes:
            return left
        painter.setFont(body_font(12))
        painter.setPen(self._theme.quiet)
        wide = painter.fontMetrics().horizontalAdvance(word)
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(left, top, wide + 2, _ROW), middle, word)
        width = self.viewport().width()
        return self._paint_chips(painter, lanes, left + wide + 8, top + _ROW / 2, width) + 12

    def _paint_chips(
        self, painter: QPainter, lanes: list[int], left: float, centre: float, width: int
    ) -> float:
        room = max(1, int((width - left - 40) // (CHIP + 2)))
        for lane in lanes[:room]:
            paint_chip(painter, self._theme, lane, QRectF(left, centre - CHIP / 2, CHIP, CHIP))
            left += CHIP + 2
        if len(lanes) > room:
            painter.setPen(self._theme.text)
            painter.setFont(body_font(12))
            box = QRectF(left + 2, centre - 10, 40, 20)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, f"+{len(lanes) - room}")
            left += 34
        return left
