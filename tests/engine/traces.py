"""Runs a script as the window does, and asks its trace: the tests of several processes use it."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine import headless
from engine.events import Kind
from engine.outcome import Outcome
from engine.report import printed
from engine.session import Request, Session
from engine.trace import Event, Object, Trace

NET = 90


@dataclass
class Ran:
    """A run that is over."""

    session: Session
    outcome: Outcome

    @property
    def trace(self) -> Trace:
        return self.session.trace

    def text(self, stream: int = 1) -> str:
        return printed(self.trace, stream)

    def named(self, name: str) -> list[Object]:
        """Return the objects that the script calls *name*."""
        return [thing for thing in self.trace.objects[1:] if thing.name == name]

    def only(self, name: str) -> Object:
        """Return the one object that the script calls *name*."""
        (thing,) = self.named(name)
        return thing

    def process_of(self, event: Event) -> str:
        return self.trace.processes[self.trace.threads[event.thread].process].name

    def events(
        self, *kinds: Kind, name: str | None = None, process: str | None = None
    ) -> list[Event]:
        """Return the events of *kinds* on the object *name* in *process*, ascending in time."""
        found = [
            event
            for event in self.trace.events()
            if event.kind in kinds
            and name in (None, self.trace.objects[event.obj].name)
            and process in (None, self.process_of(event))
        ]
        return sorted(found, key=lambda event: event.time)

    def line(self, event: Event) -> int:
        return self.trace.sites[event.site].line


def run(
    folder: Path,
    text: str,
    *arguments: str,
    python: str,
    values: Mapping[str, int] | None = None,
) -> Ran:
    """Run the script *text* to its end."""
    script = folder / "script.py"
    script.write_text(textwrap.dedent(text), "utf-8")
    request = Request(script, arguments, folder, values=dict(values or {}))
    ran = Ran(*headless.drive(request, python, NET))
    assert ran.session.intake.errors == []
    return ran
