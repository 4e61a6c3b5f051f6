"""A pane of lanes with its strip, for tests that click it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QMouseEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.events import Kind
from engine.trace import Trace
from gui.cursor import Cursor
from gui.painting.ruler import RULER
from gui.panels.lane_filter_strip import LaneFilterStrip
from gui.selection import Selection
from gui.theme import DARK
from gui.time_axis import TimeAxis
from gui.views.activity import ActivityView
from tests.gui.traces import TraceBuilder

S = 1_000_000_000
DOWN = Qt.Key.Key_Down
LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Stage:
    """A pane of lanes with its strip."""

    def __init__(self, qtbot: QtBot, trace: Trace, t: float = 0.5, height: int = 340) -> None:
        self.trace, self.t = trace, int(t * S)
        self.cursor, self.axis, self.selection = Cursor(), TimeAxis(), Selection()
        self.cursor.advance(0, trace.now)
        self.axis.fit(trace.now)
        self.view = ActivityView(DARK, self.cursor, self.axis, self.selection)
        self.board, self.choice = self.view.board, self.view.board.choice
        self.strip = LaneFilterStrip(self.board)
        qtbot.addWidget(self.view)
        qtbot.addWidget(self.strip)
        self.view.resize(1_000, height)
        self.show()

    def show(self) -> None:
        """Show a frame, and let a pass through the lanes come to its end."""
        self.view.show_moment(self.trace, self.t)
        while self.board._finder.is_looking:
            self.board._look()
        self.view.grab()

    def order(self) -> list[int]:
        """Show a frame; return the lanes that have a row, from top to bottom."""
        self.show()
        return self.board.rows.order

    def chosen(self) -> int | None:
        return self.selection.lane

    def heading(self) -> int | None:
        return self.view._actions.heading

    def key(
        self, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
    ) -> None:
        QTest.keyClick(self.view, key, modifiers)

    def click(self, at: QPointF, button: Qt.MouseButton = LEFT) -> None:
        for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
            self.mouse(kind, at, button)

    def mouse(self, kind: QEvent.Type, at: QPointF, button: Qt.MouseButton) -> None:
        event = QMouseEvent(kind, at, at, button, button, Qt.KeyboardModifier.NoModifier)
        QApplication.sendEvent(self.view, event)

    def at_heading(self, process: int) -> QPointF:
        row = self.board.rows.heading_of(process)
        assert row is not None
        return QPointF(60, RULER + row.top + self.board.offset + 8)


def many(threads: int, processes: int = 1) -> Trace:
    build = TraceBuilder()
    for number in range(1, processes):
        build.process(f"worker-{number}")
    for number in range(threads):
        lane = build.thread(f"Thread-{number}", number % processes)
        build.at(0.001 * number, lane, Kind.THREAD_BEGIN)
    return build.build(2.0)
