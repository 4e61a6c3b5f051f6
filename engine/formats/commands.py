"""What the command line does with saved runs.

Guarantees: numpy is loaded only by what reads or writes a run, so `--help` stays quick; what of a
file could not be read is told on standard error; nothing of a saved run is run.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from engine.formats.opening import Opened
    from engine.formats.record import Record
    from engine.outcome import Outcome
    from engine.scenario import Scenario
    from engine.session import Request, Session


def is_run(name: str | None) -> bool:
    """Whether *name* is that of a saved run."""
    return name is not None and name.lower().endswith(".threadlab")


def opened(path: Path) -> Opened:
    """Return the run saved at *path*, after saying what of it is missing. Raises RunFileError."""
    from engine.formats.opening import open_run

    found = open_run(path)
    for problem in found.problems:
        print(f"{path}: {problem}", file=sys.stderr)
    return found


def save(
    path: Path, scenario: Scenario, wanted: Request, session: Session, outcome: Outcome
) -> None:
    """Save a run that was made without a window. Raises RunFileError."""
    from engine.formats import keeping, saving

    record = keeping.keep(
        scenario,
        wanted,
        session.trace,
        outcome,
        session.deadlock,
        session.interpreter,
        tuple(session.intake.errors),
    )
    saving.save(record, path)


def export(path: Path, to: Literal["chrome", "csv"], target: Path) -> int:
    """Turn the run at *path* into Chrome trace JSON, or into tables in the folder *target*."""
    from engine.formats import chrome, csv_tables

    record = opened(path).record
    if to == "chrome":
        chrome.export(record, target)
    else:
        csv_tables.export(record, target)
    return 0


def comparable(one: Path, other: Path) -> tuple[Record, Record]:
    """Return the runs at both paths; the end of one that was cut is not known."""
    from engine.comparing import whole_or_not

    a, b = (opened(path) for path in (one, other))
    return whole_or_not(a.record, a.problems), whole_or_not(b.record, b.problems)


def compare(one: Path, other: Path, *, as_json: bool) -> int:
    """Print how the run at *other* differs from the one at *one*."""
    import json

    from engine.comparing import compare as compared

    said = compared(*comparable(one, other))
    print(json.dumps(said.to_json(), indent=2) if as_json else said.text())
    return 0


def show(path: Path) -> int:
    """Print the text timeline of the run at *path*; return the exit status that it had."""
    from engine import headless
    from engine.outcome import Outcome

    found = opened(path)
    record, outcome = found.record, found.record.outcome
    if found.problems or outcome is None:
        seconds = record.trace.now / 1e9
        outcome = Outcome("stopped", None, None, seconds, reason="the file holds no more of it")
    print(headless.text(record.trace, outcome))
    return outcome.status
