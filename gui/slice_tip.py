"""What a resting pointer is told of a slice.

Guarantees: the state, for what, how long, and who ended it, as far as it was recorded.
"""

from __future__ import annotations

from engine.events import WAIT_KINDS, State
from engine.lanes import Slice
from engine.sentences import called
from engine.trace import Trace
from gui.labels import duration, state_words, why_it_ended


def slice_tip(trace: Trace, lane: int, piece: Slice, at: int) -> str:
    """Return the words for *piece* of thread *lane*, at which a pointer rests at *at* (ns)."""
    thread = trace.threads[lane]
    task = trace.tasks.of_worker(lane, at)
    end = piece.end if piece.end is not None else thread.end
    lasted = duration((trace.now if end is None else end) - piece.start)
    lines = [f"{thread.name}: {state_words(trace, lane, at, task)}"]
    lines.append(f"{lasted} so far" if end is None else f"for {lasted}, until {duration(end)}")
    asked = trace.event(piece.event).value if piece.kind in WAIT_KINDS else -1
    if isinstance(asked, int) and asked >= 0:
        lines[-1] += f"; at most {duration(asked)} asked for"
    if piece.state is State.WAITS_LOCK and piece.end is not None:
        hold = trace.locks.hold_at(piece.obj, at)
        if hold is not None and hold.thread != lane:
            lines.append(f"held by {called(trace, hold.thread)} at this moment")
    if why := why_it_ended(trace, lane, piece):
        lines.append(why)
    site = trace.site_at(lane, at)
    if site.line:
        name = site.file.replace("\\", "/").rpartition("/")[2]
        lines.append(f"{name}, line {site.line}")
    return "\n".join(lines)
