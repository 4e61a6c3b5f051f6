"""Which lanes are shown: by name, by state, by lock; and in which order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.digest import ROWS
from engine.events import Kind, ObjectKind, State
from engine.trace import Trace
from gui.lane_choice import UNKNOWN, LaneChoice, LaneFilter
from gui.lane_filter import LaneFinder
from tests.gui.lane_stage import S, Stage, many
from tests.gui.traces import TraceBuilder, crowded_trace, lock_trace

# ---- filtered


def test_a_name_filters_and_the_strip_says_so(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(64))
    assert stage.strip.field.isHidden()
    stage.strip.open()
    stage.strip.field.setText("thread-1")
    assert stage.board.rows.order == [1, *range(10, 20)]
    assert stage.strip.count.text() == "11 of 64"
    assert not stage.strip.clear_button.isHidden()
    stage.strip.clear_button.click()
    assert len(stage.board.rows.order) == 64
    assert stage.strip.field.isHidden()
    assert stage.strip.field.text() == ""


def test_escape_clears_and_then_closes_the_strip(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(8))
    stage.strip.open()
    stage.strip.field.setText("7")
    QTest.keyClick(stage.strip.field, Qt.Key.Key_Escape)
    assert not stage.choice.is_filtering
    assert not stage.strip.field.isHidden()
    QTest.keyClick(stage.strip.field, Qt.Key.Key_Escape)
    assert stage.strip.field.isHidden()


def test_while_anything_is_hidden_the_strip_is_open(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(8))
    stage.selection.choose(3)
    stage.key(Qt.Key.Key_H)
    assert 3 not in stage.board.rows.order
    assert not stage.strip.count.isHidden()
    assert stage.strip.count.text() == "7 of 8"
    stage.strip.opener.click()
    assert 3 in stage.board.rows.order


def test_nothing_found_explains_itself_and_offers_all(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(8))
    nothing = stage.view._nothing
    assert nothing.isHidden()
    stage.choice.find("nobody")
    stage.choice.choose_states([State.WAITS_LOCK, State.SLEEPING])
    stage.show()
    assert not nothing.isHidden()
    said = nothing._note.accessibleName()
    assert "has “nobody” in its name, and waits for a lock or sleeps in view" in said
    nothing.button.click()
    assert nothing.isHidden()
    assert len(stage.board.rows.order) == 8


def test_a_state_is_looked_for_in_view(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(5))
    stage.choice.choose_states([State.SLEEPING])
    stage.show()
    assert stage.board.rows.order == [1, 2, 3, 4, 5]
    stage.axis.show_range(0.6 * S, 1.0 * S)
    qtbot.waitUntil(lambda: stage.order() == [])
    stage.choice.choose_states([State.WAITS_LOCK])
    stage.show()
    waiting = plainly(stage.trace, stage.choice.filter, int(0.6 * S), S)
    assert set(stage.order()) == waiting != set()


def test_a_lock_is_looked_for_by_those_who_wait_and_those_who_hold(qtbot: QtBot) -> None:
    build = TraceBuilder()
    one, two = build.object(ObjectKind.LOCK, "one"), build.object(ObjectKind.LOCK, "two")
    lanes = [build.thread(f"Thread-{n}") for n in range(4)]
    for lane in lanes:
        build.at(0, lane, Kind.THREAD_BEGIN)
    build.at(0.1, lanes[0], Kind.LOCK_ACQUIRED, one).at(0.2, lanes[0], Kind.LOCK_ACQUIRED, two)
    build.at(0.3, lanes[1], Kind.LOCK_WAIT, one, -1)
    build.at(0.4, lanes[2], Kind.LOCK_WAIT, two, -1)
    stage = Stage(qtbot, build.build(1.0))
    stage.choice.choose_lock(one, "one")
    stage.show()
    assert stage.board.rows.order == [0, 1]
    # The lock that is held below another one is held all the same.
    stage.axis.show_range(0.6 * S, 0.9 * S)
    qtbot.waitUntil(lambda: not stage.board._later.isActive())
    assert stage.order() == [0, 1]
    stage.choice.choose_lock(two, "two")
    stage.show()
    assert stage.board.rows.order == [0, 2]
    assert stage.strip.lock_button.text().startswith("two")
    stage.strip._fill_locks()
    texts = [action.text() for action in stage.strip.lock_button.menu().actions()]
    assert texts[:2] == ["one", "two"]


def plainly(trace: Trace, wanted: LaneFilter, start: int, end: int) -> frozenset[int]:
    """Look through every slice and every ownership, one after the other."""
    found = set()
    end = min(end, trace.now)
    for number, lane in enumerate(trace.lanes):
        starts, states = lane.starts.tolist(), lane.states.tolist()
        over = trace.threads[number].end
        upto = end if over is None else min(end, over)
        in_state, touches = not wanted.states, wanted.lock is None
        for begin, stop, state, obj in zip(
            starts, [*starts[1:], upto], states, lane.objs.tolist(), strict=True
        ):
            if min(stop, upto) > max(begin, start):
                in_state |= state in wanted.states
                touches |= state == State.WAITS_LOCK and obj == wanted.lock
        history = trace.locks.histories.get(wanted.lock or 0)
        holds = zip(history.starts.tolist(), history.ends.tolist(), history.threads.tolist(),
                    strict=True) if history else ()  # fmt: skip
        for begin, stop, thread in holds:
            later = stop < 0 or stop > start
            touches |= thread == number and begin < end and (later or begin > start)
        if in_state and touches:
            found.add(number)
    return frozenset(found)


@settings(max_examples=40, deadline=None)
@given(
    st.sets(st.sampled_from([State.RUNNING, State.WAITS_LOCK, State.SLEEPING, State.WAITS_OTHER])),
    st.sampled_from([None, 1, 99]),
    st.integers(0, 10 * S),
    st.integers(1, 2 * S),
)
def test_lanes_are_found_as_by_looking_at_every_slice(
    states: set[State], lock: int | None, start: int, length: int
) -> None:
    wanted = LaneFilter(states=frozenset(states), lock=lock, lock_name="lock")
    if not wanted.looks_at_time:
        return
    finder = LaneFinder(CROWD)
    finder.begin(range(len(CROWD.lanes)), wanted, start, start + length, waits=False)
    while not finder.step(1):
        pass
    assert finder.found == plainly(CROWD, wanted, start, start + length)


CROWD = crowded_trace(5, 400)
LONG = crowded_trace(3, 60_000)


@pytest.mark.parametrize("span", [(0, 10 * S), (3 * S, 3 * S + 1_000_000), (2 * S, 7 * S)])
def test_blocks_that_were_added_up_find_the_same(span: tuple[int, int]) -> None:
    finder = LaneFinder(LONG)
    for states in (frozenset({State.WAITS_LOCK}), frozenset({State.WAITS_OTHER})):
        for lock in (None, 1):
            wanted = LaneFilter(states=states, lock=lock)
            finder.begin(range(3), wanted, *span, waits=True)
            while not finder.step(1):
                pass
            assert finder.found == plainly(LONG, wanted, *span)
    for lane in range(3):
        whole = LONG.lanes[lane].spent(LONG.now)[State.WAITS_LOCK]
        assert finder.waited[lane] == whole


def test_a_frame_is_not_held_up_by_a_long_record(qtbot: QtBot) -> None:
    finder = LaneFinder(LONG)
    finder.begin(range(3), LaneFilter(states=frozenset({State.RUNNING})), 0, 10 * S, waits=True)
    steps = sum(1 for _ in finder._pass or ())
    assert steps >= 3 * (20_000 // ROWS)


# ---- sorted


def test_lanes_are_ordered_by_their_waits(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(5), height=600)
    stage.choice.sort_by_waiting(True)
    stage.show()
    waits = [
        stage.trace.seconds_waiting_for_locks(n, stage.trace.now) for n in stage.board.rows.order
    ]
    assert waits == sorted(waits, reverse=True)
    assert stage.board.rows.order != list(range(6))
    stage.choice.sort_by_waiting(False)
    assert stage.board.rows.order == list(range(6))


def test_a_thread_that_takes_another_name_is_found_by_it(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gui.lane_board.AGAIN_MS", 0)
    stage = Stage(qtbot, many(6))
    stage.choice.find("worker")
    assert stage.order() == []
    stage.trace.threads[2].name = "worker of the day"
    assert stage.order() == [2]
    assert stage.strip.count.text() == "1 of 6"


def test_a_lock_with_another_number_is_the_same_by_its_name() -> None:
    choice = LaneChoice()
    first = lock_trace(2)
    lock = next(iter(first.locks.histories))
    choice.meet(first)
    choice.choose_lock(lock, "lock")
    other = TraceBuilder()
    lane = other.thread("MainThread")
    spare, again = other.object(ObjectKind.LOCK, "spare"), other.object(ObjectKind.LOCK, "lock")
    other.at(0, lane, Kind.THREAD_BEGIN)
    later = other.build(0.05)
    choice.meet(later)
    assert choice.filter.lock == UNKNOWN  # it has not been taken yet, and nobody touches it
    other.at(0.1, lane, Kind.LOCK_ACQUIRED, again).build(1.0)
    choice.meet(later)
    assert choice.filter.lock == again != spare
