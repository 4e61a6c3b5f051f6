"""Tasks of pools: when they were submitted, taken, finished, and by whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.events import Flag, Kind

if TYPE_CHECKING:
    from engine.trace import Event, Object


@dataclass(slots=True)
class Task:
    """One task. Times in ns since the run's start, None where it has not happened.

    *submitter*, *worker* and *ended_by* are threads; *result* is a short text of the value or the
    exception. *pool* is 0 for a future that the script made itself.
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

    Attributes: tasks; shutdowns (pool to the index of the event by which it was shut down).
    """

    def __init__(self) -> None:
        self.tasks: dict[int, Task] = {}
        self.shutdowns: dict[int, int] = {}

    def add(self, event: Event, obj: Object) -> None:
        """Note what *event* says of task *obj*, or of a pool that is shut down."""
        if event.kind is Kind.POOL_SHUTDOWN:
            self.shutdowns.setdefault(event.obj, event.index)
            return
        task = self.tasks.get(event.obj)
        if task is None:
            pool = obj.extra.get("pool")
            task = self.tasks[event.obj] = Task(
                event.obj,
                pool if isinstance(pool, int) else 0,
                str(obj.extra.get("label") or obj.name),
                event.time,
                event.thread,
            )
        if event.kind is Kind.TASK_SUBMIT:
            task.submitted, task.submitter = event.time, event.thread
        elif event.kind is Kind.TASK_BEGIN:
            task.taken, task.worker = event.time, event.thread
        elif task.ended is None or task.ended_by is None or event.time < task.ended:
            task.ended, task.ended_by = event.time, event.thread
            task.cancelled = event.kind is Kind.TASK_CANCELLED
            task.raised = bool(event.flags & Flag.RAISED)
            task.result = str(event.value) if event.flags & Flag.TEXT else ""

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
        for task in reversed(self.tasks.values()):
            if task.worker == thread and task.state_at(t) == "running":
                return task
        return None
