"""The critical path of a run: the chain of work and wake-ups that determined when it ended.

Why: a run with five threads is as long as one chain through them. Only what lies on it makes the
run shorter when it becomes quicker; a lock that many wait for may not be on it at all.

The path is found from its end, as by C.-Q. Yang and B. P. Miller, "Critical Path Analysis for the
Execution of Parallel and Distributed Programs" (ICDCS 1988), and for locks by G. Chen and P.
Stenström, "Critical Lock Analysis" (SC 2012): back through what a thread does; where it began to go
on after a wait, to the thread that ended this wait; where it began, to the thread that started it.
(Coz answers another question: it measures what a quicker line would bring, by slowing down the
others.) What a thread does while it runs is taken as it is: time without a core is part of it.

Guarantees: every step rests on a recorded event (`engine.wakers`); where nobody was seen to end a
wait, the path stays with the thread that waited and says so. Segments follow each other without a
gap, none overlaps another. At most `MOST_STEPS` steps are walked; what is earlier is said to be
missing. `path_steps` rests between pieces of work, so that a window can paint meanwhile.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from engine.events import Kind, State
from engine.lanes import Slice
from engine.processes import object_of
from engine.trace import Trace
from engine.waits import blocker
from engine.wakers import ending

Why = Literal["runs", "sleeps", "wakes", "times out", "waits", "nobody seen", "starts"]

MOST_STEPS = 20_000
_RESTS = 100  # steps between two rests: some 5 ms
_LOOK_BACK = 4096  # events before a thread's first one among which its start is looked for
_WAITS = (State.WAITS_LOCK, State.WAITS_OTHER)


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the path: what thread *lane* did from *start* to *end* (ns).

    Attributes: why: it "runs", "sleeps", "starts" (from its start() on), "wakes" (it was set free
    at *start*, by *waker*), waits until it "times out", "waits" still; "nobody seen": it waited,
    and who ended that is not recorded. obj (what was waited for), held (the lock taken last among
    those held), words (what set it free: 'released lock').
    """

    lane: int
    start: int
    end: int
    why: Why
    obj: int = 0
    held: int = 0
    waker: int | None = None
    words: str = ""


@dataclass(frozen=True, slots=True)
class CriticalPath:
    """The path from *start* to *end* (ns), its *segments* in order of time.

    Attributes: missing (why the path does not reach *start*; '' where it does).
    """

    start: int
    end: int
    segments: tuple[Segment, ...]
    missing: str = ""

    @property
    def begin(self) -> int:
        """Since when (ns) the path is known."""
        return self.segments[0].start if self.segments else self.end


NO_PATH = CriticalPath(0, 0, ())


def last_lane(trace: Trace, t: int) -> int | None:
    """Return the thread that was the last to end by *t* (ns), or lives then; main before others."""
    found, latest = None, -1
    for thread in trace.threads:
        if thread.begin is None or thread.begin >= t or (thread.daemon and found is not None):
            continue
        end = t if thread.end is None else min(t, thread.end)
        if end > latest:
            found, latest = thread.index, end
    return found


def critical_path(
    trace: Trace,
    start: int = 0,
    end: int | None = None,
    lane: int | None = None,
    most: int = MOST_STEPS,
) -> CriticalPath:
    """Return the path from *start* to *end* (ns; None: all that is known) that ends in *lane*.

    Without a *lane* it ends in the thread that was the last to end.
    """
    steps = path_steps(trace, start, end, lane, most)
    while True:
        try:
            next(steps)
        except StopIteration as done:
            found: CriticalPath = done.value
            return found


def path_steps(
    trace: Trace,
    start: int = 0,
    end: int | None = None,
    lane: int | None = None,
    most: int = MOST_STEPS,
) -> Generator[None, None, CriticalPath]:
    """Return the same as `critical_path`, after as many rests as it takes."""
    end = trace.now if end is None else min(end, trace.now)
    lane = last_lane(trace, end) if lane is None else lane
    if lane is None:
        return CriticalPath(start, end, (), "no thread had begun")
    last = trace.threads[lane].end
    walk = _Walk(trace, start, lane, end if last is None else min(end, last))
    steps = 0
    while walk.goes_on:
        if steps == most:
            walk.missing = "the earlier part was not computed: the path has too many steps"
            break
        walk.step()
        steps += 1
        if steps % _RESTS == 0:
            yield
    return CriticalPath(start, end, tuple(reversed(walk.found)), walk.missing)


class _Walk:
    """Where the walk is: thread *lane* just before *t* (ns).

    *found* is the path, the last segment first.
    """

    def __init__(self, trace: Trace, start: int, lane: int, t: int) -> None:
        self.trace, self.start = trace, start
        self.lane, self.t = lane, t
        self.found: list[Segment] = []
        self.missing = ""
        self._is_over = False  # the beginning of the run is reached
        self._by_object = {thread.object: thread.index for thread in trace.threads if thread.object}
        self._been: set[int] = set()  # threads that the walk came through at this very moment

    @property
    def goes_on(self) -> bool:
        """Whether there is more to walk."""
        return not self.missing and not self._is_over and self.t > self.start

    def step(self) -> None:
        """Walk through one slice, or to another thread."""
        table = self.trace.lanes[self.lane]
        piece = table.slice(table.starts.index_at(self.t - 1) - 1)
        if piece is None or piece.state is State.NONE:
            self._before_it_began()
        elif piece.state not in _WAITS:
            why: Why = "sleeps" if piece.state is State.SLEEPING else "runs"
            self._stay(Segment(self.lane, piece.start, self.t, why, held=piece.held))
        elif piece.end is not None and piece.end <= self.t:
            self._after_a_wait(piece)
        else:
            self._in_a_wait(piece)

    def _after_a_wait(self, piece: Slice) -> None:
        how = ending(self.trace, self.lane, piece)
        stay = Segment(self.lane, piece.start, self.t, "nobody seen", piece.obj, piece.held)
        if how.how == "timed out":
            self._stay(replace(stay, why="times out"))
        elif how.thread is None or how.time is None or how.thread == self.lane:
            self._stay(stay)
        elif how.time <= piece.start:  # set free before it began to wait: it only had to wake up
            self._stay(replace(stay, why="wakes", waker=how.thread, words=how.words))
        else:
            at = min(how.time, self.t)
            woken = replace(stay, start=at, why="wakes", waker=how.thread, words=how.words)
            self._go(woken, how.thread, at)

    def _in_a_wait(self, piece: Slice) -> None:
        """Follow a wait that is not over at this moment to the thread that it waits for then."""
        stay = Segment(self.lane, piece.start, self.t, "waits", piece.obj, piece.held)
        other = blocker(self.trace, piece, self._by_object, self.t - 1)
        if other is None or other in self._been or other == self.lane:
            self._stay(stay)
        else:
            self._go(replace(stay, start=self.t), other, self.t)

    def _before_it_began(self) -> None:
        """Follow a thread's beginning to whoever started it."""
        thread = self.trace.threads[self.lane]
        if self.lane == 0:
            self._is_over = True
            return
        wanted = {thread.object} if thread.object else set()
        is_known = thread.process < len(self.trace.processes)
        process = self.trace.processes[thread.process] if is_known else None
        known = object_of(self.trace, process) if process is not None else None
        if known is not None:
            wanted.add(known.number)
        began = self._start_of(wanted)
        if began is None:
            self.missing = f"who started {thread.name} was not seen"
            return
        other, at = began
        self._go(Segment(self.lane, at, self.t, "starts", waker=other), other, at)

    def _start_of(self, wanted: set[int]) -> tuple[int, int] | None:
        """Return (who, when) of the start of this thread, as one of the objects *wanted*."""
        events = self.trace.lanes[self.lane].events
        stop = int(events[0]) if len(events) else 0
        for end in range(stop, max(0, stop - 8 * _LOOK_BACK), -_LOOK_BACK):
            begin = max(0, end - _LOOK_BACK)
            columns = self.trace.columns(begin, end)
            starts = (columns.kind == Kind.THREAD_START) | (columns.kind == Kind.PROCESS_START)
            right = np.isin(columns.obj, list(wanted)) & (columns.time <= self.t)
            places = np.flatnonzero(starts & right & (columns.thread != self.lane))
            if len(places):
                return int(columns.thread[places[-1]]), int(columns.time[places[-1]])
        return None

    def _stay(self, segment: Segment) -> None:
        self._go(segment, self.lane, segment.start)

    def _go(self, segment: Segment, lane: int, at: int) -> None:
        """Add *segment*, cut at the start, and go on in *lane* before *at* (ns)."""
        if at < self.t:
            self._been.clear()
        elif lane in self._been:  # a moment that leads back to itself explains nothing
            self.missing = "what happened at one moment could not be put in order"
            return
        self._been.add(self.lane)
        segment = replace(segment, start=max(segment.start, self.start))
        last = self.found[-1] if self.found else None
        if last is not None and replace(last, start=segment.start, end=segment.end) == segment:
            self.found[-1] = replace(last, start=segment.start)
        elif segment.end > segment.start:
            self.found.append(segment)
        self.lane, self.t = lane, at
