"""One shape for every benchmark's result: rows of what was compared, medians and the ratio."""

from __future__ import annotations

import dataclasses
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One comparison: *ours* beside *other*, both in *unit*, and their ratio.

    *goal* is the most that the ratio (or, where *other* is None, the value) may be; None: no goal.
    """

    what: str
    ours: float
    other: float | None
    unit: str
    goal: float | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """Ours over other."""
        return self.ours / self.other if self.other else None

    @property
    def verdict(self) -> str:
        """'met', 'missed', or nothing where there is no goal."""
        if self.goal is None:
            return ""
        measured = self.ratio if self.other is not None else self.ours
        return "met" if measured is not None and measured <= self.goal else "missed"


def ms_on_core(work: Callable[[], object]) -> float:
    """Return the ms that this thread was on a core for *work*."""
    begin = time.thread_time()
    work()
    return (time.thread_time() - begin) * 1e3


def until_done(step: Callable[[], bool]) -> list[float]:
    """Return the ms of each call of *step* until it says that it is done."""
    costs, done = [], False

    def once() -> None:
        nonlocal done
        done = step()

    while not done:
        costs.append(ms_on_core(once))
    return costs


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value below which *share* (0..1) of *values* lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def median(values: Sequence[float]) -> float:
    """Return the median."""
    return statistics.median(values)


def as_text(name: str, rows: Sequence[Row]) -> str:
    """Return the rows as an aligned table."""
    head = ("what", "ours", "other", "unit", "ratio", "goal", "", "note")
    cells = [head, *map(_cells, rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = ["  ".join(f"{c:<{w}}" for c, w in zip(line, widths, strict=True)) for line in cells]
    return "\n".join([f"## {name}", *(line.rstrip() for line in lines)])


def _cells(row: Row) -> tuple[str, ...]:
    return (
        row.what,
        f"{row.ours:.2f}",
        "" if row.other is None else f"{row.other:.2f}",
        row.unit,
        "" if row.ratio is None else f"{row.ratio:.2f}",
        "" if row.goal is None else f"{row.goal:g}",
        row.verdict,
        row.note,
    )


def as_json(rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return the rows as plain data."""
    return [{**dataclasses.asdict(row), "ratio": row.ratio, "verdict": row.verdict} for row in rows]
