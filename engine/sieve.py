"""Which rows of a trace a person wants to see: found a stretch at a time.

Why: to look at ten million events takes a second or two, and the window must not wait. So a sieve
looks at a bounded number a step, keeps the numbers of what it found, and can be asked any time.

Guarantees: what is found is exactly what `Criteria` say, in the order of rows of `merged`; what
arrives later is found by further steps, and stands where its time belongs even when it arrives
late; four bytes a row that was found, packed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.columns import Ints
from engine.event_words import COUNTED, PLAIN, STATES
from engine.events import Flag, Kind
from engine.lanes import Lane
from engine.memory import Memory
from engine.merged import Merged
from engine.names import name_of
from engine.sentences import called
from engine.table import Table
from engine.trace import Trace

AT_ONCE = 16_384  # rows looked at in a step: some milliseconds
#: Columns of a lane's slices that are looked at.
_OF_SLICES = ("states", "objs", "helds")
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Criteria:
    """What is wanted; None and '' want everything.

    Attributes: slices (slices rather than events); thread (a lane); kinds (of events); states
    (codes of slices, see `state_code`); objects (their numbers; of a slice, what it waits for or
    what it holds); words (each must stand in the thread's name, in what it does, in the object's
    name, in the file, or be the line or the value).
    """

    slices: bool = False
    thread: int | None = None
    kinds: frozenset[Kind] | None = None
    states: frozenset[int] | None = None
    objects: frozenset[int] | None = None
    words: str = ""

    @property
    def is_open(self) -> bool:
        """Whether every row of the thread (or of all threads) is wanted."""
        return (
            not self.words.split()
            and self.objects is None
            and (self.states if self.slices else self.kinds) is None
        )


def state_code(state: int, *, holds: bool) -> int:
    """Return the number by which a slice's state and whether it holds a lock are told."""
    return state * 2 + holds


class _Names:
    """Whether a word stands in the names of a list that grows; each is looked at once."""

    def __init__(self, names: Callable[[int], str], size: Callable[[], int], word: str) -> None:
        self._names, self._size, self._word = names, size, word
        self._known = np.empty(0, np.bool_)

    def mask(self) -> Mask:
        """Return for each name whether the word stands in it."""
        size, known = self._size(), len(self._known)
        if known < size:
            new = [self._word in self._names(n).casefold() for n in range(known, size)]
            self._known = np.concatenate((self._known, np.array(new, np.bool_)))
        return self._known


class _Word:
    """Where one word may stand."""

    def __init__(self, trace: Trace, word: str) -> None:
        self.word = word
        objects, texts, threads = trace.objects, trace.texts, trace.threads
        sites = trace.sites

        def object_name(number: int) -> str:
            return name_of(trace, number) if number else ""

        self.threads = _Names(lambda n: called(trace, n), lambda: len(threads), word)
        self.objects = _Names(object_name, lambda: len(objects), word)
        self.texts = _Names(lambda n: texts[n], lambda: len(texts), word)
        # A number is a line as a whole: 3 is not a part of 13.
        as_line, wanted = word.isdecimal(), f" {word} " if word.isdecimal() else word

        def site_name(number: int) -> str:
            site = sites[number]
            return f" {site.line} " if as_line else f"{site.file}:{site.line}"

        self.sites = _Names(site_name, lambda: len(sites), wanted)
        self.kinds = np.zeros(256, np.bool_)
        for kind, said in PLAIN.items():
            self.kinds[kind] = word in f"{said} {kind.name}".casefold().replace("_", " ")
        self.states = np.zeros(16, np.bool_)
        for (state, holds), said in STATES.items():
            self.states[state_code(state, holds=holds)] = word in said
        self.whole, self.real = _number(word)


def _number(word: str) -> tuple[int | None, float | None]:
    """Return the whole number and the real one that *word* is, or None for each."""
    plain = word.replace(",", "")
    try:
        real = float(plain)
        whole = int(plain) if plain.lstrip("+-").isdecimal() else None
    except ValueError:
        return None, None
    return (whole if whole is not None and abs(whole) <= sys.maxsize else None), real


class Sieve:
    """Looks for rows. Attributes: criteria; merged (what it looks through); looked (how many)."""

    def __init__(self, trace: Trace, criteria: Criteria) -> None:
        self._trace = trace
        self.criteria = criteria
        self._memory = Memory()
        self._found = Table((("event", np.uint32),), self._memory)
        self._events = self._found["event"]
        self.looked = 0
        self._done: list[int] = []
        self._words = [_Word(trace, word) for word in criteria.words.casefold().split()]
        self._kinds = _mask(criteria.kinds, 256)
        self._states = _mask(criteria.states, 16)
        self._last_time = -1
        self._lanes: list[Lane] = []
        self.merged = Merged([])
        self.grow()

    def grow(self) -> None:
        """Take in lanes that came since; cheap where none did."""
        lanes, wanted = self._trace.lanes, self.criteria.thread
        now = lanes[:] if wanted is None else lanes[wanted : wanted + 1]
        if len(now) != len(self._lanes):
            self._lanes = now
            self.merged = Merged(now, slices=self.criteria.slices)
            self._done += [0] * (len(now) - len(self._done))

    def __len__(self) -> int:
        """The rows found so far."""
        return len(self._found)

    @property
    def is_done(self) -> bool:
        """Whether every row there is was looked at."""
        return self.looked == len(self.merged)

    def events(self, begin: int, end: int) -> Ints:
        """Return the rows number [begin, end) of those found."""
        return self._events[begin : min(end, len(self))].astype(np.int64)

    def row_at(self, t: int, event: int | None = None) -> int:
        """Return how many of the rows found are not later than *t* (ns).

        With *event*, how many stand before that one, which is at *t*.
        """
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            number = self._events[middle]
            time = self._trace.event(number).time
            before = time <= t if event is None else (time, number) < (t, event)
            low, high = (middle + 1, high) if before else (low, middle)
        return low

    def step(self) -> None:
        """Look at the next rows, at most some `AT_ONCE`."""
        merged, done = self.merged, self._done
        left = len(merged) - self.looked
        if not left:
            return
        ends = [len(times) for times in merged.times]
        if left > AT_ONCE:
            # Rows that came late stand before others that were looked at: it may be that all up
            # to a time were.
            counts = merged.above(self.looked + AT_ONCE)
            upto = [max(*pair) for pair in zip(counts, done, strict=True)]
            ends = upto if upto != done else ends
        lanes = self._lanes if self.criteria.slices else []
        beside = [[getattr(lane, name) for lane in lanes] for name in _OF_SLICES if lanes]
        times, events, *columns = merged.gather(done, ends, *beside)
        self.looked += len(events)
        keep = np.ones(len(events), np.bool_)
        is_wanted = self._slices_wanted if self.criteria.slices else self._events_wanted
        for test in is_wanted(events, *columns):
            keep &= test
        self._done = ends
        self._add(times[keep], events[keep])

    def _add(self, times: Ints, events: Ints) -> None:
        if not len(events):
            return
        if times[0] <= self._last_time and len(self):
            place = self.row_at(int(times[0]), int(events[0]))
            later = self.events(place, len(self))
            events = np.concatenate((later, events))
            times = np.concatenate((self._times(later), times))
            events = events[np.lexsort((events, times))]
            self._found.cut(place)
        self._last_time = max(self._last_time, int(times.max()))
        self._found.extend(events.astype(np.uint32))

    def _times(self, events: Ints) -> Ints:
        return self._column("time", events)

    def _column(self, name: str, events: Ints) -> Ints:
        """Return a column of the trace at *events*: one range of it, where they stand together."""
        if len(events):
            low, high = int(events.min()), int(events.max()) + 1
            if high - low <= 2 * len(events):  # to unpack them together is twice as quick
                return self._trace.column(name, low, high)[events - low].astype(np.int64)
        found: Ints = getattr(self._trace.at(events), name).astype(np.int64)
        return found

    def _events_wanted(self, events: Ints) -> Iterable[Mask]:
        wanted = self.criteria
        kind = self._column("kind", events)
        if wanted.kinds is not None:
            yield self._kinds[kind]
        obj = self._column("obj", events)
        if wanted.objects is not None:
            yield np.isin(obj, list(wanted.objects))
        if not self._words:
            return
        thread, site = self._column("thread", events), self._column("site", events)
        flags, value = self._column("flags", events), self._column("value", events)
        is_text = flags & Flag.TEXT != 0
        is_real = (flags & Flag.FLOAT != 0) & ~is_text
        counted = _COUNTED[kind] & ~is_text
        for word in self._words:
            found = word.kinds[kind] | word.threads.mask()[thread] | word.objects.mask()[obj]
            found |= word.sites.mask()[site]
            found[is_text] |= word.texts.mask()[value[is_text]]
            if word.whole is not None:
                found |= counted & ~is_real & (value == word.whole)
            if word.real is not None:
                found[is_real] |= value[is_real].view(np.float64) == word.real
            yield found

    def _slices_wanted(self, events: Ints, states: Ints, objs: Ints, helds: Ints) -> Iterable[Mask]:
        wanted = self.criteria
        codes = states * 2 + (helds != 0)
        if wanted.states is not None:
            yield self._states[codes]
        if wanted.objects is not None:
            numbers = list(wanted.objects)
            yield np.isin(objs, numbers) | np.isin(helds, numbers)
        if not self._words:
            return
        thread = self._column("thread", events)
        site, kind = self._column("site", events), self._column("kind", events)
        for word in self._words:
            names = word.objects.mask()
            found = word.states[codes] | word.threads.mask()[thread] | names[objs] | names[helds]
            waits = objs != 0
            found[waits] |= word.kinds[kind[waits]]
            yield found | word.sites.mask()[site]


def _mask(numbers: Iterable[int] | None, size: int) -> Mask:
    found = np.zeros(size, np.bool_)
    found[[] if numbers is None else [int(number) for number in numbers]] = True
    return found


_COUNTED = _mask(COUNTED, 256)
