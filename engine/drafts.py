"""From clauses to the drafts of sentences: what belongs into one sentence.

Why: five starts are one sentence, and so are taking a lock and sleeping with it; whether two
clauses may be told as one is a question of truth, not of wording, so it stands apart.

Guarantees: a run folds only what stays true when folded (writes of one thread only while nobody
else wrote between); a release is told together with an acquisition only where that thread's wait
was recorded; the order of a thread's own deeds is kept, but for a pool that submits and starts.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.events import Kind
from engine.sentences import Clause, waited_for
from engine.trace import Trace

JOINED = {
    (Kind.LOCK_ACQUIRED, Kind.SLEEP_BEGIN): ", then ",
    (Kind.TASK_BEGIN, Kind.SLEEP_BEGIN): ", then ",
    (Kind.TASK_END, Kind.TASK_BEGIN): " and ",
    (Kind.TASK_END, Kind.IDLE_BEGIN): " and ",
    (Kind.RESULT_END, Kind.RESULT_WAIT): " and ",
}
_RUNS = frozenset(
    {
        Kind.STORE,
        Kind.QUEUE_PUT,
        Kind.QUEUE_GET,
        Kind.QUEUE_DONE,
        Kind.THREAD_START,
        Kind.TASK_SUBMIT,
        Kind.RESULT_END,
        Kind.OUTPUT,
    }
)
_BRAIDED = {Kind.TASK_SUBMIT, Kind.THREAD_START}


@dataclass(slots=True)
class Draft:
    """A sentence in the making: a run of like clauses of the same threads, and one joined to it."""

    threads: list[int]
    run: list[Clause]
    tail: Clause | None = None


@dataclass(frozen=True, slots=True)
class Handovers:
    """Releases after which a thread got the lock that had waited for it.

    *to*: (lock, time, thread) of the release to (thread, time) of the acquisition; *told*: the
    acquisitions, which need no sentence of their own.
    """

    to: dict[tuple[int, int, int], tuple[int, int]]
    told: set[tuple[int, int, int]]


def find_handovers(trace: Trace, clauses: list[Clause], t: int) -> Handovers:
    """Return what is known at *t* (ns) of who got a lock after each release among *clauses*."""
    found = Handovers({}, set())
    for said in clauses:
        history = trace.locks.histories.get(said.obj)
        if said.kind is not Kind.LOCK_RELEASED or history is None or len(said.rest) > 1:
            continue
        place = history.starts.index_at(said.time - 1)
        if place < len(history.starts) and int(history.threads.view[place]) == said.thread:
            place += history.starts.view[place] == said.time  # its own, of no length
        if place >= len(history.starts):
            continue
        time, lane = int(history.starts.view[place]), int(history.threads.view[place])
        if time <= t and waited_for(trace, lane, time, said.obj):
            found.to[said.obj, said.time, said.thread] = (lane, time)
            found.told.add((said.obj, time, lane))
    return found


def drafts_of(clauses: list[Clause], handovers: Handovers, started: set[int]) -> list[Draft]:
    """Return the drafts of one moment's *clauses*, without those that others tell.

    *started* are the tasks that began within the moment in which they were submitted.
    """
    drafts: list[Draft] = []
    own: dict[int, list[Draft]] = {}
    for said in clauses:
        if _is_told(said, handovers, started):
            continue
        mine = own.setdefault(said.thread, [])
        if mine and _continues(mine[-1], said, is_newest=drafts[-1] is mine[-1]):
            continue
        # A pool starts a thread after each of its first tasks: two runs, one between the other.
        braided = len(mine) > 1 and {mine[-1].run[0].kind, said.kind} == _BRAIDED
        if braided and _continues(mine[-2], said, is_newest=False):
            continue
        if drafts and _is_alike(drafts[-1], said):
            drafts[-1].threads.append(said.thread)
        else:
            drafts.append(Draft([said.thread], [said]))
        mine.append(drafts[-1])
    return drafts


def hands_over(draft: Draft, handovers: Handovers) -> bool:
    """Tell whether *draft* is a release after which another thread got the lock."""
    first = draft.run[0]
    key = (first.obj, first.time, first.thread)
    return first.kind is Kind.LOCK_RELEASED and key in handovers.to


def _is_told(said: Clause, handovers: Handovers, started: set[int]) -> bool:
    """Tell whether another sentence says it: the release, or 'submits 5 tasks; 3 start'."""
    if said.kind is Kind.LOCK_ACQUIRED:
        return (said.obj, said.time, said.thread) in handovers.told
    return said.kind is Kind.TASK_BEGIN and said.obj in started


def started_at_once(trace: Trace, clauses: list[Clause], known: int) -> set[int]:
    """Return the tasks that were both submitted and taken within this moment."""
    return {
        said.obj
        for said in clauses
        if said.kind is Kind.TASK_SUBMIT and is_begun(trace, said.obj, known)
    }


def is_begun(trace: Trace, obj: int, known: int) -> bool:
    """Tell whether task *obj* had been taken by a worker at *known* (ns)."""
    task = trace.tasks.tasks.get(obj)
    return task is not None and task.taken is not None and task.taken <= known


def _continues(draft: Draft, said: Clause, *, is_newest: bool) -> bool:
    """Add *said* to its thread's last sentence where the two are one; tell whether they were."""
    last = draft.run[-1]
    if len(draft.threads) > 1 or draft.tail is not None:
        return False
    if (last.kind, said.kind) in JOINED and last.verb in ("takes", "gets", "ends", "has"):
        draft.tail = said
        return True
    if said.kind is not last.kind or said.kind not in _RUNS or said.verb != last.verb:
        return False
    if said.kind is Kind.STORE:
        # 'writes total 5 times: 0 becomes 5' is true only where nobody else wrote between.
        if said.rest != last.rest or said.before != last.after or not is_newest:
            return False
    elif (
        said.kind in (Kind.QUEUE_PUT, Kind.QUEUE_GET, Kind.QUEUE_DONE, Kind.OUTPUT)
        and said.obj != last.obj
    ):
        return False
    draft.run.append(said)
    return True


def _is_alike(draft: Draft, said: Clause) -> bool:
    """Tell whether another thread did the same just before: then both are the subject."""
    first = draft.run[0]
    return (
        len(draft.run) == 1
        and draft.tail is None
        and said.kind not in _RUNS
        and said.kind not in (Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED)
        and said.thread not in draft.threads
        and (first.kind, first.verb, first.rest) == (said.kind, said.verb, said.rest)
    )
