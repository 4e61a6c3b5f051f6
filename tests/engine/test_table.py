"""Packed tables against plain lists; parts on disk; a disk that is full."""

from __future__ import annotations

import gc
import resource
import signal
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.events import Kind
from engine.memory import Memory
from engine.packed import BLOCK, Packed
from engine.table import SMALLEST_PART, Table
from engine.trace import EventColumns, Trace
from tests.engine.runs import assert_same_trace
from tests.engine.test_batches import a_trace

ACTS = st.sampled_from(("extend", "extend", "append", "insert", "cut", "last"))
COUNTS = st.one_of(st.integers(1, 5000), st.sampled_from((4095, 4096, 9000, 40_000)))
INTS = st.tuples(
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from((1, 2, 200, 60_000, 4_000_000_000, 2**62)),
    st.booleans(),
)


def numbers(seed: int, base: int, span: int, ascending: bool, count: int) -> np.ndarray:
    made = np.random.default_rng(seed).integers(0, span, count).astype(np.uint64)
    if ascending:
        made = np.sort(made)
    with np.errstate(over="ignore"):
        return made.view(np.int64) + np.int64(base)  # wraps around, as any column may


@pytest.mark.parametrize("kind", ["i8", "u4", "u1"])
@given(st.integers(0, 9), INTS, st.integers(1, 5))
def test_what_is_packed_is_read_back(
    kind: str, seed: int, how: tuple[int, int, bool], blocks: int
) -> None:
    plain = numbers(seed, *how, blocks * BLOCK).astype(kind)
    packed = Packed(plain)
    assert np.array_equal(packed.part(0, len(plain)), plain)
    begin, end = len(plain) // 3, len(plain) // 3 * 2
    assert np.array_equal(packed.part(begin, end), plain[begin:end])
    places = np.random.default_rng(seed).integers(0, len(plain), 50)
    assert np.array_equal(packed.at(places), plain[places])
    assert [packed.item(place) for place in places.tolist()] == plain[places].tolist()


@given(st.lists(st.floats(width=64), min_size=1, max_size=20), st.booleans())
def test_floats_are_kept_bit_by_bit(some: list[float], whole: bool) -> None:
    plain = np.resize(
        np.array([float(int(n)) if whole and abs(n) < 2**62 else n for n in some]), BLOCK
    )
    packed = Packed(plain)
    assert packed.part(0, BLOCK).tobytes() == plain.tobytes()
    assert packed.at(np.arange(BLOCK)).tobytes() == plain.tobytes()
    assert np.array([packed.item(place) for place in range(BLOCK)]).tobytes() == plain.tobytes()


def test_small_numbers_take_little() -> None:
    times = np.cumsum(np.full(16 * BLOCK, 1_000)) + 10**15
    assert Packed(times).nbytes == 4 * len(times)
    assert Packed(np.full(BLOCK, 7)).nbytes == 0
    assert Packed(np.arange(BLOCK).astype(np.float64)).nbytes == BLOCK


@settings(max_examples=40)
@given(
    st.lists(st.tuples(ACTS, COUNTS), min_size=1, max_size=25),
    st.sampled_from((None, 0, 30_000)),
    st.sampled_from((1, 50, 10**6)),
)
def test_a_table_is_a_list_of_rows(
    acts: list[tuple[str, int]], limit: int | None, pace: int
) -> None:
    memory = Memory(limit)
    table = Table((("time", np.int64), ("value", np.float64), ("few", np.uint32)), memory)
    times: list[int] = []
    values: list[float] = []
    for act, count in acts:
        last = times[-1] if times else 0
        if act == "append":
            table.append(last, 0.5, 3)
            times.append(last)
            values.append(0.5)
        elif act == "insert" and times:
            place = max(0, len(times) - count)
            table.insert(place, times[place], -1.0, 3)
            times.insert(place, times[place])
            values.insert(place, -1.0)
        elif act == "cut":
            del times[max(0, len(times) - count) :], values[max(0, len(values) - count) :]
            table.cut(len(times))
        elif act == "last" and times:
            table.set_last(1, 9.25)
            values[-1] = 9.25
        else:
            more = last + np.cumsum(np.random.default_rng(count).integers(0, pace, count))
            table.extend(more, more / 2, np.full(count, 3))
            times += more.tolist()
            values += (more / 2).tolist()
    assert len(table) == len(times)
    assert table["time"].tolist() == times
    assert table["value"].tolist() == values
    assert set(table["few"].tolist()) <= {3}
    if times:
        plain = np.array(times)
        asked = np.array([-1, *plain[:: max(1, len(plain) // 20)].tolist(), times[-1] + 1])
        expected = np.searchsorted(plain, asked, side="right")
        assert table["time"].indices_at(asked).tolist() == expected.tolist()
        assert [table["time"].index_at(t) for t in asked.tolist()] == expected.tolist()
        places = np.random.default_rng(1).integers(-len(plain), len(plain), 30)
        assert table["time"][places].tolist() == plain[places].tolist()
        assert [table["time"][place] for place in places.tolist()] == plain[places].tolist()
        middle = slice(len(plain) // 3, len(plain) - 1)
        assert table["value"][middle].tolist() == values[middle]
        assert table.row(len(plain) // 2)[:2] == [times[len(plain) // 2], values[len(plain) // 2]]


def test_indices_that_are_not_there_are_refused() -> None:
    table = Table((("time", np.int64),), Memory())
    table.append(1)
    for index in (1, -2):
        with pytest.raises(IndexError):
            table["time"][index]
        with pytest.raises(IndexError):
            table["time"][[index]]


def grown(limit: int | None, rows: int = 40_000) -> Trace:
    """Return a trace of many events of every kind that is derived from, in uneven batches."""
    trace = a_trace()
    trace.memory.limit = limit
    made = np.random.default_rng(3)
    kinds = np.array(
        [Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED, Kind.STORE, Kind.QUEUE_PUT, Kind.SLEEP_BEGIN]
    )
    of_kind = np.array([1, 1, 5, 9, 0])
    kind = made.integers(0, len(kinds), rows)
    lock = np.where(kind < 2, made.integers(0, 3, rows), 0)
    events = EventColumns(
        np.cumsum(made.integers(0, 5_000, rows)),
        made.integers(0, 100, rows),
        kinds[kind].astype(np.uint8),
        np.zeros(rows, np.uint8),
        (of_kind[kind] + lock).astype(np.uint32),
        np.zeros(rows, np.uint32),
        made.integers(0, 4, rows).astype(np.uint32),
    )
    begin = 0
    while begin < rows:
        end = min(rows, begin + int(made.integers(1, 3_000)))
        trace.append(*events.part(begin, end))
        begin = end
    return trace


@pytest.fixture
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder for what is spilled: other tests run at the same time."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def folders() -> set[Path]:
    return set(Path(tempfile.gettempdir()).glob("threadlab-trace-*"))


@pytest.mark.usefixtures("own_folder")
def test_a_trace_past_its_limit_is_the_same_and_leaves_nothing_behind() -> None:
    assert not folders()
    trace, plain = grown(50_000), grown(None)
    assert trace.memory.spilled > 0
    assert trace.memory.used <= 50_000 < plain.memory.used
    assert len(folders()) == 1
    assert_same_trace(trace, plain)
    for t in np.linspace(0, plain.now, 40).astype(np.int64).tolist():
        assert [trace.state_at(lane, t) for lane in range(4)] == [
            plain.state_at(lane, t) for lane in range(4)
        ]
        assert trace.recent(t, 20) == plain.recent(t, 20)
    del trace
    gc.collect()
    assert not folders()


def test_a_limit_that_is_set_later_is_kept_too() -> None:
    trace = grown(None)
    assert trace.memory.used > 100_000
    trace.memory.limit = 100_000
    trace.memory.keep_to_limit()
    assert trace.memory.used <= 100_000
    assert_same_trace(trace, grown(None))


@pytest.mark.skipif(sys.platform == "win32", reason="limits of processes are POSIX")
def test_a_full_disk_is_told_and_nothing_is_lost() -> None:
    old = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, old[1]))
        trace = grown(50_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, old)
        signal.signal(signal.SIGXFSZ, ignored)
    assert "cannot be moved to disk" in trace.remarks["memory"]
    assert "Free some space" in trace.remarks["memory"]
    assert_same_trace(trace, grown(None))


def test_an_event_takes_forty_bytes_at_most() -> None:
    """The parts that are full; the rest, some thousand rows a table, does not grow."""
    trace = grown(None)
    assert trace.memory.used / len(trace) < 40
    assert len(trace) > 10 * SMALLEST_PART
