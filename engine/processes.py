"""Which process an object of the script stands for, and the other way round.

Guarantees: they are matched by the process number that both told; None where no process of the
run has it.
"""

from __future__ import annotations

from engine.events import ObjectKind
from engine.trace import Object, Process, Trace


def object_of(trace: Trace, process: Process) -> Object | None:
    """Return the object by which another process knows *process*, or None."""
    for thing in trace.objects.others():
        if thing.extra.get("pid") == process.pid:
            return thing
    return None


def process_of(trace: Trace, obj: int) -> Process | None:
    """Return the process of the run that object *obj* stands for, or None."""
    pid = trace.objects[obj].extra.get("pid") if 0 < obj < len(trace.objects) else None
    return next((one for one in reversed(trace.processes) if pid and one.pid == pid), None)


def main_lane(trace: Trace, obj: int) -> int | None:
    """Return the lane of the main thread of the process that *obj* stands for, or None."""
    process = process_of(trace, obj)
    if process is None:
        return None
    return next((t.index for t in trace.threads if t.process == process.number), None)


def exit_code(trace: Trace, process: Process) -> int | None:
    """Return the exit status of *process* (below 0: minus a signal), None where nobody told it."""
    known = object_of(trace, process)
    code = known.extra.get("exit") if known is not None else None
    return code if isinstance(code, int) else None


def from_outside(trace: Trace, obj: int) -> bool:
    """Tell whether somebody outside of the run could end a wait for object *obj*.

    A connection that the run did not make as a pipe may lead anywhere, and a manager's server may
    serve anybody, or still be on its way.
    """
    if not 0 < obj < len(trace.objects):
        return False
    thing = trace.objects[obj]
    is_open = thing.kind is ObjectKind.PIPE and "pipe" not in thing.extra
    return is_open or thing.kind is ObjectKind.PROXY
