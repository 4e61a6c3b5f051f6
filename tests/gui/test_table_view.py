"""The table of events and slices: the picture in words, in step with the cursor."""

from __future__ import annotations

import csv
import io

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAccessible, QAction, QKeySequence, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from engine.columns import Ints
from engine.events import Kind, ObjectKind, State
from engine.trace import Trace
from gui.cursor import Cursor
from gui.selection import Selection
from gui.table_model import LINE, OBJECT, SINCE, THREAD, TIME, VALUE, WHAT
from gui.table_rows import Row
from gui.theme import DARK, LIGHT
from gui.time_axis import TimeAxis
from gui.views.table import TableView
from tests.gui.traces import TraceBuilder, crowded_trace, lock_trace, pool_trace, race_trace

S = 1_000_000_000
NET = 30_000


class Stage:
    """A table with what it shares with the other views."""

    def __init__(self, qtbot: QtBot, trace: Trace, t: int | None = None) -> None:
        self.cursor, self.axis, self.selection = Cursor(), TimeAxis(), Selection()
        self.trace = trace
        self.cursor.end = trace.now
        self.cursor.seek(trace.now if t is None else t)
        self.view = TableView(DARK, self.cursor, self.axis, self.selection)
        qtbot.addWidget(self.view)
        self.view.resize(760, 420)
        self.view.show()
        self.draw()

    def draw(self) -> None:
        self.view.show_moment(self.trace, self.cursor.time)

    def seek(self, t: int) -> None:
        self.cursor.seek(t)
        self.draw()

    @property
    def current(self) -> int:
        return self.view.rows.currentIndex().row()

    def cells(self, row: int) -> list[str]:
        return [self.view.model.text(row, column) for column in range(VALUE + 1)]

    def column(self, column: int) -> list[str]:
        return [self.view.model.text(row, column) for row in range(self.view.model.rowCount())]

    def choose(self, field: QComboBox, words: str) -> None:
        place = field.findText(words)
        assert place >= 0, [field.itemText(n) for n in range(field.count())]
        field.setCurrentIndex(place)

    def find(self, qtbot: QtBot, words: str) -> None:
        self.view.filter.words.setText(words)
        QTest.keyClick(self.view.filter.words, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: self.view.model.is_complete, timeout=NET)


def test_a_row_for_each_event_in_the_words_of_the_story(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    assert stage.view.model.rowCount() == len(stage.trace)
    times = [float(text) for text in stage.column(TIME)]
    assert times == sorted(times)
    whats = stage.column(WHAT)
    row = whats.index("gets lock")
    assert stage.cells(row)[THREAD] == "Thread-2"
    assert stage.cells(row)[OBJECT] == "lock"
    assert whats.count("wants lock; Thread-1 has it") == 4
    assert "starts Thread-3" in whats
    assert "wakes up" in whats
    assert all(whats)
    asleep = whats.index("sleeps 0.2 s")
    assert stage.cells(asleep)[VALUE] == "0.20 s"
    stored = [row for row, what in enumerate(whats) if what == "writes shared_resource"]
    assert [stage.cells(row)[VALUE] for row in stored] == ["1", "2", "3", "4", "5"]
    assert stage.cells(0)[SINCE] == ""
    assert stage.cells(1)[SINCE] == "+5.0 ms"


def test_slices_say_what_each_thread_did_and_how_long(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.view.slices_button.click()
    assert stage.view.model.rowCount() == sum(len(lane.starts) for lane in stage.trace.lanes)
    whats = stage.column(WHAT)
    assert "running, holds lock" in whats
    row = whats.index("waiting for lock")
    piece = stage.trace.state_at(2, int(float(stage.cells(row)[TIME]) * S))
    assert piece is not None
    assert piece.state is State.WAITS_LOCK
    assert piece.end is not None
    assert stage.cells(row)[VALUE].endswith(" s")
    model = stage.view.model
    header = model.headerData(VALUE, Qt.Orientation.Horizontal)
    assert header == "Length"


def test_the_row_of_the_cursor_is_current_and_seen(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(threads=30))
    for t in (0, S // 3, 2 * S, S, stage.trace.now):
        stage.seek(t)
        times = [round(float(text) * S) for text in stage.column(TIME)]
        assert stage.current == sum(time <= t for time in times) - 1
        seen = stage.view.rows.visualRect(stage.view.rows.currentIndex())
        assert stage.view.rows.viewport().rect().contains(seen.center())


def test_choosing_a_row_moves_the_cursor_and_chooses_its_thread(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(threads=30), t=0)
    stage.axis.fit(stage.trace.now)
    stage.axis.show_range(0, 0.1 * S)
    stage.view.rows.setFocus()
    for _ in range(60):
        QTest.keyClick(stage.view.rows, Qt.Key.Key_Down)
        stage.draw()
    row = stage.view.model.row(stage.current)
    assert stage.current == 60
    assert stage.cursor.time == row.time
    assert (stage.selection.lane, stage.selection.time) == (row.thread, row.time)
    assert stage.axis.start <= row.time <= stage.axis.end
    QTest.keyClick(stage.view.rows, Qt.Key.Key_End, Qt.KeyboardModifier.ControlModifier)
    assert stage.cursor.time == stage.view.model.row(len(stage.trace) - 1).time


def test_rows_of_one_moment_are_walked_one_by_one(qtbot: QtBot) -> None:
    build = TraceBuilder()
    main = build.thread("MainThread")
    lock = build.object(ObjectKind.RLOCK, "lock")
    build.at(0, main, Kind.THREAD_BEGIN)
    for _ in range(3):
        build.at(0.5, main, Kind.LOCK_ACQUIRED, lock).at(0.5, main, Kind.LOCK_RELEASED, lock)
    stage = Stage(qtbot, build.build(1), t=0)
    stage.view.rows.setFocus()
    for row in range(1, 7):
        QTest.keyClick(stage.view.rows, Qt.Key.Key_Down)
        stage.draw()
        assert stage.current == row


def test_a_choice_in_the_picture_is_the_current_row(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.view.slices_button.click()
    stage.cursor.seek(0.5 * S)
    stage.selection.choose(4, int(0.5 * S))
    stage.draw()
    row = stage.view.model.row(stage.current)
    assert row.thread == 4
    assert row.time <= 0.5 * S
    assert row.end is not None
    assert row.end > 0.5 * S
    stage.selection.choose(0, int(0.5 * S))
    assert stage.view.model.row(stage.current).thread == 0


def test_filters_show_and_count_what_is_wanted(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    total = len(stage.trace)
    assert stage.view.counter.full_text() == f"{total} events"
    stage.choose(stage.view.filter.lane, "Thread-3")
    assert set(stage.column(THREAD)) == {"Thread-3"}
    assert stage.view.counter.full_text() == f"{stage.view.model.rowCount()} of {total} events"
    stage.choose(stage.view.filter.kind, "Locks")
    assert stage.column(WHAT) == ["wants lock; Thread-1 has it", "gets lock", "releases lock"]
    stage.choose(stage.view.filter.lane, "All threads")
    stage.choose(stage.view.filter.kind, "All kinds")
    stage.choose(stage.view.filter.object, "shared_resource")
    assert stage.view.model.rowCount() == 6
    stage.find(qtbot, "thread-2 writes")
    assert stage.column(THREAD) == ["Thread-2"]
    stage.find(qtbot, "nothing like that")
    assert stage.view.model.rowCount() == 0
    assert not stage.view.rows.isVisible()
    QTest.keyClick(stage.view.filter.words, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: stage.view.model.rowCount() == 6, timeout=NET)


def test_escape_clears_the_words_before_it_stops_a_run(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stops: list[bool] = []
    stop = QAction("Stop", stage.view)
    stop.setShortcut("Escape")
    stop.triggered.connect(lambda: stops.append(True))
    stage.view.addAction(stop)
    with qtbot.waitActive(stage.view):
        stage.view.activateWindow()
    stage.find(qtbot, "lock")
    stage.view.filter.words.setFocus()
    QTest.keyClick(stage.view.filter.words, Qt.Key.Key_Escape)
    assert stage.view.filter.words.text() == ""
    assert stops == []
    QTest.keyClick(stage.view.filter.words, Qt.Key.Key_Escape)
    assert stops == [True]


def test_slices_are_filtered_by_state_and_lock(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.view.slices_button.click()
    stage.choose(stage.view.filter.kind, "Waits for a lock")
    assert stage.column(WHAT) == ["waiting for lock"] * 4
    stage.choose(stage.view.filter.kind, "All states")
    stage.choose(stage.view.filter.object, "lock")
    assert set(stage.column(OBJECT)) == {"lock"}


def test_filtered_rows_stay_in_step_with_the_cursor(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.choose(stage.view.filter.kind, "Locks")
    for t in (int(0.3 * S), int(0.9 * S), 0):
        stage.seek(t)
        times = [round(float(text) * S) for text in stage.column(TIME)]
        assert stage.current == sum(time <= t for time in times) - 1


def grow(build: TraceBuilder, lane: int, begin: float, count: int) -> None:
    for n in range(count):
        build.at(begin + n / 1000, lane, Kind.SAMPLE)
    build.build()


def test_what_arrives_keeps_a_reader_in_place_unless_the_cursor_follows(qtbot: QtBot) -> None:
    build = TraceBuilder()
    one, two = build.thread("MainThread"), build.thread("Thread-1")
    grow(build, one, 0, 400)
    stage = Stage(qtbot, build.trace)
    stage.seek(int(0.2 * S))
    event = stage.view.model.row(stage.current).event
    seen = stage.view.rows.visualRect(stage.view.rows.currentIndex()).top()
    grow(build, one, 0.5, 300)
    grow(build, two, 0.1, 50)  # late: they stand before what is read
    stage.cursor.advance(0, build.trace.now)
    stage.draw()
    assert stage.view.model.rowCount() == 750
    assert stage.view.model.row(stage.current).event == event
    assert stage.view.rows.visualRect(stage.view.rows.currentIndex()).top() == seen
    stage.cursor.follow()
    stage.draw()
    assert stage.current == 749
    grow(build, one, 0.9, 10)
    stage.cursor.advance(0, build.trace.now)
    stage.draw()
    assert stage.current == 759


def test_to_scroll_is_to_look_elsewhere(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(threads=30))
    stage.cursor.follow()
    stage.draw()
    centre = QPointF(stage.view.rows.viewport().rect().center())
    wheel = QWheelEvent(
        centre, stage.view.rows.mapToGlobal(centre), QPoint(), QPoint(0, 480),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase,
        False,
    )  # fmt: skip
    top = stage.view.rows.verticalScrollBar().value()
    QApplication.sendEvent(stage.view.rows.viewport(), wheel)
    assert not stage.cursor.following
    stage.draw()
    assert stage.view.rows.verticalScrollBar().value() < top


def test_rows_are_copied_for_a_spreadsheet(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.view.rows.setFocus()
    stage.view.rows.selectAll()
    QTest.keySequence(stage.view.rows, QKeySequence.StandardKey.Copy)
    rows = list(csv.reader(io.StringIO(QApplication.clipboard().text()), delimiter="\t"))
    assert rows[0] == ["time_s", "since_previous_s", "thread", "what", "object", "line", "value"]
    assert len(rows) == len(stage.trace) + 1
    times = [float(row[0]) for row in rows[1:]]
    for before, after, row in zip(times, times[1:], rows[2:], strict=False):
        assert float(row[1]) == pytest.approx(after - before, abs=1e-9)


def test_many_rows_cost_what_is_seen(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    trace = crowded_trace(8, 200_000)
    stage = Stage(qtbot, trace)
    model = stage.view.model
    made: list[int] = []
    words = model._words.rows

    def counted(events: Ints) -> list[Row]:
        made.extend(events.tolist())
        return words(events)

    monkeypatch.setattr(model._words, "rows", counted)
    bar = stage.view.rows.verticalScrollBar()
    for place in (0, bar.maximum() // 2, bar.maximum()):
        bar.setValue(place)
        stage.view.rows.viewport().grab()
        assert place - 1 <= stage.view.rows.rowAt(4) <= place  # the last one is seen whole
    assert 0 < len(made) < 1000
    stage.choose(stage.view.filter.kind, "Sleeps")
    qtbot.waitUntil(lambda: model.is_complete, timeout=NET)
    asleep = sum(int((lane.states[:] == State.SLEEPING).sum()) for lane in trace.lanes)
    assert model.rowCount() == asleep


def test_another_run_begins_without_a_filter(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.choose(stage.view.filter.lane, "Thread-3")
    stage.trace = race_trace()
    stage.draw()
    assert stage.view.model.rowCount() == len(stage.trace)
    assert stage.view.filter.lane.currentText() == "All threads"
    assert stage.view.filter.object.findText("count") > 0


def test_every_kind_of_event_has_words(qtbot: QtBot) -> None:
    build = TraceBuilder()
    main = build.thread("MainThread")
    lock = build.store_point("thing")
    for number, kind in enumerate(Kind):
        build.at(number / 10, main, kind, lock, 1)
    stage = Stage(qtbot, build.build())
    whats = stage.column(WHAT)
    assert len(whats) == len(Kind)
    assert all(whats)
    assert not [what for what in whats if "{}" in what or "  " in what]
    assert stage.column(LINE) == [""] * len(Kind)


def test_a_screen_reader_hears_rows_and_names(qtbot: QtBot) -> None:
    stage = Stage(qtbot, pool_trace())
    view = stage.view
    index = view.model.index(3, TIME)
    spoken = view.model.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert isinstance(spoken, str)
    assert stage.cells(3)[THREAD] in spoken
    assert stage.cells(3)[WHAT] in spoken
    parts = (view, view.rows, view.filter.lane, view.filter.kind, view.filter.object,
             view.filter.words, view.events_button, view.slices_button,
             view.copy_button)  # fmt: skip
    for part in parts:
        assert part.accessibleName()
    for part in parts[2:]:
        assert part.focusPolicy() & Qt.FocusPolicy.TabFocus
    table = QAccessible.queryAccessibleInterface(view.rows)
    assert table is not None
    assert table.role() == QAccessible.Role.Table


def test_what_was_set_is_remembered(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.view.slices_button.click()
    packed = stage.view.save_state()
    other = Stage(qtbot, lock_trace())
    other.view.restore_state(packed)
    assert other.view.slices_button.isChecked()
    assert other.view.model.criteria.slices
    for wrong in ("", "no json", "[]", '{"slices": 7, "widths": ["a"]}'):
        Stage(qtbot, lock_trace()).view.restore_state(wrong)


def test_the_theme_changes_with_the_window(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    dark = stage.view.rows.viewport().grab().toImage()
    stage.view.set_theme(LIGHT)
    light = stage.view.rows.viewport().grab().toImage()
    assert dark != light
