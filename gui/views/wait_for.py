"""The waits at the cursor: which threads wait, for what, and which thread can end that.

Why: lanes tell that a thread waits and for what; only here every kind of wait at one moment is seen
together, as the wait-for graph, a row for each thing that is waited for.

Guarantees: a function of `(trace, t)` and the selection; a certain edge is a solid arrow, a
possible one is dashed and says so; where nobody is known the row says that; rows that do not
fit scroll.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QSizePolicy

from engine.path_words import who
from engine.trace import Trace
from engine.wait_for import Target, Wait, thing_words, waits_at
from engine.waits import cycle, graph_at
from gui import tips
from gui.chips import CHIP, paint_chip
from gui.contention_words import names
from gui.labels import duration
from gui.selection import Selection
from gui.theme import Theme, body_font

TITLE = "Waits at the cursor"
_HEAD = 26  # px
_ROW = 28
_ARROW = 44.0  # px long
_MOST_CHIPS = 5
MOST_SAID = 8


class WaitForView(QAbstractScrollArea):
    """The rows.

    Attributes: waits (what they show).
    """

    def __init__(self, theme: Theme, selection: Selection) -> None:
        super().__init__()
        self._theme = theme
        self._selection = selection
        self._trace = Trace()
        self._t = 0
        self._shown: tuple[object, ...] = ()
        self._in_circle: frozenset[int] = frozenset()
        self._chips: list[tuple[QRectF, int]] = []
        self.waits: list[Wait] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(TITLE)
        self.verticalScrollBar().setAccessibleName("Scroll waits")
        selection.changed.connect(self._repaint)

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show what threads of *trace* wait for at *t* (ns)."""
        moment = (id(trace), len(trace), t)
        if moment == self._shown:
            return
        self._trace, self._t, self._shown = trace, t, moment
        self.waits = waits_at(trace, t)
        ring = cycle(graph_at(trace, t)) if self.waits else ()
        self._in_circle = frozenset(e.source.number for e in ring if e.source.kind == "thread")
        self.waits.sort(key=lambda wait: not self._in_circle.intersection(wait.lanes))
        said = self.described()
        if said != self.accessibleDescription():
            self.setAccessibleDescription(said)
        self._measure()
        self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self.viewport().update()

    def sizeHint(self) -> QSize:
        """Ask for three rows."""
        return QSize(520, _HEAD + 3 * _ROW + 6)

    def minimumSizeHint(self) -> QSize:
        """Be content with one."""
        return QSize(160, _HEAD + _ROW + 4)

    def described(self) -> str:
        """Return all of it in words: a text twin."""
        parts = [self._head_words()]
        for wait in self.waits[:MOST_SAID]:
            verb = "waits" if len(wait.lanes) == 1 else "wait"
            thing = thing_words(self._trace, wait)
            ends = self.end_words(wait)
            parts.append(f"{names(self._trace, wait.lanes)} {verb} for {thing}: {ends}")
        if len(self.waits) > MOST_SAID:
            parts.append(f"and {len(self.waits) - MOST_SAID} more")
        return ". ".join(parts)

    def end_words(self, wait: Wait) -> str:
        """Return who can end *wait*, with the names."""
        if not wait.targets:
            return "who ends it is not known"
        ends = names(self._trace, [target.lane for target in wait.targets])
        return f"{ends} {self._target_words(wait.targets[0])}"

    def _target_words(self, target: Target) -> str:
        if not target.certain:
            return f"perhaps: {target.words}"
        if target.at is not None and target.at > self._t:
            return f"{target.words} {duration(target.at - self._t)} later"
        return target.words

    def _head_words(self) -> str:
        if not self._trace.threads:
            return "Nothing has run yet"
        count = sum(len(wait.lanes) for wait in self.waits)
        at = f"At {duration(self._t)}"
        if not count:
            return f"{at} nobody waits"
        return f"{at} {count} {'thread waits' if count == 1 else 'threads wait'}"

    def _repaint(self) -> None:
        self.viewport().update()

    def _measure(self) -> None:
        room = self.viewport().height() - _HEAD
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, len(self.waits) * _ROW - room))
        bar.setPageStep(max(1, room))
        bar.setSingleStep(_ROW)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the scroll bar."""
        self._measure()

    # ---- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the heading and the rows in sight."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        theme, width = self._theme, self.viewport().width()
        painter.fillRect(QRectF(0, 0, width, 1), theme.line)
        painter.setFont(body_font(12, QFont.Weight.DemiBold))
        painter.setPen(theme.text)
        place = QRectF(10, 1, width - 20, _HEAD - 1)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, self._head_words())
        painter.setClipRect(QRectF(0, _HEAD, width, self.viewport().height() - _HEAD))
        self._chips = []
        scrolled = self.verticalScrollBar().value()
        first = scrolled // _ROW
        last = min(len(self.waits), (scrolled + self.viewport().height()) // _ROW + 1)
        for number in range(first, last):
            self._paint_row(painter, _HEAD + number * _ROW - scrolled, self.waits[number])
        painter.resetTransform()
        painter.setClipping(False)
        if self.hasFocus():
            painter.setPen(QPen(theme.accent, 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.viewport().rect().adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def _paint_row(self, painter: QPainter, top: int, wait: Wait) -> None:
        theme, width = self._theme, self.viewport().width()
        in_circle = bool(self._in_circle.intersection(wait.lanes))
        left = self._paint_chips(painter, 10.0, top, wait.lanes)
        verb = "waits for " if len(wait.lanes) == 1 else "wait for "
        left = self._paint_words(
            painter, left, top, verb + thing_words(self._trace, wait), 0.5 * width
        )
        if wait.targets:
            left = self._paint_arrow(painter, left, top, wait.targets[0], in_circle=in_circle)
            left = self._paint_chips(painter, left, top, [target.lane for target in wait.targets])
            words = self._target_words(wait.targets[0])
        else:
            words = "who ends it is not known"
        words += " · a circle" if in_circle else ""
        painter.setPen(theme.bad if in_circle else theme.quiet)
        self._paint_words(painter, left, top, words, width - 8, own_pen=True)

    def _paint_words(
        self,
        painter: QPainter,
        left: float,
        top: int,
        words: str,
        right: float,
        *,
        own_pen: bool = False,
    ) -> float:
        """Draw *words* from *left* on, elided before *right*; return where they end."""
        painter.setFont(body_font(12))
        if not own_pen:
            painter.setPen(self._theme.text)
        metrics = painter.fontMetrics()
        room = max(24, int(right - left))
        shown = metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(left, top, room + 2, _ROW), Qt.AlignmentFlag.AlignVCenter, shown)
        return left + metrics.horizontalAdvance(shown) + 8

    def _paint_chips(
        self, painter: QPainter, left: float, top: int, lanes: list[int] | tuple[int, ...]
    ) -> float:
        for lane in lanes[:_MOST_CHIPS]:
            box = QRectF(left, top + (_ROW - CHIP) / 2, CHIP, CHIP)
            paint_chip(painter, self._theme, lane, box)
            if lane == self._selection.lane:
                painter.setPen(QPen(self._theme.text, 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(box.adjusted(-1, -1, 1, 1))
            self._chips.append((box, lane))
            left += CHIP + 3
        if len(lanes) > _MOST_CHIPS:
            return self._paint_words(painter, left + 1, top, f"+{len(lanes) - _MOST_CHIPS}", 1e4)
        return left + 5

    def _paint_arrow(
        self, painter: QPainter, left: float, top: int, target: Target, *, in_circle: bool
    ) -> float:
        color = self._theme.bad if in_circle else self._theme.text
        pen = QPen(color if target.certain else self._theme.quiet, 1.8)
        if not target.certain:
            pen.setDashPattern([2, 2])
        middle, tip = top + _ROW / 2, left + _ARROW
        painter.setPen(pen)
        painter.drawLine(QLineF(left, middle, tip - 7, middle))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(pen.color())
        corners = ((tip, middle), (tip - 8, middle - 4), (tip - 8, middle + 4))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
        return tip + 8

    # ---- what a person does

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the thread of the chip that was pressed, or the first one of the row."""
        at = event.position()
        lane = next((lane for box, lane in self._chips if box.contains(at)), None)
        wait = self._wait_at(at.y())
        if lane is None and wait is not None:
            lane = wait.lanes[0]
        if lane is not None:
            self._selection.choose(lane, self._t)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go: what a press chose is done."""
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk from row to row: the first thread of each is chosen."""
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None or not self.waits:
            super().keyPressEvent(event)
            return
        chosen = self._selection.lane
        at = next((n for n, wait in enumerate(self.waits) if chosen in wait.lanes), None)
        place = 0 if at is None else max(0, min(len(self.waits) - 1, at + step))
        self._selection.choose(self.waits[place].lanes[0], self._t)
        bar = self.verticalScrollBar()
        top = place * _ROW
        bar.setValue(max(top + _ROW - bar.pageStep(), min(bar.value(), top)))

    def _wait_at(self, y: float) -> Wait | None:
        place = int(y - _HEAD + self.verticalScrollBar().value()) // _ROW
        inside = y >= _HEAD and 0 <= place < len(self.waits)
        return self.waits[place] if inside else None

    def viewportEvent(self, event: QEvent) -> bool:
        """Answer a resting pointer with the names and with who can end the wait."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            tips.show(event, self.tooltip_at(event.pos().y()), self)
            return True
        return super().viewportEvent(event)

    def tooltip_at(self, y: float) -> str:
        """Return what to say of the row at *y*."""
        wait = self._wait_at(y)
        if wait is None:
            return ""
        since = duration(self._t - wait.since)
        first = who(self._trace, wait.lanes[0])
        thing = thing_words(self._trace, wait)
        waiting = names(self._trace, wait.lanes)
        return f"{waiting} for {thing}\n{first} for {since} so far\n{self.end_words(wait)}"
