"""The details view with a trace, for the tests of what it says and of its tables."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engine.trace import Trace
from gui.cursor import Cursor
from gui.selection import Selection
from gui.statistics_view import StatisticsTable
from gui.theme import DARK
from gui.time_axis import TimeAxis
from gui.views.details import DetailsView

S = 1_000_000_000


class Stage:
    """The view with a trace, and what it shares with the others."""

    def __init__(self, qtbot: QtBot, trace: Trace, t: float = 0.5) -> None:
        self.cursor, self.selection = Cursor(), Selection()
        self.cursor.advance(0, trace.now)
        self.view = DetailsView(DARK, self.cursor, TimeAxis(), self.selection)
        qtbot.addWidget(self.view)
        self.view.resize(480, 280)
        self.view.show()
        self.trace = trace
        self.show(t)

    def show(self, t: float) -> None:
        self.view.show_moment(self.trace, int(t * S))
        self.view._late()

    def page(self, page: int) -> None:
        self.view.show_page(page)
        self.view.measuring.finish()

    def say(self) -> dict[str, str]:
        """Return the facts shown: label to words."""
        self.view.measuring.finish()
        return {fact.label: fact.text for fact in self.view.facts.facts}

    def links(self, label: str) -> list[str]:
        return [
            piece.link
            for fact in self.view.facts.facts
            for piece in fact.pieces
            if fact.label == label and piece.link
        ]


def cell(table: StatisticsTable, row: int, head: str) -> str:
    text: str = table.rows.index(row, table.rows.names().index(head)).data()
    return text
