"""Each preset, run for real under the probes: its outcome, final value and printed lines."""

from __future__ import annotations

from engine import headless, scenario
from engine.launch import request
from engine.outcome import Outcome
from engine.report import report
from engine.session import Session

NET = 60.0


def run(
    name: str, **values: int | float | bool | str
) -> tuple[Session, Outcome, dict[str, object]]:
    session, outcome = headless.drive(request(scenario.find(name), values), limit=NET)
    assert session.intake.errors == []
    return session, outcome, report(session.trace, outcome, session.deadlock)


def test_every_preset_has_a_test_here() -> None:
    tested = {name.removeprefix("test_preset_").replace("_", "-") for name in globals()}
    assert {entry.id for entry in scenario.catalogue()} <= tested


def test_preset_start_and_join() -> None:
    session, outcome, said = run("start-and-join", COUNTS=3, PAUSE_SECONDS=0.02)
    assert outcome.ending == "finished"
    assert len(session.trace.threads) == 2
    assert len(said["stdout"]) >= 6  # type: ignore[arg-type]


def test_preset_lock() -> None:
    session, outcome, said = run("lock", TASK_SECONDS=0.02)
    assert outcome.ending == "finished"
    assert said["values"] == {"total": 5}
    assert said["expected"] == {"total": 5}
    assert said["lost_updates"] == {"total": 0}
    assert said["stdout"][-1] == "Final total: 5, expected: 5"  # type: ignore[index]
    waited = [t["lock_wait_seconds"] for t in said["threads"]]  # type: ignore[attr-defined]
    assert sum(1 for seconds in waited if seconds > 0) == 4
    (history,) = session.trace.locks.histories.values()
    assert len(history.starts) == 5


def test_preset_lost_update() -> None:
    _, outcome, said = run("lost-update", TASK_SECONDS=0.05)
    assert outcome.ending == "finished"
    (value,) = said["values"].values()  # type: ignore[attr-defined]
    (expected,) = said["expected"].values()  # type: ignore[attr-defined]
    (lost,) = said["lost_updates"].values()  # type: ignore[attr-defined]
    assert value < expected
    assert lost == expected - value


def test_preset_deadlock() -> None:
    session, outcome, said = run("deadlock", TASK_SECONDS=0.05)
    assert outcome.ending == "deadlocked"
    assert said["deadlock"]["cycle"] is True  # type: ignore[index]
    assert len(said["deadlock"]["threads"]) == 2  # type: ignore[index]
    assert session.deadlock is not None
    assert session.deadlock.certain


def test_preset_deadlock_fixed() -> None:
    _, outcome, said = run("deadlock-fixed", TASK_SECONDS=0.01)
    assert outcome.ending == "finished"
    assert said["deadlock"] is None


def test_preset_producer_consumer() -> None:
    session, outcome, _ = run("producer-consumer")
    assert outcome.ending == "finished"
    assert any(series.is_queue for series in session.trace.values.series.values())


def test_preset_thread_pool() -> None:
    session, outcome, said = run("thread-pool", TASK_SECONDS=0.05)
    assert outcome.ending == "finished"
    tasks = list(session.trace.tasks.tasks.values())
    assert [task.state_at(session.trace.now) for task in tasks] == ["done"] * 5
    assert len({task.worker for task in tasks}) == 3
    assert len(said["stdout"]) >= 5  # type: ignore[arg-type]


def test_preset_threads_or_processes() -> None:
    session, outcome, _ = run("threads-or-processes")
    assert outcome.ending == "finished", outcome
    assert len(session.trace.processes) >= 3


def test_preset_free_threaded() -> None:
    session, outcome, said = run("free-threaded", UPDATES=2000, ROUNDS=4)
    assert outcome.ending == "finished", outcome
    assert session.interpreter is not None
    if session.interpreter.gil:
        assert said["values"] == said["expected"] == {"counter": 8000}
        assert said["lost_updates"] == {"counter": 0}
    assert len(session.trace.threads) == 10
