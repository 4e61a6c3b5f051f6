"""The tables of a stretch: what they say, how they sort and copy, and where their rows lead."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from engine.events import Kind, ObjectKind
from engine.statistics import statistics
from engine.trace import Trace
from gui import measuring
from gui.settings import Settings
from gui.statistics_tables import MOST_LOCKS, StatisticsModel, lock_rows, thread_rows
from gui.theme import DARK, LIGHT
from gui.views.details import CHOSEN, LOCKS, THREADS
from tests.gui.details_stage import S, Stage, cell
from tests.gui.traces import TraceBuilder, deadlock_trace, lock_trace


def test_a_measured_stretch_shows_where_its_time_went(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.selection.measure(int(0.3 * S), int(0.5 * S))
    stage.view.measuring.finish()
    assert stage.view.page == THREADS
    table = stage.view.threads
    assert stage.view.about.full_text() == "0.20 s, 0.300 to 0.500 s"
    assert cell(table, 0, "Thread") == "MainThread"
    assert cell(table, 0, "Join (s)") == "0.20 s"
    assert cell(table, 0, "Waiting (%)") == "100 %"
    assert cell(table, 3, "Lock (s)") == "0.20 s"
    assert cell(table, 3, "On core (s)") == "not measured"
    stage.page(LOCKS)
    assert cell(stage.view.locks, 0, "Lock") == "lock"
    assert cell(stage.view.locks, 0, "Taken") == "1"
    stage.selection.measure_nothing()
    stage.view.measuring.finish()
    assert stage.view.about.full_text() == "whole run, 1.20 s"
    assert cell(stage.view.locks, 0, "Taken") == "5"
    assert cell(stage.view.locks, 0, "Contended (%)") == "80 %"
    assert "Statistics of locks" in stage.view.accessibleDescription()


def test_a_choice_shows_the_facts_again_and_a_row_keeps_the_table(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.page(LOCKS)
    stage.view.locks.followed.emit(stage.view.locks.rows.rows[0])
    assert stage.view.page == LOCKS
    use = statistics(stage.trace).locks[0]
    assert use.longest_wait is not None
    assert stage.selection.lock == use.lock
    assert (stage.selection.lane, stage.selection.time) == (
        use.longest_wait.thread,
        use.longest_wait.start,
    )
    assert stage.cursor.time == use.longest_wait.start
    stage.selection.choose(2, int(0.3 * S))
    assert stage.view.page == CHOSEN


def test_tables_sort_by_a_click_and_by_a_key(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.page(THREADS)
    table = stage.view.threads
    heads = table.rows.names()
    waited = heads.index("Lock (s)")
    table.setCurrentIndex(table.rows.index(4, waited))
    chosen = cell(table, 4, "Thread")
    qtbot.keyClick(table, Qt.Key.Key_S)
    names = [cell(table, row, "Thread") for row in range(6)]
    assert names == [*(f"Thread-{n}" for n in (5, 4, 3, 2)), "MainThread", "Thread-1"]
    assert cell(table, table.currentIndex().row(), "Thread") == chosen
    qtbot.keyClick(table, Qt.Key.Key_S)
    assert [cell(table, row, "Thread") for row in (0, 5)] == ["MainThread", "Thread-5"]
    head = table.horizontalHeader()
    place = QPoint(head.sectionViewportPosition(0) + 10, head.height() // 2)
    qtbot.mouseClick(head.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert sorted(names) == [cell(table, row, "Thread") for row in range(6)]


def test_enter_on_a_row_goes_to_its_longest_wait(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.page(THREADS)
    stage.view.threads.setCurrentIndex(stage.view.threads.rows.index(0, 0))
    qtbot.keyClick(stage.view.threads, Qt.Key.Key_Return)
    assert stage.selection.lane == 0
    assert stage.trace.state_at(0, stage.cursor.time).kind is Kind.JOIN_WAIT  # type: ignore[union-attr]


def test_tables_are_copied_with_their_heads(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    assert not stage.view.copy.isEnabled()
    stage.selection.choose(1, int(0.1 * S))
    qtbot.mouseClick(stage.view.copy, Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == stage.view.facts.plain_text() != ""
    stage.page(LOCKS)
    qtbot.mouseClick(stage.view.copy, Qt.MouseButton.LeftButton)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:3] == ["Lock", "Taken", "Contended"]
    assert lines[1].split("\t")[:4] == ["lock", "5", "4", "80.000"]
    assert len(lines) == 2
    stage.page(THREADS)
    stage.view.threads.selectRow(2)
    qtbot.keyClick(stage.view.threads, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert len(copied) == 2
    assert copied[1].startswith("Thread-2\t")
    assert all(len(line.split("\t")) == len(copied[0].split("\t")) for line in copied)


def test_a_table_stays_sorted_by_its_column_wherever_that_stands(qtbot: QtBot) -> None:
    """A cause has a column only where somebody waited for it, so columns come and go."""
    build = TraceBuilder()
    one, two = build.thread("one"), build.thread("two")
    queue = build.object(ObjectKind.QUEUE, "queue")
    for lane in (one, two):
        build.at(0, lane, Kind.THREAD_BEGIN).at(1, lane, Kind.SLEEP_BEGIN)
    build.at(1.5, one, Kind.SLEEP_END).at(2, two, Kind.SLEEP_END)
    build.at(3, one, Kind.GET_WAIT, queue, -1)
    stage = Stage(qtbot, build.build(4))
    stage.view.set_sorting({"threads": ["Sleeping (s)", True], "locks": ["Held (s)", 1, 2]})
    stage.selection.measure(0, 2 * S)
    stage.view.measuring.finish()
    table = stage.view.threads
    assert [cell(table, row, "Thread") for row in (0, 1)] == ["two", "one"]
    stage.selection.measure(0, 4 * S)
    stage.view.measuring.finish()
    assert "Queue (s)" in table.rows.names()
    assert [cell(table, row, "Thread") for row in (0, 1)] == ["two", "one"]
    column = table.horizontalHeader().sortIndicatorSection()
    assert table.rows.heads[column].copied == "Sleeping (s)"
    assert stage.view.sorting() == {
        "threads": ["Sleeping (s)", True],
        "locks": ["Waited (s)", True],
    }


def test_of_very_many_locks_those_that_cost_most_are_shown(qtbot: QtBot) -> None:
    build = TraceBuilder()
    lane, other = build.thread("MainThread"), build.thread("other")
    locks = [build.object(ObjectKind.LOCK, f"lock {n}") for n in range(MOST_LOCKS + 50)]
    for n, lock in enumerate(locks):
        build.at(n, lane, Kind.LOCK_ACQUIRED, lock).at(n + 0.5, lane, Kind.LOCK_RELEASED, lock)
    build.at(0.1, other, Kind.LOCK_WAIT, locks[7], -1)
    stage = Stage(qtbot, build.build(2_000))
    stage.page(LOCKS)
    assert stage.view.locks.rows.rowCount() == MOST_LOCKS
    assert cell(stage.view.locks, 0, "Lock") == "lock 7"
    assert stage.view.about.full_text().endswith(", 1,000 of 1,050 locks")


def test_the_order_of_a_table_is_remembered(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    assert settings.sorting() == {}
    settings.set_sorting({"threads": ["Running (s)", False]})
    settings.save()
    assert Settings(tmp_path / "settings.ini").sorting() == {"threads": ["Running (s)", False]}


def test_what_takes_long_is_said_to_be_added_up(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "AT_ONCE", 0.0)
    monkeypatch.setattr(measuring, "SLICE", 0.0)
    stage = Stage(qtbot, lock_trace())
    stage.view.show_page(THREADS)
    assert stage.view.about.full_text() == "adding up…"
    qtbot.waitUntil(lambda: stage.view.about.full_text() == "whole run, 1.20 s", timeout=20_000)
    stage.selection.measure(0, S)
    assert stage.view.about.full_text().endswith("adding up…")
    stage.selection.measure(0, S // 2)  # the last wish alone is answered
    stage.view.measuring.finish()
    assert stage.view.about.full_text() == "0.50 s, 0.000 to 0.500 s"


def test_a_run_that_grows_is_added_up_to_its_end(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measuring, "AT_ONCE", 0.0)
    stage = Stage(qtbot, deadlock_trace(), 1)
    stage.view.show_page(THREADS)
    stage.trace.advance(5 * S)
    stage.show(5)
    qtbot.waitUntil(lambda: stage.view.about.full_text() == "whole run, 5.00 s", timeout=20_000)


def test_the_models_keep_qts_rules(qtbot: QtBot) -> None:
    trace = lock_trace()
    for make in (thread_rows, lock_rows):
        model = StatisticsModel(DARK, make)
        mode = QAbstractItemModelTester.FailureReportingMode.Warning
        tester = QAbstractItemModelTester(model, mode)
        model.show_measured(trace, statistics(trace, 0, S // 3))
        model.sort(3, Qt.SortOrder.DescendingOrder)
        model.show_measured(trace, statistics(trace))
        model.set_theme(LIGHT)
        model.show_measured(Trace(), statistics(Trace()))
        said = model.headerData(1, Qt.Orientation.Horizontal, Qt.ItemDataRole.AccessibleTextRole)
        assert said in ("Running (s)", "Taken")
        del tester
