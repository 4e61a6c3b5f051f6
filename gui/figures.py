"""The figures and the words of the status line and the badge."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from engine.events import State
from engine.report import named_series
from engine.trace import Trace

if TYPE_CHECKING:
    from engine.deadlock import Deadlock
    from gui.bridge import Bridge
    from gui.cursor import Cursor

Tone = Literal["ok", "bad", "neutral"]


def figures(trace: Trace, t: int, behind: float = 0.0) -> list[tuple[str, str]]:
    """Return what the status line says of *trace* at *t*: (words, figure).

    *behind* is how many seconds late the run is shown.
    """
    found = [("elapsed", f"{t / 1e9:.2f} s"), ("events", f"{len(trace):,}")]
    if behind:
        found.append(("shown late by", f"{behind:.1f} s"))
    alive = waiting = 0
    for lane in trace.lanes:
        spent = lane.spent(t)
        alive += int(spent[1:].sum())
        waiting += int(spent[State.WAITS_LOCK])
    if waiting and alive:
        found.append(("waiting for locks", f"{100 * waiting / alive:.0f} %"))
    losses = [
        series.lost_at(t)
        for series in named_series(trace).values()
        if series.counts_losses and series.low is not None
    ]
    if losses:
        known = [loss for loss in losses if loss is not None]
        words = f"{sum(known):g}" if len(known) == len(losses) else "not known"
        found.append(("lost updates", words))
    return found


def badge(bridge: Bridge, cursor: Cursor) -> str:
    """Return how what is shown was observed, and with which Python if the next run has another."""
    if bridge.state == "idle":
        return ""
    parts = [f"OPENED RUN · {bridge.opened}"] if bridge.opened else []
    parts.append("FREE RUN")
    made = bridge.trace.interpreter
    other = bridge.interpreter is not None and made != str(bridge.interpreter)
    if made and (other or bridge.opened):
        parts.append(made)
    if not cursor.following:
        parts.append(f"replay at {cursor.time / 1e9:.3g} s")
    elif bridge.state == "paused":
        parts.append("paused; time-outs still expire")
    return " · ".join(parts)


def verdict(bridge: Bridge, deadlock: Deadlock | None) -> tuple[str, Tone]:
    """Return how the run stands, and whether that is good."""
    outcome = bridge.outcome
    if outcome is None and bridge.opened:
        return "opened in part: see the story", "bad"
    if outcome is None:
        if deadlock is not None and not deadlock.certain:
            return "deadlock suspected", "bad"
        words = {"starting": "starting…", "running": "running", "paused": "paused"}
        return words.get(bridge.state, "ready"), "neutral"
    if outcome.ending == "deadlocked" and deadlock is not None:
        locks = len({wait.obj for wait in deadlock.cycle})
        who = f"{len(deadlock.cycle or deadlock.stuck)} threads"
        return f"deadlock: {who}, {locks} locks" if locks else f"deadlock: {who}", "bad"
    for name, series in named_series(bridge.trace).items():
        if outcome.ending == "finished" and series.expected is not None:
            last, expected = series.text_at(bridge.trace.now), f"{series.expected:g}"
            if series.last == series.expected:
                return f"{name} as expected: {last} = {expected}", "ok"
            return f"{name}: {last}, expected {expected}", "bad"
    return outcome.sentence(), "bad" if outcome.status in (1, 3) or outcome.error else "neutral"
