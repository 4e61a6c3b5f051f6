"""A run as it is kept: everything that the window needs to show it again.

Guarantees: plain data; nothing in it is code that anything but Run would execute.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field

from engine.bookmarks import Bookmark
from engine.deadlock import Deadlock
from engine.outcome import Outcome
from engine.session import Interpreter, Request
from engine.trace import Trace


@dataclass(frozen=True, slots=True)
class ScenarioNote:
    """What was run, as far as a list of runs needs it; *lesson* is the text of its TOML file."""

    id: str = ""
    title: str = ""
    summary: str = ""
    group: str = ""
    level: str = ""
    lesson: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """One run.

    Attributes: trace; request; outcome (None: it was saved before its end); deadlock; interpreter;
    scenario; script (its text as it was run); saved (UTC); observed ("free": scheduled by the
    operating system); complaints (what the probes said went wrong); version (of ThreadLab);
    bookmarks (ascending).
    """

    trace: Trace
    request: Request
    outcome: Outcome | None
    deadlock: Deadlock | None = None
    interpreter: Interpreter | None = None
    scenario: ScenarioNote = ScenarioNote()
    script: str = ""
    saved: datetime.datetime = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))
    observed: str = "free"
    complaints: tuple[str, ...] = ()
    version: str = ""
    bookmarks: tuple[Bookmark, ...] = ()
