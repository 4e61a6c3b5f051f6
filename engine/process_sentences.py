"""What an event between processes says, in plain words; `sentences` knows all others.

Guarantees: a clause tells only what was recorded; how a process ended is told by the status that
its parent learned, and where nobody learned it, that it ended without a word.
"""

from __future__ import annotations

import signal
from collections.abc import Callable

from engine import sentences
from engine.events import Kind
from engine.names import name_of
from engine.processes import exit_code
from engine.sentences import Book, Clause, Part, bold, words
from engine.trace import Event, Trace


def clause(book: Book, event: Event) -> Clause | None:
    """Return what *event* says, or None where there is nothing to tell."""
    teller = _TELLERS.get(event.kind)
    return teller(book, event) if teller else sentences.clause(book, event)


def process_name(trace: Trace, obj: int) -> str:
    """Return what to call a process: its own name, its program's, or the script's for it."""
    info = trace.objects[obj]
    return str(info.extra.get("process") or info.extra.get("program") or name_of(trace, obj))


def signal_name(code: int) -> str:
    """Return the name of the signal that an exit status below 0 stands for."""
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


def _make(event: Event, verb: str, *rest: Part | str) -> Clause:
    parts = tuple(words(part) if isinstance(part, str) else part for part in rest)
    return Clause(event.time, event.thread, event.kind, event.obj, verb, parts)


def _name(book: Book, event: Event) -> Part:
    return bold(process_name(book.trace, event.obj))


def _sent(book: Book, event: Event) -> Clause:
    return _make(event, "sends", "a message through ", bold(name_of(book.trace, event.obj)))


def _received(book: Book, event: Event) -> Clause:
    return _make(event, "receives", "a message from ", bold(name_of(book.trace, event.obj)))


def _start(book: Book, event: Event) -> Clause:
    return _make(event, "starts", "process ", _name(book, event))


def _wait(book: Book, event: Event) -> Clause:
    return _make(event, "waits", "for process ", _name(book, event), " to end")


def _kill(book: Book, event: Event) -> Clause:
    how = f" by {signal_name(-event.value)}" if isinstance(event.value, int) else ""
    return _make(event, "ends", "process ", _name(book, event), how)


def _became(_: Book, event: Event) -> Clause:
    return _make(event, "becomes", "the program ", bold(str(event.value)))


def _cut(book: Book, event: Event) -> Clause | None:
    trace = book.trace
    thread = trace.threads[event.thread]
    if any(other.process == thread.process for other in trace.threads[: event.thread]):
        return None  # told of the process's main thread, its first
    code = exit_code(trace, trace.processes[thread.process]) or event.value
    process = bold(trace.processes[thread.process].name)
    if isinstance(code, int) and code < 0:
        how = f" was killed by {signal_name(code)}; the record ends at its last flush"
        return _make(event, "ends", "as process ", process, how)
    how = " ends without a word: killed, or crashed; the record ends at its last flush"
    return _make(event, "ends", "as process ", process, how)


_TELLERS: dict[Kind, Callable[[Book, Event], Clause | None]] = {
    Kind.SENT: _sent,
    Kind.RECEIVED: _received,
    Kind.PROCESS_START: _start,
    Kind.PROCESS_WAIT: _wait,
    Kind.PROCESS_KILL: _kill,
    Kind.CUT: _cut,
    Kind.EXEC: _became,
}
