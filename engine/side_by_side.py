"""The same script on an ordinary and on a free-threaded Python, side by side, measured bare.

Why bare, and after the run that is shown: probes cost time, and would change how many updates get
lost; and two runs at once would share the cores whose use is to be compared.

Guarantees: a figure is what that run printed, or is said to be missing; at most one child lives at
a time, and none once `compare` has returned or raised; where a build is not found, the comparison
says so and how to get it.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import aside, interpreters
from engine.interpreters import Python
from engine.lesson import Beside
from engine.probe.source import Value
from engine.session import BOOT, Interpreter

#: More than any figure needs; a script that prints more is told to.
MOST_BYTES = 1 << 20
WALL = "Whole run"
#: Other programs on more than this share of the cores are told of: they change what is measured.
BUSY_SHARE = 0.25
HOW = "Bare runs, without probes, one after the other"
GET = (
    "A free-threaded Python is a second build of Python 3.13 or later. To get one: "
    "`uv python install 3.13t`, `pyenv install 3.13t`, or the option “free-threaded” of the "
    "installers for Windows and macOS. Then choose Look again in the list of interpreters."
)

_GOING_ON = ("looking", "waits", "runs")
_NONE = {"looking": "looking for one…", "missing": "none found here"}
_WORDS = {
    "looking": "…",
    "missing": "–",
    "waits": "waits for its turn",
    "runs": "running…",
    "stopped": "stopped",
}


@dataclass(frozen=True, slots=True)
class Column:
    """One build's side.

    Attributes:
        heading: "Ordinary build" or "Free-threaded build".
        python: which Python it is, in words; empty where none was found.
        path: that interpreter.
        state: "looking" for one, "missing", "waits", "runs", "done", "failed" or "stopped".
        seconds: the whole run, from the interpreter's start to its end.
        figures: by their names, as the script printed them.
        problem: why it failed.
        others: how many cores other programs kept busy meanwhile; None if that is not known.
    """

    heading: str
    python: str = ""
    path: str = ""
    state: str = "missing"
    seconds: float | None = None
    figures: Mapping[str, str] = dataclasses.field(default_factory=dict)
    problem: str = ""
    others: float | None = None

    def cell(self, name: str) -> str:
        """Return what stands in this column in the row *name*."""
        if self.state in _WORDS:
            return _WORDS[self.state]
        if name == WALL:
            return "" if self.seconds is None else f"{self.seconds:.2f} s"
        return self.figures.get(name, "not printed")


@dataclass(frozen=True, slots=True)
class Comparison:
    """Both columns, the ordinary build first; the names of the rows, and those that matter most."""

    columns: tuple[Column, Column]
    figures: tuple[str, ...]
    headline: tuple[str, ...] = ()

    @property
    def heads(self) -> list[tuple[str, str, str]]:
        """Return the two rows above: which build, and which Python."""
        left, right = self.columns
        words = [one.python or _NONE.get(one.state, "") for one in self.columns]
        return [("", left.heading, right.heading), ("", words[0], words[1])]

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Return (name, ordinary, free-threaded) for each row."""
        left, right = self.columns
        return [(name, left.cell(name), right.cell(name)) for name in (*self.figures, WALL)]

    @property
    def over(self) -> bool:
        """Whether no figure is still to come."""
        return all(column.state not in _GOING_ON for column in self.columns)

    @property
    def advice(self) -> str:
        """Say what is missing and how to get it, or what went wrong; empty if all is well."""
        said = [f"{one.heading}: {one.problem}" for one in self.columns if one.problem]
        ordinary, free = self.columns
        if free.state == "missing":
            said.append(f"No free-threaded Python was found here. {GET}")
        if ordinary.state == "missing":
            said.append("No ordinary Python 3.11 or later, with a GIL, was found here.")
        busy = max((one.others or 0.0 for one in self.columns), default=0.0)
        cores = os.cpu_count() or 1
        if busy > BUSY_SHARE * cores:
            said.append(
                f"Other programs kept up to {busy:.1f} of {cores} cores busy meanwhile; "
                "times and speed-ups depend on that."
            )
        return " ".join(said)

    def text(self) -> str:
        """Return the table in plain text."""
        table = [*self.heads, *self.rows]
        wide = [max(len(row[place]) for row in table) for place in range(3)]
        lines = [
            "  ".join((row[0].ljust(wide[0]), row[1].rjust(wide[1]), row[2].rjust(wide[2])))
            for row in table
        ]
        return "\n".join([f"side by side ({HOW.lower()}):", *lines, *filter(None, [self.advice])])

    def to_json(self) -> dict[str, object]:
        """Return what `main.py run --json` prints of it."""
        return {
            "how": HOW,
            "columns": [
                {
                    "build": one.heading,
                    "python": one.python,
                    "path": one.path,
                    "state": one.state,
                    "seconds": one.seconds,
                    "figures": dict(one.figures),
                    "problem": one.problem,
                    "cores_busy_with_others": one.others,
                }
                for one in self.columns
            ],
        }


def plan(
    beside: Beside, path: str, said: Interpreter, found: Iterable[Python] | None
) -> Comparison:
    """Return the comparison before anything was measured.

    *path* and *said* are the Python that the run shown was made with; the other build is the
    nearest one among *found*; None says that they are still being looked for.
    """
    heads = {False: "Ordinary build", True: "Free-threaded build"}
    own = Column(heads[said.free_threaded], str(said), path, "waits")
    other = interpreters.other_build(found or (), said.free_threaded, said.version)
    state = "looking" if found is None else "missing"
    second = Column(heads[not said.free_threaded], state=state)
    if other is not None:
        second = Column(second.heading, other.label, other.path, "waits")
    ordered = (second, own) if said.free_threaded else (own, second)
    return Comparison(ordered, beside.figures, beside.headline)


def stopped(comparison: Comparison) -> Comparison:
    """Return *comparison* with no more than was measured by now."""
    return _with(
        comparison,
        [
            dataclasses.replace(one, state="stopped") if one.state in _GOING_ON else one
            for one in comparison.columns
        ],
    )


def compare(
    planned: Comparison,
    script: Path,
    values: Mapping[str, Value],
    *,
    limit: float | None = None,
    directory: Path | None = None,
    cancelled: Callable[[], bool] = lambda: False,
    news: Callable[[Comparison], None] = lambda _: None,
) -> Comparison:
    """Run *script* bare in each column that waits; *news* is told of each step.

    Raises Cancelled soon after *cancelled* turns true.
    """
    columns = list(planned.columns)
    for place, column in enumerate(columns):
        if column.state != "waits":
            continue
        columns[place] = dataclasses.replace(column, state="runs")
        news(_with(planned, columns))
        columns[place] = _measured(
            column, planned.figures, script, values, limit, directory, cancelled
        )
        news(_with(planned, columns))
    return _with(planned, columns)


def _with(planned: Comparison, columns: Sequence[Column]) -> Comparison:
    left, right = columns
    return dataclasses.replace(planned, columns=(left, right))


def _measured(
    column: Column,
    figures: Sequence[str],
    script: Path,
    values: Mapping[str, Value],
    limit: float | None,
    directory: Path | None,
    cancelled: Callable[[], bool],
) -> Column:
    order = json.dumps({"script": str(script.resolve()), "values": dict(values)})
    command = [column.path, str(BOOT), "--bare", order]
    try:
        said = aside.run(
            command,
            limit=limit,
            most=MOST_BYTES,
            directory=directory or Path.cwd(),
            cancelled=cancelled,
        )
    except (OSError, ValueError) as error:
        return dataclasses.replace(column, state="failed", problem=f"does not start: {error}")
    found = {
        name: match[1].strip()
        for name in figures
        if (match := re.search(rf"^{re.escape(name)}:(.*)$", said.text, re.MULTILINE))
    }
    problem = ""
    if said.status is None:
        problem = f"was ended after {said.seconds:.1f} s."
    elif said.status:
        lines = said.text.strip().splitlines()
        problem = f"ended with status {said.status}: {lines[-1] if lines else 'it said nothing'}"
    state = "failed" if problem else "done"
    return dataclasses.replace(
        column,
        state=state,
        seconds=said.seconds,
        figures=found,
        problem=problem,
        others=said.others,
    )
