"""What the contention pane says in words: under the pointer, and to screen readers.

Guarantees: the same record as the picture; a holder or a waiter that was not recorded is not named.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.contention import Contention
from engine.critical_path import CriticalPath, Segment
from engine.events import Kind, ObjectKind, State
from engine.path_words import step_words, summary, who
from engine.trace import Trace
from gui.labels import duration, object_name

MOST_NAMED = 8


def waiting_at(trace: Trace, lock: int, t: int) -> list[int]:
    """Return the threads that wait for *lock* (or semaphore) at *t* (ns), the longest first."""
    found = []
    is_semaphore = trace.objects[lock].kind is ObjectKind.SEMAPHORE
    for index, lane in enumerate(trace.lanes):
        piece = lane.slice_at(t)
        if piece is None or piece.obj != lock:
            continue
        queued = is_semaphore and piece.kind is Kind.WAIT_BEGIN
        if queued or piece.state is State.WAITS_LOCK:
            found.append((piece.start, index))
    return [index for _, index in sorted(found)]


def lock_tip(queues: Contention, lock: int, t: int) -> str:
    """Return what to say of *lock* at *t* (ns): who has it, since when, how long, who waits."""
    trace = queues.trace
    lines = [f"{object_name(trace, lock)} at {duration(t)}: {_held_words(trace, lock, t)}"]
    if trace.objects[lock].kind is ObjectKind.SEMAPHORE:
        lines = [f"{object_name(trace, lock)}, a semaphore: who came through is not recorded"]
    waits = waiting_at(trace, lock, t)
    lines.append(f"waiting then: {names(trace, waits)}" if waits else "nobody waited then")
    return "\n".join(lines)


def lock_total(queues: Contention, lock: int) -> str:
    """Return what *lock* cost in all."""
    trace, history = queues.trace, queues.trace.locks.histories.get(lock)
    taken = f"taken {len(history.starts):,} times" if history is not None else "never taken"
    waited = "nobody waited for it"
    if number := queues.waits(lock):
        times = "once" if number == 1 else f"{number:,} times"
        waited = f"threads had to wait {times}, {duration(queues.waited(lock))} in all"
    made = trace.objects[lock]
    place = f", made at line {made.line}" if made.line else ""
    return f"{object_name(trace, lock)}{place}: {taken}; {waited}"


def path_tip(trace: Trace, path: CriticalPath, segment: Segment | None) -> str:
    """Return what to say of a step of the critical path, or, without one, of all of it."""
    if segment is None:
        whole = f"The chain of work and wake-ups that determined the end. {summary(trace, path)}"
        whole += "\nRunning includes time in which the thread waited for a core or the GIL."
        missing = f"\nBefore {duration(path.begin)}: {path.missing}" if path.missing else ""
        return whole + missing
    lasted = duration(segment.end - segment.start)
    return f"{step_words(trace, segment)}\nfor {lasted}, until {duration(segment.end)}"


def described(queues: Contention, locks: Sequence[int], t: int) -> str:
    """Return the locks at *t* (ns) for a screen reader, the dearest first."""
    trace = queues.trace
    parts = [f"At {duration(t)}"] if locks else []
    for lock in locks[:MOST_NAMED]:
        waits = waiting_at(trace, lock, t)
        more = f", {len(waits)} waiting: {names(trace, waits)}" if waits else ""
        parts.append(f"{object_name(trace, lock)} {_held_words(trace, lock, t)}{more}")
    if len(locks) > MOST_NAMED:
        parts.append(f"and {len(locks) - MOST_NAMED} more locks")
    return ". ".join(parts) or "No lock has been used yet"


def names(trace: Trace, lanes: Sequence[int]) -> str:
    """Return the names of threads, some of them where they are many."""
    said = ", ".join(who(trace, lane) for lane in lanes[:MOST_NAMED])
    return said + (f" and {len(lanes) - MOST_NAMED} more" if len(lanes) > MOST_NAMED else "")


def _held_words(trace: Trace, lock: int, t: int) -> str:
    hold = trace.locks.hold_at(lock, t)
    if hold is None:
        return "held by nobody"
    words = f"held by {who(trace, hold.thread)} since {duration(hold.start)}"
    if hold.end is None:
        return f"{words}, for {duration(trace.now - hold.start)} so far"
    return f"{words}, for {duration(hold.end - hold.start)}"
