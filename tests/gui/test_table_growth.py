"""Rows that were read before a trace grew are those of a table that was made afterwards."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events import Kind, ObjectKind
from engine.sieve import Criteria
from gui.table_model import VALUE, RowsModel
from tests.gui.traces import TraceBuilder

#: (thread, [step in ms]) of a batch: threads know nothing of each other's time.
BATCHES = st.lists(
    st.tuples(st.integers(0, 2), st.lists(st.integers(0, 3), min_size=1, max_size=8)), max_size=10
)
KINDS = (Kind.LOCK_WAIT, Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED, Kind.SLEEP_BEGIN, Kind.SLEEP_END)


def cells(model: RowsModel) -> list[list[str]]:
    rows = range(model.rowCount())
    return [[model.text(row, column) for column in range(VALUE + 1)] for row in rows]


@settings(max_examples=60, deadline=None)
@given(
    batches=BATCHES,
    slices=st.booleans(),
    words=st.sampled_from(("", "lock", "thread-1")),
    reads=st.lists(st.integers(0, 80), max_size=10),
)
def test_what_was_read_is_read_anew_where_it_changed(
    batches: list[tuple[int, list[int]]], slices: bool, words: str, reads: list[int]
) -> None:
    build = TraceBuilder()
    build.thread("MainThread")
    lock = build.object(ObjectKind.LOCK, "lock")
    build.thread("Thread-1")
    build.thread("Thread-2")
    times = [0, 0, 0]
    model = RowsModel()
    criteria = Criteria(slices=slices, words=words)
    model.show_rows(build.trace, criteria)
    count = 0
    for number, (thread, steps) in enumerate(batches):
        for step in steps:
            times[thread] += step
            build.at(times[thread] / 1000, thread, KINDS[count % len(KINDS)], lock)
            count += 1
        build.build()
        model.grow()
        model.look(1.0)
        for row in reads[number:]:
            if row < model.rowCount():
                model.text(row, 3)
    fresh = RowsModel()
    fresh.show_rows(build.trace, criteria)
    fresh.look(1.0)
    assert cells(model) == cells(fresh)
