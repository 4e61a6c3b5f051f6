"""The pool view: what waits in the queue, what each worker does, what came back.

Why: a pool hides its threads; five tasks and three workers become plain once the two that wait
are seen to wait.

Guarantees: a function of `(trace, t)`; only the cards in sight are drawn; beyond `MOST` cards a
column says how many more there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QStackedLayout, QWidget

from engine.pool import Task
from engine.pool_moment import PoolMoment, Worker, pools_at
from engine.trace import Trace
from gui.chips import CHIP, paint_chip
from gui.cursor import Cursor
from gui.labels import duration
from gui.pane import EmptyNote
from gui.selection import Selection
from gui.theme import Theme, body_font, numbers_font

TITLE = "Pool"
SUBTITLE = "what waits, who works, what came back"
MOST = 200  # cards of a column
_CARD = 31
_STEP = 38
_HEAD = 34
_TITLE = 30
_SIDE = 14


@dataclass(frozen=True, slots=True)
class Card:
    """One card: *chip* is a thread or -1, *dot* a task's state or '', *more* is at the right."""

    name: str
    text: str = ""
    more: str = ""
    chip: int = -1
    chip_last: bool = False
    dot: str = ""
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Section:
    """One pool: its title (empty where it is the only one) and three columns of cards."""

    title: str
    heads: tuple[str, str, str]
    columns: tuple[tuple[Card, ...], tuple[Card, ...], tuple[Card, ...]]

    @property
    def height(self) -> int:
        """How high it is, in px."""
        rows = max(len(column) for column in self.columns)
        return (_TITLE if self.title else 0) + _HEAD + rows * _STEP + 12


class PoolBoard(QAbstractScrollArea):
    """The cards.

    Attributes:
        sections: what is shown.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.sections: list[Section] = []
        self.setFrameShape(QAbstractScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName("Queue, workers and futures")

    def show_sections(self, sections: list[Section]) -> None:
        """Show *sections*, and keep a person's place."""
        if sections != self.sections:
            self.sections = sections
            self._measure()
            self.viewport().update()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the scroll bar."""
        self._measure()

    def _measure(self) -> None:
        room = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, sum(section.height for section in self.sections) - room))
        bar.setPageStep(max(1, room))
        bar.setSingleStep(_STEP)

    # --- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the sections in sight."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        top = -self.verticalScrollBar().value()
        for section in self.sections:
            if top + section.height > 0 and top < self.viewport().height():
                self._paint_section(painter, section, top)
            top += section.height
        painter.end()

    def _paint_section(self, painter: QPainter, section: Section, top: int) -> None:
        width = self.viewport().width()
        if section.title:
            painter.setPen(self._theme.text)
            painter.setFont(body_font(13, QFont.Weight.DemiBold))
            box = QRectF(_SIDE, top + 4, width - 2 * _SIDE, _TITLE - 4)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, section.title)
            top += _TITLE
        column = (width - 4 * _SIDE) / 3
        for number, (head, cards) in enumerate(zip(section.heads, section.columns, strict=True)):
            left = _SIDE + number * (column + _SIDE)
            painter.setPen(self._theme.quiet)
            painter.setFont(body_font(13))
            shown = _elided(painter, head, column)
            painter.drawText(QRectF(left, top, column, _HEAD), Qt.AlignmentFlag.AlignVCenter, shown)
            first = max(0, int(-(top + _HEAD) // _STEP))
            last = max(0, (self.viewport().height() - top - _HEAD) // _STEP + 1)
            for row, card in list(enumerate(cards))[first:last]:
                box = QRectF(left + 0.5, top + _HEAD + row * _STEP + 0.5, column - 1, _CARD)
                self._paint_card(painter, card, box)

    def _paint_card(self, painter: QPainter, card: Card, box: QRectF) -> None:
        theme = self._theme
        painter.setPen(QPen(theme.line, 1))
        painter.setBrush(theme.field)
        painter.drawRoundedRect(box, 6, 6)
        if not card.name and card.chip < 0:
            painter.setPen(theme.quiet)
            painter.setFont(body_font(13))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, card.text)
            return
        left, right = box.left() + 10, box.right() - 10
        centre = box.center().y()
        if card.dot:
            self._paint_dot(painter, card.dot, left, centre)
            left += 19
        if card.chip >= 0:
            x = right - CHIP if card.chip_last else left
            paint_chip(painter, theme, card.chip, QRectF(x, centre - CHIP / 2, CHIP, CHIP))
            right -= CHIP + 8 if card.chip_last else 0
            left += 0 if card.chip_last else CHIP + 9
        self._paint_card_words(painter, card, QRectF(left, box.top(), right - left, box.height()))

    def _paint_card_words(self, painter: QPainter, card: Card, box: QRectF) -> None:
        """Draw name, state and result; the state is left out first, the dot says it as well."""
        middle = Qt.AlignmentFlag.AlignVCenter
        room = box.width() * (0.62 if card.more else 1.0)
        if card.name:
            painter.setFont(body_font(13, QFont.Weight.DemiBold))
            painter.setPen(self._theme.text)
            shown = _elided(painter, card.name, room)
            painter.drawText(box, middle, shown)
            box.setLeft(box.left() + painter.fontMetrics().horizontalAdvance(shown) + 10)
        painter.setFont(numbers_font(13))
        painter.setPen(self._theme.bad if card.dot == "raised" else self._theme.quiet)
        wide = painter.fontMetrics().horizontalAdvance(card.text)
        if card.text and (wide <= box.width() or not card.dot):
            painter.drawText(box, middle, _elided(painter, card.text, box.width()))
            box.setLeft(box.left() + wide + 12)
        if card.more and box.width() > 24:
            shown = _elided(painter, card.more, box.width())
            painter.drawText(box, middle | Qt.AlignmentFlag.AlignRight, shown)

    def _paint_dot(self, painter: QPainter, state: str, left: float, centre: float) -> None:
        """Draw a task's state: filled, half, ring or cross, so that it is not told by colour."""
        theme = self._theme
        colors: dict[str, QColor] = {
            "running": theme.accent,
            "done": theme.running,
            "raised": theme.bad,
            "waiting": theme.quiet,
        }
        color = colors.get(state, theme.quiet)
        box = QRectF(left, centre - 5, 10, 10)
        painter.setPen(QPen(color, 1.8))
        painter.setBrush(color if state == "done" else Qt.BrushStyle.NoBrush)
        if state in ("raised", "cancelled"):
            painter.drawLine(box.topLeft(), box.bottomRight())
            painter.drawLine(box.topRight(), box.bottomLeft())
            return
        painter.drawEllipse(box.adjusted(1, 1, -1, -1))
        if state == "running":
            painter.setBrush(color)
            painter.drawPie(box.adjusted(1, 1, -1, -1), 90 * 16, -180 * 16)


class PoolView(QWidget):
    """The pools, or why there are none.

    Attributes:
        board: the cards.
    """

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        selection: Selection,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.board = PoolBoard(theme)
        self._note = EmptyNote("This script has no pool.")
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._note)
        self._pages.addWidget(self.board)
        self.setAccessibleName(TITLE)

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show the pools of *trace* at *t* (ns)."""
        pools = pools_at(trace, t)
        self.board.show_sections(
            [_section(trace, pool, t, alone=len(pools) == 1) for pool in pools]
        )
        self._pages.setCurrentIndex(1 if pools else 0)
        self._note.say(*_why_empty(trace))
        said = ". ".join(_said(trace, pool) for pool in pools)
        if said != self.accessibleDescription():
            self.setAccessibleDescription(said)

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self.board.set_theme(theme)

    def sizeHint(self) -> QSize:
        """Ask for five tasks."""
        return QSize(720, _HEAD + 5 * _STEP + 12)


def _section(trace: Trace, pool: PoolMoment, t: int, *, alone: bool) -> Section:
    waiting = _folded([Card(task.label, dot="waiting") for task in pool.waiting[:MOST]],
                      len(pool.waiting))  # fmt: skip
    workers = [_worker(worker, t) for worker in pool.workers[:MOST]]
    tasks = _most_telling(pool)
    futures = [_future(task, t) for task in tasks]
    heads = (
        "Waiting in the queue" + (f" ({len(pool.waiting)})" if pool.waiting else ""),
        f"Workers ({len(pool.workers)})",
        f"Futures ({pool.done + pool.earlier} of {len(pool.tasks) + pool.earlier} done)",
    )
    return Section(
        "" if alone else pool.name,
        heads,
        (
            tuple(waiting or [Card("", "empty")]),
            tuple(_folded(workers, len(pool.workers)) or [Card("", "none at this moment")]),
            tuple(_folded(futures, len(pool.tasks) + pool.earlier) or [Card("", "none yet")]),
        ),
    )


def _folded(cards: list[Card], total: int) -> list[Card]:
    return [*cards, Card("", f"{total - len(cards):,} more")] if total > len(cards) else cards


def _most_telling(pool: PoolMoment) -> Sequence[Task]:
    """Return at most `MOST` tasks: those around the first one that has not ended."""
    start = max(0, min(pool.first_open - MOST // 2, len(pool.tasks) - MOST))
    return pool.tasks[start : start + MOST]


def _worker(worker: Worker, t: int) -> Card:
    lasted = _short(t - worker.since)
    if worker.task is None:
        return Card("", f"idle for {lasted}", chip=worker.thread)
    return Card(worker.task.label, more=lasted, chip=worker.thread)


def _future(task: Task, t: int) -> Card:
    state = task.state_at(t)
    more = task.result if state in ("done", "raised") else ""
    worker = task.worker if state == "running" and task.worker is not None else -1
    return Card(task.label, state, " ".join(more.split()), chip=worker, chip_last=True, dot=state)


def _short(ns: int) -> str:
    """Return a length of time that does not flicker: tenths of seconds from 0.1 s on."""
    return f"{ns / 1e9:.1f} s" if ns >= 100_000_000 else duration(ns)


def _elided(painter: QPainter, text: str, width: float) -> str:
    # An exception's text may be long; measuring all of it each frame would be felt.
    return painter.fontMetrics().elidedText(
        text[:400], Qt.TextElideMode.ElideRight, max(0, int(width))
    )


def _said(trace: Trace, pool: PoolMoment) -> str:
    busy = [
        f"{trace.threads[worker.thread].name} runs {worker.task.label}"
        for worker in pool.workers[:20]
        if worker.task
    ]
    idle = sum(worker.task is None for worker in pool.workers)
    return (
        f"{pool.name}: {len(pool.waiting)} waiting, {'; '.join(busy) or 'no worker busy'}, "
        f"{idle} idle, {pool.done + pool.earlier} done"
    )


def _why_empty(trace: Trace) -> tuple[str, str]:
    if not len(trace):
        return "Nothing has run yet.", "Press Run."
    if not trace.tasks.tasks:
        return "This run has used no pool.", ""
    return "No task has been submitted yet at this moment.", ""
