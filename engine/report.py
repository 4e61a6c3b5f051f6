"""What a run came to, as plain data: the object that `main.py run --json` prints.

Guarantees: every figure is read from the trace; a number that is not known is None.
"""

from __future__ import annotations

from typing import Any

from engine.deadlock import Deadlock
from engine.events import ObjectKind, State
from engine.names import name_of
from engine.outcome import Failure, Outcome
from engine.series import Series
from engine.trace import Trace


def report(trace: Trace, outcome: Outcome, deadlock: Deadlock | None) -> dict[str, Any]:
    """Return the report of an ended run: plain dicts, lists, texts and numbers."""
    error = outcome.error
    return {
        "python": trace.interpreter,
        "outcome": outcome.ending,
        "exit": outcome.signal_name or outcome.exit,
        "error": error and {"type": error.type, "message": error.message, "line": error.line},
        "seconds": round(outcome.seconds, 6),
        "events": len(trace),
        "threads": [_thread(trace, index) for index in range(len(trace.threads))],
        "values": {name: series.last for name, series in named_series(trace).items()},
        "watches": {name: _watch(series) for name, series in named_series(trace).items()},
        "expected": {name: _tidy(value) for name, value in trace.values.expected.items()},
        "lost_updates": {
            name: series.lost_at(trace.now) for name, series in named_series(trace).items()
        },
        "stale_writes": {
            name: series.stale_at(trace.now) for name, series in named_series(trace).items()
        },
        "deadlock": _deadlock(trace, deadlock) if outcome.ending == "deadlocked" else None,
        "remarks": list(trace.remarks.values()),
        "stdout": printed(trace, 1).splitlines(),
    }


def refused(error: Exception) -> dict[str, Any]:
    """Return the report of a script that was not run because of *error*."""
    line = getattr(error, "line", None)
    failure = Failure("SyntaxError" if line else "SourceError", str(error), line)
    return report(Trace(), Outcome("refused", None, failure, 0.0), None)


def printed(trace: Trace, stream: int) -> str:
    """Return all that was printed on *stream* (1 output, 2 error)."""
    return "".join(output.text for output in trace.outputs if output.stream == stream)


def named_series(trace: Trace) -> dict[str, Series]:
    """Return every watched variable's series; those of other processes are named with theirs."""
    return {
        series.name if not process else f"{trace.processes[process].name}: {series.name}": series
        for (process, _), series in trace.values.series.items()
        if not series.is_queue and len(series.times)
    }


def _watch(series: Series) -> dict[str, Any]:
    """Return what a watched value came to; the least and the greatest are None without numbers."""
    return {
        "value": series.last,
        "minimum": series.low,
        "maximum": series.high,
        "stores": len(series.times),
    }


def _thread(trace: Trace, index: int) -> dict[str, Any]:
    thread = trace.threads[index]
    current = trace.state_at(index, trace.now)
    state = current.state if current else State.NONE
    return {
        "name": thread.name,
        "process": trace.processes[thread.process].name,
        "state": "ended" if state is State.NONE else state.name.lower(),
        "cpu_seconds": trace.cpu.seconds(index),
        "lock_wait_seconds": round(trace.seconds_waiting_for_locks(index, trace.now), 6),
    }


def _deadlock(trace: Trace, deadlock: Deadlock | None) -> dict[str, Any] | None:
    if deadlock is None:
        return None
    waits = deadlock.cycle or deadlock.stuck
    locks = (ObjectKind.LOCK, ObjectKind.RLOCK)
    return {
        "cycle": bool(deadlock.cycle),
        "threads": [trace.threads[wait.thread].name for wait in waits],
        "locks": [
            name_of(trace, wait.obj) for wait in waits if trace.objects[wait.obj].kind in locks
        ],
        "waits": [
            {
                "thread": trace.threads[wait.thread].name,
                "waits_for": name_of(trace, wait.obj),
                "held_by": None if wait.holder is None else trace.threads[wait.holder].name,
                "holds": [
                    name_of(trace, lock) for lock in trace.locks.held_by(wait.thread, trace.now)
                ],
            }
            for wait in waits
        ],
    }


def _tidy(number: float) -> int | float:
    return int(number) if number == int(number) else number
