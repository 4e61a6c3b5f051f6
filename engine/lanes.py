"""What each thread was doing: one lane of slices a thread.

Why: events say what changed; people look at states. A lane holds one slice for each stretch in
which state, object and held lock stay the same.
Guarantees: the cost of a batch does not grow with the lane; slices ascend in time; every
boundary is an event that was recorded, nothing is interpolated.
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.columns import Column
from engine.events import STATE_AFTER, Kind, State

NOT_A_STATE = 255
_STATE_TABLE = np.full(256, NOT_A_STATE, np.uint8)
for _kind, _state in STATE_AFTER.items():
    _STATE_TABLE[_kind] = _state


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
    times and events (of all of its events); marks (times) and sites (of those with a line).
    """

    def __init__(self) -> None:
        self.starts = Column(np.int64)
        self.states = Column(np.uint8)
        self.objs = Column(np.uint32)
        self.helds = Column(np.uint32)
        self.kinds = Column(np.uint8)
        self.firsts = Column(np.uint32)
        self.times = Column(np.int64)
        self.events = Column(np.uint32)
        self.marks = Column(np.int64)
        self.sites = Column(np.uint32)
        self._holding: list[int] = []
        self._carry = (int(State.NONE), 0, 0)

    def extend(
        self,
        times: npt.NDArray[np.int64],
        kinds: npt.NDArray[np.uint8],
        objs: npt.NDArray[np.uint32],
        sites: npt.NDArray[np.uint32],
        first: npt.NDArray[np.int64],
    ) -> None:
        """Add this thread's events of one batch; *first* holds their indices in the trace."""
        self.times.extend(times)
        self.events.extend(first)
        with_site = sites != 0
        self.marks.extend(times[with_site])
        self.sites.extend(sites[with_site])
        states = _STATE_TABLE[kinds]
        keep = states != NOT_A_STATE
        if not keep.any():
            return
        times, kinds, objs, first, states = (
            column[keep] for column in (times, kinds, objs, first, states)
        )
        helds = self._held_after(kinds, objs)
        waits = (states == State.WAITS_LOCK) | (states == State.WAITS_OTHER)
        objs = np.where(waits, objs, np.uint32(0))
        changed = np.empty(len(states), np.bool_)
        state, obj, held = self._carry
        changed[0] = (int(states[0]), int(objs[0]), int(helds[0])) != (state, obj, held)
        changed[1:] = (
            (states[1:] != states[:-1]) | (objs[1:] != objs[:-1]) | (helds[1:] != helds[:-1])
        )
        # Two waits for the same thing in a row are two slices: the first one ended.
        changed |= waits
        self.starts.extend(times[changed])
        self.states.extend(states[changed])
        self.objs.extend(objs[changed])
        self.helds.extend(helds[changed])
        self.kinds.extend(kinds[changed])
        self.firsts.extend(first[changed])
        self._carry = (int(states[-1]), int(objs[-1]), int(helds[-1]))

    def _held_after(
        self, kinds: npt.NDArray[np.uint8], objs: npt.NDArray[np.uint32]
    ) -> npt.NDArray[np.uint32]:
        """Return, for each event, the lock taken last among those held after it (0: none)."""
        where = np.flatnonzero((kinds == Kind.LOCK_ACQUIRED) | (kinds == Kind.LOCK_RELEASED))
        holding = self._holding
        after = [holding[-1] if holding else 0]
        acquired = (kinds[where] == Kind.LOCK_ACQUIRED).tolist()
        for taken, obj in zip(acquired, objs[where].tolist(), strict=True):
            if taken:
                holding.append(obj)
            elif obj in holding:  # else: another thread's lock, released here; see locks.py
                del holding[len(holding) - 1 - holding[::-1].index(obj)]
            after.append(holding[-1] if holding else 0)
        counts = np.diff(np.concatenate(([0], where, [len(kinds)])))
        return np.repeat(np.array(after, np.uint32), counts)

    def slice_at(self, t: int) -> Slice | None:
        """Return the slice that covers *t*, or None before the thread began."""
        return self.slice(self.starts.index_at(t) - 1)

    def slice(self, index: int) -> Slice | None:
        """Return slice number *index*, or None when there is none."""
        if not 0 <= index < len(self.starts):
            return None
        last = index + 1 == len(self.starts)
        return Slice(
            int(self.starts.view[index]),
            None if last else int(self.starts.view[index + 1]),
            State(int(self.states.view[index])),
            int(self.objs.view[index]),
            int(self.helds.view[index]),
            int(self.firsts.view[index]),
            Kind(int(self.kinds.view[index])),
        )

    def span(self, start: int, end: int) -> builtins.slice:
        """Return the range of slice numbers that touch [start, end]."""
        return slice(max(0, self.starts.index_at(start) - 1), self.starts.index_at(end))

    def site_at(self, t: int) -> int:
        """Return the site (number in the trace) where the thread was seen last by *t*; 0: none."""
        index = self.marks.index_at(t) - 1
        return int(self.sites.view[index]) if index >= 0 else 0

    def time_in(self, state: State, until: int) -> int:
        """Return the ns spent in *state* up to *until*."""
        count = self.starts.index_at(until)
        if not count:
            return 0
        edges = np.append(self.starts.view[:count], until)
        return int(np.diff(edges)[self.states.view[:count] == state].sum())
