"""A run as tables for spreadsheets and data frames: events, slices and values.

Guarantees: comma-separated, UTF-8, a header line, times in ns since the run's start; each file is
there whole or not at all. A text that a spreadsheet would take for a formula gets an apostrophe
in front: what a script printed must not be computed because somebody looks at it.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine.events import Flag, Kind, State
from engine.formats.errors import RunFileError, whole_file
from engine.formats.record import Record
from engine.formats.words import kind_name, object_name, written
from engine.trace import Trace

AT_ONCE = 8192
EVENTS = "events.csv"
SLICES = "slices.csv"
VALUES = "values.csv"

Progress = Callable[[float], None]


def export(record: Record, folder: Path, progress: Progress = lambda share: None) -> list[Path]:
    """Write the three tables into *folder*, which is made; return them. Raises RunFileError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RunFileError(f"{folder} cannot be made: {error.strerror or error}.") from error
    tables: tuple[tuple[str, Sequence[str], Iterator[Sequence[Any]]], ...] = (
        (EVENTS, EVENT_HEADER, event_rows(record.trace)),
        (SLICES, SLICE_HEADER, slice_rows(record.trace)),
        (VALUES, VALUE_HEADER, value_rows(record.trace)),
    )
    for number, (name, header, rows) in enumerate(tables):
        progress(number / len(tables))
        with whole_file(folder / name) as raw:
            _write(raw.write, header, rows)
    progress(1.0)
    return [folder / name for name, _, _ in tables]


def _write(write: Callable[[bytes], Any], header: Sequence[str], rows: Iterable[Any]) -> None:
    text = io.StringIO()
    lines = csv.writer(text, lineterminator="\n")
    lines.writerow(header)
    for number, row in enumerate(rows):
        lines.writerow(row)
        if number % AT_ONCE == AT_ONCE - 1:
            write(text.getvalue().encode())
            text.seek(0)
            text.truncate()
    write(text.getvalue().encode())


def cell(text: str) -> str:
    """Return *text* so that no spreadsheet takes it for a formula."""
    clean = written(text)
    return f"'{clean}" if clean.startswith(("=", "+", "-", "@", "\t", "\r")) else clean


class _Names:
    """The words for the numbers of one trace, each made once."""

    def __init__(self, trace: Trace) -> None:
        self.kinds = {int(kind): kind_name(kind.name) for kind in Kind}
        self.states = {int(state): kind_name(state.name) for state in State}
        self.threads = [cell(thread.name) for thread in trace.threads]
        self.processes = [
            cell(trace.processes[thread.process].name) if trace.processes else ""
            for thread in trace.threads
        ]
        self.objects = [cell(object_name(trace, number)) for number in range(len(trace.objects))]
        self.files = [cell(site.file) for site in trace.sites]


EVENT_HEADER = (
    "event", "time_ns", "process", "thread", "thread_name", "kind", "object", "object_name",
    "file", "line", "value", "raised",
)  # fmt: skip


def event_rows(trace: Trace) -> Iterator[Sequence[Any]]:
    """Yield a row an event, in the order of arrival."""
    names = _Names(trace)
    for begin in range(0, len(trace), AT_ONCE):
        columns = trace.columns(begin, min(len(trace), begin + AT_ONCE))
        floats = columns.value.view(np.float64).tolist()
        lists = [column.tolist() for column in columns]
        for place, (time, value, kind, flags, obj, site, thread) in enumerate(
            zip(*lists, strict=True)
        ):
            shown: Any = value
            if flags & Flag.TEXT:
                shown = cell(trace.texts[value])
            elif flags & Flag.FLOAT:
                shown = floats[place]
            yield (
                begin + place,
                time,
                names.processes[thread],
                thread,
                names.threads[thread],
                names.kinds[kind],
                obj or "",
                names.objects[obj],
                names.files[site],
                trace.sites[site].line or "",
                shown,
                int(bool(flags & Flag.RAISED)),
            )


SLICE_HEADER = (
    "thread", "process", "thread_name", "start_ns", "end_ns", "duration_ns", "state",
    "waits_for", "holds", "began_by",
)  # fmt: skip


def slice_rows(trace: Trace) -> Iterator[Sequence[Any]]:
    """Yield a row a slice, lane by lane; the last one ends with its thread, or with the record."""
    names = _Names(trace)
    for number, lane in enumerate(trace.lanes):
        if not len(lane.starts):
            continue
        thread = trace.threads[number]
        starts = lane.starts[:]
        last = max(int(starts[-1]), trace.now if thread.end is None else thread.end)
        ends = np.append(starts[1:], last)
        columns = (starts, ends, lane.states.view, lane.objs.view, lane.helds.view, lane.kinds.view)
        for begin in range(0, len(starts), AT_ONCE):
            part = [column[begin : begin + AT_ONCE].tolist() for column in columns]
            for start, end, state, obj, held, kind in zip(*part, strict=True):
                if state != State.NONE:
                    yield (
                        number,
                        names.processes[number],
                        names.threads[number],
                        start,
                        end,
                        end - start,
                        names.states[state],
                        names.objects[obj],
                        names.objects[held],
                        names.kinds[kind],
                    )


VALUE_HEADER = (
    "process", "name", "is_queue", "time_ns", "thread", "thread_name", "value",
    "lost_updates", "stale_writes",
)  # fmt: skip


def value_rows(trace: Trace) -> Iterator[Sequence[Any]]:
    """Yield a row a step of each value and each queue's length."""
    names = _Names(trace)
    for (process, _), series in trace.values.series.items():
        owner = cell(trace.processes[process].name) if process < len(trace.processes) else ""
        label = cell(series.name)
        known = series.change_known and not series.is_queue
        columns = (
            series.times.view.tolist(),
            series.threads.view.tolist(),
            series.texts,
            series.values.view.tolist(),
            series.lost.view.tolist(),
            series.stale.view.tolist(),
        )
        for time, thread, text, number, lost, stale in zip(*columns, strict=True):
            # A whole number's text is exact where the float beside it is not.
            is_whole = text.lstrip("-").isdigit()
            value = cell(text) if math.isnan(number) else text if is_whole else repr(number)
            loss = (f"{lost:g}", stale) if known else ("", "")
            yield (
                owner, label, int(series.is_queue), time, thread, names.threads[thread], value,
                *loss,
            )  # fmt: skip
