"""Exports, each read back: Chrome trace JSON by a strict reader, CSV by the csv module."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import itertools
import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import headless, launch, scenario
from engine.bookmarks import Bookmark
from engine.events import Kind, ObjectKind, State
from engine.formats import chrome, csv_tables
from engine.formats.arrows import arrows
from engine.formats.errors import RunFileError
from engine.formats.record import Record
from engine.session import Request
from engine.trace import Output, Thread, Trace
from tests.engine import runs, trace_events
from tests.gui.traces import TraceBuilder, lock_trace, pool_trace, race_trace

Steps = list[runs.Step]


def record(trace: Trace) -> Record:
    return Record(trace, Request(Path("script.py")), None)


def exported(trace: Trace, folder: Path) -> trace_events.Document:
    path = folder / "run.json"
    chrome.export(record(trace), path)
    return trace_events.parse(path.read_text("ascii"))


def test_every_slice_is_there_under_its_thread(tmp_path: Path) -> None:
    trace = lock_trace()
    found = exported(trace, tmp_path)
    assert found.processes == {1: "main (pid 4000)", 2: "Locks"}
    for thread in trace.threads:
        track = (1, thread.index + 1)
        assert found.threads[track] == thread.name
        lane = trace.lanes[thread.index]
        shown = [n for n in range(len(lane.starts)) if lane.states.view[n] != State.NONE]
        assert [s[0] for s in found.slices[track]] == lane.starts.view[shown].tolist()
        assert len(found.slices[track]) == len(shown)
    names = {name for slices in found.slices.values() for _, _, name, *_ in slices}
    assert {"run", "sleep", "wait for lock", "hold lock", "join Thread-1"} <= names


def test_a_lock_is_a_track_of_its_holders_and_a_counter_of_those_who_wait(tmp_path: Path) -> None:
    trace = lock_trace()
    found = exported(trace, tmp_path)
    (lock,) = trace.locks.histories
    holds = found.slices[2, lock]
    assert [hold[2] for hold in holds] == [f"Thread-{n}" for n in range(1, 6)]
    history = trace.locks.histories[lock]
    assert [hold[:2] for hold in holds] == list(
        zip(history.starts.view.tolist(), history.ends.view.tolist(), strict=True)
    )
    waiting = found.counters[2, "waiting for lock"]
    for time, count in waiting:
        same = [c for t, c in waiting if t == time]
        assert count in same
        if count == same[-1]:
            assert count == len(trace.waiters_at(lock, time))
    assert max(count for _, count in waiting) == 4


def test_a_lock_handed_over_is_an_arrow_from_its_releaser_to_its_acquirer(tmp_path: Path) -> None:
    trace = lock_trace()
    found = exported(trace, tmp_path)
    handed = [flow for flow in found.flows if flow[0] == "lock"]
    assert [(f[1][1] - 1, f[3][1] - 1) for f in handed] == [(1, 2), (2, 3), (3, 4), (4, 5)]
    (lock,) = trace.locks.histories
    for _, source, start, target, end in handed:
        given = trace.locks.hold_at(lock, start - 1)
        got = trace.locks.hold_at(lock, end)
        assert given is not None
        assert got is not None
        assert (given.thread, got.thread) == (source[1] - 1, target[1] - 1)
    assert sum(flow[0] == "start" for flow in found.flows) == 5


def test_tasks_are_arrows_from_who_submits_to_who_takes(tmp_path: Path) -> None:
    trace = pool_trace()
    found = exported(trace, tmp_path)
    taken = {(0, task.worker) for task in trace.tasks.tasks.values()}
    assert {(f[1][1] - 1, f[3][1] - 1) for f in found.flows if f[0] == "task"} == taken


def test_values_are_counters_and_prints_are_moments(tmp_path: Path) -> None:
    found = exported(lock_trace(), tmp_path)
    (series,) = lock_trace().values.series.values()
    points = found.counters[1, "shared_resource"]
    assert [value for _, value in points] == series.values.view.tolist()
    assert [time for time, _ in points] == series.times.view.tolist()
    printed = [said["text"] for _, name, said in found.instants if name == "print"]
    assert printed == [output.text for output in lock_trace().outputs]


def test_queues_pauses_and_exceptions_are_there(tmp_path: Path) -> None:
    build = TraceBuilder()
    main = build.thread("MainThread")
    queue = build.object(ObjectKind.QUEUE, "jobs")
    build.at(0, main, Kind.THREAD_BEGIN).at(0.1, main, Kind.QUEUE_PUT, queue, 1)
    build.at(0.2, main, Kind.RAISED, 0, "ValueError: no")
    build.trace.gaps.append((150_000_000, 2_000_000_000))
    build.output(0.15, -1, "from C \ud800\n", 2)
    found = exported(build.build(0.3), tmp_path)
    assert found.counters[1, "length of jobs"] == [(100_000_000, 1)]
    assert {name for _, name, _ in found.instants} == {
        "uncaught exception",
        "paused",
        "print to standard error",
    }


def test_bookmarks_are_moments_with_their_notes(tmp_path: Path) -> None:
    marks = (Bookmark(5, "<b>\ud800"), Bookmark(1_000_000_007))
    made = dataclasses.replace(record(lock_trace()), bookmarks=marks)
    chrome.export(made, tmp_path / "run.json")
    found = trace_events.parse((tmp_path / "run.json").read_text("ascii"))
    told = [(time, said["note"]) for time, name, said in found.instants if name == "bookmark"]
    assert told == [(5, "<b>?"), (1_000_000_007, "")]


def test_what_cannot_be_a_number_or_a_letter_does_no_harm(tmp_path: Path) -> None:
    build = TraceBuilder()
    main = build.thread('quote " \\ \n \ud800 </script>')
    point = build.store_point("x")
    values: tuple[float | str, ...] = (math.inf, 1.5, "text", -math.inf)
    for n, value in enumerate(values):
        build.at(n / 10, main, Kind.STORE, point, value)
    found = exported(build.build(1), tmp_path)
    assert found.counters[1, "x"] == [(100_000_000, 1.5)]


@settings(max_examples=40, deadline=None)
@given(st.lists(runs.STEP, max_size=60))
def test_any_run_keeps_the_rules_of_the_format(
    tmp_path_factory: pytest.TempPathFactory, steps: Steps
) -> None:
    trace = runs.with_the_rest(runs.a_trace(steps)).trace
    found = exported(trace, tmp_path_factory.mktemp("json"))
    lanes = {key: value for key, value in found.slices.items() if key[0] != 3}
    shown = sum(int((lane.states.view != State.NONE).sum()) for lane in trace.lanes)
    assert sum(map(len, lanes.values())) == shown


def test_a_packed_export_says_the_same(tmp_path: Path) -> None:
    chrome.export(record(lock_trace()), tmp_path / "run.json.gz")
    with gzip.open(tmp_path / "run.json.gz", "rt") as text:
        packed = trace_events.parse(text.read())
    assert packed == exported(lock_trace(), tmp_path)


def test_a_run_of_nothing_is_a_valid_file(tmp_path: Path) -> None:
    found = exported(Trace(), tmp_path)
    assert not found.slices


def test_many_slices_are_written_in_parts(tmp_path: Path) -> None:
    trace = race_trace(4, 3_000)
    found = exported(trace, tmp_path)
    assert len(found.counters[1, "count"]) == 12_001


@pytest.mark.parametrize("bad", ["overlap", "unbound", "unnamed", "nan"])
def test_the_strict_reader_is_strict(bad: str) -> None:
    name = {"ph": "M", "name": "process_name", "pid": 1, "args": {"name": "p"}}
    thread = {"ph": "M", "name": "thread_name", "pid": 1, "tid": 1, "args": {"name": "t"}}
    piece = {"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 0, "dur": 10}
    events = {
        "overlap": [name, thread, piece, {**piece, "ts": 5}],
        "unbound": [name, thread, piece, {"ph": "s", "name": "f", "cat": "c", "id": 1,
                                          "pid": 1, "tid": 1, "ts": 5}],
        "unnamed": [piece],
        "nan": [{**piece, "ts": math.nan}],
    }[bad]  # fmt: skip
    with pytest.raises(trace_events.FormatFault):
        trace_events.parse(json.dumps({"traceEvents": events}))


# ---- CSV


def rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as text:
        yield from csv.DictReader(text, strict=True)


def test_every_event_is_a_row(tmp_path: Path) -> None:
    trace = lock_trace()
    csv_tables.export(record(trace), tmp_path / "new" / "folder")
    found = list(rows(tmp_path / "new" / "folder" / csv_tables.EVENTS))
    assert [int(row["time_ns"]) for row in found] == trace.columns().time.tolist()
    assert [row["kind"] for row in found] == [
        event.kind.name.lower().replace("_", " ") for event in trace.events()
    ]
    assert {row["object_name"] for row in found if row["kind"] == "lock wait"} == {"lock"}
    assert [int(row["value"]) for row in found if row["kind"] == "store"] == [0, 1, 2, 3, 4, 5]


def test_slices_and_values_are_rows(tmp_path: Path) -> None:
    trace = lock_trace()
    csv_tables.export(record(trace), tmp_path)
    found = list(rows(tmp_path / csv_tables.SLICES))
    for number in range(len(trace.threads)):
        mine = [row for row in found if row["thread"] == str(number)]
        waited = sum(int(row["duration_ns"]) for row in mine if row["state"] == "waits lock")
        assert waited == trace.lanes[number].spent(trace.now)[State.WAITS_LOCK]
        assert all(int(a["end_ns"]) <= int(b["start_ns"]) for a, b in itertools.pairwise(mine))
    values = list(rows(tmp_path / csv_tables.VALUES))
    (series,) = trace.values.series.values()
    assert [float(row["value"]) for row in values] == series.values.view.tolist()
    assert [float(row["lost_updates"]) for row in values] == series.lost.view.tolist()


@settings(max_examples=30, deadline=None)
@given(st.lists(runs.STEP, max_size=40))
def test_any_run_is_read_back_from_its_tables(
    tmp_path_factory: pytest.TempPathFactory, steps: Steps
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    trace = runs.with_the_rest(runs.a_trace(steps)).trace
    csv_tables.export(record(trace), folder)
    found = list(rows(folder / csv_tables.EVENTS))
    for row, event in zip(found, trace.events(), strict=True):
        said = (int(row["time_ns"]), int(row["thread"]), int(row["object"] or 0))
        assert said == (event.time, event.thread, event.obj)
        if isinstance(event.value, str):
            assert row["value"] == csv_tables.cell(event.value)
        else:
            assert type(event.value)(row["value"]) == event.value


def test_no_text_becomes_a_formula(tmp_path: Path) -> None:
    trace = Trace()
    trace.add_thread(Thread(0, 0, '=HYPERLINK("x")', 1, 1, False))
    columns = [np.zeros(1, t) for t in ("i8", "i8", "u1", "u1", "u4", "u4", "u4")]
    columns[2][:] = Kind.THREAD_BEGIN
    trace.append(*columns)
    csv_tables.export(record(trace), tmp_path)
    (row,) = rows(tmp_path / csv_tables.EVENTS)
    assert row["thread_name"] == '\'=HYPERLINK("x")'


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RunFileError, match="cannot be made"):
        csv_tables.export(record(Trace()), tmp_path / "file" / "folder")


# ---- a real run


def test_a_real_run_is_exported_with_its_arrows(tmp_path: Path) -> None:
    wanted = launch.request(scenario.find("lock"), {"TASK_SECONDS": 0.01, "THREADS": 4})
    session, outcome = headless.drive(wanted, sys.executable)
    kept = Record(session.trace, wanted, outcome, interpreter=session.interpreter)
    chrome.export(kept, tmp_path / "run.json")
    found = trace_events.parse((tmp_path / "run.json").read_text("ascii"))
    assert found.other["outcome"] == "finished"
    assert [value for _, value in found.counters[1, "total"]][-1] == 4
    for arrow in arrows(session.trace):
        assert arrow.start <= arrow.end
    assert sum(flow[0] == "start" for flow in found.flows) == 4
    assert Output in {type(output) for output in session.trace.outputs}
