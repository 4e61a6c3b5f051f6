"""A run into a file, `NAME.threadlab`.

The file is a zip: `manifest.json` first, then the script and its lesson, the tables, CPU readings,
the events in chunks, and `checksums.json` at the end. So what a cut takes is the end of the run,
and what is left can be read without it (`opening`).

Guarantees: saving leaves the whole file or none, and what was there before where it fails.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from engine.formats import manifest, tables
from engine.formats.archive import Writer
from engine.formats.errors import RunFileError, whole_file
from engine.formats.manifest import (
    ASCENDING,
    CPU_ASCENDING,
    EVENTS_A_BYTE,
    LARGEST_CHUNK,
    MOST,
)
from engine.formats.order import ThreadOrder
from engine.formats.packing import pack
from engine.formats.record import Record
from engine.trace import Trace

SMALLEST_CHUNK = 1 << 8

#: Told the share that is done, 0..1.
Progress = Callable[[float], None]


def save(record: Record, path: Path, progress: Progress = lambda share: None) -> None:
    """Write *record* to *path*, whole or not at all. Raises RunFileError.

    *progress* is told the share that is done, 0..1; the trace must not grow meanwhile.
    """
    trace = record.trace
    counts = tables.counts_of(trace)
    for name, most in MOST.items():
        if counts[name] > most:
            raise RunFileError(
                f"The run has {counts[name]:,} {name}; a file takes {most:,} at most. "
                "Run it with less work, or export it."
            )
    chunk = chunk_size(counts["events"])
    with whole_file(path) as file:
        writer = Writer(file)
        writer.add("manifest.json", manifest.write(record, counts, chunk))
        writer.add("script.py", record.script.encode("utf-8", "surrogatepass"))
        writer.add("lesson.toml", record.scenario.lesson.encode("utf-8", "surrogatepass"))
        for name, rows in tables.rows_of(trace).items():
            for number, data in enumerate(tables.encoded(rows)):
                writer.add(f"tables/{name}/{number:06}.json", data)
        _write_cpu(writer, trace)
        _write_events(writer, trace, chunk, progress)
        writer.add("checksums.json", json.dumps(writer.checksums).encode())
        writer.finish()
    progress(1.0)


def chunk_size(events: int) -> int:
    """Return how many events one entry holds: a run of few loses few when its file is cut."""
    wanted = 1 << max(0, events // 64).bit_length()
    return min(LARGEST_CHUNK, max(SMALLEST_CHUNK, wanted))


def _write_cpu(writer: Writer, trace: Trace) -> None:
    parts = [
        (np.full(len(series.times), thread), series.times.view, series.used.view)
        for thread, series in trace.cpu.series.items()
        if len(series.times)
    ]
    if not parts:
        return
    whole = [np.concatenate(column) for column in zip(*parts, strict=True)]
    for number, begin in enumerate(range(0, len(whole[0]), LARGEST_CHUNK)):
        piece = [column[begin : begin + LARGEST_CHUNK] for column in whole]
        data = pack(piece, CPU_ASCENDING)
        writer.add(f"cpu/{number:06}.bin", data, len(piece[0]) // EVENTS_A_BYTE)


def _write_events(writer: Writer, trace: Trace, chunk: int, progress: Progress) -> None:
    order = ThreadOrder(len(trace.threads))
    total = len(trace)
    for number, begin in enumerate(range(0, total, chunk)):
        columns = trace.columns(begin, min(total, begin + chunk))
        time = order.mended(columns.time, columns.thread.astype(np.int64))
        data = pack((time, *columns[1:]), ASCENDING)
        writer.add(f"events/{number:06}.bin", data, len(time) // EVENTS_A_BYTE)
        progress(begin / total)
