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
from engine.sentences import Book, Clause, Part, bold, words
from engine.trace import Event, Object, Process, Trace


def clause(book: Book, event: Event) -> Clause | None:
    """Return what *event* says, or None where there is nothing to tell."""
    teller = _TELLERS.get(event.kind)
    return teller(book, event) if teller else sentences.clause(book, event)


def process_name(trace: Trace, obj: int) -> str:
    """Return what to call a process: its own name, its program's, or the script's for it."""
    info = trace.objects[obj]
    return str(info.extra.get("process") or info.extra.get("program") or name_of(trace, obj))


def object_of(trace: Trace, process: Process) -> Object | None:
    """Return the object by which another process knows *process*, or None."""
    for thing in trace.objects:
        if thing.extra.get("pid") == process.pid and "process" in thing.extra:
            return thing
    return None


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


def _cut(book: Book, event: Event) -> Clause | None:
    trace = book.trace
    thread = trace.threads[event.thread]
    if trace.threads[event.thread - 1].process == thread.process and event.thread:
        return None  # told of the process's main thread, its first
    known = object_of(trace, trace.processes[thread.process])
    code = known.extra.get("exit") if known else None
    if isinstance(code, int) and code < 0:
        return _make(event, "was", f"killed by {signal_name(code)}; its record ends here")
    return _make(event, "ends", "without a word: killed, or crashed; its record ends here")


_TELLERS: dict[Kind, Callable[[Book, Event], Clause | None]] = {
    Kind.SENT: _sent,
    Kind.RECEIVED: _received,
    Kind.PROCESS_START: _start,
    Kind.PROCESS_WAIT: _wait,
    Kind.PROCESS_KILL: _kill,
    Kind.CUT: _cut,
}
