"""Words for what a thread does: one wording for lanes, tooltips and screen readers.

Guarantees: every word rests on an event that was recorded; a thing without a name gets its kind's
name, never an empty string.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from engine.events import Flag, Kind, ObjectKind, State
from engine.lanes import Slice
from engine.names import name_of
from engine.pool import Task
from engine.trace import Trace
from engine.wakers import ending

_LONG_WAITS = {
    Kind.JOIN_WAIT: "join() {}",
    Kind.PROCESS_WAIT: "join() {}",
    Kind.RESULT_WAIT: "result() of {}",
    Kind.IDLE_BEGIN: "idle: the queue is empty",
    Kind.EXIT_WAIT: "end of the script: waits for the other threads",
    Kind.INPUT_WAIT: "waits for input",
    Kind.GET_WAIT: "get(): {} is empty",
    Kind.PUT_WAIT: "put(): {} is full",
    Kind.QUEUE_JOIN_WAIT: "join(): {} has unfinished tasks",
    Kind.TIMER_WAIT: "timer: waits for its time",
    Kind.FUTURES_WAIT: "wait() for tasks of {}",
    Kind.COMPLETED_WAIT: "as_completed(): waits for the next task of {}",
    Kind.SHUTDOWN_WAIT: "shutdown(): waits for {} to end",
    Kind.LOOP_WAIT: "{}: nothing to run",
}
_WAITS_FOR = {
    ObjectKind.CONDITION: "wait() for {} to be notified",
    ObjectKind.EVENT: "wait() for {} to be set",
    ObjectKind.SEMAPHORE: "acquire(): waiting for a place in {}",
    ObjectKind.BARRIER: "wait() at {} for the others",
    ObjectKind.PIPE: "waiting for a message from {}",
    ObjectKind.PROCESS: "waiting for {} to end",
    ObjectKind.PROXY: "waiting for the manager's answer about {}",
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
    return name_of(trace, number)


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
    indirect = bool(trace.event(piece.event).flags & Flag.INDIRECT)
    if piece.kind is Kind.RESULT_WAIT and indirect:
        return f"map(): waits for the result of {name}"
    if piece.kind is Kind.PUT_WAIT and trace.objects[piece.obj].kind is ObjectKind.PIPE:
        return f"send(): {name} is full"
    words = _LONG_WAITS.get(piece.kind)
    if words is None:
        kind = trace.objects[piece.obj].kind if piece.obj < len(trace.objects) else None
        words = _WAITS_FOR.get(kind or ObjectKind.LOCK, "waiting for {}")
        if kind is ObjectKind.CONDITION and indirect:
            words = "wait_for() on {}: its condition does not hold"
    return words.format(name)


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


def why_it_ended(trace: Trace, lane: int, piece: Slice) -> str:
    """Return what ended the wait *piece* of thread *lane*, in words; '' for what is no wait."""
    if piece.state not in (State.WAITS_LOCK, State.WAITS_OTHER):
        return ""
    end = ending(trace, lane, piece)
    if end.how == "goes on":
        return ""
    if end.how == "timed out":
        return "ended because its time was up"
    if end.thread is None:
        return "what ended it was not seen"
    return f"ended when {trace.threads[end.thread].name} {end.words}"


def counts_at(trace: Trace, lanes: Iterable[int], t: int) -> dict[State, int]:
    """Return how many of *lanes* are in each state at *t*; who has ended is in none."""
    counts = dict.fromkeys(State, 0)
    for index in lanes:
        lane, end = trace.lanes[index], trace.threads[index].end
        place = lane.starts.index_at(t) - 1
        if place >= 0 and (end is None or end > t):
            counts[State(lane.states[place])] += 1
    return counts


def moment_words(trace: Trace, t: int, chosen: int | None) -> str:
    """Return the state of the chosen thread and the number in each state at *t*: a text twin."""
    counts = counts_at(trace, range(len(trace.lanes)), t)
    words = [f"At {duration(t)}"]
    if chosen is not None and chosen < len(trace.threads):
        words.append(f"{trace.threads[chosen].name}: {state_words(trace, chosen, t)}")
    words.append(
        f"{counts[State.RUNNING]} running, {counts[State.WAITS_LOCK]} waiting for a lock, "
        f"{counts[State.WAITS_OTHER]} waiting for another, {counts[State.SLEEPING]} sleeping"
    )
    return ". ".join(words)


def process_name(trace: Trace, number: int) -> str:
    """Return what process *number* is called, and its number in the system."""
    if not 0 <= number < len(trace.processes):
        return "process"
    process = trace.processes[number]
    return f"{process.name} · process {process.pid}"


def crowd_words(trace: Trace, lanes: Sequence[int], t: int, total: int) -> str:
    """Return how many threads *lanes* are, of *total*, and what they do at *t* (ns)."""
    counts = counts_at(trace, lanes, t)
    count = f"{len(lanes)} of {total}" if len(lanes) < total else f"{total}"
    words = [f"{count} thread" if total == 1 else f"{count} threads"]
    words += [f"{counts[state]} {said}" for state, said in _CROWD if counts[state]]
    return ", ".join(words)


_CROWD = (
    (State.RUNNING, "running"),
    (State.WAITS_LOCK, "waiting for locks"),
    (State.WAITS_OTHER, "waiting for others"),
    (State.SLEEPING, "sleeping"),
)


def lock_ranks(trace: Trace) -> dict[int, int]:
    """Return which colour each lock has, by object number: they count in order of first use."""
    return {lock: rank for rank, lock in enumerate(trace.locks.histories)}
