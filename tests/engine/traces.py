"""Runs a script as the window does, and asks its trace: the tests of several processes use it."""

from __future__ import annotations

import functools
import tempfile
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from engine import headless
from engine.events import Kind
from engine.outcome import Outcome
from engine.report import printed
from engine.session import Request, Session
from engine.trace import Event, Object, Trace
from tests.pythons import found_pythons

NET = 90
METHODS = ("fork", "forkserver", "spawn")


def ways(turn: int) -> list[tuple[str, str]]:
    """Return (Python, start method) to test: each Python once, and one Python in every way.

    Every way on every Python takes too long; which way a Python is tested in goes by *turn*, so
    that files of tests together come by all of them.
    """
    pythons = list(found_pythons())
    found = [(python, METHODS[(place + turn) % 3]) for place, python in enumerate(pythons)]
    return sorted({*found, *((pythons[turn % len(pythons)], method) for method in METHODS)})


def line_of(text: str, part: str) -> int:
    """Return the number of the line of *text* that begins with *part*."""
    return next(n for n, line in enumerate(text.split("\n"), 1) if line.strip().startswith(part))


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


@functools.cache
def run_once(text: str, python: str, *arguments: str) -> Ran:
    """Run *text* on the found Python called *python*: one run serves all tests of a file."""
    with tempfile.TemporaryDirectory() as folder:
        return run(Path(folder), text, *arguments, python=found_pythons()[python])


def each_way(text: str, turn: int) -> Callable[..., Ran]:
    """Return a fixture that gives the run of *text* in each of `ways(turn)`."""

    @pytest.fixture(params=ways(turn), ids=lambda way: f"{way[0]}-{way[1]}")
    def ran(request: pytest.FixtureRequest) -> Ran:
        python, method = request.param
        return run_once(text, python, method)

    return ran
