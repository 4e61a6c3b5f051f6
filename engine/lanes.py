"""What each thread was doing: one lane of slices a thread.

Why: events say what changed; people look at states. A lane holds one slice for each stretch in
which state, object and held lock stay the same.
Guarantees: the cost of a batch does not grow with the lane; slices ascend in time; every
boundary is an event that was recorded, nothing is interpolated.
"""

from __future__ import annotations

import builtins
import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.columns import Ints, changes, grouped
from engine.events import STATE_AFTER, Kind, State
from engine.holding import tops_after
from engine.memory import Memory
from engine.pyramid import GROUP, STATES, Pyramid
from engine.table import Table

NOT_A_STATE = 255
_PENDING = 1024  # slices: fewer at once cost three times as much each; a picture asks for them
_KINDS = {int(kind): kind for kind in Kind}  # an enum's own look-up costs five times as much
_STATES = {int(state): state for state in State}
STATE_TABLE = np.full(256, NOT_A_STATE, np.uint8)
for _kind, _state in STATE_AFTER.items():
    STATE_TABLE[_kind] = _state

_SLICE = (
    ("start", np.int64),
    ("state", np.uint8),
    ("obj", np.uint32),
    ("held", np.uint32),
    ("kind", np.uint8),
    ("first", np.uint32),
)


@dataclass(frozen=True, slots=True)
class Slice:
    """One stretch of a lane.

    Times are ns since the run's start; *end* is None while it is not over. *obj* is the object
    waited for (0: none), *held* the lock taken last among those held (0: none), *event* the
    index in the trace of the event that began it, *kind* that event's kind.
    """

    start: int
    end: int | None
    state: State
    obj: int
    held: int
    event: int
    kind: Kind


class Lane:
    """The slices and the events of one thread.

    Attributes: starts (ns), states, objs, helds, kinds, firsts (event index of each slice);
    times and events (of all of its events); marks (times) and sites (where the line changed).
    """

    def __init__(self, memory: Memory) -> None:
        self._slices = Table(_SLICE, memory)
        self._events = Table((("time", np.int64), ("event", np.uint32)), memory)
        self._marks = Table((("time", np.int64), ("site", np.uint32)), memory)
        self.starts, self.states = self._slices["start"], self._slices["state"]
        self.objs, self.helds = self._slices["obj"], self._slices["held"]
        self.kinds, self.firsts = self._slices["kind"], self._slices["first"]
        self.times, self.events = self._events["time"], self._events["event"]
        self.marks, self.sites = self._marks["time"], self._marks["site"]
        self.pyramid = Pyramid(memory)
        self.holding: list[int] = []
        self.carry = (int(State.NONE), 0, 0)

    def add_slices(
        self,
        starts: npt.NDArray[np.int64],
        states: npt.NDArray[np.uint8],
        objs: npt.NDArray[np.uint32],
        helds: npt.NDArray[np.uint32],
        kinds: npt.NDArray[np.uint8],
        firsts: npt.NDArray[np.int64],
    ) -> None:
        """Add slices that begin after those that are here."""
        self._slices.extend(starts, states, objs, helds, kinds, firsts)
        if self.pyramid.pending(len(self.starts)) > _PENDING:
            self.pyramid.catch_up(self)

    @property
    def begin(self) -> int:
        """The start of the first slice (ns); there must be one."""
        return int(self.starts[0])

    def slice_rows(
        self, groups: npt.NDArray[np.int64]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.uint8], npt.NDArray[np.uint32]]:
        """Return starts, states and helds of whole groups of the pyramid, a row each.

        *groups* ascend; past the last slice, that one is repeated.
        """
        return (
            self.starts.groups(groups, GROUP),
            self.states.groups(groups, GROUP),
            self.helds.groups(groups, GROUP),
        )

    def add_events(self, times: npt.NDArray[np.int64], events: npt.NDArray[np.int64]) -> None:
        """Add events, by their indices in the trace."""
        self._events.extend(times, events)

    def add_marks(self, times: npt.NDArray[np.int64], sites: npt.NDArray[np.uint32]) -> None:
        """Add lines at which the thread was seen, where they change."""
        self._marks.extend(times, sites)

    def slice_at(self, t: int) -> Slice | None:
        """Return the slice that covers *t*, or None before the thread began."""
        return self.slice(self.starts.index_at(t) - 1)

    def slice(self, index: int) -> Slice | None:
        """Return slice number *index*, or None when there is none."""
        if not 0 <= index < len(self.starts):
            return None
        last = index + 1 == len(self.starts)
        start, state, obj, held, kind, first = self._slices.row(index)
        end = None if last else self.starts[index + 1]
        return Slice(start, end, _STATES[state], obj, held, first, _KINDS[kind])

    def slices(self, span: builtins.slice) -> list[Slice]:
        """Return the slices [begin, end) of *span*, which are few."""
        begin, end, _ = span.indices(len(self.starts))
        starts = self.starts[begin : end + 1].tolist()
        ends = [*starts[1:], None][: end - begin]
        columns = (self.states, self.objs, self.helds, self.firsts, self.kinds)
        rows = zip(*(column[begin:end].tolist() for column in columns), strict=True)
        return [
            Slice(start, stop, _STATES[state], obj, held, first, _KINDS[kind])
            for start, stop, (state, obj, held, first, kind) in zip(
                starts, ends, rows, strict=False
            )
        ]

    def span(self, start: int, end: int) -> builtins.slice:
        """Return the range of slice numbers that touch [start, end]."""
        return slice(max(0, self.starts.index_at(start) - 1), self.starts.index_at(end))

    def site_at(self, t: int) -> int:
        """Return the site (number in the trace) where the thread was seen last by *t*; 0: none."""
        index = self.marks.index_at(t) - 1
        return int(self.sites.view[index]) if index >= 0 else 0

    def spent(self, until: int) -> Ints:
        """Return the ns spent in each State up to *until*; entry 0: those with a lock held."""
        if not len(self.starts) or until <= self.starts[0]:
            return np.zeros(STATES, np.int64)
        self.pyramid.catch_up(self)
        at = np.array([until])
        sums, _ = self.pyramid.sums_at(self, at, self.pyramid.groups_before(at))
        spent: Ints = sums[0]
        return spent


class Batch:
    """Events of one batch, sorted by thread and within it as they came.

    Attributes: time, kind, obj, site; event (index in the trace); lanes (the threads in it) and
    begins (the place of the first event of each).
    """

    def __init__(
        self,
        base: int,
        time: npt.NDArray[np.int64],
        kind: npt.NDArray[np.uint8],
        obj: npt.NDArray[np.uint32],
        site: npt.NDArray[np.uint32],
        thread: npt.NDArray[np.uint32],
    ) -> None:
        order = grouped(thread)
        sorted_threads = thread[order]
        self.begins = np.flatnonzero(changes(sorted_threads))
        self.lanes: list[int] = sorted_threads[self.begins].tolist()
        self.time, self.kind, self.obj, self.site = (
            time[order], kind[order], obj[order], site[order],
        )  # fmt: skip
        self.event = order + base

    def extend(self, lanes: Sequence[Lane]) -> None:
        """Add the events to their *lanes*."""
        touched = [lanes[number] for number in self.lanes]
        ends = [*self.begins[1:].tolist(), len(self.time)]
        for lane, begin, end in zip(touched, self.begins.tolist(), ends, strict=True):
            lane.add_events(self.time[begin:end], self.event[begin:end])
        self._extend_marks(touched)
        self._extend_slices(touched)

    def _parts(self, places: npt.NDArray[np.int64]) -> list[tuple[int, int]]:
        """Return the part of the ascending *places* that belongs to each lane."""
        edges = [*np.searchsorted(places, self.begins).tolist(), len(places)]
        return list(itertools.pairwise(edges))

    def _extend_marks(self, touched: Sequence[Lane]) -> None:
        """Note each line that differs from the one where the thread was seen before."""
        seen = np.flatnonzero(self.site)
        if not len(seen):
            return
        parts = self._parts(seen)
        every = len(seen) == len(self.site)  # nearly always: nothing needs to be picked then
        sites = self.site if every else self.site[seen]
        moved = changes(sites)
        for lane, (begin, end) in zip(touched, parts, strict=True):
            if begin < end:
                moved[begin] = int(sites[begin]) != lane.sites.last()
        places = np.flatnonzero(moved) if every else seen[moved]
        times, sites = self.time[places], self.site[places]
        for lane, (begin, end) in zip(touched, self._parts(places), strict=True):
            if begin < end:
                lane.add_marks(times[begin:end], sites[begin:end])

    def _extend_slices(self, touched: Sequence[Lane]) -> None:
        states = STATE_TABLE[self.kind]
        places = np.flatnonzero(states != NOT_A_STATE)
        if not len(places):
            return
        parts = self._parts(places)
        states = states[places]
        helds = self._held_after(places, parts, touched)
        waits = (states == State.WAITS_LOCK) | (states == State.WAITS_OTHER)
        objs = np.where(waits, self.obj[places], np.uint32(0))
        changed = np.ones(len(states), np.bool_)
        changed[1:] = (
            (states[1:] != states[:-1]) | (objs[1:] != objs[:-1]) | (helds[1:] != helds[:-1])
        )
        for lane, (begin, end) in zip(touched, parts, strict=True):
            if begin < end:
                now = (int(states[begin]), int(objs[begin]), int(helds[begin]))
                changed[begin] = now != lane.carry
                lane.carry = (int(states[end - 1]), int(objs[end - 1]), int(helds[end - 1]))
        # Two waits for the same thing in a row are two slices: the first one ended.
        changed |= waits
        chosen = places[changed]
        starts, states, objs, helds, kinds, firsts = (
            self.time[chosen], states[changed], objs[changed],
            helds[changed], self.kind[chosen], self.event[chosen],
        )  # fmt: skip
        for lane, (begin, end) in zip(touched, self._parts(chosen), strict=True):
            if begin < end:
                part = slice(begin, end)
                lane.add_slices(
                    starts[part], states[part], objs[part], helds[part], kinds[part], firsts[part]
                )

    def _held_after(
        self,
        places: npt.NDArray[np.int64],
        parts: Sequence[tuple[int, int]],
        touched: Sequence[Lane],
    ) -> npt.NDArray[np.uint32]:
        """Return, for the event at each place, the lock taken last among those held after it."""
        kinds = self.kind[places]
        sizes = [end - begin for begin, end in parts]
        before = np.array([lane.holding[-1] if lane.holding else 0 for lane in touched], np.uint32)
        helds = np.repeat(before, sizes)
        is_lock = (kinds == Kind.LOCK_ACQUIRED) | (kinds == Kind.LOCK_RELEASED)
        where = np.flatnonzero(is_lock)
        if len(where):
            begins = np.searchsorted(where, [begin for begin, _ in parts])
            after = tops_after(
                kinds[where] == Kind.LOCK_ACQUIRED,
                self.obj[places[where]],
                begins,
                [lane.holding for lane in touched],
            )
            last = np.cumsum(is_lock) - 1
            known = last >= np.repeat(begins, sizes)
            helds[known] = after[last[known]]
        return helds
