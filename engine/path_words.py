"""A critical path in words: what it was spent on, and each step of it.

Guarantees: shares add up to what is known of the path; a step without a recorded reason says so.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from engine.critical_path import CriticalPath, Segment
from engine.names import name_of
from engine.sentences import called
from engine.trace import Trace

MOST_LINES = 1_000


@dataclass(frozen=True, slots=True)
class Share:
    """What *ns* of the path were spent on: *doing*, by each of *lanes* (the longest first)."""

    doing: str
    lanes: tuple[int, ...]
    ns: int


def who(trace: Trace, lane: int) -> str:
    """Return a thread's name, and its process's if that is not the first: each has a main one."""
    number = trace.threads[lane].process
    if not 0 < number < len(trace.processes):
        return called(trace, lane)
    return f"{called(trace, lane)} of {trace.processes[number].name}"


def doing(trace: Trace, segment: Segment) -> str:
    """Return what a thread did in *segment*, behind its name: 'holding total_lock'."""
    if segment.why in ("runs", "sleeps"):
        if segment.held:
            return f"holding {name_of(trace, segment.held)}"
        return "running" if segment.why == "runs" else "sleeping"
    thing = name_of(trace, segment.obj) if segment.obj else "something"
    if segment.why == "wakes":
        return "waking up"
    if segment.why == "starts":
        return "starting"
    if segment.why == "times out":
        return f"waiting for {thing} until its time was up"
    if segment.why == "waits":
        return f"waiting for {thing}, which goes on"
    return f"waiting for {thing}; who ended it was not seen"


def shares(trace: Trace, path: CriticalPath) -> list[Share]:
    """Return what the path was spent on, the most first.

    Threads that held the same lock in turn stand together, and all that woke up; what a thread did
    by itself is its own.
    """
    sums: dict[tuple[str, int], dict[int, int]] = {}
    for segment in path.segments:
        is_own = segment.why in ("runs", "sleeps") and not segment.held
        key = (doing(trace, segment), segment.lane if is_own else -1)
        of_lane = sums.setdefault(key, {})
        of_lane[segment.lane] = of_lane.get(segment.lane, 0) + segment.end - segment.start
    found = [
        Share(what, tuple(sorted(lanes, key=lambda lane: -lanes[lane])), sum(lanes.values()))
        for (what, _), lanes in sums.items()
    ]
    return sorted(found, key=lambda share: (-share.ns, share.doing, share.lanes))


def summary(trace: Trace, path: CriticalPath, most: int = 3) -> str:
    """Return the path in a line: '87 % in Thread-2 holding total_lock, 12 % in ...'."""
    length = path.end - path.begin
    if not path.segments or length <= 0:
        return f"No critical path: {path.missing}." if path.missing else "No critical path yet."
    parts: list[str] = []
    for share in shares(trace, path)[:most]:
        percent = 100 * share.ns / length
        if percent < 1 and parts:
            break
        parts.append(f"{percent:.0f} % in {_who(trace, share.lanes)} {share.doing}")
    return ", ".join(parts)


def lines(trace: Trace, path: CriticalPath) -> list[str]:
    """Return the path step by step, from its beginning, a line each; `MOST_LINES` at most."""
    found = [summary(trace, path)]
    if path.missing:
        found.append(f"Not known before {_seconds(path.begin)}: {path.missing}.")
    found += list(_steps(trace, path.segments[:MOST_LINES]))
    if len(path.segments) > MOST_LINES:
        found.append(f"... and {len(path.segments) - MOST_LINES:,} more steps")
    return found


def step_words(trace: Trace, segment: Segment) -> str:
    """Return *segment* as a clause: 'Thread-2 waking up, after Thread-1 released lock'."""
    words = f"{who(trace, segment.lane)} {doing(trace, segment)}"
    if segment.waker is not None:
        did = segment.words or "started it"
        words += f", after {who(trace, segment.waker)} {did}"
    return words


def _steps(trace: Trace, segments: Iterable[Segment]) -> Iterable[str]:
    for words, same in itertools.groupby(segments, key=partial(step_words, trace)):
        listed = list(same)
        start, end = listed[0].start, listed[-1].end
        yield f"{_seconds(start)} to {_seconds(end)}\t{(end - start) / 1e6:.3f} ms\t{words}"


def _who(trace: Trace, lanes: tuple[int, ...]) -> str:
    if len(lanes) == 1:
        return who(trace, lanes[0])
    if len(lanes) == 2:
        return f"{who(trace, lanes[0])} and {who(trace, lanes[1])}"
    return f"{len(lanes)} threads"


def _seconds(ns: int) -> str:
    return f"{ns / 1e9:.6f} s"
