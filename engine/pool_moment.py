"""The pools of a run at a moment: what waits, who works, what came back.

Guarantees: the answer depends on `(trace, t)` only; at most `LOOKED_AT` tasks are looked at, the
earlier ones are counted; a worker is a thread that took a task of the pool or waited for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np
import numpy.typing as npt

from engine.columns import Ints
from engine.events import Kind, State
from engine.pool import CANCELLED_TASK, DONE, RUNNING, UNKNOWN, WAITING, Task, TaskTable, states_at
from engine.settling import NONE, Rows
from engine.trace import Trace

LOOKED_AT = 3_000


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker: *task* is what it runs (None: nothing), *since* when that began (ns)."""

    thread: int
    task: Task | None
    since: int


class Chosen(Sequence[Task]):
    """Some tasks of the run, by their places; each is made when asked for."""

    def __init__(self, tasks: Sequence[Task], places: Ints) -> None:
        self._tasks = tasks
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, index: int) -> Task: ...
    @overload
    def __getitem__(self, index: slice) -> list[Task]: ...
    def __getitem__(self, index: int | slice) -> Task | list[Task]:
        """Return one of them, or a range."""
        if isinstance(index, slice):
            places = self._places[index].tolist()
            if not places or places[-1] - places[0] > 4 * len(places):
                return [self._tasks[place] for place in places]
            near = self._tasks[places[0] : places[-1] + 1]
            return [near[place - places[0]] for place in places]
        return self._tasks[int(self._places[index])]


@dataclass(frozen=True, slots=True)
class PoolMoment:
    """One pool. *tasks* in the order of submission; *earlier*: how many before them are left out.

    *done* counts those of *tasks* that have ended; *first_open* is the place among them of the
    first that has not (their number where all have).
    """

    pool: int
    name: str
    waiting: Sequence[Task]
    workers: tuple[Worker, ...]
    tasks: Sequence[Task]
    done: int
    first_open: int
    earlier: int


def pools_at(trace: Trace, t: int) -> list[PoolMoment]:
    """Return every pool that had a task or a worker by *t* (ns), in the order of appearance."""
    known = trace.tasks.submitted_by(t)
    first = max(0, known - LOOKED_AT)
    rows = trace.tasks.columns(first, known)
    states = states_at(rows, t)
    idle = _idle(trace, t)
    pools = np.unique(rows["pool"][states != UNKNOWN]).tolist()
    every = sorted({pool for pool in pools if pool} | {pool for pool, _ in idle.values()})
    found = []
    for pool in every:
        mine = np.flatnonzero((rows["pool"] == pool) & (states != UNKNOWN))
        some = {name: column[mine] for name, column in rows.items()}
        workers = _workers(trace, t, pool, some, states[mine], mine + first, idle)
        earlier = trace.tasks.before(pool, first)
        found.append(_pool(trace, pool, states[mine], mine + first, workers, earlier))
    return found


def waiting_over_time(tasks: TaskTable) -> tuple[Ints, Ints, Ints]:
    """Return every change of how many tasks wait: when (ns, ascending), how many then, by whom.

    A task waits from its submission until a worker takes it, or it is cancelled.
    """
    names = ("submitted", "taken", "ended", "submitter", "worker", "how")
    rows = tasks.columns(0, len(tasks), names)
    taken = rows["taken"] != NONE
    gone = ~taken & (rows["ended"] != NONE) & (rows["how"] & CANCELLED_TASK != 0)
    times = np.concatenate(
        (
            rows["submitted"],
            np.maximum(rows["taken"], rows["submitted"])[taken],
            rows["ended"][gone],
        )
    )
    by = np.concatenate((rows["submitter"], rows["worker"][taken], rows["submitter"][gone]))
    steps = np.where(np.arange(len(times)) < len(tasks), 1, -1)
    order = np.lexsort((-steps, times))
    return times[order], np.cumsum(steps[order]), by[order].astype(np.int64)


def _idle(trace: Trace, t: int) -> dict[int, tuple[int, int]]:
    """Return the threads that wait for work at *t*: to which pool, since when."""
    found = {}
    for lane in sorted(trace.tasks.idlers):
        thread, piece = trace.threads[lane], trace.state_at(lane, t)
        is_over = thread.end is not None and thread.end <= t
        if piece and piece.kind is Kind.IDLE_BEGIN and not is_over:
            found[lane] = (piece.obj, piece.start)
    return found


def _workers(
    trace: Trace,
    t: int,
    pool: int,
    rows: Rows,
    states: npt.NDArray[np.uint8],
    places: Ints,
    idle: dict[int, tuple[int, int]],
) -> tuple[Worker, ...]:
    taken = np.flatnonzero((rows["taken"] != NONE) & (rows["taken"] <= t))
    ends = np.where(rows["ended"][taken] == NONE, t, np.minimum(rows["ended"][taken], t))
    by, which = np.unique(rows["worker"][taken], return_inverse=True)
    latest = np.zeros(len(by), np.int64)
    np.maximum.at(latest, which, ends)
    last = dict(zip(by.tolist(), latest.tolist(), strict=True))
    runs = np.flatnonzero(states == RUNNING)
    running = dict(zip(rows["worker"][runs].tolist(), places[runs].tolist(), strict=True))
    lanes = {lane for lane in last if _lives(trace, lane, t)}
    lanes |= {lane for lane, (where, _) in idle.items() if where == pool}
    workers = []
    for lane in sorted(lanes):
        now = trace.tasks[running[lane]] if lane in running else None
        since = idle.get(lane, (pool, last.get(lane, 0)))[1] if now is None else now.taken or 0
        workers.append(Worker(lane, now, since))
    return tuple(workers)


def _pool(
    trace: Trace,
    pool: int,
    states: npt.NDArray[np.uint8],
    places: Ints,
    workers: tuple[Worker, ...],
    earlier: int,
) -> PoolMoment:
    is_open = np.flatnonzero(states < DONE)
    name = trace.objects[pool].name if 0 < pool < len(trace.objects) else ""
    return PoolMoment(
        pool,
        name or "pool",
        Chosen(trace.tasks, places[states == WAITING]),
        workers,
        Chosen(trace.tasks, places),
        len(states) - len(is_open),
        int(is_open[0]) if len(is_open) else len(states),
        earlier,
    )


def _lives(trace: Trace, lane: int, t: int) -> bool:
    thread, piece = trace.threads[lane], trace.state_at(lane, t)
    if thread.end is not None and thread.end <= t:
        return False
    return piece is not None and piece.state is not State.NONE
