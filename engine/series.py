"""One shared value over time, and the updates of it that were lost.

Why: the race is visible in the value. A store whose change d is known statically read
`new - d`; where that differs from the value stored before, it wrote a stale value, and
`previous + d - new` is what got lost (a stale write may lose many updates at once; the two
numbers are kept apart).
Guarantees: where a store's change is not known, `lost` is None, never a guess. A
watch that is more than a name is read behind whatever may have changed it; a reading that did
not change it is no store, unless the watched value itself was stored. What is added as a batch
is what would be added one by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, overload

import numpy as np
import numpy.typing as npt

from engine.events import Flag, Kind
from engine.extremes import Extremes
from engine.memory import Memory
from engine.table import Table, TableColumn

#: What the probes say of a value that cannot be reached: a name, attribute or entry is missing.
ABSENT = "not there"


#: The length of a queue that does not know it, as one that is a pipe.
UNKNOWN_LENGTH = -1

_EXACT = 2**52  # whole numbers up to here, and their sums, are exact as floats
_FEW = 6  # fewer steps than this are added one by one: arrays would cost more

_PENDING = 4096  # steps: fewer at once cost more each; a curve asks for them

Value = int | float | str
_STEP = (
    ("time", np.int64),
    ("value", np.float64),
    ("thread", np.uint32),
    ("event", np.uint32),
    ("lost", np.float64),
    ("stale", np.uint32),
)
_When = tuple[int, int, int]  # time, thread, index in the trace


class Steps(NamedTuple):
    """Stores, or changes of a queue, as columns of one length; *event* is the index in the trace.

    *value* is as it travels (`engine.events`): flags say how to read it.
    """

    event: npt.NDArray[np.int64]
    time: npt.NDArray[np.int64]
    value: npt.NDArray[np.int64]
    kind: npt.NDArray[np.uint8]
    flags: npt.NDArray[np.uint8]
    obj: npt.NDArray[np.uint32]
    thread: npt.NDArray[np.uint32]

    def part(self, places: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Steps:
        """Return those at *places*."""
        return Steps(
            self.event[places],
            self.time[places],
            self.value[places],
            self.kind[places],
            self.flags[places],
            self.obj[places],
            self.thread[places],
        )


class Points(NamedTuple):
    """What is known of the place of each step: columns beside `Steps`.

    *change* is by how much its statement changes the value (NaN: not known); *initial*: it makes
    the value; *exact*: it is a store, not a reading.
    """

    change: npt.NDArray[np.float64]
    initial: npt.NDArray[np.bool_]
    exact: npt.NDArray[np.bool_]

    def part(self, places: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Points:
        """Return those at *places*."""
        return Points(self.change[places], self.initial[places], self.exact[places])


class Texts(Sequence[str]):
    """What to show for each step of a series, made when it is asked for."""

    def __init__(self, events: TableColumn, shown: Callable[[int], str]) -> None:
        self._events = events
        self._shown = shown

    def __len__(self) -> int:
        return len(self._events)

    @overload
    def __getitem__(self, index: int) -> str: ...
    @overload
    def __getitem__(self, index: slice) -> list[str]: ...
    def __getitem__(self, index: int | slice) -> str | list[str]:
        """Return one text, or a list of them."""
        found = self._events.view[index]
        if isinstance(index, slice):
            return [self._shown(event) for event in found.tolist()]
        return self._shown(int(found))

    def __iter__(self) -> Iterator[str]:
        return map(self._shown, self._events.view.tolist())


class Series:
    """One value's history: a step at each store.

    Attributes: name (what to call it: an instance may get its name late); watch (the
    expression); made_by (the object number of the store point that began it, for an instance);
    times (ns), values (float; NaN where the value is no number), threads, events (index in the
    trace), lost and stale (running totals); texts (what to show, one a step); extremes (of any
    stretch of the values); expected (the value it should end with, or None); is_queue (a queue's
    length); last (the value; None where there is none); low, high (the least and the greatest
    number, or None); counts_losses (whether updates of it could get lost: it is a plain name, or
    some store's change is known).
    """

    def __init__(
        self, name: str, shown: Callable[[int], str], memory: Memory, *, is_queue: bool = False
    ) -> None:
        self.name = name
        self.watch = name
        self.made_by = 0
        self.is_queue = is_queue
        self.expected: float | None = None
        self._steps = Table(_STEP, memory)
        self.times, self.values = self._steps["time"], self._steps["value"]
        self.threads, self.events = self._steps["thread"], self._steps["event"]
        self.lost, self.stale = self._steps["lost"], self._steps["stale"]
        self.texts = Texts(self.events, shown)
        self.extremes = Extremes(self.times, self.values, memory)
        self.change_known = True
        self.counts_losses = name.isidentifier()
        self.last: Value | None = None
        self.low: int | float | None = None
        self.high: int | float | None = None

    def extend(self, steps: Steps, points: Points, texts: Sequence[str]) -> None:
        """Add *steps*, in the order in which they came; queues may tell late ones."""
        is_text = steps.flags & Flag.TEXT != 0
        is_float = (steps.flags & Flag.FLOAT != 0) & ~is_text
        gone = steps.kind == Kind.DELETE
        whole = steps.value[~(is_text | is_float)]
        is_late = self.is_queue and (
            int(steps.time[0]) < self.times.last() or bool((np.diff(steps.time) < 0).any())
        )
        is_huge = any(
            bool((numbers > _EXACT).any() or (numbers < -_EXACT).any())
            for numbers in (whole, points.change)
        )
        is_odd = bool((~points.exact & gone).any())
        if len(steps.time) < _FEW or is_late or is_huge or is_odd:
            self._walk(steps, points, texts)
            return
        number = steps.value.astype(np.float64)
        number[is_float] = steps.value[is_float].view(np.float64)
        number[is_text | gone] = np.nan
        if not points.exact.all():
            keep = points.exact | self._changes(steps, number, is_text, is_float, texts)
            if not keep.any():
                return
            steps, points = steps.part(keep), points.part(keep)
            number, is_text, is_float, gone = (
                column[keep] for column in (number, is_text, is_float, gone)
            )
        self._add_numbers(steps, points, number, ~(is_text | gone))
        self.last = None if gone[-1] else value_of(steps, len(gone) - 1, texts)

    def _changes(
        self,
        steps: Steps,
        number: npt.NDArray[np.float64],
        is_text: npt.NDArray[np.bool_],
        is_float: npt.NDArray[np.bool_],
        texts: Sequence[str],
    ) -> npt.NDArray[np.bool_]:
        """Say of each step whether its value differs from the one before it."""
        raw = steps.value
        same = np.zeros(len(raw), np.bool_)
        alike = (is_text[1:] == is_text[:-1]) & (is_float[1:] == is_float[:-1])
        same[1:] = alike & np.where(is_text[1:], raw[1:] == raw[:-1], number[1:] == number[:-1])
        both = alike & is_text[1:] & ~same[1:]  # one text may have several numbers
        for place in (np.flatnonzero(both) + 1).tolist():
            same[place] = texts[int(raw[place])] == texts[int(raw[place - 1])]
        same[1:] &= steps.kind[:-1] != Kind.DELETE
        same[0] = self.is_unchanged(value_of(steps, 0, texts))
        return ~same

    def _add_numbers(
        self,
        steps: Steps,
        points: Points,
        number: npt.NDArray[np.float64],
        is_number: npt.NDArray[np.bool_],
    ) -> None:
        has_last = isinstance(self.last, (int, float))
        last = float(self.last) if isinstance(self.last, (int, float)) else np.nan
        before = np.concatenate(([last], number[:-1]))
        had = np.concatenate(([has_last], is_number[:-1]))
        told = is_number & ~np.isnan(points.change)
        counted = told & had
        with np.errstate(all="ignore"):
            missing = before + points.change - number
            lost = np.where(counted, np.where(points.change >= 0, missing, -missing), 0.0)
            lost = np.cumsum(np.concatenate(([_last(self.lost)], lost)))[1:]
        stale = self.stale.last() + np.cumsum(counted & (missing != 0))
        self.counts_losses = self.counts_losses or bool(counted.any())
        if not self.is_queue:
            self.change_known = self.change_known and bool(points.initial[~told].all())
        real = np.flatnonzero(is_number & ~np.isnan(number))
        if len(real):
            for place in {int(real[number[real].argmin()]), int(real[number[real].argmax()])}:
                self._widen(value_of(steps, place, ()))
        self._steps.extend(steps.time, number, steps.thread, steps.event, lost, stale)
        if self.extremes.pending() > _PENDING:
            self.extremes.catch_up()

    def _walk(self, steps: Steps, points: Points, texts: Sequence[str]) -> None:
        for place, change in enumerate(points.change.tolist()):
            value = value_of(steps, place, texts)
            when = (int(steps.time[place]), int(steps.thread[place]), int(steps.event[place]))
            if not points.exact[place] and self.is_unchanged(value):
                continue
            if self.is_queue and when[0] < self.times.last():
                self._insert_length(when, value)
                continue
            known = None if math.isnan(change) else change
            if known is not None and abs(known) <= _EXACT and known == int(known):
                known = int(known)
            gone = steps.kind[place] == Kind.DELETE
            self._add(when, None if gone else value, known, initial=bool(points.initial[place]))

    def is_unchanged(self, value: Value) -> bool:
        """Whether a reading shows what was there already (at first: that nothing is there)."""
        if not len(self.times):
            return value == ABSENT
        return type(value) is type(self.last) and value == self.last

    def _insert_length(self, when: _When, value: Value) -> None:
        """Add a queue's length where its time belongs: several processes tell of one queue."""
        time, thread, event = when
        place = self.times.index_at(time)
        number = float(value) if isinstance(value, (int, float)) else float("nan")
        self._steps.insert(place, time, number, thread, event, 0.0, 0)
        self.extremes.cut(place)

    def _add(
        self,
        when: _When,
        value: Value | None,
        change: float | None,
        *,
        initial: bool,
    ) -> None:
        """Add one store, whose statement changes the value by *change* if known."""
        number = float("nan")
        lost, stale = _last(self.lost), self.stale.last()
        if isinstance(value, (int, float)):
            number = value
            self._widen(value)
        if change is None or not isinstance(value, (int, float)):
            self.change_known = self.change_known and (initial or self.is_queue)
        elif isinstance(self.last, (int, float)):
            self.counts_losses = True
            missing = self.last + change - value
            lost += missing if change >= 0 else -missing
            stale += missing != 0
        self.last = value
        self._steps.append(when[0], number, when[1], when[2], lost, stale)

    def _widen(self, value: Value) -> None:
        if isinstance(value, (int, float)) and not math.isnan(value):
            self.low = value if self.low is None else min(self.low, value)
            self.high = value if self.high is None else max(self.high, value)

    def index_at(self, t: int) -> int:
        """Return the number of the step in force at *t*, or -1 before the first store."""
        return self.times.index_at(t) - 1

    def lost_at(self, t: int) -> int | float | None:
        """Return the updates lost up to *t*, or None where a store's change is not known."""
        index = self.index_at(t)
        if not self.change_known:
            return None
        return _tidy(float(self.lost.view[index])) if index >= 0 else 0

    def stale_at(self, t: int) -> int:
        """Return how many stores up to *t* wrote a stale value."""
        index = self.index_at(t)
        return int(self.stale.view[index]) if index >= 0 else 0

    def text_at(self, t: int) -> str:
        """Return the value at *t* as text, or an empty string before the first store."""
        index = self.index_at(t)
        return self.texts[index] if index >= 0 else ""


def value_of(steps: Steps, place: int, texts: Sequence[str]) -> Value:
    """Return the value of the step at *place*, decoded."""
    flags = int(steps.flags[place])
    if flags & Flag.TEXT:
        return texts[int(steps.value[place])]
    if flags & Flag.FLOAT:
        return float(steps.value[place : place + 1].view(np.float64)[0])
    return int(steps.value[place])


def _last(column: TableColumn) -> float:
    return float(column.view[-1]) if len(column) else 0.0


def _tidy(number: float) -> int | float:
    return int(number) if number == int(number) else number


def shown(value: Value) -> str:
    """Return what to show for *value*."""
    return f"{value:.6g}" if isinstance(value, float) else str(value)
