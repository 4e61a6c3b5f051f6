"""A run without a window: drive it to its end, and print what it was.

Guarantees: the run is over, and no process is left, when `drive` returns or raises.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from engine import accelerator, interpreters, report, side_by_side
from engine.accelerator import NoAccelerator
from engine.events import State
from engine.interpreters import Python
from engine.launch import object_namer
from engine.outcome import Outcome
from engine.scenario import Scenario
from engine.session import Request, Session
from engine.side_by_side import Comparison
from engine.trace import Trace

#: One character a state: (state, holds a lock) to its mark.
MARKS = {
    (State.RUNNING, False): "█",
    (State.RUNNING, True): "▓",
    (State.WAITS_LOCK, False): "x",
    (State.WAITS_OTHER, False): "~",
    (State.SLEEPING, False): "-",
    (State.SLEEPING, True): "=",
    (State.NONE, False): " ",
}
LEGEND = (
    "█ running  ▓ holds a lock  x waits for a lock  ~ waits for another  "
    "- sleeps  = sleeps with a lock"
)
MOST_LANES = 64
_REST, _LONG_REST = 0.016, 0.1  # s
_MUCH = 3  # messages


def drive(
    wanted: Request, python: str = sys.executable, limit: float | None = None
) -> tuple[Session, Outcome]:
    """Run *wanted* to its end, or stop it after *limit* seconds. Raises StartError.

    The script reads ThreadLab's own standard input. Where that is a terminal, what it prints is
    told on standard error at once, so that whoever is asked sees the question.
    """
    with contextlib.suppress(NoAccelerator):  # the probes work without it
        accelerator.build(python)
    session = Session(python, object_namer(), stdin="own")
    told = 0
    try:
        session.start(wanted)
        until = None if limit is None else time.monotonic() + limit
        while session.outcome is None:
            take_in(session)
            if _is_at_a_terminal():
                told = _tell(session.trace, told)
            if until is not None and time.monotonic() > until:
                session.stop(f"over the limit of {limit:g} s")
        return session, session.outcome
    finally:
        session.close()


def take_in(session: Session) -> None:
    """Take in what has arrived, and rest; longer where much arrives.

    Each look takes a core from the script. Measured on two cores without a GIL, a ping-pong:
    1.5 times bare with a look every 16 ms, 1.3 with the same work every 100 ms.
    """
    waiting = session.waiting
    session.pump(0.25)
    time.sleep(_LONG_REST if waiting > _MUCH else _REST)


def _is_at_a_terminal() -> bool:
    return sys.stdin is not None and not sys.stdin.closed and sys.stdin.isatty()


def _tell(trace: Trace, told: int) -> int:
    """Write what was printed since *told* pieces, and return how many there are now."""
    for output in trace.outputs[told:]:
        sys.stderr.write(output.text)
    sys.stderr.flush()
    return len(trace.outputs)


def beside(
    scenario: Scenario,
    wanted: Request,
    session: Session,
    limit: float | None = None,
    find: Callable[[], Sequence[Python]] = interpreters.find,
) -> Comparison | None:
    """Return what the lesson wants to stand beside the run that *session* made, measured now.

    None where it wants nothing, or where the run did not finish.
    """
    made, outcome = session.interpreter, session.outcome
    if scenario.lesson.beside is None or made is None or outcome is None or outcome.status:
        return None
    planned = side_by_side.plan(scenario.lesson.beside, session.python, made, find())
    return side_by_side.compare(
        planned, wanted.script, wanted.values, limit=limit, directory=wanted.directory
    )


def text(trace: Trace, outcome: Outcome) -> str:
    """Return the text timeline, what was printed, and the outcome."""
    width = min(120, max(40, shutil.get_terminal_size((100, 24)).columns))
    names = [thread.name for thread in trace.threads[:MOST_LANES]]
    label = min(24, max((len(name) for name in names), default=4))
    columns = width - label - 3
    lines = [
        f"{name[:label]:<{label}} │{_lane(trace, index, columns)}│"
        for index, name in enumerate(names)
    ]
    if len(trace.threads) > MOST_LANES:
        lines.append(f"… and {len(trace.threads) - MOST_LANES} more threads")
    end = f"{trace.now / 1e9:.3f} s"
    lines.append(f"{'':<{label}}  0 s{end:>{columns - 3}}")
    lines.append(LEGEND)
    for title, stream in (("printed", 1), ("printed to standard error", 2)):
        if printed := report.printed(trace, stream):
            lines += ["", f"{title}:", *(f"  {line}" for line in printed.splitlines())]
    lines.append("")
    for name, series in report.named_series(trace).items():
        lost = series.lost_at(trace.now)
        expected = "" if series.expected is None else f", expected {series.expected:g}"
        unknown = ", lost updates not known" if lost is None else f", lost updates {lost:g}"
        if not series.counts_losses or series.low is None:
            unknown = ""
        ends = "" if series.low is None else f", from {series.low:.6g} to {series.high:.6g}"
        count = len(series.times)
        lines.append(
            f"{name} = {series.text_at(trace.now)}{expected}{unknown}"
            f" · {count:,} {'store' if count == 1 else 'stores'}{ends}"
        )
    lines += trace.remarks.values()
    figures = f"{outcome.seconds:.3f} s · {len(trace)} events"
    parts = (outcome.sentence(), figures, trace.interpreter)
    lines.append(" · ".join(part for part in parts if part))
    return "\n".join(lines)


def _lane(trace: Trace, index: int, columns: int) -> str:
    """Return the lane as *columns* characters: the state that fills most of each."""
    lane = trace.lanes[index]
    if not len(lane.starts) or not trace.now:
        return " " * columns
    edges = np.append(lane.starts[:], trace.now)
    codes = lane.states[:].astype(np.int64) * 2 + (lane.helds[:] != 0)
    marks = []
    for column in range(columns):
        begin, end = trace.now * column // columns, trace.now * (column + 1) // columns
        part = lane.span(begin, end)
        shares = np.minimum(edges[part.start + 1 : part.stop + 1], end) - np.maximum(
            edges[part], begin
        )
        if not len(shares):
            marks.append(" ")
            continue
        weights = np.bincount(codes[part], np.maximum(shares, 0), 16)
        code = int(weights.argmax()) if weights.any() else int(codes[part][-1])
        state, held = State(code // 2), bool(code % 2)
        marks.append(MARKS.get((state, held)) or MARKS[(state, False)])
    return "".join(marks)
