"""Names of things and of states for other programs: short, stable, never empty.

Guarantees: every text can be written as UTF-8 (a script may print half a surrogate pair).
"""

from __future__ import annotations

from engine.events import Kind, State
from engine.trace import Trace

#: What a wait that is none for a lock is called, by the kind of the event that began it.
WAITS = {
    Kind.JOIN_WAIT: "join",
    Kind.RESULT_WAIT: "wait for the result of",
    Kind.PROCESS_WAIT: "join process",
    Kind.IDLE_BEGIN: "idle in",
    Kind.EXIT_WAIT: "wait for the other threads",
    Kind.GET_WAIT: "get from",
    Kind.PUT_WAIT: "put into",
    Kind.QUEUE_JOIN_WAIT: "join",
    Kind.TIMER_WAIT: "wait for the time of",
    Kind.FUTURES_WAIT: "wait for tasks of",
    Kind.COMPLETED_WAIT: "wait for the next task of",
    Kind.SHUTDOWN_WAIT: "shut down, join",
    Kind.LOOP_WAIT: "idle in",
}


def written(text: str) -> str:
    """Return *text* with what no file can hold replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def object_name(trace: Trace, number: int) -> str:
    """Return the script's name for object *number*, or its kind and number; '' for none."""
    if not 0 < number < len(trace.objects):
        return ""
    thing = trace.objects[number]
    name = thing.name or str(thing.extra.get("label") or "")
    return written(name) or f"{kind_name(thing.kind.name)} {number}"


def kind_name(name: str) -> str:
    """Return the name of a kind for people: 'store point'."""
    return name.lower().replace("_", " ")


class SliceWords:
    """What a slice is called: its state, for what it waits or what it holds.

    Slices of few kinds make up a run, so each wording is made once.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._known: dict[tuple[int, int, int, int], str] = {}

    def __call__(self, state: int, obj: int, held: int, kind: int) -> str:
        """Return the words for one slice, by the numbers in its lane."""
        key = (state, obj, held, kind)
        words = self._known.get(key)
        if words is None:
            words = self._known[key] = self._words(State(state), obj, held, Kind(kind))
        return words

    def _words(self, state: State, obj: int, held: int, kind: Kind) -> str:
        name = object_name(self._trace, obj)
        if state is State.WAITS_LOCK:
            return f"wait for {name}".strip()
        if state is State.WAITS_OTHER:
            return f"{WAITS.get(kind, 'wait for')} {name}".strip()
        if state is State.SLEEPING:
            return "sleep"
        return f"hold {object_name(self._trace, held)}" if held else "run"
