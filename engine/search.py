"""Finds names, events about objects, printed texts, values and lines of code in a trace.

Why: in ten million events nobody scrolls. Guarantees: a search is done in portions (`step`), each
of which reads at most some ten thousand rows, so that the window goes on meanwhile; what is
appended later is found by going on; at most `MOST` hits of a kind are kept, and it is said where
there are more; a hit is something that was recorded, at the time at which it was.
"""

from __future__ import annotations

import ast
import enum
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine import query as queries
from engine.columns import Ints
from engine.events import Flag, ObjectKind
from engine.names import KIND_WORDS
from engine.query import Query
from engine.sentences import Book, called, clause, shortened
from engine.table import TableColumn
from engine.trace import Trace

MOST = 10_000
_ROWS = 1 << 16  # of a column, at once
_ENTRIES = 2_000  # of a list of Python's, at once
_NO_OBJECTS = frozenset({ObjectKind.THREAD, ObjectKind.STORE_POINT})

NOTHING = np.empty(0, np.int64)
Flags = npt.NDArray[np.bool_]


class Found(enum.IntEnum):
    """What a hit is."""

    THREAD = 0  # a thread of that name begins
    OBJECT = 1  # an event about a lock, a queue, a task... of that name
    PRINTED = 2
    VALUE = 3
    LINE = 4  # a thread comes to a line with that text, or of a function of that name


#: One hit and many of them.
WORDS = {
    Found.THREAD: ("thread", "threads"),
    Found.OBJECT: ("event about an object", "events about objects"),
    Found.PRINTED: ("printed text", "printed texts"),
    Found.VALUE: ("value", "values"),
    Found.LINE: ("visit of a line", "visits of lines"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """One hit: at *time* (ns), of *thread* (-1: of none that is known); *words* say what it is."""

    kind: Found
    time: int
    thread: int
    words: str


class Hits(NamedTuple):
    """Hits as columns, in order of time; *place* is what the kind's source calls it."""

    time: Ints
    kind: npt.NDArray[np.uint8]
    thread: Ints
    place: Ints


class _Kept:
    """The hits of one kind."""

    def __init__(self) -> None:
        self.count = 0
        self.is_capped = False
        self.parts: list[tuple[Ints, Ints, Ints]] = []

    def add(self, times: npt.ArrayLike, threads: npt.ArrayLike, places: npt.ArrayLike) -> None:
        columns = [np.asarray(each, np.int64) for each in (times, threads, places)]
        room = MOST - self.count
        self.is_capped = self.is_capped or len(columns[0]) > room
        time, thread, place = (each[:room] for each in columns)
        if len(time):
            self.parts.append((time, thread, place))
            self.count += len(time)


class Search:
    """One search of one trace.

    Attributes: query; version (grows with each hit).
    """

    def __init__(self, trace: Trace, query: Query) -> None:
        self.query = query
        self.version = 0
        self._trace = trace
        self._kept = {kind: _Kept() for kind in Found}
        self._seen = dict.fromkeys(("threads", "objects", "events", "outputs", "texts", "sites"), 0)
        self._series: dict[tuple[int, str], int] = {}
        self._lanes: dict[int, int] = {}
        self._objects: set[int] = set()
        self._texts: set[int] = set()
        self._sites: set[int] = set()
        self._lines: dict[str, set[int]] = {}
        self._sorted: tuple[int, Hits] | None = None

    # ---- to search

    def step(self, seconds: float = 0.004) -> bool:
        """Go on for about *seconds*; say whether all that is recorded has been looked at."""
        until = time.perf_counter() + seconds
        before = sum(kept.count for kept in self._kept.values())
        done = True
        for source in (
            self._look_at_threads,
            self._look_at_outputs,
            self._look_at_objects,
            self._look_at_texts,
            self._look_at_values,
            self._look_at_lines,
            self._look_at_events,
        ):
            while not (done := source()):
                if time.perf_counter() > until:
                    break
            if not done:
                break
        self.version += sum(kept.count for kept in self._kept.values()) - before
        return done

    def _portion(self, what: str, size: int, most: int) -> range:
        """Return the next of *size* entries that were not looked at, at most *most* of them."""
        begin = self._seen[what]
        self._seen[what] = end = min(size, begin + most)
        return range(begin, max(begin, end))

    def _look_at_threads(self) -> bool:
        threads = self._trace.threads
        for number in self._portion("threads", len(threads), _ENTRIES):
            if self.query.matches(threads[number].name):
                begin = threads[number].begin or 0
                self._kept[Found.THREAD].add([begin], [number], [number])
        return self._seen["threads"] >= len(threads)

    def _look_at_outputs(self) -> bool:
        outputs = self._trace.outputs
        if self._kept[Found.PRINTED].is_capped:
            return True
        portion = self._portion("outputs", len(outputs), _ENTRIES)
        read = zip(portion, outputs[portion.start : portion.stop], strict=True)
        found = [(n, o) for n, o in read if self.query.matches(" ".join(o.text.split()))]
        self._kept[Found.PRINTED].add(
            [o.time for _, o in found], [o.thread for _, o in found], [n for n, _ in found]
        )
        return self._seen["outputs"] >= len(outputs)

    def _look_at_objects(self) -> bool:
        objects = self._trace.objects
        for number in self._portion("objects", len(objects), _ENTRIES):
            thing = objects[number]
            name = thing.name or str(thing.extra.get("label") or "") or KIND_WORDS[thing.kind]
            if number and thing.kind not in _NO_OBJECTS and self.query.matches(name):
                self._objects.add(number)
        return self._seen["objects"] >= len(objects)

    def _look_at_texts(self) -> bool:
        texts = self._trace.texts
        for number in self._portion("texts", len(texts), _ENTRIES):
            if self.query.matches_value(texts[number]):
                self._texts.add(number)
        return self._seen["texts"] >= len(texts)

    def _look_at_values(self) -> bool:
        if self._kept[Found.VALUE].is_capped:
            return True
        for key, series in self._trace.values.series.items():
            begin = self._series.get(key, 0)
            end = min(len(series.times), begin + _ROWS)
            if begin == end:
                continue
            self._series[key] = end
            chosen = self._chosen_steps(series.name, series.values[begin:end], series.events, begin)
            places = np.flatnonzero(chosen) + begin
            self._kept[Found.VALUE].add(
                series.times[places], series.threads[places], series.events[places]
            )
            return False
        return True

    def _chosen_steps(
        self, label: str, values: npt.NDArray[np.float64], events: TableColumn, begin: int
    ) -> Flags:
        """Tell which steps of the series *label* are looked for."""
        query, folded = self.query, label.casefold()
        chosen = np.zeros(len(values), np.bool_)
        if query.compare is None:
            if query.text in folded:
                return ~chosen
            amount = query.number
        elif query.name in folded:
            amount = query.amount
        else:
            return chosen
        if amount is not None:
            compare = query.compare or np.equal
            chosen = compare(values, amount) & ~np.isnan(values)
        if self._texts:
            texts = np.flatnonzero(np.isnan(values))
            columns = self._trace.at(events[texts + begin])
            is_text = columns.flags & Flag.TEXT != 0
            wanted = np.fromiter(self._texts, np.int64, len(self._texts))
            chosen[texts] = is_text & np.isin(columns.value, wanted)
        return chosen

    def _look_at_lines(self) -> bool:
        trace = self._trace
        for path, text in trace.sources.items():
            if path not in self._lines:
                self._lines[path] = _lines_with(text, self.query)
        for number in self._portion("sites", len(trace.sites), _ENTRIES):
            site = trace.sites[number]
            if number and site.line in self._lines.get(site.file, ()):
                self._sites.add(number)
        if self._seen["sites"] < len(trace.sites):
            return False
        if not self._sites or self._kept[Found.LINE].is_capped:
            self._lanes = {number: len(lane.marks) for number, lane in enumerate(trace.lanes)}
            return True
        wanted = np.fromiter(self._sites, np.int64, len(self._sites))
        for number, lane in enumerate(trace.lanes):
            begin = self._lanes.get(number, 0)
            end = min(len(lane.marks), begin + _ROWS)
            if begin == end:
                continue
            self._lanes[number] = end
            sites = lane.sites[begin:end]
            places = np.flatnonzero(np.isin(sites, wanted))
            times = lane.marks[begin:end][places]
            self._kept[Found.LINE].add(times, np.full(len(places), number), sites[places])
            return False
        return True

    def _look_at_events(self) -> bool:
        kept, size = self._kept[Found.OBJECT], len(self._trace)
        if not self._objects or kept.is_capped:
            self._seen["events"] = size  # no event is about an object that is not known yet
            return True
        portion = self._portion("events", size, _ROWS)
        if not portion:
            return True
        about = self._trace.column("obj", portion.start, portion.stop)
        wanted = np.fromiter(self._objects, np.int64, len(self._objects))
        places = np.flatnonzero(np.isin(about, wanted)) + portion.start
        if len(places):
            columns = self._trace.at(places[: MOST + 1])
            kept.add(columns.time, columns.thread, places[: MOST + 1])
        return portion.stop >= size

    # ---- what was found

    def counts(self) -> dict[Found, tuple[int, bool]]:
        """Return how many hits of each kind there are, and whether there are more than that."""
        return {k: (kept.count, kept.is_capped) for k, kept in self._kept.items() if kept.count}

    def hits(self) -> Hits:
        """Return the hits, in order of time."""
        if self._sorted is None or self._sorted[0] != self.version:
            kept = self._kept.values()
            time_, thread, place = (
                np.concatenate([NOTHING, *(part[column] for each in kept for part in each.parts)])
                for column in range(3)
            )
            counts = [each.count for each in kept]
            kind = np.repeat(np.array([int(each) for each in self._kept], np.uint8), counts)
            order = np.argsort(time_, kind="stable")
            found = Hits(time_[order], kind[order], thread[order], place[order])
            self._sorted = (self.version, found)
        return self._sorted[1]

    def hit(self, number: int) -> Hit:
        """Return hit *number* of `hits`; IndexError without one."""
        found = self.hits()
        kind, place = Found(int(found.kind[number])), int(found.place[number])
        thread = int(found.thread[number])
        words = {
            Found.THREAD: lambda: f"{self._trace.threads[place].name} begins",
            Found.OBJECT: lambda: self._event_words(place),
            Found.PRINTED: lambda: f"prints “{self._printed(place)}”",
            Found.VALUE: lambda: self._value_words(place),
            Found.LINE: lambda: self._line_words(place),
        }[kind]()
        return Hit(kind, int(found.time[number]), thread, words)

    def name_of(self, thread: int) -> str:
        """Return a thread's name; '' for none that is known."""
        return self._trace.threads[thread].name if 0 <= thread < len(self._trace.threads) else ""

    def _event_words(self, index: int) -> str:
        event = self._trace.event(index)
        said = clause(Book.of(self._trace), event)
        if said is None:
            return event.kind.name.lower().replace("_", " ")
        parts = (p.text if p.thread is None else called(self._trace, p.thread) for p in said.rest)
        return f"{said.verb} {''.join(parts)}".strip()

    def _printed(self, number: int) -> str:
        """Return the line of a printed text that holds what is looked for."""
        text = self._trace.outputs[number].text
        lines = (line for line in text.splitlines() if self.query.matches(line))
        return shortened(next(lines, text))

    def _value_words(self, index: int) -> str:
        event = self._trace.event(index)
        thing = self._trace.objects[event.obj]
        series = self._trace.values.of_store(event, thing)
        name = series.name if series is not None else thing.name
        return f"{name} = {shortened(self._trace.shown(index))}"

    def _line_words(self, number: int) -> str:
        site = self._trace.sites[number]
        lines = self._trace.sources.get(site.file, "").splitlines()
        text = lines[site.line - 1].strip() if 0 < site.line <= len(lines) else ""
        return f"line {site.line}: {shortened(text)}"


def find(trace: Trace, typed: str) -> Search | None:
    """Return a search for what was *typed*, not begun yet; None where nothing was."""
    query = queries.read(typed)
    return None if query is None else Search(trace, query)


def _lines_with(text: str, query: Query) -> set[int]:
    """Return the lines of a script that hold the query, and those of functions of that name."""
    found = {
        number
        for number, line in enumerate(text.splitlines(), 1)
        if query.matches(" ".join(line.split()))
    }
    for node in _functions(text):
        if query.matches(node.name):
            found.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return found


def _functions(text: str) -> Iterable[ast.FunctionDef | ast.AsyncFunctionDef]:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return  # a kept run may hold anything; its lines are searched all the same
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node
