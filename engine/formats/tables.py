"""The tables of a run's file: processes, threads, sites, objects, texts, pauses, printed text.

Each is rows of JSON, in entries of at most some thousand rows: a file that was cut loses the last
ones only.
Guarantees: rows that are read have the right types, and their numbers stand for rows that the
manifest counts; anything else is a RunFileError.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from engine.events import ObjectKind
from engine.formats.checks import LARGEST_INT, parsed, whole
from engine.formats.errors import RunFileError
from engine.trace import Object, Output, Process, Site, Thread, Trace

ROWS = 4096
CHARACTERS = 1 << 20
_LINES = 1 << 31
_PLAIN = (str, int, float, bool, type(None))
# Once: to ask the enum takes a third of the time of opening a run of many tasks.
_OBJECT_KINDS = {int(kind): kind for kind in ObjectKind}
_MOST_KIND = max(_OBJECT_KINDS)
Counts = Mapping[str, int]
#: The tables that events need, in the order in which they stand in the file.
NEEDED = ("processes", "threads", "sites", "objects", "texts", "gaps")


def rows_of(trace: Trace) -> dict[str, Iterable[Any]]:
    """Return the rows of each table of *trace*, by name; number 0 is left out."""
    return {
        "processes": ([p.pid, p.parent_pid, p.name, p.start, p.end] for p in trace.processes),
        "threads": (
            [t.process, t.name, t.ident, t.native_id, t.daemon, t.object, t.begin, t.end]
            for t in trace.threads
        ),
        "sites": ([site.file, site.line] for site in trace.sites[1:]),
        "objects": (
            [int(o.kind), o.process, o.name, o.file, o.line, o.extra] for o in trace.objects[1:]
        ),
        "texts": trace.texts[1:],
        "gaps": trace.gaps,
        "outputs": ([o.time, o.thread, o.stream, o.text] for o in trace.outputs),
    }


def counts_of(trace: Trace) -> dict[str, int]:
    """Return how many rows each table has, and how many events and readings there are."""
    return {
        "events": len(trace),
        "processes": len(trace.processes),
        "threads": len(trace.threads),
        "sites": len(trace.sites) - 1,
        "objects": len(trace.objects) - 1,
        "texts": len(trace.texts) - 1,
        "gaps": len(trace.gaps),
        "outputs": len(trace.outputs),
        "cpu": sum(len(series.times) for series in trace.cpu.series.values()),
    }


def encoded(rows: Iterable[Any]) -> Iterator[bytes]:
    """Yield the entries of a table: rows of JSON, few enough to be read one entry at a time."""
    part: list[str] = []
    size = 0
    for row in rows:
        # One call a row: its length is known, and a text of a million letters ends its entry.
        part.append(json.dumps(row, separators=(",", ":"), default=str))
        size += len(part[-1])
        if len(part) == ROWS or size >= CHARACTERS:
            yield f"[{','.join(part)}]".encode()
            part, size = [], 0
    if part:
        yield f"[{','.join(part)}]".encode()


def decoded(data: bytes, name: str, room: int) -> list[Any]:
    """Return the rows of one entry of table *name*, of which *room* more may come."""
    rows = parsed(data, f"The table {name}")
    if not isinstance(rows, list) or not rows or len(rows) > min(room, ROWS):
        raise RunFileError(f"The table {name} has more rows than the manifest counts.")
    return rows


class Filler:
    """Puts rows that were read into a trace, after checking each."""

    def __init__(self, trace: Trace, counts: Counts) -> None:
        self._trace = trace
        self._counts = counts
        self._takers: dict[str, Callable[[Any], None]] = {
            "processes": self._process,
            "threads": self._thread,
            "sites": self._site,
            "objects": self._object,
            "texts": self._text,
            "gaps": self._gap,
            "outputs": self._output,
        }
        self._outputs: list[Output] = []
        #: (begin, end) of each thread as they were kept; events set them anew.
        self.spans: list[tuple[int | None, int | None]] = []

    def take(self, name: str, rows: Iterable[Any]) -> None:
        """Take *rows* of table *name*."""
        taker = self._takers[name]
        for row in rows:
            try:
                taker(row)
            except (TypeError, ValueError) as error:
                if isinstance(error, RunFileError):
                    raise
                raise RunFileError(
                    f"The table {name} has a row of another shape; nothing was opened."
                ) from None

    def print_until(self, now: int | None) -> int:
        """Give the trace what was printed up to *now* (None: all); return how many came later."""
        kept = [o for o in self._outputs if now is None or o.time <= now]
        kept.sort(key=lambda output: output.time)
        self._trace.outputs.extend(kept)
        return len(self._outputs) - len(kept)

    def _process(self, row: Any) -> None:
        pid, parent, name, start, end = row
        self._trace.processes.append(
            Process(
                len(self._trace.processes),
                whole(pid, "A process's number"),
                whole(parent, "A process's parent"),
                _text(name),
                whole(start, "A process's start"),
                _moment(end),
            )
        )

    def _thread(self, row: Any) -> None:
        process, name, ident, native, daemon, obj, begin, end = row
        trace = self._trace
        trace.add_thread(
            Thread(
                len(trace.threads),
                whole(process, "A thread's process", 0, self._counts["processes"] - 1),
                _text(name),
                whole(ident, "A thread's identity", 0, 1 << 64),
                whole(native, "A thread's native number", 0, 1 << 64),
                bool(daemon),
                whole(obj, "A thread's object", 0, self._counts["objects"]),
            )
        )
        self.spans.append((_moment(begin), _moment(end)))

    def _site(self, row: Any) -> None:
        file, line = row
        self._trace.sites.append(Site(_text(file), whole(line, "A site's line", 0, _LINES)))

    def _object(self, row: Any) -> None:
        kind, process, name, file, line, extra = row
        trace = self._trace
        if not isinstance(extra, dict) or not all(map(_is_plain, extra.values())):
            raise ValueError("extra")
        known = _OBJECT_KINDS[whole(kind, "An object's kind", 1, _MOST_KIND)]
        if known is ObjectKind.STORE_POINT:
            _check_store(extra)
        trace.objects.append(
            Object(
                len(trace.objects),
                known,
                whole(process, "An object's process", 0, max(0, self._counts["processes"] - 1)),
                _text(name),
                _text(file),
                whole(line, "An object's line", 0, _LINES),
                extra,
            )
        )

    def _text(self, row: Any) -> None:
        self._trace.texts.append(_text(row))

    def _gap(self, row: Any) -> None:
        time, length = row
        self._trace.gaps.append((whole(time, "A pause's time"), whole(length, "A pause's length")))

    def _output(self, row: Any) -> None:
        time, thread, stream, text = row
        self._outputs.append(
            Output(
                whole(time, "A printed text's time"),
                whole(thread, "A printed text's thread", -1, self._counts["threads"] - 1),
                whole(stream, "A printed text's stream", 0, 2),
                _text(text),
            )
        )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text")
    return value


def _moment(value: object) -> int | None:
    return None if value is None else whole(value, "A time")


def _is_plain(value: object) -> bool:
    """Whether *value* is one that probes say of an object: a scalar, or a short list of such."""
    if isinstance(value, list):
        return len(value) <= ROWS and all(isinstance(part, _PLAIN) for part in value)
    return isinstance(value, _PLAIN)


def _check_store(extra: Mapping[str, object]) -> None:
    """Check what the value table computes with."""
    change = extra.get("change")
    if not isinstance(extra.get("variable"), str):
        raise ValueError("a store without a variable")
    # A comparison is exact for whole numbers of any size, and false for one that is none.
    if isinstance(change, (int, float)) and not -LARGEST_INT <= change <= LARGEST_INT:
        raise ValueError("a store whose change is no number")
