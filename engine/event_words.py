"""What an event or a slice says in one cell of a table.

Why: the story leaves out what another of its sentences tells; a table has a row for each event,
so each needs words. Where the story has some, they are the same.

Guarantees: never empty; tells only what was recorded.
"""

from __future__ import annotations

from engine.events import WAIT_KINDS, Deed, Flag, Kind, Notice, State
from engine.names import name_of
from engine.process_sentences import clause
from engine.sentences import Book, called, shortened
from engine.series import UNKNOWN_LENGTH
from engine.trace import Event, Trace

#: What a kind does, in the words of the story; {} stands for the object.
PLAIN = {
    Kind.THREAD_BEGIN: "begins",
    Kind.THREAD_END: "ends",
    Kind.THREAD_START: "starts {}",
    Kind.LOCK_WAIT: "wants {} and waits",
    Kind.LOCK_ACQUIRED: "takes {}",
    Kind.LOCK_RELEASED: "releases {}",
    Kind.LOCK_WAIT_FAILED: "gives up waiting for {}",
    Kind.LOCK_TRY_FAILED: "tries {}, finds it taken and goes on",
    Kind.SLEEP_BEGIN: "sleeps",
    Kind.SLEEP_END: "wakes up",
    Kind.JOIN_WAIT: "waits for {} to end",
    Kind.JOIN_END: "goes on: {} has ended",
    Kind.WAIT_BEGIN: "waits for {}",
    Kind.WAIT_END: "goes on",
    Kind.STORE: "writes {}",
    Kind.DELETE: "deletes {}",
    Kind.QUEUE_PUT: "puts {}",
    Kind.QUEUE_GET: "takes {}",
    Kind.TASK_SUBMIT: "submits {}",
    Kind.TASK_BEGIN: "takes {}",
    Kind.TASK_END: "ends {}",
    Kind.RESULT_WAIT: "waits for the result of {}",
    Kind.RESULT_END: "has the result of {}",
    Kind.IDLE_BEGIN: "finds nothing to do",
    Kind.IDLE_END: "finds work",
    Kind.PROCESS_START: "starts process {}",
    Kind.PROCESS_WAIT: "waits for process {} to end",
    Kind.PROCESS_END: "goes on: its wait for process {} is over",
    Kind.RAISED: "stops with an exception",
    Kind.OUTPUT: "prints",
    Kind.NOTIFY: "wakes those who wait for {}",
    Kind.PAUSED: "was paused from outside",
    Kind.SAMPLE: "was seen running",
    Kind.EXIT_WAIT: "reaches the end of the script and waits for the other threads",
    Kind.TASK_CANCELLED: "cancels {}",
    Kind.GET_WAIT: "waits because {} is empty",
    Kind.PUT_WAIT: "waits because {} is full",
    Kind.QUEUE_JOIN_WAIT: "waits until every item of {} is done",
    Kind.TIMER_WAIT: "waits for its time",
    Kind.FUTURES_WAIT: "waits for tasks of {}",
    Kind.COMPLETED_WAIT: "waits for the next task of {} to end",
    Kind.SHUTDOWN_WAIT: "waits for {} to end",
    Kind.LOOP_WAIT: "waits in {}, which has nothing to run",
    Kind.EXIT_END: "goes on: the other threads have ended",
    Kind.QUEUE_DONE: "says that an item of {} is done",
    Kind.POOL_SHUTDOWN: "shuts {} down",
    Kind.CALLBACKS: "calls callbacks for {}",
    Kind.PROCESS_KILL: "ends process {}",
    Kind.CUT: "ends without a word: killed, or crashed",
    Kind.SENT: "sends a message through {}",
    Kind.RECEIVED: "receives a message from {}",
    Kind.EXEC: "becomes another program",
    Kind.INPUT_WAIT: "waits for input",
    Kind.INPUT_END: "goes on: the wait for input is over",
    Kind.INSTANCE: "is about to write an attribute",
    Kind.NAMED: "gives {} to an object",
    Kind.CHANGE: "is about to change {}",
}
_DEEDS = {
    Deed.PUT: "wakes who waits for an item of {}",
    Deed.GOT: "wakes who waits for room in {}",
    Deed.DONE: "wakes who waits for {} to be done",
    Deed.FINISHED: "wakes who waits for {}",
}
#: Kinds whose value is about our own bookkeeping, or is told in words already.
_NO_VALUE = frozenset(
    {Kind.NOTIFY, Kind.WAIT_END, Kind.THREAD_BEGIN, Kind.THREAD_END, Kind.INSTANCE, Kind.NAMED,
     Kind.CUT, Kind.THREAD_START, Kind.DELETE}
)  # fmt: skip
#: Kinds whose value is a number that people know: of a value, of a length.
COUNTED = frozenset(
    {Kind.STORE, Kind.CHANGE, Kind.QUEUE_PUT, Kind.QUEUE_GET, Kind.TASK_SUBMIT, Kind.TASK_END}
)


def event_words(book: Book, event: Event) -> str:
    """Return what *event* says, without its subject: 'wants lock; Thread-2 has it'."""
    trace = book.trace
    said = clause(book, event)
    if said is not None:
        rest = "".join(
            part.text if part.thread is None else called(trace, part.thread) for part in said.rest
        )
        space = " " if rest and not rest.startswith(",") else ""
        return f"{said.verb}{space}{rest}"
    words = PLAIN[event.kind]
    if event.kind is Kind.NOTIFY and isinstance(event.value, int):
        words = _DEEDS.get(Notice.of(event.value).deed, words)
    if event.kind is Kind.WAIT_END and event.flags & Flag.TIMED_OUT:
        words = "goes on: its time is up"
    if not event.obj:
        return words.replace(" {}", "")
    lane = book.lane_of.get(event.obj)
    return words.format(name_of(trace, event.obj) if lane is None else called(trace, lane))


def value_words(event: Event, length: str) -> str:
    """Return the value of *event* for people, or ''; *length* is it as a length of time."""
    value = event.value
    if event.kind in _NO_VALUE or (value in (-1, 0) and event.kind not in COUNTED):
        return ""
    if isinstance(value, str):
        return shortened(value)
    if event.kind in (Kind.SLEEP_BEGIN, Kind.PAUSED, Kind.TIMER_WAIT):
        return length
    if event.kind in WAIT_KINDS:
        return f"at most {length}"
    if event.kind not in COUNTED or (event.kind in _LENGTHS and value == UNKNOWN_LENGTH):
        return ""
    return f"{value:,}" if isinstance(value, int) else repr(value)


def shown_object(trace: Trace, number: int) -> str:
    """Return the script's name for object *number*, or its kind; '' for none."""
    return name_of(trace, number) if number else ""


_LENGTHS = (Kind.QUEUE_PUT, Kind.QUEUE_GET)

#: A slice is one of these: state, and whether a lock is held.
STATES = {
    (State.RUNNING, False): "running",
    (State.RUNNING, True): "running, holds a lock",
    (State.WAITS_LOCK, False): "waits for a lock",
    (State.WAITS_OTHER, False): "waits for another",
    (State.SLEEPING, False): "sleeping",
    (State.NONE, False): "has ended",
}
