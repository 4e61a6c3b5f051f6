"""Tasks of pools: when they were submitted, taken, finished, and by whom.

Guarantees: a batch costs what is in the batch; a task takes some twenty bytes once it has ended;
what is taken in as a batch is what its events mean one by one, in order.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from engine.columns import Column, Ints, changes, distinct, grouped
from engine.events import Flag, Kind
from engine.memory import Memory
from engine.objects import ObjectTable
from engine.series import Steps
from engine.settling import NONE, Rows, SettlingTable
from engine.table import Table

_NESTED = 16  # tasks that one thread may run inside each other
_AT_ONCE = 4096
_NOBODY = 2**32 - 1
#: What the object of a task holds (time, value, flags) where only a hidden thread learned its end.
LEARNED = "learned"
CANCELLED_TASK, _RAISED, _TEXT = 1, 2, 4  # in the column `how`
_TASK = (
    ("submitted", np.int64, False),
    ("taken", np.int64, True),
    ("ended", np.int64, True),
    ("obj", np.uint32, False),
    ("pool", np.uint32, False),
    ("submitter", np.uint32, False),
    ("worker", np.uint32, False),
    ("ended_by", np.uint32, False),
    ("value", np.int64, False),
    ("how", np.uint8, False),
)
UNKNOWN, WAITING, RUNNING, DONE, RAISED, CANCELLED = range(6)
STATES = ("unknown", "waiting", "running", "done", "raised", "cancelled")


@dataclass(frozen=True, slots=True)
class Task:
    """One task. Times in ns since the run's start, None where it has not happened.

    *submitter*, *worker* and *ended_by* are threads; *result* is a short text of the value or the
    exception. *pool* is 0 for a future that the script made itself. *place* counts all tasks.
    """

    obj: int
    pool: int
    label: str
    submitted: int
    submitter: int
    taken: int | None = None
    worker: int | None = None
    ended: int | None = None
    result: str = ""
    raised: bool = False
    cancelled: bool = False
    ended_by: int | None = None
    place: int = 0

    def state_at(self, t: int) -> str:
        """Return 'unknown', 'waiting', 'running', 'done', 'raised' or 'cancelled' at *t*."""
        if t < self.submitted:
            return "unknown"
        if self.ended is not None and self.ended <= t:
            return "cancelled" if self.cancelled else "raised" if self.raised else "done"
        if self.taken is not None and self.taken <= t:
            return "running"
        return "waiting"


def states_at(rows: Rows, t: int) -> npt.NDArray[np.uint8]:
    """Return the state at *t* of tasks as columns, by its number in `STATES`."""
    how = rows["how"]
    ended = np.where(how & CANCELLED_TASK, CANCELLED, np.where(how & _RAISED, RAISED, DONE))
    taken = rows["taken"]
    found = np.where((taken != NONE) & (taken <= t), RUNNING, WAITING)
    found = np.where((rows["ended"] != NONE) & (rows["ended"] <= t), ended, found)
    return np.where(t < rows["submitted"], UNKNOWN, found).astype(np.uint8)


class TaskTable(Sequence[Task]):
    """Every task, in the order of submission: a sequence of them, each made when asked for.

    Attributes: tasks (by object number); shutdowns (pool to the index of the event by which it
    was shut down); idlers (the threads that ever waited for work).
    """

    def __init__(self, objects: ObjectTable, texts: Sequence[str], memory: Memory) -> None:
        """Make an empty table; *objects* and *texts* are those of the trace, as they grow."""
        self._objects = objects
        self._texts = texts
        self._memory = memory
        self._rows = SettlingTable(_TASK, memory, lambda rows: rows["ended_by"] != _NOBODY)
        self._place_of = Column(np.uint32)  # by object number; 0: no task, else its place + 1
        self._of_pool: dict[int, Table] = {}
        self._of_worker: dict[int, Table] = {}
        self.shutdowns: dict[int, int] = {}
        self.idlers: set[int] = set()
        self.tasks: Mapping[int, Task] = Tasks(self)

    # ---- taking events in

    def extend(self, steps: Steps) -> None:
        """Note what the events *steps* say of tasks, and of pools that are shut down."""
        is_idle = steps.kind == Kind.IDLE_BEGIN
        if is_idle.any():
            self.idlers.update(np.unique(steps.thread[is_idle]).tolist())
            steps = steps.part(~is_idle)
        is_shutdown = steps.kind == Kind.POOL_SHUTDOWN
        for place in np.flatnonzero(is_shutdown).tolist():
            self.shutdowns.setdefault(int(steps.obj[place]), int(steps.event[place]))
        if is_shutdown.any():
            steps = steps.part(~is_shutdown)
        if not len(steps.time):
            return
        numbers, firsts, which = distinct(steps.obj)
        self._begin(steps, numbers, firsts)
        places = (self._place_of.view[numbers].astype(np.int64) - 1)[which]
        submits = np.flatnonzero(steps.kind == Kind.TASK_SUBMIT)
        self._rows.put("submitted", places[submits], steps.time[submits])
        self._rows.put("submitter", places[submits], steps.thread[submits])
        begins = np.flatnonzero(steps.kind == Kind.TASK_BEGIN)
        if len(begins):
            self._take(places[begins], steps.time[begins], steps.thread[begins])
        is_end = (steps.kind == Kind.TASK_END) | (steps.kind == Kind.TASK_CANCELLED)
        ends = np.flatnonzero(is_end)
        if len(ends):
            self._end(places[ends], steps.part(ends))

    def _begin(self, steps: Steps, numbers: Ints, firsts: Ints) -> None:
        """Make rows for the tasks among *numbers* that are new, in the order of their *firsts*."""
        missing = int(numbers[-1]) + 1 - len(self._place_of)
        if missing > 0:
            self._place_of.extend(np.zeros(missing, np.uint32))
        is_new = self._place_of.view[numbers] == 0
        if not is_new.any():
            return
        numbers, firsts = numbers[is_new], firsts[is_new]
        order = np.argsort(firsts)
        numbers, firsts = numbers[order], firsts[order]
        count, base = len(numbers), len(self._rows)
        pools = np.array([self._objects.pool_of(number) for number in numbers.tolist()], np.uint32)
        self._rows.extend(
            {
                "submitted": steps.time[firsts],
                "taken": np.full(count, NONE),
                "ended": np.full(count, NONE),
                "obj": numbers,
                "pool": pools,
                "submitter": steps.thread[firsts],
                "worker": np.full(count, _NOBODY, np.uint32),
                "ended_by": np.full(count, _NOBODY, np.uint32),
                "value": np.zeros(count, np.int64),
                "how": np.zeros(count, np.uint8),
            }
        )
        places = np.arange(base, base + count)
        self._place_of.view[numbers] = places + 1
        for pool, mine in _each(pools):
            if pool not in self._of_pool:
                self._of_pool[pool] = Table((("place", np.uint32),), self._memory)
            self._of_pool[pool].extend(places[mine])

    def _take(self, places: Ints, times: Ints, threads: npt.NDArray[np.uint32]) -> None:
        self._rows.put("taken", places, times)
        self._rows.put("worker", places, threads)
        for thread, mine in _each(threads):
            if thread not in self._of_worker:
                fields = (("time", np.int64), ("place", np.uint32))
                self._of_worker[thread] = Table(fields, self._memory)
            self._of_worker[thread].extend(times[mine], places[mine])

    def _end(self, places: Ints, steps: Steps) -> None:
        """Note ends: of several for one task (its worker was killed) the earliest one counts."""
        order = np.lexsort((steps.time, places))
        chosen = order[changes(places[order])]
        places, steps = places[chosen], steps.part(chosen)
        kept = self._gather(places, ("ended", "ended_by"))
        better = (kept["ended"] == NONE) | (kept["ended_by"] == _NOBODY)
        better |= steps.time < kept["ended"]
        if not better.all():
            places, steps = places[better], steps.part(better)
        cancelled = steps.kind == Kind.TASK_CANCELLED
        how = np.where(cancelled, CANCELLED_TASK, 0) + np.where(
            steps.flags & Flag.RAISED, _RAISED, 0
        )
        how += np.where(steps.flags & Flag.TEXT, _TEXT, 0)
        for name, column in (
            ("ended", steps.time),
            ("ended_by", steps.thread),
            ("value", steps.value),
            ("how", how),
        ):
            self._rows.put(name, places, column)

    def _gather(self, places: Ints, names: Sequence[str]) -> Rows:
        """Return columns of the rows at *places* (at least one), which stand near each other."""
        begin, end = int(places.min()), int(places.max()) + 1
        if end - begin <= _AT_ONCE + 4 * len(places):
            near = self._rows.rows(begin, end, names)
            return {name: column[places - begin] for name, column in near.items()}
        each = [self._rows.row(place) for place in places.tolist()]
        return {name: np.array([row[name] for row in each]) for name in names}

    def end_unseen(self, obj: int, time: int, value: int, flags: int) -> None:
        """Note that a task had ended at *time*, as a thread that is not shown has learned.

        What the worker itself says of the end counts more; but it may have been killed.
        """
        place = self.place_of(obj)
        if place is None or self._rows.row(place)["ended"] != NONE:
            return
        how = (_RAISED if flags & Flag.RAISED else 0) + (_TEXT if flags & Flag.TEXT else 0)
        for name, entry in (("ended", time), ("value", value), ("how", how)):
            self._rows.put(name, np.array([place]), np.array([entry]))

    def learned(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield what `end_unseen` was told of each task whose end no shown thread has told."""
        names = ("ended", "ended_by", "obj", "value", "how")
        for begin in range(0, len(self), _AT_ONCE):
            rows = self._rows.rows(begin, min(len(self), begin + _AT_ONCE), names)
            for at in np.flatnonzero((rows["ended"] != NONE) & (rows["ended_by"] == _NOBODY)):
                ended, _, obj, value, how = (int(rows[name][at]) for name in names)
                flags = (Flag.RAISED if how & _RAISED else 0) | (Flag.TEXT if how & _TEXT else 0)
                yield obj, ended, value, int(flags)

    # ---- looking things up

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Task: ...
    @overload
    def __getitem__(self, index: slice) -> list[Task]: ...
    def __getitem__(self, index: int | slice) -> Task | list[Task]:
        """Return task number *index* of the run, or a range of them."""
        if isinstance(index, slice):
            begin, end, step = index.indices(len(self))
            if step != 1:
                return [self[place] for place in range(begin, end, step)]
            return list(self._between(begin, max(begin, end)))
        place = index + len(self) if index < 0 else index
        if not 0 <= place < len(self):
            raise IndexError(index)
        return self._task(place, self._rows.row(place))

    def __iter__(self) -> Iterator[Task]:
        for begin in range(0, len(self), _AT_ONCE):
            yield from self._between(begin, min(len(self), begin + _AT_ONCE))

    def _between(self, begin: int, end: int) -> Iterator[Task]:
        rows = self._rows.rows(begin, end)
        lists = zip(*(column.tolist() for column in rows.values()), strict=True)
        for place, row in enumerate(lists, start=begin):
            yield self._task(place, dict(zip(rows, row, strict=True)))

    def _task(self, place: int, row: dict[str, int]) -> Task:
        obj = self._objects[row["obj"]]
        how, value = row["how"], row["value"]
        has_ended = row["ended"] != NONE
        result = self._texts[value] if how & _TEXT else "" if how & CANCELLED_TASK else str(value)
        return Task(
            obj.number,
            row["pool"],
            str(obj.extra.get("label") or obj.name),
            row["submitted"],
            row["submitter"],
            None if row["taken"] == NONE else row["taken"],
            None if row["worker"] == _NOBODY else row["worker"],
            row["ended"] if has_ended else None,
            result if has_ended else "",
            bool(how & _RAISED),
            bool(how & CANCELLED_TASK),
            None if row["ended_by"] == _NOBODY else row["ended_by"],
            place,
        )

    def columns(self, begin: int, end: int, names: Sequence[str] = ()) -> Rows:
        """Return the tasks [begin, end) as columns (none named: all), good until the next append.

        A time is `settling.NONE` where it has not come; so is a thread, as 2**32 - 1.
        """
        return self._rows.rows(begin, end, names)

    def place_of(self, obj: int) -> int | None:
        """Return which task of the run object number *obj* is, or None."""
        found = int(self._place_of.view[obj]) if 0 <= obj < len(self._place_of) else 0
        return found - 1 if found else None

    def runner_of(self, obj: int) -> int | None:
        """Return the thread that runs task *obj* and has not ended it, or None."""
        place = self.place_of(obj)
        task = None if place is None else self[place]
        return task.worker if task is not None and task.ended is None else None

    def of_worker(self, thread: int, t: int) -> Task | None:
        """Return the task that *thread* runs at *t*, or None."""
        taken = self._of_worker.get(thread)
        last = taken["time"].index_at(t) if taken else 0
        near: list[int] = taken["place"][max(0, last - _NESTED) : last].tolist() if taken else []
        for place in reversed(near):
            task = self[place]
            if task.worker == thread and task.state_at(t) == "running":
                return task
        return None

    def before(self, pool: int, place: int) -> int:
        """Return how many tasks of *pool* came before task number *place* of the run."""
        mine = self._of_pool.get(pool)
        return mine["place"].index_at(place - 1) if mine else 0

    def submitted_by(self, t: int) -> int:
        """Return how many tasks to look at: all up to the last one submitted by *t* (ns).

        Tasks of different processes arrive almost, not quite, in order.
        """
        low, high = 0, len(self)
        while low < high:
            middle = (low + high) // 2
            if self._rows.entry("submitted", middle) <= t:
                low = middle + 1
            else:
                high = middle
        return low


class Tasks(Mapping[int, Task]):
    """The tasks by object number, in the order of submission."""

    def __init__(self, table: TaskTable) -> None:
        self._table = table

    def __len__(self) -> int:
        return len(self._table)

    def __iter__(self) -> Iterator[int]:
        return (task.obj for task in self._table)

    def __getitem__(self, obj: int) -> Task:
        """Return the task that is object number *obj*. Raises KeyError."""
        place = self._table.place_of(obj)
        if place is None:
            raise KeyError(obj)
        return self._table[place]


def _each(numbers: npt.NDArray[np.uint32]) -> Iterator[tuple[int, Ints]]:
    """Yield each of *numbers* with its places, ascending."""
    order = grouped(numbers)
    edges = np.flatnonzero(changes(numbers[order]))
    for begin, end in itertools.pairwise([*edges.tolist(), len(order)]):
        yield int(numbers[order[begin]]), order[begin:end]
