"""What a run showed that a person should not miss, as banners with the next action.

Guarantees: a finding states what was recorded; *suspected* and *certain* are never confused.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.deadlock import Deadlock
from engine.interpreters import Python
from engine.outcome import Outcome
from engine.report import named_series
from engine.scenario import Scenario
from engine.sentences import Part
from engine.side_by_side import Comparison
from engine.trace import Trace
from gui.views.story import Finding

OPEN_FIXED = "open-fixed"
SHOW_CYCLE = "show-cycle"
SHOW_LINE = "show-line"
SHOW_CONSOLE = "show-console"
OPEN_NEXT = "open-next"
CHOOSE_PYTHON = "choose-python"
USE_BESIDE = "use-beside"
SHOW_BESIDE = "show-beside"
STOP_BESIDE = "stop-beside"


def find(
    trace: Trace,
    t: int,
    outcome: Outcome | None,
    deadlock: Deadlock | None,
    scenario: Scenario | None,
) -> list[Finding]:
    """Return what the run had shown by *t* (ns); *outcome* is None before its end."""
    found: list[Finding] = []
    if deadlock is not None and deadlock.since <= t:
        found.append(_deadlock(trace, deadlock, scenario))
    if outcome is not None:
        found += _ending(outcome)
    found += _losses(trace, t, outcome, scenario)
    found += [Finding("note", (Part(remark),)) for remark in trace.remarks.values()]
    return found


def _fixed(scenario: Scenario | None) -> tuple[tuple[str, str], ...]:
    if scenario is None or not scenario.lesson.fixed:
        return ()
    return (("Open the fixed version", OPEN_FIXED),)


def _deadlock(trace: Trace, deadlock: Deadlock, scenario: Scenario | None) -> Finding:
    word = "Deadlock" if deadlock.certain else "Suspected deadlock"
    if deadlock.certain:
        rest = ". None of them can go on." if len(deadlock.stuck) > 1 else ". It cannot go on."
    else:
        rest = ". Another thread, process or signal handler might still end it."
    when = f"{word} after {deadlock.since / 1e9:.2f} s. "
    show = (("Show the cycle", SHOW_CYCLE),) if deadlock.cycle else ()
    parts = (Part(when, bold=True), Part(deadlock.sentence(trace) + rest))
    return Finding("bad", parts, (*show, *_fixed(scenario)))


def _ending(outcome: Outcome) -> list[Finding]:
    if outcome.ending == "deadlocked":
        return []
    error = outcome.error
    if outcome.ending == "finished" and error is None:
        return []
    if outcome.ending == "stopped":
        return [Finding("note", (Part("Stopped. "), Part("What was recorded stays here.")))]
    actions: list[tuple[str, str]] = []
    if error is not None and error.line:
        actions.append((f"Show line {error.line}", SHOW_LINE))
    if outcome.ending in ("raised", "exited", "finished"):
        actions.append(("Open the console", SHOW_CONSOLE))
    sentence = outcome.sentence()
    text = f"The run {sentence}." if outcome.ending != "refused" else f"It was {sentence}"
    return [Finding("bad" if outcome.status or error else "note", (Part(text),), tuple(actions))]


def _losses(
    trace: Trace, t: int, outcome: Outcome | None, scenario: Scenario | None
) -> list[Finding]:
    found: list[Finding] = []
    for name, series in named_series(trace).items():
        lost = series.lost_at(t)
        if lost:
            words = "update was" if lost == 1 else "updates were"
            parts = [Part(f"{lost:g} {words} lost. ", bold=True)]
            stale = series.stale_at(t)
            parts.append(Part(f"{stale} times a stale value was written to {name}."))
            found.append(Finding("bad", tuple(parts), _fixed(scenario)))
        elif outcome and outcome.ending == "finished" and series.last == series.expected:
            text = f"{name} is {series.text_at(trace.now)}, as expected."
            found.append(Finding("good", (Part(text),)))
    return found


def of_interpreter(notice: str, beside: Python | None) -> list[Finding]:
    """Return what a person must be told of the choice of a Python; *beside* is on offer."""
    found = []
    if notice:
        choose = (("Choose an interpreter", CHOOSE_PYTHON),)
        found.append(Finding("note", (Part(notice),), choose))
    if beside is not None:
        words = f" ({beside.label}) lies beside this script."
        parts = (Part("The environment "), Part(beside.environment, bold=True), Part(words))
        found.append(Finding("note", parts, (("Use this script’s environment", USE_BESIDE),)))
    return found


def of_comparison(comparison: Comparison | None) -> list[Finding]:
    """Return where both builds stand side by side, or that they are being measured."""
    if comparison is None:
        return []
    show = ("Show side by side", SHOW_BESIDE)
    if not comparison.over:
        words = "Measuring the same script on both builds, without probes, one after the other."
        return [Finding("note", (Part(words),), (show, ("Stop measuring", STOP_BESIDE)))]
    missing = [one.heading for one in comparison.columns if one.state == "missing"]
    if missing:
        words = f"{missing[0]}: none was found here. Notes say how to get one."
        return [Finding("note", (Part(words),), (show,))]
    parts = [Part("Bare runs. ")]
    for one in comparison.columns:
        told = [f"{name.lower()} {one.cell(name)}" for name in comparison.headline]
        words = one.problem or ", ".join(told) or one.state
        parts += [Part(f"{one.python}: ", bold=True), Part(f"{words}. ")]
    return [Finding("note", tuple(parts), (show,))]


def refused(message: str) -> Finding:
    """Return the finding for a file that cannot be run."""
    return Finding("bad", (Part("Nothing was run. ", bold=True), Part(message)))


def of_file(problems: Sequence[str]) -> list[Finding]:
    """Return what a person must know of the file that the run shown came from."""
    if not problems:
        return []
    return [Finding("bad", (Part("Opened in part. ", bold=True), Part(" ".join(problems))))]
