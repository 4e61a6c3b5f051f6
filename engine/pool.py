"""Tasks of pools: when they were submitted, taken, finished, and by whom."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.events import Flag, Kind

if TYPE_CHECKING:
    from engine.trace import Object

_NESTED = 16  # tasks that one thread may run inside each other

#: index in the trace, time, value, kind, flags, object, thread
TaskRow = tuple[int, int, int, int, int, int, int]


@dataclass(slots=True)
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


class TaskTable:
    """Every task by object number, in the order of submission.

    Attributes: tasks; order (the same, as a list); shutdowns (pool to the index of the event by
    which it was shut down).
    """

    def __init__(self) -> None:
        self.tasks: dict[int, Task] = {}
        self.shutdowns: dict[int, int] = {}
        self.order: list[Task] = []
        self._places: dict[int, list[int]] = {}
        self._taken: dict[int, list[Task]] = {}

    def add(self, row: TaskRow, objects: Sequence[Object], texts: Sequence[str]) -> None:
        """Note what event *row* says of a task, or of a pool that is shut down."""
        index, time, value, kind, flags, number, thread = row
        if kind == Kind.POOL_SHUTDOWN:
            self.shutdowns.setdefault(number, index)
            return
        task = self.tasks.get(number)
        if task is None:
            obj = objects[number]
            pool = obj.extra.get("pool")
            task = self.tasks[number] = Task(
                number,
                pool if isinstance(pool, int) else 0,
                str(obj.extra.get("label") or obj.name),
                time,
                thread,
                place=len(self.order),
            )
            self.order.append(task)
            self._places.setdefault(task.pool, []).append(task.place)
        if kind == Kind.TASK_SUBMIT:
            task.submitted, task.submitter = time, thread
        elif kind == Kind.TASK_BEGIN:
            task.taken, task.worker = time, thread
            self._taken.setdefault(thread, []).append(task)
        elif task.ended is None or task.ended_by is None or time < task.ended:
            task.ended, task.ended_by = time, thread
            task.cancelled = kind == Kind.TASK_CANCELLED
            task.raised = bool(flags & Flag.RAISED)
            cancelled = kind == Kind.TASK_CANCELLED
            task.result = texts[value] if flags & Flag.TEXT else "" if cancelled else str(value)

    def end_unseen(self, obj: int, time: int, result: str, *, raised: bool) -> None:
        """Note that a task had ended at *time*, as a thread that is not shown has learned.

        What the worker itself says of the end counts more; but it may have been killed.
        """
        task = self.tasks.get(obj)
        if task is not None and task.ended is None:
            task.ended, task.result, task.raised = time, result, raised

    def runner_of(self, obj: int) -> int | None:
        """Return the thread that runs task *obj* and has not ended it, or None."""
        task = self.tasks.get(obj)
        return task.worker if task is not None and task.ended is None else None

    def of_worker(self, thread: int, t: int) -> Task | None:
        """Return the task that *thread* runs at *t*, or None."""
        taken = self._taken.get(thread, [])
        last = bisect_right(taken, t, key=lambda task: task.taken or 0)
        for task in reversed(taken[max(0, last - _NESTED) : last]):
            if task.worker == thread and task.state_at(t) == "running":
                return task
        return None

    def before(self, pool: int, place: int) -> int:
        """Return how many tasks of *pool* came before task number *place* of the run."""
        return bisect_left(self._places.get(pool, []), place)
