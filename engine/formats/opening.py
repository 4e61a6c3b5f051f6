"""A run out of a file.

A file that was cut or damaged opens up to the first part that cannot be read, and
`Opened.problems` says what is missing. One whose parts are whole but say what cannot be is
refused: damage does not leave a checksum right.

Guarantees: opening executes nothing, extracts nothing and reads no pickle; what it allocates is
bounded by the size of the file.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, TypeVar

import numpy as np

from engine.events import Flag, Kind
from engine.formats import manifest as manifests
from engine.formats import tables
from engine.formats.archive import LOCAL_MAGIC, Reader
from engine.formats.checks import parsed, whole
from engine.formats.errors import Damaged, RunFileError
from engine.formats.manifest import (
    ASCENDING,
    CPU_ASCENDING,
    EVENTS_A_BYTE,
    LARGEST_CHUNK,
    Manifest,
)
from engine.formats.order import ThreadOrder
from engine.formats.packing import Ints, unpack
from engine.formats.record import Record
from engine.pool import LEARNED
from engine.trace import EventColumns, Trace, joined

T = TypeVar("T")

LARGEST_SCRIPT = 5_000_000
#: Events that the trace is given at once: of 64 threads each still has some thousand of them.
AT_ONCE = 1 << 19
_MANY = 16  # threads; with more of them, twice as many events are put together
_KINDS = np.isin(np.arange(256), [int(kind) for kind in Kind])
_FLAGS = int(functools.reduce(operator.or_, Flag))

#: Told the share that is done, 0..1.
Progress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Opened:
    """What a file gave: the *record*, and what of it could not be read (empty: all was)."""

    record: Record
    problems: tuple[str, ...]


def peek(path: Path) -> Manifest:
    """Return the manifest of the run at *path*, reading nothing else. Raises RunFileError."""
    with _opened(path) as file:
        return _manifest(Reader(file, only_first=True))


def open_run(path: Path, progress: Progress = lambda share: None) -> Opened:
    """Return the run in the file at *path*. Raises RunFileError when nothing of it can be used."""
    with _opened(path) as file:
        return _Opening(Reader(file), progress).opened()


def _opened(path: Path) -> BinaryIO:
    try:
        if not path.is_file():
            raise RunFileError(f"{path}: there is no such file.")
        file = path.open("rb")
    except OSError as error:
        raise RunFileError(f"{path} cannot be read: {error.strerror or error}.") from error
    if file.read(4) != LOCAL_MAGIC:
        file.close()
        raise RunFileError(f"{path.name} is no run that ThreadLab saved.")
    return file


def _manifest(reader: Reader) -> Manifest:
    try:
        return manifests.read(reader.read("manifest.json"))
    except Damaged as error:
        raise RunFileError(
            f"Its first part, which says what it is, cannot be read ({error}). Nothing was opened."
        ) from None


class _Opening:
    """One file on its way into a record."""

    def __init__(self, reader: Reader, progress: Progress) -> None:
        self._reader = reader
        self._progress = progress
        self._manifest = _manifest(reader)
        self._counts = self._manifest.counts
        self._trace = Trace()
        self._filler = tables.Filler(self._trace, self._counts)
        self._problems: list[str] = []

    def opened(self) -> Opened:
        """Read everything that can be."""
        said = self._manifest
        script, lesson = self._words("script.py"), self._words("lesson.toml")
        self._check_sums()
        self._begin()
        complete = self._read_tables() and self._read_events()
        deadlock = said.deadlock if complete else None
        if self._reader.is_cut or self._reader.damage:
            words = "It ends too early: it was cut." if self._reader.is_cut else "It is damaged."
            self._problems.insert(0, words)
        self._progress(1.0)
        self._trace.sources[str(said.request.script)] = script
        record = Record(
            self._trace,
            said.request,
            said.outcome,
            deadlock,
            said.interpreter,
            manifests.with_lesson(said.scenario, lesson),
            script,
            said.saved,
            said.observed,
            said.complaints,
            said.version,
            said.bookmarks,
        )
        return Opened(record, tuple(self._problems))

    def _words(self, name: str) -> str:
        try:
            data = self._reader.read(name)
        except Damaged:
            self._problems.append(f"{name} could not be read.")
            return ""
        if len(data) > LARGEST_SCRIPT:
            raise RunFileError(f"{name} holds {len(data):,} bytes; nothing was opened.")
        return data.decode("utf-8", "replace")

    def _check_sums(self) -> None:
        """Refuse entries that are not those that were saved together."""
        try:
            said = parsed(self._reader.read("checksums.json"), "checksums.json")
        except Damaged:
            return
        if not isinstance(said, dict):
            raise RunFileError("checksums.json is no object; nothing was opened.")
        for name, entry in self._reader.entries.items():
            if name != "checksums.json" and said.get(name) != entry.crc:
                raise RunFileError(
                    f"{name} is not the one that was saved with the rest: the file was changed. "
                    "Nothing was opened."
                )

    def _read_tables(self) -> bool:
        """Read all tables, and the CPU readings; False when one that events need is missing."""
        for name in (*tables.NEEDED, "outputs"):
            missing = self._read_table(name)
            if missing and name in tables.NEEDED:
                self._problems.append(
                    f"Of the table {name}, {missing:,} of {self._counts[name]:,} rows could not be "
                    "read. Events stand for its rows, so no event is shown."
                )
                self._forget()
                return False
            if missing:
                self._problems.append(f"{missing:,} printed texts could not be read.")
        return True

    def _read_table(self, name: str) -> int:
        """Read one table; return how many of its rows are missing."""
        room, number = self._counts[name], 0
        while room:
            try:
                data = self._reader.read(f"tables/{name}/{number:06}.json")
            except Damaged:
                break
            rows = tables.decoded(data, name, room)
            self._filler.take(name, rows)
            room -= len(rows)
            number += 1
        return room

    def _forget(self) -> None:
        """Go on with an empty trace: half a table would give events a false meaning."""
        self._trace = Trace()
        self._begin()

    def _begin(self) -> None:
        """Tell the trace what a session tells it before the first event."""
        said, trace = self._manifest, self._trace
        trace.values.expected = dict(said.request.expected)
        trace.values.watched = said.request.watch
        trace.interpreter = str(said.interpreter or "")
        trace.remarks.update(said.remarks)

    def _read_events(self) -> bool:
        trace, total = self._trace, self._counts["events"]
        with ThreadPoolExecutor(1, "derive run") as beside:
            count = AT_ONCE if len(trace.threads) <= _MANY else 2 * AT_ONCE
            for columns in ahead(together(self._chunks(), count)):
                self._progress(len(trace) / total)
                try:
                    trace.append_large(columns, beside)
                except (ArithmeticError, LookupError, TypeError, ValueError) as error:
                    # What is derived trusts the probes; a file may say what no probe does.
                    raise RunFileError(
                        "Its events and its objects do not fit each other; nothing was opened."
                    ) from error
        missing = total - len(trace)
        self._learn()
        self._end(missing)
        return not missing

    def _chunks(self) -> Iterator[EventColumns]:
        """Yield the chunks of events, checked, up to the first that cannot be read."""
        order = ThreadOrder(len(self._trace.threads))
        total, chunk = self._counts["events"], self._manifest.chunk
        for number, begin in enumerate(range(0, total, chunk)):
            name = f"events/{number:06}.bin"
            try:
                data = self._reader.read(name)
            except Damaged:
                return
            wanted = min(chunk, total - begin)
            stored = self._reader.entries[name].stored
            time, value, kind, flags, obj, site, thread = self._events(name, data, wanted, stored)
            if not order.accepts(time, thread):
                raise RunFileError(f"{name}: a thread's time goes back; nothing was opened.")
            yield EventColumns(
                time,
                value,
                kind.astype(np.uint8),
                flags.astype(np.uint8),
                obj.astype(np.uint32),
                site.astype(np.uint32),
                thread.astype(np.uint32),
            )

    def _events(self, name: str, data: bytes, wanted: int, stored: int) -> list[Ints]:
        """Return the checked columns of one chunk of *wanted* events."""
        if wanted > EVENTS_A_BYTE * stored:
            raise RunFileError(f"{name} claims more events than its bytes can hold.")
        try:
            columns = unpack(data, ASCENDING, wanted)
        except ValueError as error:
            raise RunFileError(f"{name} has {error}; nothing was opened.") from None
        time, value, kind, flags, obj, site, thread = columns
        if len(time) != wanted:
            raise RunFileError(f"{name} has {len(time)} events where {wanted} must be.")
        for what, column, limit in (
            ("time", time, 1 << 62),
            ("kind", kind, 256),
            ("set of flags", flags, 256),
            ("object", obj, self._counts["objects"] + 1),
            ("site", site, self._counts["sites"] + 1),
            ("thread", thread, self._counts["threads"]),
            ("text", value[flags & Flag.TEXT != 0], self._counts["texts"] + 1),
        ):
            if not _within(column, limit):
                raise _wild(name, what)
        if not _KINDS[kind].all() or (flags & ~_FLAGS).any():
            raise _wild(name, "kind")
        return columns

    def _learn(self) -> None:
        """Take the ends of tasks of which no event tells: see `Intake.finish`."""
        trace = self._trace
        for task in trace.tasks:
            told = trace.objects[task.obj].extra.get(LEARNED) if task.ended is None else None
            if told is None:
                continue
            if not isinstance(told, list) or len(told) != 3:
                raise RunFileError("The end of a task is not as it should be; nothing was opened.")
            time = whole(told[0], "The end of a task")
            value = whole(told[1], "What a task gave", -(2**63), 2**63 - 1)
            flags = whole(told[2], "How a task ended", 0, 255)
            if flags & Flag.TEXT and not 0 <= value < len(trace.texts):
                raise RunFileError("A task gave a text that is not there; nothing was opened.")
            trace.tasks.end_unseen(task.obj, time, value, flags)

    def _end(self, missing: int) -> None:
        """Set what events do not tell: the clock, the ends, what was printed, CPU readings."""
        trace = self._trace
        cut = trace.now if missing else None
        later = self._filler.print_until(cut)
        for thread, (begin, end) in zip(trace.threads, self._filler.spans, strict=True):
            if cut is None:
                thread.begin, thread.end = begin, end
        if cut is None:
            trace.advance(self._manifest.now)
        else:
            for process in trace.processes:
                if process.end is not None and process.end > cut:
                    process.end = None
            total = self._counts["events"]
            text = (
                f"The last {missing:,} of {total:,} events could not be read: the run is shown up "
                f"to {cut / 1e9:.3f} s"
                if missing < total
                else f"None of its {total:,} events could be read"
            )
            without = f", without {later:,} texts printed later" if later else ""
            self._problems.append(f"{text}{without}.")
        self._read_cpu(cut)

    def _read_cpu(self, cut: int | None) -> None:
        room, number = self._counts["cpu"], 0
        trace = self._trace
        while room:
            name = f"cpu/{number:06}.bin"
            try:
                data = self._reader.read(name)
            except Damaged:
                self._problems.append(f"{room:,} readings of CPU time could not be read.")
                return
            try:
                columns = unpack(data, CPU_ASCENDING, min(room, LARGEST_CHUNK))
            except ValueError as error:
                raise RunFileError(f"{name} has {error}; nothing was opened.") from None
            thread, time, used = columns
            if not len(time) or len(time) > EVENTS_A_BYTE * self._reader.entries[name].stored:
                raise RunFileError(f"{name} claims more readings than its bytes can hold.")
            for column, limit in (
                (thread, self._counts["threads"]),
                (time, 1 << 62),
                (used, 1 << 62),
            ):
                if not (int(column.min()) >= 0 and int(column.max()) < limit):
                    raise _wild(name, "reading")
            for one in zip(thread.tolist(), time.tolist(), used.tolist(), strict=True):
                if cut is None or one[1] <= cut:
                    trace.cpu.add(*one)
            room -= len(time)
            number += 1


def ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield *items*, each made while the one before it is used.

    Unpacking gives the GIL away, so a second core reads the file while this one fills the trace.
    """
    with ThreadPoolExecutor(1, "read run") as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def together(chunks: Iterator[EventColumns], count: int) -> Iterator[EventColumns]:
    """Yield *chunks* put together into batches of some *count* events.

    An event costs the trace a third of what it costs in batches of a session's size.
    """
    waiting: list[EventColumns] = []
    for chunk in chunks:
        waiting.append(chunk)
        if sum(len(each.time) for each in waiting) >= count:
            yield joined(waiting)
            waiting = []
    if waiting:
        yield joined(waiting)


def _within(column: Ints, limit: int) -> bool:
    """Whether every entry lies in [0, limit)."""
    return not len(column) or (int(column.min()) >= 0 and int(column.max()) < limit)


def _wild(name: str, what: str) -> RunFileError:
    return RunFileError(
        f"{name} holds a {what} that stands for nothing in the run; nothing was opened."
    )
