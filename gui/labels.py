"""Words for what a thread does: one wording for lanes, tooltips and screen readers.

Guarantees: every word rests on an event that was recorded; a thing without a name gets its kind's
name, never an empty string.
"""

from __future__ import annotations

from engine.events import Kind, ObjectKind, State
from engine.lanes import Slice
from engine.pool import Task
from engine.trace import Trace

_KIND_WORDS = {
    ObjectKind.THREAD: "thread",
    ObjectKind.LOCK: "lock",
    ObjectKind.RLOCK: "lock",
    ObjectKind.CONDITION: "condition",
    ObjectKind.EVENT: "event",
    ObjectKind.SEMAPHORE: "semaphore",
    ObjectKind.BARRIER: "barrier",
    ObjectKind.QUEUE: "queue",
    ObjectKind.POOL: "pool",
    ObjectKind.TASK: "task",
    ObjectKind.PROCESS: "process",
    ObjectKind.STORE_POINT: "value",
}


def duration(ns: float) -> str:
    """Return a length of time for people: '0.20 s', '3.1 ms', '12 µs'."""
    if ns >= 9.995e9:
        return f"{ns / 1e9:.1f} s"
    if ns >= 99.5e6:
        return f"{ns / 1e9:.2f} s"
    if ns >= 1e6:
        return f"{ns / 1e6:.1f} ms"
    return f"{ns / 1e3:.0f} µs" if ns >= 1e3 else f"{ns:.0f} ns"


def object_name(trace: Trace, number: int) -> str:
    """Return what the script calls object *number*, or its kind."""
    if not 0 < number < len(trace.objects):
        return "something"
    thing = trace.objects[number]
    return thing.name or str(thing.extra.get("label") or "") or _KIND_WORDS[thing.kind]


def slice_label(trace: Trace, lane: int, piece: Slice, task: Task | None = None) -> str:
    """Return the words that stand in a lane for *piece*, or '' where the shape says enough.

    *task* is what the thread works at then, if it is a pool's worker.
    """
    if piece.state is State.WAITS_LOCK:
        return _lock_wait(trace, lane, piece)
    if piece.state is State.WAITS_OTHER:
        return _other_wait(trace, piece)
    if piece.state in (State.RUNNING, State.SLEEPING):
        parts = [task.label] if task else []
        if piece.held:
            parts.append(f"holds {object_name(trace, piece.held)}")
        return " · ".join(parts)
    return ""


def _lock_wait(trace: Trace, lane: int, piece: Slice) -> str:
    text = f"waiting for {object_name(trace, piece.obj)}"
    hold = trace.locks.hold_at(piece.obj, piece.start)
    if hold and hold.thread != lane and piece.end is None:
        text += f", held by {trace.threads[hold.thread].name}"
    return text


def _other_wait(trace: Trace, piece: Slice) -> str:
    name = object_name(trace, piece.obj)
    if piece.kind is Kind.JOIN_WAIT or piece.kind is Kind.PROCESS_WAIT:
        return f"join() {name}"
    if piece.kind is Kind.RESULT_WAIT:
        return f"result() of {name}"
    if piece.kind is Kind.IDLE_BEGIN:
        return "idle: the queue is empty"
    if piece.kind is Kind.EXIT_WAIT:
        return "end of the script: waits for the other threads"
    kind = trace.objects[piece.obj].kind if piece.obj < len(trace.objects) else None
    if kind is ObjectKind.QUEUE:
        return _queue_wait(trace, piece, name)
    return {
        ObjectKind.CONDITION: f"wait() for {name} to be notified",
        ObjectKind.EVENT: f"wait() for {name} to be set",
        ObjectKind.SEMAPHORE: f"waiting for a place in {name}",
        ObjectKind.BARRIER: f"waiting at {name} for the others",
    }.get(kind or ObjectKind.LOCK, f"waiting for {name}")


def _queue_wait(trace: Trace, piece: Slice, name: str) -> str:
    series = trace.values.series.get((trace.objects[piece.obj].process, name))
    length = series.text_at(piece.start) if series else ""
    if length in ("", "0"):
        return f"{name} is empty"
    return f"{name} is full"


def state_words(trace: Trace, lane: int, t: int, task: Task | None = None) -> str:
    """Return what thread *lane* does at *t*, in words that need no picture."""
    piece = trace.state_at(lane, t)
    thread = trace.threads[lane]
    if piece is None:
        return "has not begun"
    if piece.state is State.NONE or (thread.end is not None and thread.end <= t):
        return "has ended"
    label = slice_label(trace, lane, piece, task)
    if piece.state is State.RUNNING:
        return f"running, {label}" if label else "running"
    if piece.state is State.SLEEPING:
        asked = trace.event(piece.event).value if piece.kind is Kind.SLEEP_BEGIN else 0
        words = "sleeping" + (f" {duration(asked)}" if isinstance(asked, int) and asked else "")
        return f"{words}, {label}" if label else words
    return label


def moment_words(trace: Trace, t: int, chosen: int | None) -> str:
    """Return the state of the chosen thread and the number in each state at *t*: a text twin."""
    counts = dict.fromkeys(State, 0)
    for index, lane in enumerate(trace.lanes):
        piece = lane.slice_at(t)
        end = trace.threads[index].end
        if piece and (end is None or end > t):
            counts[piece.state] += 1
    words = [f"At {duration(t)}"]
    if chosen is not None and chosen < len(trace.threads):
        words.append(f"{trace.threads[chosen].name}: {state_words(trace, chosen, t)}")
    words.append(
        f"{counts[State.RUNNING]} running, {counts[State.WAITS_LOCK]} waiting for a lock, "
        f"{counts[State.WAITS_OTHER]} waiting for another, {counts[State.SLEEPING]} sleeping"
    )
    return ". ".join(words)


def lock_ranks(trace: Trace) -> dict[int, int]:
    """Return which colour each lock has, by object number: they count in order of first use."""
    return {lock: rank for rank, lock in enumerate(trace.locks.histories)}
