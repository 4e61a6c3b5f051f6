"""Random runs for tests of files: traces with every table filled, and equality of two records."""

from __future__ import annotations

import datetime
import functools
import operator
from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from engine.bookmarks import Bookmark
from engine.deadlock import Deadlock, Wait
from engine.events import Flag, Kind, ObjectKind
from engine.formats.record import Record, ScenarioNote
from engine.outcome import Failure, Outcome
from engine.session import Interpreter, Request
from engine.trace import Object, Output, Process, Site, Thread, Trace

INT64 = st.integers(-(2**63), 2**63 - 1)
WORDS = st.text(max_size=12)  # any character, lone surrogates too
STEP = st.tuples(
    st.integers(0, 2**40),  # ns since this thread's last event
    st.integers(0, 3),  # thread
    st.sampled_from(sorted(Kind)),
    st.integers(0, 12),  # object
    st.integers(0, 3),  # site
    st.one_of(INT64, st.floats(allow_nan=False), st.integers(0, 3).map(lambda n: ("text", n))),
    st.sets(st.sampled_from([flag for flag in Flag if flag not in (Flag.TEXT, Flag.FLOAT)])),
)
Step = tuple[int, int, Kind, int, int, object, set[Flag]]


def a_trace(steps: list[Step], batch: int = 7) -> Trace:
    """Return a trace of two processes and four threads with *steps* as its events."""
    trace = Trace()
    for number in range(2):
        trace.processes.append(Process(number, 70 + number, 1, f"p{number}", number, None))
    for thing in ObjectKind:
        extra: dict[str, object] = {"label": "a task", "pool": 9, "named": True, "many": [1, "a"]}
        if thing is ObjectKind.STORE_POINT:
            extra = {"variable": "n", "change": 1, "initial": False}
        number = len(trace.objects)
        trace.objects.append(Object(number, thing, number % 2, f"o{number}", "s.py", 3, extra))
    store = len(trace.objects)
    extra = {"variable": "A.n", "change": None, "initial": False, "of_class": True}
    trace.objects.append(Object(store, ObjectKind.STORE_POINT, 0, "a", "s.py", 9, extra))
    for index in range(4):
        trace.add_thread(Thread(index, index % 2, f"T{index}", 2**47 + index, index, index > 2, 1))
    trace.sites += [Site("s.py", line) for line in (1, 2, 3)]
    trace.texts += ["one", "zwölf \ud800", "x" * 300]
    trace.values.expected = {"n": 3.0}
    now = [0] * 4
    rows: list[tuple[int, int, Kind, int, int, int, int]] = []
    for gap, thread, kind, obj, site, value, more in steps:
        now[thread] = min(now[thread] + gap, 2**61)
        flags, raw = functools.reduce(operator.or_, more, Flag(0)), 0
        # Probes tell of instances and their names only with a class's stores.
        about = store if kind in (Kind.NAMED, Kind.INSTANCE) else obj
        if isinstance(value, tuple):
            flags, raw = flags | Flag.TEXT, int(value[1])
        elif isinstance(value, float):
            flags, raw = flags | Flag.FLOAT, int(np.float64(value).view(np.int64))
        elif isinstance(value, int):
            raw = value
        rows.append((now[thread], raw, kind, flags, about, site, thread))
    types = (np.int64, np.int64, np.uint8, np.uint8, np.uint32, np.uint32, np.uint32)
    for begin in range(0, len(rows), batch):
        columns = zip(*rows[begin : begin + batch], strict=True)
        trace.append(*(np.array(c).astype(t) for c, t in zip(columns, types, strict=True)))
    return trace


def with_the_rest(trace: Trace) -> Record:
    """Return a record of *trace* that says everything that a record can."""
    trace.gaps.append((5, 1_000))
    for time, thread, text in ((1, 0, "hello\n"), (9, -1, "\ud800 from C\n"), (9, 3, "")):
        trace.add_output(Output(time, thread, 1 if thread else 2, text))
    trace.add_output(Output(12, -1, 0, "typed\n"))
    trace.remarks["lost 70"] = "something was lost"
    trace.values.watched = ("n",)
    for time in range(0, 500, 50):
        trace.cpu.add(2, time, time // 2)
        trace.cpu.add(0, time, time // 3)
    trace.processes[1].end = trace.now
    trace.threads[3].end = trace.now
    trace.advance(trace.now + 17)
    trace.interpreter = "Python 3.13.0 · free-threaded"
    wait = Wait(1, 2, None)
    return Record(
        trace,
        Request(
            Path("/a/b.py"),
            ("-v",),
            Path("/a"),
            {"N": 3, "ON": True, "W": "x"},
            ("n",),
            {"n": 3.0},
            (Path("/a/helpers"),),
            root=Path("/a"),
            module="b.c",
        ),
        Outcome("raised", 1, Failure("E", "no", 3, "T1", "…"), 0.25, cut=True, reason="why"),
        Deadlock((wait,), (wait, Wait(3, 2, 0)), certain=False, since=7),
        Interpreter("3.13.0", gil=False, free_threaded=True),
        ScenarioNote("lock", "Lock", "one at a time", "Races", "beginner", "level = 'beginner'\n"),
        "n = 1\nprint('ä')\n",
        datetime.datetime(2026, 5, 4, 3, 2, 1, 5, datetime.UTC),
        complaints=("a message was left out",),
        version="0.1.0",
        bookmarks=(Bookmark(3, "here: ä <b>"), Bookmark(9)),
    )


def assert_same_trace(found: Trace, kept: Trace) -> None:
    """Fail unless the two traces hold the same and mean the same."""
    assert list(found.events()) == list(kept.events())
    for name in (
        "processes",
        "threads",
        "sites",
        "texts",
        "gaps",
        "now",
        "interpreter",
    ):
        assert getattr(found, name) == getattr(kept, name), name
    assert list(found.objects) == list(kept.objects)
    assert list(found.outputs) == list(kept.outputs)
    for lane, other in zip(found.lanes, kept.lanes, strict=True):
        for name in ("starts", "states", "objs", "helds", "kinds", "firsts", "times", "sites"):
            assert getattr(lane, name).view.tolist() == getattr(other, name).view.tolist(), name
    assert list(found.locks.histories) == list(kept.locks.histories)
    for number, history in kept.locks.histories.items():
        for name in ("starts", "ends", "threads"):
            mine = getattr(found.locks.histories[number], name).view.tolist()
            assert mine == getattr(history, name).view.tolist()
    assert list(found.values.series) == list(kept.values.series)
    for key, series in kept.values.series.items():
        other_series = found.values.series[key]
        assert list(other_series.texts) == list(series.texts)
        assert other_series.expected == series.expected
        assert other_series.lost[:].tobytes() == series.lost[:].tobytes()
    assert found.values.watched == kept.values.watched
    assert found.tasks.tasks == kept.tasks.tasks
    assert set(found.cpu.series) == set(kept.cpu.series)
    for thread, readings in kept.cpu.series.items():
        assert found.cpu.series[thread].times.view.tolist() == readings.times.view.tolist()
        assert found.cpu.series[thread].used.view.tolist() == readings.used.view.tolist()


def assert_same(found: Record, kept: Record) -> None:
    """Fail unless the two records say the same."""
    for name in Record.__slots__:
        if name != "trace":
            assert getattr(found, name) == getattr(kept, name), name
    assert_same_trace(found.trace, kept.trace)
