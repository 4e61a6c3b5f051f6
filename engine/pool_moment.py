"""The pools of a run at a moment: what waits, who works, what came back.

Guarantees: the answer depends on `(trace, t)` only; at most `LOOKED_AT` tasks are looked at, the
earlier ones are counted; a worker is a thread that took a task of the pool or waited for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.events import Kind, State
from engine.pool import Task
from engine.trace import Trace

LOOKED_AT = 3_000


@dataclass(frozen=True, slots=True)
class Worker:
    """A worker: *task* is what it runs (None: nothing), *since* when that began (ns)."""

    thread: int
    task: Task | None
    since: int


@dataclass(frozen=True, slots=True)
class PoolMoment:
    """One pool. *tasks* in the order of submission; *earlier*: how many before them are left out.

    *done* counts those of *tasks* that have ended.
    """

    pool: int
    name: str
    waiting: tuple[Task, ...]
    workers: tuple[Worker, ...]
    tasks: tuple[Task, ...]
    done: int
    earlier: int


def pools_at(trace: Trace, t: int) -> list[PoolMoment]:
    """Return every pool that had a task or a worker by *t* (ns), in the order of appearance."""
    every = trace.tasks.order
    known = _submitted_by(every, t)
    by_pool: dict[int, list[Task]] = {}
    for task in every[max(0, known - LOOKED_AT) : known]:
        if task.submitted <= t and task.pool:
            by_pool.setdefault(task.pool, []).append(task)
    idle = _idle(trace, t)
    for pool in sorted({pool for pool, _ in idle.values()}):
        by_pool.setdefault(pool, [])
    first = max(0, known - LOOKED_AT)
    return [
        _pool(trace, t, pool, tasks, idle, trace.tasks.before(pool, first))
        for pool, tasks in sorted(by_pool.items())
    ]


def _submitted_by(tasks: Sequence[Task], t: int) -> int:
    """Return how many tasks to look at: all up to the last one submitted by *t*.

    Tasks of different processes arrive almost, not quite, in order.
    """
    low, high = 0, len(tasks)
    while low < high:
        middle = (low + high) // 2
        if tasks[middle].submitted <= t:
            low = middle + 1
        else:
            high = middle
    return low


def _idle(trace: Trace, t: int) -> dict[int, tuple[int, int]]:
    """Return the threads that wait for work at *t*: to which pool, since when."""
    found = {}
    for lane, thread in enumerate(trace.threads):
        piece = trace.state_at(lane, t)
        is_over = thread.end is not None and thread.end <= t
        if piece and piece.kind is Kind.IDLE_BEGIN and not is_over:
            found[lane] = (piece.obj, piece.start)
    return found


def _pool(
    trace: Trace,
    t: int,
    pool: int,
    tasks: Sequence[Task],
    idle: dict[int, tuple[int, int]],
    earlier: int,
) -> PoolMoment:
    states = [task.state_at(t) for task in tasks]
    running: dict[int, Task] = {}
    last: dict[int, int] = {}
    for task, state in zip(tasks, states, strict=True):
        if task.worker is None or task.taken is None or task.taken > t:
            continue
        last[task.worker] = max(last.get(task.worker, 0), min(task.ended or t, t))
        if state == "running":
            running[task.worker] = task
    lanes = {lane for lane in last if _lives(trace, lane, t)}
    lanes |= {lane for lane, (where, _) in idle.items() if where == pool}
    workers = []
    for lane in sorted(lanes):
        now = running.get(lane)
        since = idle.get(lane, (pool, last.get(lane, 0)))[1] if now is None else now.taken or 0
        workers.append(Worker(lane, now, since))
    waiting = tuple(task for task, state in zip(tasks, states, strict=True) if state == "waiting")
    done = sum(state in ("done", "raised", "cancelled") for state in states)
    name = trace.objects[pool].name if 0 < pool < len(trace.objects) else ""
    return PoolMoment(pool, name or "pool", waiting, tuple(workers), tuple(tasks), done, earlier)


def _lives(trace: Trace, lane: int, t: int) -> bool:
    thread, piece = trace.threads[lane], trace.state_at(lane, t)
    if thread.end is not None and thread.end <= t:
        return False
    return piece is not None and piece.state is not State.NONE
