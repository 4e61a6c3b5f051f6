"""The manifest: the first entry of a run's file, which says what the run was and what follows.

Guarantees: what is read from it has the right types and sane counts, or it is refused; it is
enough to list a run in the history without reading anything else.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import get_args

from engine import bookmarks as bookmarking
from engine.bookmarks import Bookmark
from engine.deadlock import Deadlock, Wait
from engine.formats.checks import Fields, parsed, scalar, whole
from engine.formats.errors import RunFileError
from engine.formats.record import Record, ScenarioNote
from engine.outcome import Ending, Failure, Outcome
from engine.session import Interpreter, Request
from engine.version import VERSION

FORMAT = "threadlab run"
SUFFIX = ".threadlab"
#: Raised when an older ThreadLab could not read what this one writes.
FORMAT_VERSION = 1
#: Most rows that a table of a run's file holds. The writer refuses more, so the reader may too.
#: Number 0 (no object, no site, the empty text) is not among them.
MOST = {
    "events": 1 << 29,
    "processes": 1 << 16,
    "threads": 100_000,
    "sites": 1 << 20,
    "objects": 1 << 22,
    "texts": 1 << 24,
    "gaps": 1 << 20,
    "outputs": 1 << 24,
    "cpu": 1 << 26,
}
#: The columns of an event as they stand in the file: (name, type, stored as differences).
EVENT_COLUMNS = (
    ("time", "i8", True),
    ("value", "i8", False),
    ("kind", "u1", False),
    ("flags", "u1", False),
    ("object", "u4", False),
    ("site", "u4", False),
    ("thread", "u4", False),
)
CPU_COLUMNS = (("thread", "u4", False), ("time", "i8", True), ("used", "i8", True))
#: A file holds at least a byte for so many events, or something else wrote it.
EVENTS_A_BYTE = 4
LARGEST_CHUNK = 1 << 16
ASCENDING = tuple(differs for _, _, differs in EVENT_COLUMNS)
CPU_ASCENDING = tuple(differs for _, _, differs in CPU_COLUMNS)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the first entry says: the record without its trace, and the counts."""

    version: str
    saved: datetime.datetime
    scenario: ScenarioNote
    request: Request
    interpreter: Interpreter | None
    outcome: Outcome | None
    deadlock: Deadlock | None
    observed: str
    complaints: tuple[str, ...]
    remarks: Mapping[str, str]
    now: int
    counts: Mapping[str, int] = field(default_factory=dict)
    chunk: int = 1
    bookmarks: tuple[Bookmark, ...] = ()


def write(record: Record, counts: Mapping[str, int], chunk: int) -> bytes:
    """Return the manifest of *record*, whose events stand in chunks of *chunk*."""
    scenario = {k: v for k, v in asdict(record.scenario).items() if k != "lesson"}
    request = record.request
    said = {
        "format": FORMAT,
        "version": FORMAT_VERSION,
        "threadlab": record.version or VERSION,
        "saved": record.saved.isoformat(),
        "scenario": scenario,
        "request": {
            "script": str(request.script),
            "arguments": list(request.arguments),
            "directory": "" if request.directory is None else str(request.directory),
            "values": request.values,
            "watch": list(request.watch),
            "expected": request.expected,
            "own": [str(path) for path in request.own],
            "root": "" if request.root is None else str(request.root),
            "module": request.module,
        },
        "interpreter": record.interpreter and asdict(record.interpreter),
        "outcome": record.outcome and asdict(record.outcome),
        "deadlock": record.deadlock and asdict(record.deadlock),
        "observed": record.observed,
        "complaints": list(record.complaints),
        "remarks": record.trace.remarks,
        "bookmarks": written(record.bookmarks),
        "now": record.trace.now,
        "counts": dict(counts),
        "chunk": chunk,
        "columns": {"events": EVENT_COLUMNS, "cpu": CPU_COLUMNS},
        "byte order": "little",
    }
    return json.dumps(said, indent=1).encode()


def read(data: bytes) -> Manifest:
    """Return the manifest in *data*; RunFileError for anything else."""
    said = Fields(parsed(data, "The manifest"), "The manifest")
    if said.text("format", "") != FORMAT:
        raise RunFileError("It is no run that ThreadLab saved: its manifest says something else.")
    version = said.number("version", 1)
    if version > FORMAT_VERSION:
        raise RunFileError(
            f"It was saved by ThreadLab {said.text('threadlab', '?')[:40]} in format {version}; "
            f"this one reads up to format {FORMAT_VERSION}. Open it with the newer ThreadLab."
        )
    columns = said.table("columns")
    for name, known in (("events", EVENT_COLUMNS), ("cpu", CPU_COLUMNS)):
        if columns.get(name) != [list(column) for column in known]:
            raise said.fault("columns", "those of this format")
    counted = said.fields("counts") or Fields({}, "The manifest: counts")
    counts = {name: counted.number(name, 0, most) for name, most in MOST.items()}
    remarks = Fields(said.table("remarks"), "The manifest: remarks")
    return Manifest(
        said.text("threadlab"),
        _moment(said),
        _scenario(said),
        _request(said),
        _interpreter(said),
        _outcome(said),
        _deadlock(said, counts),
        said.text("observed"),
        said.texts("complaints"),
        {name: remarks.text(name) for name in said.table("remarks")},
        said.number("now"),
        counts,
        said.number("chunk", 1, LARGEST_CHUNK),
        _bookmarks(said),
    )


def amended(data: bytes, bookmarks: Iterable[Bookmark]) -> bytes:
    """Return the manifest in *data* with other *bookmarks*; RunFileError where it is none."""
    read(data)
    said = json.loads(data)
    said["bookmarks"] = written(bookmarks)
    return json.dumps(said, indent=1).encode()


def written(bookmarks: Iterable[Bookmark]) -> list[tuple[int, str]]:
    """Return *bookmarks* as they stand in a manifest, as many as a file takes."""
    return [(mark.time, mark.note) for mark in bookmarks][: bookmarking.MOST]


def with_lesson(scenario: ScenarioNote, lesson: str) -> ScenarioNote:
    """Return *scenario* with the lesson, which stands in an entry of its own."""
    return replace(scenario, lesson=lesson)


def _bookmarks(said: Fields) -> tuple[Bookmark, ...]:
    """Return the bookmarks; files from before there were any have none."""
    found = {}
    for row in said.rows("bookmarks", bookmarking.MOST):
        if not isinstance(row, list) or len(row) != 2 or not isinstance(row[1], str):
            raise said.fault("bookmarks", "a list of times with their notes")
        time = whole(row[0], f"{said.where}: bookmarks")
        found[time] = Bookmark(time, bookmarking.note_of(row[1]))
    return tuple(found[time] for time in sorted(found))


def _moment(said: Fields) -> datetime.datetime:
    try:
        found = datetime.datetime.fromisoformat(said.text("saved"))
    except ValueError:
        raise said.fault("saved", "a date and a time") from None
    if found.tzinfo is None:
        raise said.fault("saved", "a date and a time with its zone")
    return found


def _scenario(said: Fields) -> ScenarioNote:
    part = said.fields("scenario")
    if part is None:
        return ScenarioNote()
    names = ("id", "title", "summary", "group", "level")
    return ScenarioNote(*(part.text(name, "") for name in names))


def _request(said: Fields) -> Request:
    part = said.fields("request")
    if part is None:
        raise said.fault("request", "there")
    directory, root = part.text("directory", ""), part.text("root", "")
    values = {
        name: scalar(value, f"{part.where}: {name}") for name, value in part.table("values").items()
    }
    expected = Fields(part.table("expected"), f"{part.where}: expected")
    return Request(
        _path(part.text("script")),
        part.texts("arguments"),
        _path(directory) if directory else None,
        values,
        part.texts("watch"),
        {name: expected.real(name) for name in part.table("expected")},
        tuple(map(_path, part.texts("own"))),
        root=_path(root) if root else None,
        module=part.text("module", ""),
    )


def _path(text: str) -> Path:
    return Path(text.replace("\0", "\N{REPLACEMENT CHARACTER}")[:4096])


def _interpreter(said: Fields) -> Interpreter | None:
    part = said.fields("interpreter")
    return (
        None
        if part is None
        else Interpreter(part.text("version"), part.flag("gil"), part.flag("free_threaded"))
    )


def _outcome(said: Fields) -> Outcome | None:
    part = said.fields("outcome")
    if part is None:
        return None
    ending: Ending | None = next((e for e in get_args(Ending) if e == part.text("ending")), None)
    if ending is None:
        raise part.fault("ending", f"one of {', '.join(get_args(Ending))}")
    error = part.fields("error")
    failure = None
    if error is not None:
        failure = Failure(
            error.text("type"),
            error.text("message"),
            error.maybe("line", 0, 1 << 31),
            error.text("thread"),
            error.text("traceback"),
        )
    return Outcome(
        ending,
        part.maybe("exit", -(1 << 31), 1 << 32),
        failure,
        part.real("seconds"),
        part.flag("cut"),
        part.text("reason"),
    )


def _deadlock(said: Fields, counts: Mapping[str, int]) -> Deadlock | None:
    part = said.fields("deadlock")
    if part is None:
        return None

    where = f"{said.where}: deadlock"
    cycle, stuck = (
        tuple(_wait(row, where, counts) for row in part.rows(key, counts["threads"]))
        for key in ("cycle", "stuck")
    )
    return Deadlock(cycle, stuck, part.flag("certain"), part.number("since"))


def _wait(row: object, where: str, counts: Mapping[str, int]) -> Wait:
    wait = Fields(row, where)
    last = counts["threads"] - 1
    return Wait(
        wait.number("thread", 0, last),
        wait.number("obj", 0, counts["objects"]),
        wait.maybe("holder", 0, last),
    )
