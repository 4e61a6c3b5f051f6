"""What one recorded event says, in plain words.

Why: the story's grammar (grouping, folding, joining) and its vocabulary change for different
reasons, so each has a home; this is the vocabulary.

Guarantees: a clause tells only what was recorded. A wait says who had the lock then, never who
was first in line; a release says who got the lock only where that thread's wait was recorded;
a read is never told, because no probe sees one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from engine.events import NOTIFIED_KINDS, Deed, Flag, Kind, Notice, ObjectKind, State
from engine.names import name_of
from engine.trace import Event, Trace
from engine.wakers import ending

TEXT_LENGTH = 60
_MADE_NAME = re.compile(r"((?:Thread|Process)-\d+(?::\d+)?) \(.*\)")


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a sentence: words, or, where *thread* is not None, that thread's chip."""

    text: str
    bold: bool = False
    thread: int | None = None


Parts = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """What *thread* did at *time*: a verb in the singular, and what follows it.

    *kind* and *obj* say which clauses are alike; *amount* is a number to add up when they fold
    (of updates lost, for a store), *note* what to say after the sentence's colon.
    """

    time: int
    thread: int
    kind: Kind
    obj: int
    verb: str
    rest: Parts = ()
    before: str = ""
    after: str = ""
    amount: float = 0.0
    note: str = ""


def called(trace: Trace, lane: int) -> str:
    """Return a thread's name for a sentence: 'Thread-2', without the '(add_points)' behind it.

    Python puts the target's name behind the names that it makes itself; the number tells apart.
    """
    name = trace.threads[lane].name
    made = _MADE_NAME.fullmatch(name)
    return made[1] if made else name


def words(text: str) -> Part:
    """Return plain words."""
    return Part(text)


def bold(text: str) -> Part:
    """Return a name."""
    return Part(text, bold=True)


def shortened(text: str) -> str:
    """Return *text* on one line, cut where it is long."""
    line = " ".join(text[: 4 * TEXT_LENGTH].split())
    return line if len(line) <= TEXT_LENGTH else f"{line[: TEXT_LENGTH - 1]}…"


def seconds(ns: float) -> str:
    """Return a length of time as people write it: '0.3 s', '15 ms', '20 µs'."""
    for unit, size in (("s", 1e9), ("ms", 1e6), ("µs", 1e3)):
        if ns >= size * (0.1 if unit == "s" else 1):
            return f"{ns / size:.3g} {unit}"
    return f"{ns:.0f} ns"


@dataclass(frozen=True, slots=True)
class Book:
    """A trace, and the lane of each thread object in it (looked up for every start and join)."""

    trace: Trace
    lane_of: dict[int, int]

    @classmethod
    def of(cls, trace: Trace) -> Book:
        """Return the book of *trace* as it is now."""
        return cls(
            trace, {thread.object: thread.index for thread in trace.threads if thread.object}
        )


def clause(book: Book, event: Event) -> Clause | None:
    """Return what *event* says, or None where there is nothing to tell."""
    teller = _TELLERS.get(event.kind)
    return teller(book, event) if teller else None


def waited_for(trace: Trace, lane: int, time: int, lock: int) -> bool:
    """Tell whether the acquisition of *lock* by thread *lane* at *time* ended a recorded wait."""
    before = trace.state_at(lane, time - 1)
    return bool(before and before.state is State.WAITS_LOCK and before.obj == lock)


def _make(event: Event, verb: str, *rest: Part | str) -> Clause:
    parts = tuple(words(part) if isinstance(part, str) else part for part in rest)
    return Clause(event.time, event.thread, event.kind, event.obj, verb, parts)


def _named(trace: Trace, obj: int) -> Part:
    return bold(name_of(trace, obj))


def _start(book: Book, event: Event) -> Clause:
    lane = book.lane_of.get(event.obj)
    return _make(event, "starts", "a thread" if lane is None else bold(called(book.trace, lane)))


def _end(_: Book, event: Event) -> Clause:
    return _make(event, "ends")


def _lock_wait(book: Book, event: Event) -> Clause:
    hold = book.trace.locks.hold_at(event.obj, event.time)
    name = _named(book.trace, event.obj)
    if hold is None:
        return _make(event, "wants", name, " and waits")
    if hold.thread == event.thread:
        return _make(event, "wants", name, ", which it holds itself")
    return _make(event, "wants", name, "; ", Part("", thread=hold.thread), " has it")


def _acquired(book: Book, event: Event) -> Clause:
    hold = book.trace.locks.hold_at(event.obj, event.time)
    again = hold is not None and hold.thread == event.thread and hold.start < event.time
    if again and book.trace.objects[event.obj].kind is ObjectKind.RLOCK:
        return _make(event, "takes", _named(book.trace, event.obj), " once more")
    verb = "gets" if waited_for(book.trace, event.thread, event.time, event.obj) else "takes"
    return _make(event, verb, _named(book.trace, event.obj))


def _released(book: Book, event: Event) -> Clause:
    hold = book.trace.locks.hold_at(event.obj, event.time)
    name = _named(book.trace, event.obj)
    if hold is not None and hold.thread == event.thread and hold.start < event.time:
        return _make(event, "releases", name, " once, and still holds it")
    return _make(event, "releases", name)


def _wait_failed(book: Book, event: Event) -> Clause:
    return _make(event, "gives", "up waiting for ", _named(book.trace, event.obj))


def _try_failed(book: Book, event: Event) -> Clause:
    return _make(event, "tries", _named(book.trace, event.obj), ", finds it taken and goes on")


def _sleep(_: Book, event: Event) -> Clause:
    length = event.value if isinstance(event.value, (int, float)) else 0
    return _make(event, "sleeps", seconds(length)) if length > 0 else _make(event, "sleeps")


def _join(book: Book, event: Event) -> Clause:
    lane = book.lane_of.get(event.obj)
    name = name_of(book.trace, event.obj) if lane is None else called(book.trace, lane)
    return _make(event, "waits", "for ", bold(name), " to end")


def _joined(book: Book, event: Event) -> Clause | None:
    lane = book.lane_of.get(event.obj)
    if lane is None:
        return None
    end = book.trace.threads[lane].end
    if end is not None and end <= event.time:
        return None  # the end of the thread that it waited for was told already
    return _make(event, "stops", "waiting for ", bold(called(book.trace, lane)), ", which goes on")


def _wait(book: Book, event: Event) -> Clause:
    name = _named(book.trace, event.obj)
    if event.kind in _WAITS:
        return _make(event, "waits", *_filled(_WAITS[event.kind], name))
    kind = (
        book.trace.objects[event.obj].kind
        if event.obj < len(book.trace.objects)
        else ObjectKind.LOCK
    )
    words = _WAITS_FOR.get(kind, "for {}")
    if kind is ObjectKind.CONDITION and event.flags & Flag.INDIRECT:
        words = "until what it needs holds and {} is notified"
    return _make(event, "waits", *_filled(words, name))


def _filled(text: str, name: Part) -> tuple[Part | str, ...]:
    before, _, after = text.partition("{}")
    return tuple(part for part in (before, name, after) if part)


def _waited(book: Book, event: Event) -> Clause | None:
    piece = book.trace.state_at(event.thread, event.time - 1)
    if piece is None or piece.kind not in NOTIFIED_KINDS or piece.obj != event.obj:
        return None
    if piece.kind is Kind.TIMER_WAIT and event.flags & Flag.TIMED_OUT:
        return _make(event, "has", "waited its time")
    if piece.kind is Kind.LOOP_WAIT:
        return None
    if event.flags & Flag.TIMED_OUT:
        what = {Kind.FUTURES_WAIT: "tasks of ", Kind.COMPLETED_WAIT: "tasks of "}
        rest = (what.get(piece.kind, ""), _named(book.trace, event.obj), ": its time is up")
        return _make(event, "gives", "up waiting for ", *rest)
    if piece.kind is not Kind.WAIT_BEGIN:
        return None  # told by what the thread does next, and by what the other one did
    end = ending(book.trace, event.thread, piece)
    if end.thread is None:
        return _make(event, "goes", "on")
    return _make(event, "goes", "on: ", Part("", thread=end.thread), f" {end.words}")


def _notify(book: Book, event: Event) -> Clause | None:
    notice = Notice.of(event.value if isinstance(event.value, int) else 0)
    verb = _DEED_VERBS.get(notice.deed)
    if verb is None:
        return None  # told by another event of the same thread, next to this one
    waited = f"; {notice.waited} waited" if notice.waited else ""
    verb, *rest = verb.split(" ", 1)
    return _make(event, verb, *_filled("".join(rest), _named(book.trace, event.obj)), waited)


def _store(book: Book, event: Event) -> Clause | None:
    info = book.trace.objects[event.obj]
    name = str(info.extra.get("variable") or info.name)
    if event.kind is Kind.DELETE:
        return _make(event, "deletes", bold(name))
    series = book.trace.values.of_store(event, info)
    name = series.name if series else name
    step = series.events.index_at(event.index) - 1 if series else -1
    if series and (step < 0 or series.events.view[step] != event.index):
        return None  # a watch was read again and had not changed
    if series is None or step < 0:
        return _make(event, "sets", bold(name), " to ", shortened(str(event.value)))
    new = shortened(series.texts[step])
    if step == 0:
        return _make(event, "sets", bold(name), " to ", new)
    lost = float(series.lost.view[step] - series.lost.view[step - 1])
    stale = int(series.stale.view[step] - series.stale.view[step - 1])
    change = info.extra.get("change")
    unit = abs(change) if isinstance(change, (int, float)) and change else 1
    note = "it had read an older value" if stale and lost <= 0 else ""
    before = shortened(series.texts[step - 1])
    return replace(
        _make(event, "writes", bold(name)), before=before, after=new, amount=lost / unit, note=note
    )


def _queue(book: Book, event: Event) -> Clause:
    length = str(event.value)
    verb = "puts" if event.kind is Kind.QUEUE_PUT else "takes"
    return replace(_make(event, verb, _named(book.trace, event.obj)), after=length)


def _submit(book: Book, event: Event) -> Clause:
    return _make(event, "submits", _named(book.trace, event.obj))


def _task_begin(book: Book, event: Event) -> Clause:
    return _make(event, "takes", _named(book.trace, event.obj))


def _task_end(book: Book, event: Event) -> Clause:
    name = _named(book.trace, event.obj)
    if event.flags & Flag.RAISED:
        return _make(event, "raises", "in ", name, ": " + shortened(str(event.value)))
    if book.trace.objects[event.obj].kind is ObjectKind.FUTURE:
        return _make(event, "sets", "the result of ", name)
    return _make(event, "ends", name)


def _cancelled(book: Book, event: Event) -> Clause:
    return _make(event, "cancels", _named(book.trace, event.obj))


def _result_wait(book: Book, event: Event) -> Clause:
    return _make(event, "waits", "for the result of ", _named(book.trace, event.obj))


def _result_end(book: Book, event: Event) -> Clause | None:
    task = book.trace.tasks.tasks.get(event.obj)
    if event.flags & Flag.TIMED_OUT:
        name = _named(book.trace, event.obj)
        return _make(event, "gives", "up waiting for the result of ", name, ": its time is up")
    if task is not None and task.state_at(event.time) in ("waiting", "running"):
        return _make(event, "stops", "waiting for the result of ", _named(book.trace, event.obj))
    return _make(event, "has", "the result of ", _named(book.trace, event.obj))


def _pool_shutdown(book: Book, event: Event) -> Clause:
    return _make(event, "shuts", _named(book.trace, event.obj), " down")


def _queue_done(book: Book, event: Event) -> Clause:
    return _make(event, "says", "that an item of ", _named(book.trace, event.obj), " is done")


def _callbacks(book: Book, event: Event) -> Clause:
    names = shortened(str(event.value))
    return _make(event, "calls", bold(names), " for ", _named(book.trace, event.obj))


def _idle(_: Book, event: Event) -> Clause:
    return _make(event, "finds", "nothing to do")


def _raised(_: Book, event: Event) -> Clause:
    return _make(event, "stops", "with ", bold(shortened(str(event.value))))


def _exit_wait(_: Book, event: Event) -> Clause:
    return _make(event, "reaches", "the end of the script and waits for the other threads")


_WAITS = {
    Kind.GET_WAIT: "because {} is empty",
    Kind.PUT_WAIT: "because {} is full",
    Kind.QUEUE_JOIN_WAIT: "until every item of {} is done",
    Kind.TIMER_WAIT: "for its time",
    Kind.FUTURES_WAIT: "for tasks of {}",
    Kind.COMPLETED_WAIT: "for the next task of {} to end",
    Kind.INPUT_WAIT: "for input",
    Kind.PROCESS_WAIT: "for process {} to end",
    Kind.LOOP_WAIT: "in {}, which has nothing to run",
}
_WAITS_FOR = {
    ObjectKind.CONDITION: "until {} is notified",
    ObjectKind.EVENT: "until {} is set",
    ObjectKind.SEMAPHORE: "for a place in {}",
    ObjectKind.BARRIER: "at {} for the others",
    ObjectKind.PIPE: "for a message from {}",
    ObjectKind.PROCESS: "for process {} to end",
    ObjectKind.PROXY: "for the manager's answer about {}",
}
_DEED_VERBS = {
    Deed.NOTIFIED: "notifies {}",
    Deed.SET: "sets {}",
    Deed.RELEASED: "releases {}",
    Deed.ARRIVED: "arrives at {} as the last",
    Deed.LEFT: "leaves {} as the last",
    Deed.BROKE: "breaks {}",
    Deed.ABORTED: "aborts {}",
    Deed.RESET: "resets {}",
    Deed.SHUT: "shuts {} down",
    Deed.CANCELLED: "cancels {}",
    Deed.CALLED: "calls into {}",
}
_TELLERS: dict[Kind, Callable[[Book, Event], Clause | None]] = {
    Kind.THREAD_START: _start,
    Kind.THREAD_END: _end,
    Kind.LOCK_WAIT: _lock_wait,
    Kind.LOCK_ACQUIRED: _acquired,
    Kind.LOCK_RELEASED: _released,
    Kind.LOCK_WAIT_FAILED: _wait_failed,
    Kind.LOCK_TRY_FAILED: _try_failed,
    Kind.SLEEP_BEGIN: _sleep,
    Kind.JOIN_WAIT: _join,
    Kind.JOIN_END: _joined,
    **dict.fromkeys((*NOTIFIED_KINDS, Kind.INPUT_WAIT, Kind.PROCESS_WAIT), _wait),
    Kind.WAIT_END: _waited,
    Kind.SHUTDOWN_WAIT: _join,
    Kind.POOL_SHUTDOWN: _pool_shutdown,
    Kind.QUEUE_DONE: _queue_done,
    Kind.CALLBACKS: _callbacks,
    Kind.NOTIFY: _notify,
    Kind.STORE: _store,
    Kind.DELETE: _store,
    Kind.QUEUE_PUT: _queue,
    Kind.QUEUE_GET: _queue,
    Kind.TASK_SUBMIT: _submit,
    Kind.TASK_BEGIN: _task_begin,
    Kind.TASK_END: _task_end,
    Kind.TASK_CANCELLED: _cancelled,
    Kind.RESULT_WAIT: _result_wait,
    Kind.RESULT_END: _result_end,
    Kind.IDLE_BEGIN: _idle,
    Kind.RAISED: _raised,
    Kind.EXIT_WAIT: _exit_wait,
}
