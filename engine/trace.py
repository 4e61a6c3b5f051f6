"""The columnar trace of one run, and the tables that its numbers stand for.

Why: everything on the screen is a function of the trace and a time, so there is one trace, and
whatever a view needs is asked of it. Guarantees: append-only; one thread appends and reads (the
window's, or the headless loop); numbers that events carry always stand for an entry of a table.

Events of one process arrive in the order in which they happened; events of different processes
interleave by batch. So everything derived here is derived a thread, or an object, at a time.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, wait
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.cpu import CpuTable
from engine.events import TICKET_ONE, Flag, Kind, ObjectKind, State
from engine.lanes import Batch, Lane, Slice
from engine.locks import LockTable
from engine.memory import Memory
from engine.notices import NoticeTable
from engine.objects import Object as Object
from engine.objects import ObjectTable
from engine.outputs import Output as Output
from engine.outputs import OutputTable
from engine.pool import TaskTable
from engine.recent import last_events
from engine.series import Steps, shown
from engine.table import Table
from engine.values import ValueTable


@dataclass(slots=True)
class Process:
    """One process of the run. *end* is None while it lives (ns since the run's start)."""

    number: int
    pid: int
    parent_pid: int
    name: str
    start: int
    end: int | None = None


@dataclass(slots=True)
class Thread:
    """One thread: a lane. *index* is its lane and its identity (chip, colour)."""

    index: int
    process: int
    name: str
    ident: int
    native_id: int
    daemon: bool
    object: int = 0
    begin: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Site:
    """A line of a file."""

    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Event:
    """One event, decoded. *value* is an int, a float or a text."""

    index: int
    time: int
    thread: int
    kind: Kind
    flags: Flag
    obj: int
    site: int
    value: int | float | str


class EventColumns(NamedTuple):
    """Events as columns of one length, in the order that `Trace.append` takes."""

    time: npt.NDArray[np.int64]
    value: npt.NDArray[np.int64]
    kind: npt.NDArray[np.uint8]
    flags: npt.NDArray[np.uint8]
    obj: npt.NDArray[np.uint32]
    site: npt.NDArray[np.uint32]
    thread: npt.NDArray[np.uint32]

    def part(self, begin: int, end: int) -> EventColumns:
        """Return the events [begin, end) of these."""
        return self.at(slice(begin, end))

    def at(self, which: slice | npt.NDArray[Any]) -> EventColumns:
        """Return some events of these: a range, those at numbers, or those that are True."""
        return EventColumns(
            self.time[which],
            self.value[which],
            self.kind[which],
            self.flags[which],
            self.obj[which],
            self.site[which],
            self.thread[which],
        )


def joined(batches: Sequence[EventColumns]) -> EventColumns:
    """Return *batches* (at least one) one behind the other."""
    if len(batches) == 1:
        return batches[0]
    return EventColumns(*(np.concatenate(column) for column in zip(*batches, strict=True)))


class Trace:
    """All that was recorded of one run.

    Attributes: processes, threads, lanes (a lane a thread), objects (number 0 stands for none),
    sites, texts, values, locks, notices, tasks, cpu, outputs (ascending in time), sources (the
    script as it ran, by its path), now (ns: nothing later is known yet), gaps ((time, length) of
    pauses, in ns), interpreter (which Python the run was made with, in words; empty before it
    began).
    """

    def __init__(self) -> None:
        self.memory = Memory()
        self.memory.on_trouble = self._remark_memory
        self.interpreter = ""
        self.processes: list[Process] = []
        self.threads: list[Thread] = []
        self.lanes: list[Lane] = []
        self.objects = ObjectTable(self.memory)
        self.objects.append(Object(0, ObjectKind.LOCK, 0, "", "", 0))
        self.sites: list[Site] = [Site("", 0)]
        self.texts: list[str] = [""]
        self.values = ValueTable(self.shown, self.memory)
        self.locks = LockTable(
            self.memory, lambda obj: obj < len(self.objects) and "shared" in self.objects[obj].extra
        )
        self.notices = NoticeTable()
        self.tasks = TaskTable(self.objects, self.texts, self.memory)
        self.cpu = CpuTable()
        self.outputs = OutputTable(self.memory)
        self.sources: dict[str, str] = {}
        self.gaps: list[tuple[int, int]] = []
        self.remarks: dict[str, str] = {}
        self.now = 0
        self._events = Table(_EVENT, self.memory)

    def __len__(self) -> int:
        return len(self._events)

    def _remark_memory(self, text: str) -> None:
        self.remarks["memory"] = text

    def add_thread(self, thread: Thread) -> None:
        """Add a lane; *thread.index* must be the next one."""
        if thread.index != len(self.threads):
            raise ValueError(f"lane {thread.index} is not the next one ({len(self.threads)})")
        self.threads.append(thread)
        self.lanes.append(Lane(self.memory))

    def append(
        self,
        time: npt.NDArray[np.int64],
        value: npt.NDArray[np.int64],
        kind: npt.NDArray[np.uint8],
        flags: npt.NDArray[np.uint8],
        obj: npt.NDArray[np.uint32],
        site: npt.NDArray[np.uint32],
        thread: npt.NDArray[np.uint32],
    ) -> None:
        """Append one batch: columns of equal length, numbers already those of this trace.

        The cost depends on the batch alone, not on the trace.
        """
        if len(time):
            base = len(self)
            events = EventColumns(time, value, kind, flags, obj, site, thread)
            self._take(base, events)
            self._derive(base, events)

    def append_large(self, events: EventColumns, beside: Executor) -> None:
        """Append one large batch, as `append` does, on two cores.

        What the lanes do not tell is derived in a thread of *beside* and done when this returns:
        numpy gives the GIL away meanwhile.
        """
        if not len(events.time):
            return
        base = len(self)
        derived = beside.submit(self._derive, base, events)
        try:
            self._take(base, events)
        finally:
            wait([derived])
        derived.result()

    def _take(self, base: int, events: EventColumns) -> None:
        """Take the events themselves, and what their threads did."""
        time, value, kind, flags, obj, site, thread = events
        self._events.extend(time, value, kind, flags, obj, site, thread)
        self.now = max(self.now, int(time.max()))
        batch = Batch(base, time, kind, obj, site, thread)
        batch.extend(self.lanes)
        firsts = batch.time[batch.begins].tolist()
        for index, first in zip(batch.lanes, firsts, strict=True):
            if self.threads[index].begin is None:
                self.threads[index].begin = first
        for place in np.flatnonzero(kind == Kind.THREAD_END).tolist():
            self.threads[int(thread[place])].end = int(time[place])

    def _derive(self, base: int, events: EventColumns) -> None:
        """Hand each kind of event to the table that gives it a meaning."""
        time, value, kind, _, obj, _, thread = events
        told = _TOLD_TO[kind]
        locks = np.flatnonzero(told == _LOCKS)
        if len(locks):
            self.locks.extend(
                time[locks], kind[locks] == Kind.LOCK_ACQUIRED, obj[locks], thread[locks]
            )
        notices = np.flatnonzero((told == _NOTICES) & (value >= TICKET_ONE))
        if len(notices):
            self._note(notices + base, value[notices] // TICKET_ONE, thread[notices])
        stores = np.flatnonzero(told == _VALUES)
        if len(stores):
            self.values.extend(_steps(base, events, stores), self.objects, self.texts)
        tasks = np.flatnonzero(told == _TASKS)
        if len(tasks):
            self.tasks.extend(_steps(base, events, tasks))

    def _note(
        self,
        events: npt.NDArray[np.int64],
        tickets: npt.NDArray[np.int64],
        threads: npt.NDArray[np.uint32],
    ) -> None:
        lanes, places = np.unique(threads, return_inverse=True)
        processes = np.array([self.threads[lane].process for lane in lanes.tolist()])[places]
        for process in np.unique(processes).tolist():
            mine = processes == process
            self.notices.add(process, tickets[mine], events[mine])

    def event(self, index: int) -> Event:
        """Return event number *index*; IndexError when there is none."""
        if not 0 <= index < len(self):
            raise IndexError(index)
        return self._decoded(index, self._events.row(index))

    def _decoded(self, index: int, row: Sequence[int]) -> Event:
        time, raw, kind, flags, obj, site, thread = row
        value: int | float | str = raw
        if flags & Flag.TEXT:
            value = self.texts[raw]
        elif flags & Flag.FLOAT:
            value = _DOUBLE.unpack(_WHOLE.pack(raw))[0]
        return Event(index, time, thread, _KINDS[kind], Flag(flags), obj, site, value)

    def shown(self, index: int) -> str:
        """Return what to show for the value of event number *index*."""
        event = self.event(index)
        return "deleted" if event.kind is Kind.DELETE else shown(event.value)

    def columns(self, begin: int = 0, end: int | None = None) -> EventColumns:
        """Return the events [begin, end) as columns; valid until the next append.

        `append(*columns())` on another trace with the same tables makes an equal trace.
        """
        end = len(self) if end is None else end
        return EventColumns(*(self._events[name][begin:end] for name, _ in _EVENT))

    def column(self, name: str, begin: int, end: int) -> npt.NDArray[Any]:
        """Return [begin, end) of one column of events, called as in `EventColumns`."""
        return self._events[name][begin:end]

    def at(self, places: npt.NDArray[np.int64]) -> EventColumns:
        """Return the events at *places*, in that order, as columns."""
        return EventColumns(*(self._events[name][places] for name, _ in _EVENT))

    def decoded(self, events: npt.NDArray[np.int64]) -> list[Event]:
        """Return the events that have the numbers *events*, decoded, in that order."""
        rows = zip(*(column.tolist() for column in self.at(events)), strict=True)
        return [self._decoded(i, row) for i, row in zip(events.tolist(), rows, strict=True)]

    def rows(self, begin: int, end: int) -> Iterator[Event]:
        """Yield the events [begin, end), decoded."""
        columns = (column.tolist() for column in self.columns(begin, end))
        for index, row in enumerate(zip(*columns, strict=True), start=begin):
            yield self._decoded(index, row)

    def events(self) -> Iterator[Event]:
        """Yield every event in the order of arrival."""
        for begin in range(0, len(self), _AT_ONCE):
            yield from self.rows(begin, min(len(self), begin + _AT_ONCE))

    def recent(self, t: int, count: int) -> list[Event]:
        """Return the last *count* events up to *t* over all threads, ascending in time."""
        return self.decoded(last_events(self.lanes, t, count))

    def state_at(self, lane: int, t: int) -> Slice | None:
        """Return what thread number *lane* was doing at *t* (ns), or None before it began."""
        return self.lanes[lane].slice_at(t)

    def waiters_at(self, obj: int, t: int, state: State = State.WAITS_LOCK) -> list[int]:
        """Return the threads that wait in *state* for *obj* at *t*, the longest wait first."""
        waiting = []
        for index, lane in enumerate(self.lanes):
            place = lane.starts.index_at(t) - 1
            if place >= 0 and lane.states[place] == state and lane.objs[place] == obj:
                waiting.append((lane.starts[place], index))
        return [index for _, index in sorted(waiting)]

    def site_at(self, lane: int, t: int) -> Site:
        """Return the line where thread number *lane* was seen last by *t* (line 0: not seen)."""
        return self.sites[self.lanes[lane].site_at(t)]

    def outputs_at(self, t: int) -> int:
        """Return how many pieces of output were printed up to *t*."""
        return self.outputs.index_at(t)

    def add_output(self, output: Output) -> None:
        """Add a printed piece where its time belongs; pieces arrive almost in order."""
        self.outputs.add(output)
        self.now = max(self.now, output.time)

    def advance(self, now: int) -> None:
        """Say that the run's clock shows *now*: lanes go on in their state up to there."""
        self.now = max(self.now, now)

    def seconds_waiting_for_locks(self, lane: int, until: int) -> float:
        """Return the seconds that thread number *lane* waited for locks up to *until*."""
        return float(self.lanes[lane].spent(until)[State.WAITS_LOCK]) / 1e9


def _steps(base: int, events: EventColumns, places: npt.NDArray[np.int64]) -> Steps:
    time, value, kind, flags, obj, _, thread = events
    return Steps(
        places + base,
        time[places],
        value[places],
        kind[places],
        flags[places],
        obj[places],
        thread[places],
    )


_EVENT = (
    ("time", np.int64),
    ("value", np.int64),
    ("kind", np.uint8),
    ("flags", np.uint8),
    ("obj", np.uint32),
    ("site", np.uint32),
    ("thread", np.uint32),
)
_AT_ONCE = 4096
_KINDS = {int(kind): kind for kind in Kind}
_WHOLE, _DOUBLE = struct.Struct("<q"), struct.Struct("<d")
_LOCKS, _NOTICES, _VALUES, _TASKS = 1, 2, 3, 4
_TOLD_TO = np.zeros(256, np.uint8)
_TOLD_TO[[Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED]] = _LOCKS
_TOLD_TO[Kind.NOTIFY] = _NOTICES
_TOLD_TO[[Kind.STORE, Kind.DELETE, Kind.INSTANCE, Kind.NAMED, Kind.CHANGE]] = _VALUES
_TOLD_TO[[Kind.QUEUE_PUT, Kind.QUEUE_GET]] = _VALUES
_TOLD_TO[
    [
        Kind.TASK_SUBMIT,
        Kind.TASK_BEGIN,
        Kind.TASK_END,
        Kind.TASK_CANCELLED,
        Kind.POOL_SHUTDOWN,
        Kind.IDLE_BEGIN,
    ]
] = _TASKS
