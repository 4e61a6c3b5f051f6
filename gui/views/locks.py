"""The locks view: who holds what, who waits for what.

Why: the lanes show that threads wait; only the graph shows for whom, and only there a deadlock is
seen to be a circle.

Guarantees: a function of `(trace, t)` and the selection; a graph that would not be readable as a
drawing is a list; what is drawn is said in words to screen readers.
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QStackedLayout, QWidget

from engine.events import State
from engine.sentences import called
from engine.trace import Trace
from engine.waits import Edge, Graph, Node, cycle, graph_at
from gui.chips import CHIP, paint_chip
from gui.cursor import Cursor
from gui.labels import lock_ranks, object_name
from gui.lock_rows import LockRows
from gui.lock_scene import LOCK_HEIGHT, Scene, is_deadlock, lay_out, lock_pixels, shown_edges
from gui.pane import EmptyNote
from gui.selection import Selection
from gui.theme import Theme, body_font

TITLE = "Locks"
SUBTITLE = "who holds, who waits"
_ARROW = 11.0
MOST_SAID = 12  # locks, and threads of each, in the words for screen readers
_EMPTY = Graph(0, (), (), ())


class LocksDrawing(QWidget):
    """The graph as a picture.

    Attributes:
        scene: what is drawn, or None when it would not be readable in this size.
    """

    def __init__(self, theme: Theme, selection: Selection) -> None:
        super().__init__()
        self._theme = theme
        self._selection = selection
        self._trace = Trace()
        self._graph = _EMPTY
        self._ranks: dict[int, int] = {}
        self.scene: Scene | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Drawing of locks and threads")
        selection.changed.connect(self._chosen)

    def show_graph(self, trace: Trace, graph: Graph, size: QSize) -> bool:
        """Lay *graph* out in *size*; tell whether it can be drawn."""
        self._trace, self._graph = trace, graph
        self._ranks = lock_ranks(trace)
        self.scene = lay_out(trace, graph, QSizeF(size))
        self.update()
        return self.scene is not None

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Fit anywhere: where it is too narrow the list stands in."""
        return QSize(120, 90)

    def _chosen(self) -> None:
        self.update()

    # --- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw edges, nodes, words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.scene is not None:
            for edge, line in self.scene.lines:
                self._paint_edge(painter, edge, line)
            for placed in self.scene.nodes:
                self._paint_node(painter, placed.node, placed.box, placed.label)
            self._paint_words(painter, self.scene)
            self._paint_outside(painter, self.scene.outside)
        painter.end()

    def _paint_edge(self, painter: QPainter, edge: Edge, line: QLineF) -> None:
        holds = edge.word == "held by"
        color = self._theme.running if holds else self._theme.lock_wait
        pen = QPen(color, 2.2)
        if not holds:
            pen.setDashPattern([3, 2])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        shaft = QLineF(line)
        shaft.setLength(max(1.0, line.length() - _ARROW + 1))
        painter.setPen(pen)
        painter.drawLine(shaft)
        unit = line.unitVector()
        along, side = QPointF(unit.dx(), unit.dy()), QPointF(-unit.dy(), unit.dx())
        foot = line.p2() - along * _ARROW
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawPolygon(
            QPolygonF([line.p2(), foot + side * _ARROW * 0.5, foot - side * _ARROW * 0.5])
        )

    def _paint_node(self, painter: QPainter, node: Node, box: QRectF, label: str) -> None:
        theme = self._theme
        if node.kind == "thread":
            paint_chip(painter, theme, node.number, box)
            chosen = self._selection.lane == node.number
        else:
            painter.setPen(QPen(theme.lock_color(self._ranks.get(node.number, 0)), 2))
            painter.setBrush(theme.field)
            painter.drawRoundedRect(box, 8, 8)
            pixels = lock_pixels(box.height() / LOCK_HEIGHT)
            painter.setFont(body_font(pixels, QFont.Weight.DemiBold))
            painter.setPen(theme.text)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)
            chosen = self._selection.lock == node.number
        if chosen:
            painter.setPen(QPen(theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            around = box.adjusted(-4, -4, 4, 4)
            corner = around.height() / 2 if node.kind == "thread" else 11
            painter.drawRoundedRect(around, corner, corner)

    def _paint_words(self, painter: QPainter, scene: Scene) -> None:
        theme = self._theme
        for words in scene.words:
            bold = words.tone != "quiet"
            tones: dict[str, QColor] = {"deadlock": theme.bad, "circle": theme.other_wait}
            painter.setPen(tones.get(words.tone, theme.quiet))
            pixels = 14 if bold else 12 if words.text in ("held by", "waits for") else 13
            weight = QFont.Weight.DemiBold if bold else QFont.Weight.Normal
            painter.setFont(body_font(pixels, weight))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextDontClip
            painter.drawText(words.box, flags, words.text)

    def _paint_outside(self, painter: QPainter, edges: list[Edge]) -> None:
        """Name the threads that wait for a lock of the circle without being in it."""
        lanes = [edge.source.number for edge in edges if edge.source.kind == "thread"]
        if not lanes:
            return
        painter.setFont(body_font(12))
        text = "also waits:" if len(lanes) == 1 else "also wait:"
        wide = painter.fontMetrics().horizontalAdvance(text) + 8
        room = max(1, int((self.width() - wide - 60) // (CHIP + 4)))
        more = f"+{len(lanes) - room}" if len(lanes) > room else ""
        lanes = lanes[:room]
        left = (self.width() - wide - len(lanes) * (CHIP + 4)) / 2
        top = self.height() - CHIP - 6.0
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setPen(self._theme.quiet)
        painter.drawText(QRectF(left, top, wide, CHIP), middle, text)
        for number, lane in enumerate(lanes):
            box = QRectF(left + wide + number * (CHIP + 4), top, CHIP, CHIP)
            paint_chip(painter, self._theme, lane, box)
        painter.setPen(self._theme.quiet)
        painter.drawText(QRectF(left + wide + room * (CHIP + 4), top, 50, CHIP), middle, more)

    # --- what a person does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the node that was pressed."""
        self._choose(self.scene.at(event.position()) if self.scene else None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk from node to node with the arrow keys."""
        steps = {
            Qt.Key.Key_Right: 1,
            Qt.Key.Key_Down: 1,
            Qt.Key.Key_Left: -1,
            Qt.Key.Key_Up: -1,
        }
        step = steps.get(Qt.Key(event.key()))
        if step is None or not self.scene or not self.scene.nodes:
            super().keyPressEvent(event)
            return
        nodes = [placed.node for placed in self.scene.nodes]
        chosen = [n for n in nodes if n.number == _chosen_number(self._selection, n)]
        place = nodes.index(chosen[0]) + step if chosen else 0
        self._choose(nodes[place % len(nodes)])

    def _choose(self, node: Node | None) -> None:
        if node is None:
            self._selection.clear()
        elif node.kind == "thread":
            self._selection.choose(node.number, self._graph.time)
        else:
            self._selection.choose(lock=node.number)


class LocksView(QWidget):
    """Drawing, list or an explanation, whichever says most.

    Attributes:
        drawing, rows, note: the three.
    """

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        selection: Selection,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._trace = Trace()
        self._graph = _EMPTY
        self.note = EmptyNote("No lock has been used yet.")
        self.drawing = LocksDrawing(theme, selection)
        self.rows = LockRows(theme, selection)
        self._pages = QStackedLayout(self)
        for page in (self.note, self.drawing, self.rows):
            self._pages.addWidget(page)
        self.setAccessibleName(TITLE)

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show the locks of *trace* at *t* (ns)."""
        self._trace, self._graph = trace, graph_at(trace, t)
        self._choose_page()
        said = described(trace, self._graph)
        if said != self.accessibleDescription():
            self.setAccessibleDescription(said)

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self.drawing.set_theme(theme)
        self.rows.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the graph out anew; it may have become a list, or a drawing."""
        super().resizeEvent(event)
        self._choose_page()

    def sizeHint(self) -> QSize:
        """Ask for room for a holder, a lock and its waiters."""
        return QSize(520, 340)

    def _choose_page(self) -> None:
        if not shown_edges(self._graph, cycle(self._graph)):
            self.note.say(*_why_empty(self._trace, self._graph))
            self._pages.setCurrentWidget(self.note)
        elif self.drawing.show_graph(self._trace, self._graph, self.size()):
            self._pages.setCurrentWidget(self.drawing)
        else:
            self.rows.show_graph(self._trace, self._graph)
            self._pages.setCurrentWidget(self.rows)


def described(trace: Trace, graph: Graph) -> str:
    """Return the graph in words: each lock, its holder, its waiters, and the deadlock."""
    parts = []
    ring = cycle(graph)
    if is_deadlock(trace, graph, ring):
        names = [called(trace, e.source.number) for e in ring if e.source.kind == "thread"]
        parts.append("Deadlock of " + " and ".join(names))
    for node in [node for node in graph.nodes if node.kind == "lock"][:MOST_SAID]:
        held = graph.from_node(node)
        by = f"held by {called(trace, held.target.number)}" if held else "held by nobody"
        waits = [called(trace, edge.source.number) for edge in graph.into(node)]
        more = f", waited for by {', '.join(waits[:MOST_SAID])}" if waits else ""
        more += f" and {len(waits) - MOST_SAID} more" if len(waits) > MOST_SAID else ""
        parts.append(f"{object_name(trace, node.number)} {by}{more}")
    return ". ".join(parts) or "No lock is held"


def _why_empty(trace: Trace, graph: Graph) -> tuple[str, str]:
    t = graph.time
    if not len(trace):
        return "Nothing has run yet.", "Press Run."
    others = "What threads wait for instead stands in Contention." if _waits(trace, t) else ""
    if not trace.locks.histories:
        return "No lock has been used in this run.", others
    began = min(int(history.starts.view[0]) for history in trace.locks.histories.values())
    if t < began:
        return "No lock has been taken yet at this moment.", others
    return "No thread holds a lock at this moment.", others


def _waits(trace: Trace, t: int) -> bool:
    """Tell whether a thread waits for anything at *t* (ns)."""
    return any(
        piece is not None and piece.state in (State.WAITS_LOCK, State.WAITS_OTHER)
        for piece in (lane.slice_at(t) for lane in trace.lanes)
    )


def _chosen_number(selection: Selection, node: Node) -> int | None:
    return selection.lane if node.kind == "thread" else selection.lock
