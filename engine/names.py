"""What the script calls a thing: one wording for sentences, verdicts and reports."""

from __future__ import annotations

from engine.events import ObjectKind
from engine.trace import Trace

#: What a thing without a name is called.
KIND_WORDS = {
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
    ObjectKind.FUTURE: "future",
    ObjectKind.LOOP: "event loop",
    ObjectKind.PIPE: "connection",
    ObjectKind.PROXY: "shared object",
}


def name_of(trace: Trace, obj: int) -> str:
    """Return what the script calls object *obj*, or the name of its kind."""
    if not 0 < obj < len(trace.objects):
        return "something"
    info = trace.objects[obj]
    words = KIND_WORDS.get(info.kind) or info.kind.name.lower().replace("_", " ")
    return info.name or str(info.extra.get("label") or "") or words
