"""Whole runs of a script for the tests: with the accelerator in C, or without one."""

from __future__ import annotations

import contextlib
import functools
import sys
import time
from pathlib import Path

from engine import accelerator, headless, launch, scenario
from engine.launch import object_namer
from engine.outcome import Outcome
from engine.session import Request, Session
from engine.trace import Trace
from tests.pythons import found_pythons

DATA = Path(__file__).parent / "data"
NET = 90.0
#: Every Python found, with the probes in C and with those in Python alone.
FORMS = [(python, accelerated) for python in found_pythons() for accelerated in (True, False)]
FORM_NAMES = [f"{python} {'C' if accelerated else 'Python'}" for python, accelerated in FORMS]


def whole_run(script: Path, form: tuple[str, bool]) -> tuple[Trace, Outcome]:
    """Run *script* on the Python and with the probes of *form*, to its end."""
    python, accelerated = form
    path = found_pythons()[python]
    if accelerated:
        with contextlib.suppress(accelerator.NoAccelerator):
            accelerator.build(path)
    session = Session(path, object_namer(), accelerated=accelerated)
    net = time.monotonic() + NET
    try:
        session.start(Request(script))
        while session.outcome is None:
            session.wait_for_more(0.02)
            session.pump(0.25)
            if time.monotonic() > net:
                session.stop("the test's net")
        assert not session.intake.errors
        return session.trace, session.outcome
    finally:
        session.close()


@functools.cache
def preset(name: str) -> Trace:
    """Return the trace of the preset called *name*, run with its defaults, once for all tests."""
    found = scenario.find(name)
    session, _ = headless.drive(launch.request(found, found.defaults), sys.executable, int(NET))
    return session.trace
