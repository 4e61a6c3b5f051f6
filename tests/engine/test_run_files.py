"""Runs in files: what was saved is what is opened; damage costs its part; harm is refused."""

from __future__ import annotations

import dataclasses
import datetime
import errno
import functools
import json
import os
import struct
import sys
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine import headless, launch, replacing, scenario
from engine.events import Kind
from engine.formats import archive, keeping, saving
from engine.formats.archive import Reader, Writer
from engine.formats.errors import RunFileError
from engine.formats.history import History
from engine.formats.manifest import ASCENDING, MOST
from engine.formats.opening import open_run, peek
from engine.formats.packing import pack, unpack
from engine.formats.record import Record
from engine.formats.saving import save
from engine.session import Request
from engine.trace import Object, Output, Process, Thread, Trace
from tests.engine import runs

Steps = list[runs.Step]
MANY: Steps = [
    (1_000 + n % 7, n % 4, [Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED][n // 4 % 2], 2, n % 4, n, set())
    for n in range(3_000)
]


def kept(steps: Steps = MANY) -> Record:
    return runs.with_the_rest(runs.a_trace(steps, 7 if len(steps) < 100 else 1_000))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("saved") / "run.threadlab"
    save(kept(), path)
    return path.read_bytes()


@pytest.fixture
def file(tmp_path: Path, saved: bytes) -> Path:
    path = tmp_path / "run.threadlab"
    path.write_bytes(saved)
    return path


# ---- saved and opened equals kept


@settings(max_examples=60, deadline=None)
@given(st.lists(runs.STEP, max_size=60))
def test_what_was_saved_is_what_is_opened(
    tmp_path_factory: pytest.TempPathFactory, steps: Steps
) -> None:
    path = tmp_path_factory.mktemp("runs") / "run.threadlab"
    record = kept(steps)
    save(record, path)
    opened = open_run(path)
    assert opened.problems == ()
    runs.assert_same(opened.record, record)


@given(st.lists(st.lists(runs.INT64, min_size=5, max_size=5), max_size=30), st.booleans())
def test_columns_are_packed_exactly(rows: list[list[int]], ascending: bool) -> None:
    columns = [np.array([row[n] for row in rows], np.int64) for n in range(5)]
    differs = [ascending] * 5
    found = unpack(pack(columns, differs), differs, len(rows))
    for mine, other in zip(found, columns, strict=True):
        assert mine.tolist() == other.tolist()


def test_a_run_of_many_chunks_is_whole(file: Path) -> None:
    opened = open_run(file)
    assert opened.problems == ()
    runs.assert_same(opened.record, kept())
    with zipfile.ZipFile(file) as others:  # any program that knows zip reads it
        assert others.testzip() is None
        assert sum(name.startswith("events/") for name in others.namelist()) > 4


def test_one_printed_text_of_millions_of_letters_is_kept(tmp_path: Path) -> None:
    record = kept(MANY[:8])
    text = 'a "quoted" \\ line, [with] {all} of it\n' * 200_000
    record.trace.add_output(Output(record.trace.now, 0, 1, text))
    save(record, tmp_path / "long.threadlab")
    opened = open_run(tmp_path / "long.threadlab")
    assert opened.problems == ()
    assert opened.record.trace.outputs[-1].text == text


EVERYTHING = """\
import concurrent.futures, multiprocessing, os, queue, threading

total = 0.5
done = threading.Event()
room = threading.Condition()
jobs = queue.Queue(2)

def work(n):
    global total
    with room:
        total += n
        room.notify_all()
    jobs.put(n)
    if n == 2:
        raise ValueError("two")
    return n

def child():
    print("from a child")

def die():
    os._exit(9)

if __name__ == "__main__":
    done.wait(0.01)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        results = [pool.submit(work, n) for n in range(3)]
        got = [jobs.get() for _ in range(3)]
        print([str(result.exception()) for result in results])
    with room:
        room.wait(0.01)
    try:
        jobs.get(timeout=0.01)
    except queue.Empty:
        total = "empty"
    process = multiprocessing.get_context("spawn").Process(target=child)
    process.start()
    process.join()
    with concurrent.futures.ProcessPoolExecutor(1) as pool:
        print(type(pool.submit(die).exception()).__name__)
    raise SystemExit(3)
"""


def test_a_real_run_of_many_kinds_is_what_is_opened(tmp_path: Path) -> None:
    script = tmp_path / "everything.py"
    script.write_text(EVERYTHING)
    shown = scenario.from_script(script)
    wanted = launch.request(shown)
    session, outcome = headless.drive(wanted, sys.executable)
    record = keeping.keep(
        shown, wanted, session.trace, outcome, session.deadlock, session.interpreter
    )
    save(record, tmp_path / "run.threadlab")
    opened = open_run(tmp_path / "run.threadlab")
    assert opened.problems == ()
    runs.assert_same_trace(opened.record.trace, session.trace)
    assert opened.record.outcome == outcome
    assert opened.record.script == EVERYTHING
    assert len(session.trace.processes) == 3
    # That a worker died before it had ended its task is known from a thread that is not shown.
    (lost,) = (task for task in opened.record.trace.tasks if task.ended_by is None)
    assert lost.result.startswith("BrokenProcessPool")
    again, trouble = keeping.scenario_of(opened.record)
    assert (again.text, again.edited, trouble) == (EVERYTHING, True, "")


def test_whatever_a_run_is_made_of_is_in_its_file() -> None:
    """A field that is added must be kept too: write it in `manifest` or `tables`, then list it."""
    record = runs.with_the_rest(runs.a_trace(MANY[:40]))
    told_elsewhere = {"text", "names"}  # of a request: the record's script, and what comes of it
    for thing in (record.request, record.outcome, record.interpreter, record.scenario):
        for field in dataclasses.fields(thing):  # type: ignore[arg-type]
            plain = field.default if field.default is not dataclasses.MISSING else None
            if field.name not in told_elsewhere:
                assert getattr(thing, field.name) != plain, f"a test for {field.name}"
    assert {name for name in vars(Trace()) if not name.startswith("_")} == {
        "interpreter", "processes", "threads", "lanes", "objects", "sites", "texts", "values",
        "locks", "notices", "tasks", "cpu", "outputs", "sources", "gaps", "remarks", "now",
        "memory",
    }  # fmt: skip
    assert [f.name for f in dataclasses.fields(Object)][2:] == [
        "process", "name", "file", "line", "extra",
    ]  # fmt: skip
    assert len(dataclasses.fields(Thread)) == 9
    assert len(dataclasses.fields(Process)) == 6
    assert len(dataclasses.fields(Output)) == 4


def test_a_run_without_events_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "empty.threadlab"
    save(Record(Trace(), Request(Path("a.py")), None), path)
    opened = open_run(path)
    assert opened.problems == ()
    assert len(opened.record.trace) == 0


def test_the_manifest_alone_lists_a_run(file: Path) -> None:
    said = peek(file)
    assert said.scenario.title == "Lock"
    assert said.counts["events"] == 3_000
    assert said.outcome is not None
    assert said.outcome.ending == "raised"


def test_times_that_go_back_in_a_thread_are_mended_when_saved(tmp_path: Path) -> None:
    trace = runs.a_trace(MANY[:8])
    back = [column.copy() for column in trace.columns(0, 4)]
    back[0][:] = 0
    trace.append(*back)  # type: ignore[arg-type]
    save(Record(trace, Request(Path("a.py")), None), tmp_path / "back.threadlab")
    found = open_run(tmp_path / "back.threadlab").record.trace
    assert len(found) == 12
    for lane in found.lanes:
        assert (np.diff(lane.times.view) >= 0).all()


# ---- damage costs its part


def test_a_file_cut_anywhere_opens_up_to_there_or_says_why_not(file: Path) -> None:
    whole = file.read_bytes()
    events = list(kept().trace.events())
    seen = set()
    for length in range(0, len(whole), 211):
        file.write_bytes(whole[:length])
        try:
            opened = open_run(file)
        except RunFileError:
            continue
        found = opened.record.trace
        assert opened.problems or len(found) == 3_000
        assert len(found.threads) in (0, 4)  # half a table would give events a false meaning
        assert list(found.events()) == events[: len(found)]
        assert all(output.time <= max(found.now, 1) for output in found.outputs)
        seen.add(len(found))
    assert len(seen) > 5
    assert max(seen) == 3_000


def test_flipped_bytes_never_show_what_was_not_recorded(file: Path) -> None:
    whole = bytearray(file.read_bytes())
    events = list(kept().trace.events())
    rng = np.random.default_rng(5)
    opens = 0
    for place in rng.integers(0, len(whole), 100).tolist():
        damaged = whole.copy()
        damaged[place] ^= 0x5A
        file.write_bytes(damaged)
        try:
            found = open_run(file).record.trace
        except RunFileError:
            continue
        opens += 1
        assert list(found.events()) == events[: len(found)]
    assert opens > 50


def test_a_damaged_header_costs_its_entry_and_what_rests_on_it(file: Path) -> None:
    with zipfile.ZipFile(file) as others:
        third = others.getinfo("events/000003.bin").header_offset
    whole = bytearray(file.read_bytes())
    whole[third : third + 4] = b"\0\0\0\0"
    file.write_bytes(whole)
    opened = open_run(file)
    assert len(opened.record.trace) == 3 * saving.chunk_size(3_000)
    assert "damaged" in opened.problems[0]
    assert "events could not be read" in opened.problems[1]
    assert opened.record.trace.threads[3].end is None  # where it ended is not known any more


# ---- harm is refused

Change = Callable[[dict[str, bytes]], None]


def entries(file: Path) -> dict[str, bytes]:
    with file.open("rb") as raw:
        reader = Reader(raw)
        return {name: reader.read(name) for name in reader.entries}


def rewrite(file: Path, changed: dict[str, bytes]) -> None:
    """Write *changed* with sums that are right: as one does who wants to do harm."""
    changed.pop("checksums.json", None)
    with file.open("wb") as raw:
        writer = Writer(raw)
        for name, data in changed.items():
            writer.add(name, data)
        writer.add("checksums.json", json.dumps(writer.checksums).encode())
        writer.finish()


def manifest(**changes: Any) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        said = json.loads(parts["manifest.json"])
        for name, value in changes.items():
            place, _, key = name.rpartition("__")
            (said[place] if place else said)[key] = value
        parts["manifest.json"] = json.dumps(said).encode()

    return change


def column(number: int, entry: int, value: int) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        columns = unpack(parts["events/000001.bin"], ASCENDING, 1 << 16)
        columns[number][entry] = value
        parts["events/000001.bin"] = pack(columns, ASCENDING)

    return change


def rows(table: str, *rows: Any) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        name = f"tables/{table}/000000.json"
        good = json.loads(parts[name])
        parts[name] = json.dumps([*rows, *good[len(rows) :]]).encode()

    return change


def raw(name: str, data: bytes) -> Change:
    return lambda parts: parts.update({name: data})


def both(first: Change, second: Change) -> Change:
    def change(parts: dict[str, bytes]) -> None:
        first(parts)
        second(parts)

    return change


STORE = [12, 0, "n", "s.py", 1]
HARM: dict[str, Change] = {
    "no manifest of ours": raw("manifest.json", b"{}"),
    "a manifest that is no object": raw("manifest.json", b"[1]"),
    "deep JSON": raw("manifest.json", b"[" * 100_000),
    "deep JSON in a table": raw("tables/texts/000000.json", b'{"a":' * 100_000),
    "a number of 10,000 digits": raw("tables/gaps/000000.json", b"[[1," + b"9" * 10_000 + b"]]"),
    "millions of lists": raw("tables/texts/000000.json", b"[" + b"[]," * 2_000_000 + b"1]"),
    "JSON that is no text": raw("tables/texts/000000.json", b"\xff\xfe\0"),
    "a newer format": manifest(version=99),
    "a version that is text": manifest(version="1"),
    "other columns": manifest(columns={}),
    "a date that is none": manifest(saved="tomorrow"),
    "a date without a zone": manifest(saved="2026-01-01T00:00:00"),
    "a count of millions of millions": manifest(counts__events=10**12),
    "a negative count": manifest(counts__threads=-1),
    "a count that is true": manifest(counts__threads=True),
    "chunks of nothing": manifest(chunk=0),
    "chunks of a million": manifest(chunk=10**6),
    "a clock before zero": manifest(now=-5),
    "an ending that is none": manifest(outcome__ending="won"),
    "seconds that are no number": manifest(outcome__seconds=float("nan")),
    "an outcome that is text": manifest(outcome="finished"),
    "a deadlock of a thread that is none": manifest(
        deadlock={"cycle": [{"thread": 99, "obj": 0}], "stuck": [], "certain": True, "since": 0}
    ),
    "an expectation that is text": manifest(request__expected={"n": "3"}),
    "a parameter that is a list": manifest(request__values={"N": [1]}),
    "arguments that are numbers": manifest(request__arguments=[1]),
    "no request": manifest(request=None),
    "an event of a thread that is none": column(6, 5, 4),
    "an event of a thread below zero": column(6, 5, -1),
    "an event of an object that is none": column(4, 5, 10**6),
    "an event at a line that is none": column(5, 5, 2**40),
    "an event of a kind that is none": column(2, 5, 200),
    "an event of kind zero": column(2, 5, 0),
    "an event with odd flags": column(3, 5, 64),
    "a text that is none": both(column(3, 5, 1), column(1, 5, 77)),
    "a text below zero": both(column(3, 5, 1), column(1, 5, -77)),
    "a time before zero": column(0, 0, -1),
    "a time after the end of time": column(0, 5, 2**62),
    "a time that goes back": column(0, 100, 0),
    "fewer events than counted": raw("events/000001.bin", pack([np.zeros(3)] * 7, ASCENDING)),
    "more events than counted": raw("events/000001.bin", pack([np.zeros(300)] * 7, ASCENDING)),
    "events of no bytes": raw("events/000001.bin", b""),
    "events of a wild count": raw("events/000001.bin", struct.pack("<I", 2**32 - 1)),
    "events of a wild width": raw("events/000001.bin", struct.pack("<IBBqq", 64, 200, 1, 0, 0)),
    "readings of a thread that is none": raw(
        "cpu/000000.bin", pack([np.full(20, 9), np.arange(20), np.arange(20)], (False, True, True))
    ),
    "a process of text": rows("processes", ["70", 1, "p", 0, None]),
    "a thread of a process that is none": rows("threads", [7, "T", 1, 1, False, 0, None, None]),
    "a thread of an object that is none": rows("threads", [0, "T", 1, 1, False, 99, None, None]),
    "a thread that is short": rows("threads", [0, "T"]),
    "a site below zero": rows("sites", ["s.py", -3]),
    "a site of no file": rows("sites", [None, 3]),
    "an object of a kind that is none": rows("objects", [0, 0, "n", "s.py", 1, {}]),
    "an object with deep words": rows("objects", [2, 0, "n", "s.py", 1, {"a": [[1]]}]),
    "an object with no words": rows("objects", [2, 0, "n", "s.py", 1, None]),
    "a store without a variable": rows("objects", [*STORE, {}]),
    "a store of a wild change": rows("objects", [*STORE, {"variable": "n", "change": 10**400}]),
    "a store that changes by no number": rows(
        "objects", [*STORE, {"variable": "n", "change": float("nan")}]
    ),
    "a name of no variable": both(column(2, 5, Kind.NAMED), column(4, 5, 2)),
    "remarks that are numbers": manifest(remarks={"a": 1}),
    "a text that is a number": rows("texts", 5),
    "a printed text of stream 3": rows("outputs", [1, 0, 3, "x"]),
    "a printed text of a thread that is none": rows("outputs", [1, 44, 1, "x"]),
    "more rows than counted": lambda parts: parts.update(
        {"tables/gaps/000000.json": json.dumps([[1, 1]] * 50).encode()}
    ),
    "a script of millions of bytes": raw("script.py", os.urandom(6_000_000)),
    "no rows in an entry": raw("tables/texts/000000.json", b"[]"),
}


@pytest.mark.parametrize("what", HARM)
def test_harm_is_refused_in_words_and_opens_nothing(file: Path, what: str) -> None:
    parts = entries(file)
    HARM[what](parts)
    rewrite(file, parts)
    with pytest.raises(RunFileError) as refusal:
        open_run(file)
    assert str(refusal.value).endswith((".", "something else."))


def rezip(file: Path, *more: tuple[str, bytes]) -> None:
    parts = entries(file)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as others:
        for name, data in [*parts.items(), *more]:
            others.writestr(name, data)


def test_a_run_that_was_packed_again_by_another_program_is_opened(file: Path) -> None:
    rezip(file)
    assert open_run(file).problems == ()


@pytest.mark.parametrize(
    "name",
    [
        "../../escape.py",
        "/etc/passwd",
        "events/../../x.bin",
        "C:\\x.exe",
        "tables/threads/0000000.json",
        "__pycache__/site.pyc",
        "n" * 300,
    ],
)
def test_names_that_are_not_ours_are_refused(file: Path, name: str) -> None:
    rezip(file, (name, b"x"))
    before = sorted(file.parent.iterdir())
    with pytest.raises(RunFileError, match="holds"):
        open_run(file)
    assert sorted(file.parent.iterdir()) == before


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", ["manifest.json", "events/000002.bin"])
def test_a_name_that_stands_twice_is_refused(file: Path, name: str) -> None:
    rezip(file, (name, b"x"))
    with pytest.raises(RunFileError, match="twice"):
        open_run(file)


def local(name: bytes, stored: bytes, size: int, method: int = 8, flags: int = 0) -> bytes:
    crc = zlib.crc32(stored)
    head = (b"PK\x03\x04", 20, flags, method, 0, 33, crc, len(stored), size, len(name), 0)
    return archive.LOCAL.pack(*head) + name + stored


def bomb() -> bytes:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(bytes(200_000_000)) + deflate.flush()


@pytest.mark.parametrize(
    "part",
    [
        lambda: local(b"manifest.json", bomb(), 200_000_000),
        lambda: local(b"manifest.json", bomb(), 1000),  # says that it is small
        lambda: local(b"manifest.json", b"x" * 50, 2**32 - 1),
        lambda: local(b"manifest.json", b"{}", 2, method=0, flags=1),
        lambda: local(b"manifest.json", b"{}", 2, method=0, flags=8),
        lambda: local(b"manifest.json", b"{}", 2, method=99),
        lambda: local(b"manifest.json", b"{}", 5, method=0),
        lambda: b"PK\x03\x04" * 100_000,
        lambda: b"PK\x03\x04",
        lambda: b"",
        lambda: b"\x80\x04\x95" + bytes(100),  # a pickle
    ],
)
def test_bombs_and_bytes_of_no_kind_are_refused_within_little_memory(
    file: Path, part: Callable[[], bytes]
) -> None:
    file.write_bytes(part())
    tracemalloc.start()
    try:
        with pytest.raises(RunFileError):
            open_run(file)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


def test_a_file_that_claims_millions_of_events_in_no_bytes_is_refused(file: Path) -> None:
    parts = entries(file)
    manifest(counts__events=1 << 28, chunk=1 << 16)(parts)
    names = [name for name in parts if name.startswith("events/")]
    for name in names:
        parts[name] = pack([np.zeros(1 << 16)] * 7, ASCENDING)
    with file.open("wb") as raw_file:
        writer = Writer(raw_file)
        for name, data in parts.items():
            writer.add(name, data)
        writer.finish()
    rewrite_compressed(file, names)
    with pytest.raises(RunFileError):
        open_run(file)


def rewrite_compressed(file: Path, names: list[str]) -> None:
    """Pack the entries *names* as small as they go, which the writer of runs does not."""
    parts = entries(file)
    out = b""
    for name, data in parts.items():
        deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = deflate.compress(data) + deflate.flush()
        one = bytearray(local(name.encode(), body, len(data)))
        one[14:18] = struct.pack("<I", zlib.crc32(data))
        out += bytes(one)
    file.write_bytes(out)


def test_a_changed_entry_is_noticed_by_the_sums_of_the_whole(file: Path) -> None:
    parts = entries(file)
    sums = parts["checksums.json"]
    parts["script.py"] = b"import os\n"
    with file.open("wb") as raw_file:
        writer = Writer(raw_file)
        for name, data in parts.items():
            writer.add(name, data if name != "checksums.json" else sums)
        writer.finish()
    with pytest.raises(RunFileError, match="changed"):
        open_run(file)


def test_another_zip_and_no_file_are_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "letter.threadlab"
    with zipfile.ZipFile(path, "w") as others:
        others.writestr("word/document.xml", "<a/>")
    with pytest.raises(RunFileError, match=r"word/document\.xml"):
        open_run(path)
    with pytest.raises(RunFileError, match="no such file"):
        open_run(tmp_path / "nothing.threadlab")
    with pytest.raises(RunFileError, match="no such file"):
        open_run(tmp_path)


# ---- saving is whole or nothing


def test_a_full_disk_is_said_and_leaves_what_was_there(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("engine.replacing.os.fsync", full)
    with pytest.raises(RunFileError, match="disk is full"):
        save(kept(), file)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")
def test_a_real_full_device_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    always_full = functools.partial(open, "/dev/full", "wb")
    monkeypatch.setattr(replacing, "_created", lambda _path: always_full())
    with pytest.raises(RunFileError, match="disk is full"):
        save(kept(), tmp_path / "run.threadlab")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="folder does not exist"):
        save(kept(), tmp_path / "none" / "run.threadlab")


def test_a_run_that_no_file_takes_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MOST, "events", 10)
    with pytest.raises(RunFileError, match="3,000 events"):
        save(kept(), tmp_path / "run.threadlab")
    assert list(tmp_path.iterdir()) == []


# ---- the runs made last


def dated(second: int, title: str = "Lock & more") -> Record:
    record = runs.with_the_rest(runs.a_trace(MANY[:40]))
    saved = datetime.datetime(2026, 5, 4, 3, 2, second, tzinfo=datetime.UTC)
    note = dataclasses.replace(record.scenario, title=title)
    return dataclasses.replace(record, saved=saved, scenario=note)


def test_the_history_keeps_the_newest_by_count(tmp_path: Path) -> None:
    history = History(tmp_path / "runs", most_runs=3)
    for second in range(5):
        history.add(dated(second))
    assert [run.manifest.saved.second for run in history.runs()] == [4, 3, 2]
    assert [run.manifest.saved.second for run in history.runs(1)] == [4]
    assert history.runs()[0].manifest.request.values == {"N": 3, "ON": True, "W": "x"}


def test_the_history_keeps_the_newest_by_size(tmp_path: Path) -> None:
    one = History(tmp_path / "one").add(dated(0)).stat().st_size
    history = History(tmp_path / "runs", most_bytes=one * 5 // 2)
    for second in range(4):
        history.add(dated(second))
    assert [run.manifest.saved.second for run in history.runs()] == [3, 2]


def test_the_history_touches_no_file_of_others(tmp_path: Path) -> None:
    history = History(tmp_path, most_runs=1)
    others = [tmp_path / "mine.threadlab", tmp_path / "notes.txt"]
    for path in others:
        path.write_text("mine")
    (tmp_path / "20260504-030200-000000-broken.threadlab").write_text("")
    (tmp_path / ".x.threadlab.0011.part").write_text("half of one")
    os.utime(tmp_path / ".x.threadlab.0011.part", (0, 0))
    kept = [history.add(dated(second, "../../" + "ä" * 90)) for second in (1, 2)]
    assert sorted(tmp_path.iterdir()) == sorted([*others, kept[1]])
    history.clear()
    assert sorted(tmp_path.iterdir()) == sorted(others)
    assert history.runs() == []


def test_a_history_without_a_folder_is_empty_and_says_why_it_keeps_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    history = History(tmp_path / "file" / "runs")
    assert history.runs() == []
    with pytest.raises(RunFileError, match="cannot be kept"):
        history.add(dated(0))
