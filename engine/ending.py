"""How a run ended: what the child said last, weighed against how its process ended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.outcome import Failure, Outcome

#: The reasons of an ending that left a part of the run unseen.
WITHOUT_A_WORD = (
    "the record ends before that, at its last flush: C code ended the process, or the script "
    "closed the connection to ThreadLab"
)
BECAME = "it had become another program, {}, which is not watched"


def outcome(
    said: Mapping[str, Any] | None, code: int | None, seconds: float, stopped: str | None
) -> Outcome:
    """Return the outcome of a process that ended with *code* and said *said* as its goodbye.

    *said* is None for a process that had no time to say it; *stopped* is the reason why we ended
    it, or None. A child that had finished before the stop reached it has finished.
    """
    if stopped is not None and (said is None or code != 0):
        return Outcome("stopped", None, None, seconds, cut=True, reason=stopped)
    killed = code is not None and code < 0
    if said is None:
        if killed:
            return Outcome("killed", code, None, seconds, cut=True)
        return Outcome("exited", code, None, seconds, cut=True, reason=WITHOUT_A_WORD)
    error = failure(said.get("error"))
    how = said.get("how")
    if how == "refused":
        return Outcome("refused", code, error, seconds)
    if killed:  # it said goodbye, then something killed it
        return Outcome("killed", code, error, seconds)
    if how == "replaced":
        program = str(said.get("program") or "another program")
        return Outcome("exited", code, None, seconds, cut=True, reason=BECAME.format(program))
    if how == "raised":
        return Outcome("raised", code, error, seconds)
    if how == "exited" or code:
        return Outcome("exited", code, error, seconds)
    unhandled = said.get("unhandled") or [None]
    return Outcome("finished", code, failure(unhandled[0]), seconds)


def failure(said: object) -> Failure | None:
    """Return the exception that a child told of, or None."""
    if not isinstance(said, dict):
        return None
    line = said.get("line")
    return Failure(
        str(said.get("type") or "Exception"),
        str(said.get("message") or ""),
        line if isinstance(line, int) else None,
        str(said.get("thread") or ""),
        str(said.get("traceback") or ""),
    )
