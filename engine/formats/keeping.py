"""From a run to its record, and from a record to the scenario that it shows.

Guarantees: the lesson travels with the run, so that notes are those that stood beside it; a
record whose script or lesson cannot be used still gives a scenario to look at.
"""

from __future__ import annotations

import contextlib
import dataclasses

from engine import scenario as scenarios
from engine.deadlock import Deadlock
from engine.formats.record import Record, ScenarioNote
from engine.lesson import ScenarioError
from engine.outcome import Outcome
from engine.probe.source import SourceError
from engine.scenario import Lesson, Scenario
from engine.session import Interpreter, Request
from engine.trace import Trace
from engine.version import VERSION

#: What the id of an opened run's scenario begins with.
OPENED = "run:"


def keep(
    shown: Scenario,
    request: Request,
    trace: Trace,
    outcome: Outcome | None,
    deadlock: Deadlock | None = None,
    interpreter: Interpreter | None = None,
    complaints: tuple[str, ...] = (),
) -> Record:
    """Return the record of a run of *shown*."""
    lesson = ""
    if shown.level is not None:
        with contextlib.suppress(OSError, UnicodeDecodeError):
            lesson = shown.path.with_suffix(".toml").read_text("utf-8")
    note = ScenarioNote(
        shown.id, shown.title, shown.summary, shown.group, shown.level or "", lesson
    )
    return Record(
        trace,
        request,
        outcome,
        deadlock,
        interpreter,
        note,
        shown.text if request.text is None else request.text,
        complaints=complaints,
        version=VERSION,
    )


def scenario_of(record: Record) -> tuple[Scenario, str]:
    """Return the scenario of *record*, and what is wrong with it, or ''.

    It would run from the path that it had, with the text that it had, whatever stands there now:
    that path is not looked at. Its id is none that a preset or a script has, so that what is set
    for it is not set for those.
    """
    note, path = record.scenario, record.request.script
    try:
        shown, trouble = scenarios.from_texts(path, record.script, note.lesson), ""
    except ScenarioError as error:
        bare = dataclasses.replace(record, scenario=dataclasses.replace(note, lesson=""))
        shown, more = scenario_of(bare)
        return shown, f"Its lesson cannot be shown: {error} {more}".strip()
    except (SourceError, RecursionError, MemoryError) as error:
        trouble = f"Its script cannot be run: {error}"
        shown = Scenario("", note.title, note.summary, "", None, path, (), Lesson(), record.script)
    return (
        dataclasses.replace(
            shown,
            id=f"{OPENED}{path}",
            title=note.title or path.name,
            edited=True,
            root=record.request.root,
            module=record.request.module,
        ),
        trouble,
    )
