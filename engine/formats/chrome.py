"""A run as Chrome trace JSON, which Perfetto (ui.perfetto.dev) and chrome://tracing open.

A thread is a track of slices (what it did), a lock a track of holds under the process "Locks";
values and the number of threads that wait for a lock are counters; what was printed, uncaught
exceptions, pauses and bookmarks are instants; a lock handed over, a task taken and a thread
started are arrows (flows).

Guarantees: written as it goes, never held as a whole; times in microseconds with all three
decimals, so no nanosecond is lost; slices of a track never overlap; the file is there whole or
not at all. A name that ends in `.gz` is packed (Perfetto opens that too).
"""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from engine.bookmarks import Bookmark
from engine.events import Kind, State
from engine.formats.arrows import arrows
from engine.formats.errors import whole_file
from engine.formats.record import Record
from engine.formats.words import SliceWords, object_name, written
from engine.trace import Trace
from engine.version import VERSION

LINES_AT_ONCE = 8192
_CATEGORIES = {
    State.RUNNING: "running",
    State.WAITS_LOCK: "waits for a lock",
    State.WAITS_OTHER: "waits for another",
    State.SLEEPING: "sleeping",
}

_STREAMS = ("input", "print", "print to standard error")

Progress = Callable[[float], None]


def export(record: Record, path: Path, progress: Progress = lambda share: None) -> None:
    """Write *record* to *path*. Raises RunFileError; *progress* is told the share done, 0..1."""
    with whole_file(path) as raw:
        if path.suffix == ".gz":
            with gzip.GzipFile("", "wb", 1, raw, mtime=0) as packed:
                _write(record, packed.write, progress)
        else:
            _write(record, raw.write, progress)
    progress(1.0)


def _write(record: Record, write: Callable[[bytes], Any], progress: Progress) -> None:
    head = {
        "displayTimeUnit": "ns",
        "otherData": {
            "program": f"ThreadLab {VERSION}",
            "scenario": written(record.scenario.title or record.request.script.name),
            "python": str(record.interpreter or ""),
            "observed": record.observed,
            "outcome": written(record.outcome.sentence()) if record.outcome else "",
        },
    }
    write(json.dumps(head)[:-1].encode() + b', "traceEvents": [\n')
    part: list[str] = []
    first = True
    for line in ChromeEvents(record.trace, progress, record.bookmarks).lines():
        part.append(line)
        if len(part) == LINES_AT_ONCE:
            write((("" if first else ",\n") + ",\n".join(part)).encode("ascii"))
            part, first = [], False
    write((("" if first or not part else ",\n") + ",\n".join(part)).encode("ascii"))
    write(b"\n]}\n")


def _us(ns: int) -> str:
    return f"{ns // 1000}.{ns % 1000:03}"


def _text(text: str) -> str:
    return json.dumps(written(text))


class ChromeEvents:
    """The events of one trace, as lines of JSON."""

    def __init__(
        self, trace: Trace, progress: Progress, bookmarks: tuple[Bookmark, ...] = ()
    ) -> None:
        self._trace = trace
        self._bookmarks = bookmarks
        self._progress = progress
        self._words = SliceWords(trace)
        self._locks = 1 + max([process.number for process in trace.processes], default=0) + 1

    def lines(self) -> Iterator[str]:
        """Yield every event. Slices come before the arrows that start and end in them."""
        yield from self._names()
        lanes = len(self._trace.lanes)
        for number in range(lanes):
            self._progress(number / lanes)
            yield from self._slices(number)
        yield from self._holds()
        yield from self._waiting()
        yield from self._values()
        yield from self._instants()
        yield from self._flows()

    def _where(self, thread: int) -> str:
        """Return the keys of a thread's track, counted from 1: Perfetto has a process 0 already."""
        return f'"pid":{self._trace.threads[thread].process + 1},"tid":{thread + 1}'

    def _names(self) -> Iterator[str]:
        def meta(what: str, where: str, **arguments: object) -> str:
            said = json.dumps(arguments)
            return f'{{"ph":"M","name":"{what}",{where},"ts":0,"args":{said}}}'

        for process in self._trace.processes:
            where = f'"pid":{process.number + 1},"tid":0'
            name = written(f"{process.name} (pid {process.pid})")
            yield meta("process_name", where, name=name)
            yield meta("process_sort_index", where, sort_index=process.number)
        for thread in self._trace.threads:
            where = self._where(thread.index)
            yield meta("thread_name", where, name=written(thread.name))
            yield meta("thread_sort_index", where, sort_index=thread.index)
        if len(self._trace):
            where = f'"pid":{self._locks},"tid":0'
            yield meta("process_name", where, name="Locks")
            yield meta("process_sort_index", where, sort_index=self._locks)
        for lock in self._trace.locks.histories:
            where = f'"pid":{self._locks},"tid":{lock}'
            yield meta("thread_name", where, name=object_name(self._trace, lock) or "lock")

    def _slices(self, number: int) -> Iterator[str]:
        lane, thread = self._trace.lanes[number], self._trace.threads[number]
        if not len(lane.starts):
            return
        starts = lane.starts[:]
        last = max(int(starts[-1]), self._trace.now if thread.end is None else thread.end)
        lengths = np.diff(starts, append=last)
        shown = np.flatnonzero(lane.states.view != State.NONE)
        where = self._where(number)
        named: dict[tuple[int, int, int, int], str] = {}
        columns = (
            starts,
            lengths,
            lane.states[:],
            lane.objs[:],
            lane.helds[:],
            lane.kinds[:],
        )
        for begin in range(0, len(shown), LINES_AT_ONCE):
            part = shown[begin : begin + LINES_AT_ONCE]
            for start, length, *key in zip(
                *(column[part].tolist() for column in columns), strict=True
            ):
                said = named.get(tuple(key))
                if said is None:
                    said = named[tuple(key)] = self._slice_text(*key)
                yield f'{{"ph":"X",{where},"ts":{_us(start)},"dur":{_us(length)},{said}}}'

    def _slice_text(self, state: int, obj: int, held: int, kind: int) -> str:
        arguments = {
            "waits for": object_name(self._trace, obj),
            "holds": object_name(self._trace, held),
            "began by": Kind(kind).name.lower(),
        }
        said = json.dumps({name: value for name, value in arguments.items() if value})
        name = _text(self._words(state, obj, held, kind))
        return f'"name":{name},"cat":"{_CATEGORIES[State(state)]}","args":{said}'

    def _holds(self) -> Iterator[str]:
        said = [
            f'"name":{name},"cat":"holds a lock","args":{{"thread":{name}}}'
            for name in (_text(thread.name) for thread in self._trace.threads)
        ]
        for lock, history in self._trace.locks.histories.items():
            where = f'"pid":{self._locks},"tid":{lock}'
            free = 0
            for start, end, owner in zip(
                history.starts.view.tolist(),
                history.ends.view.tolist(),
                history.threads.view.tolist(),
                strict=True,
            ):
                # A lock shared by processes: their events interleave by batch, not by time.
                begin, until = max(start, free), self._trace.now if end < 0 else end
                if until < begin:
                    continue
                free = until
                span = f'"ts":{_us(begin)},"dur":{_us(until - begin)}'
                yield f'{{"ph":"X",{where},{span},{said[owner]}}}'

    def _counter(self, pid: int, name: str, times: list[int], values: list[float]) -> Iterator[str]:
        head = f'{{"ph":"C","pid":{pid},"name":{_text(name)},"ts":'
        for time, value in zip(times, values, strict=True):
            if math.isfinite(value):
                yield f'{head}{_us(time)},"args":{{"value":{value!r}}}}}'

    def _waiting(self) -> Iterator[str]:
        """Yield how many threads wait for each lock, at every change."""
        begins: dict[int, list[np.ndarray[Any, Any]]] = {}
        ends: dict[int, list[np.ndarray[Any, Any]]] = {}
        for lane in self._trace.lanes:
            waits = np.flatnonzero(lane.states.view == State.WAITS_LOCK)
            over = waits[waits + 1 < len(lane.starts)]
            for lock in np.unique(lane.objs.view[waits]).tolist():
                mine = waits[lane.objs.view[waits] == lock]
                begins.setdefault(lock, []).append(lane.starts.view[mine])
                mine = over[lane.objs.view[over] == lock]
                ends.setdefault(lock, []).append(lane.starts.view[mine + 1])
        for lock in sorted(begins):
            more, fewer = np.concatenate(begins[lock]), np.concatenate(ends[lock])
            times = np.concatenate([more, fewer])
            steps = np.concatenate([np.ones(len(more), np.int64), np.full(len(fewer), -1)])
            order = np.lexsort((-steps, times))
            counts = np.cumsum(steps[order])
            name = f"waiting for {object_name(self._trace, lock)}"
            yield from self._counter(self._locks, name, times[order].tolist(), counts.tolist())

    def _values(self) -> Iterator[str]:
        for (process, _), series in self._trace.values.series.items():
            label = f"length of {series.name}" if series.is_queue else series.name
            times, values = series.times.view.tolist(), series.values.view.tolist()
            yield from self._counter(process + 1, label or "queue", times, values)

    def _instants(self) -> Iterator[str]:
        for output in self._trace.outputs:
            name = _STREAMS[output.stream]
            yield self._instant(output.time, output.thread, name, {"text": written(output.text)})
        columns = self._trace.columns()
        for index in np.flatnonzero(columns.kind == Kind.RAISED).tolist():
            event = self._trace.event(index)
            said = {"error": written(str(event.value))}
            yield self._instant(event.time, event.thread, "uncaught exception", said)
        for time, length in self._trace.gaps:
            yield self._instant(time, -1, "paused", {"seconds": length / 1e9})
        for mark in self._bookmarks:
            yield self._instant(mark.time, -1, "bookmark", {"note": written(mark.note)})

    def _instant(self, time: int, thread: int, name: str, said: dict[str, Any]) -> str:
        scope = "t" if thread >= 0 else "g"
        where = self._where(thread) if thread >= 0 else '"pid":1,"tid":0'
        return (
            f'{{"ph":"i","s":"{scope}",{where},"ts":{_us(time)},"name":"{name}","cat":"moment",'
            f'"args":{json.dumps(said)}}}'
        )

    def _flows(self) -> Iterator[str]:
        for number, arrow in enumerate(arrows(self._trace), start=1):
            if not (self._acts(arrow.source, arrow.start) and self._acts(arrow.target, arrow.end)):
                continue
            head = f'"id":{number},"name":"{arrow.words}","cat":"arrow"'
            source, target = self._where(arrow.source), self._where(arrow.target)
            yield f'{{"ph":"s",{source},"ts":{_us(arrow.start)},{head}}}'
            yield f'{{"ph":"f","bp":"e",{target},"ts":{_us(arrow.end)},{head}}}'

    def _acts(self, thread: int, time: int) -> bool:
        """Whether a slice of *thread* is shown at *time*: an arrow hangs on one at either end."""
        now = self._trace.state_at(thread, time)
        return now is not None and now.state is not State.NONE
