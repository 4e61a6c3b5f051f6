"""A session that a test drives by hand: it waits for what was recorded, never for time."""

from __future__ import annotations

from collections.abc import Callable

from engine.outcome import Outcome
from engine.session import Session


def pump_until(session: Session, condition: Callable[[], bool]) -> None:
    """Take in what comes until *condition* holds; the run must not be over by then."""
    while not condition():
        assert session.outcome is None, session.outcome
        session.wait_for_more(1.0)
        session.pump()


def pump_to_end(session: Session) -> Outcome:
    """Take in what comes until the run is over."""
    while session.outcome is None:
        session.wait_for_more(0.05)
        session.pump()
    return session.outcome
