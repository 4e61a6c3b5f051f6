"""Compares a suite bare and probed, test by test, and says which differences count.

A test *differs* when it passes bare and does not pass probed. One that differs runs once more both
ways before it is judged, so that a test that is flaky by itself accuses nobody.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.fidelity.drive import Form, Result, Results, run
from tests.fidelity.suites import Python

EXCEPTIONS = Path(__file__).resolve().parent / "exceptions.toml"


@dataclass(frozen=True, slots=True)
class Listed:
    """A test that may differ. *pythons* (`3.13`, `3.13t`) is empty for all of them."""

    test: str
    reason: str
    pythons: tuple[str, ...] = ()

    def holds_on(self, python: Python) -> bool:
        """Whether the exception is one on *python*."""
        return not self.pythons or python.minor in self.pythons


@dataclass(frozen=True, slots=True)
class Difference:
    """A test that passes bare and not probed. *listed* is None when no exception allows it."""

    test: str
    probed: Result
    listed: Listed | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """One suite on one Python: what passed bare, what of it passed probed, and what did not."""

    suite: str
    python: str
    form: Form
    bare: int
    probed: int
    differences: tuple[Difference, ...]

    @property
    def unlisted(self) -> list[Difference]:
        """The differences that no exception allows."""
        return [one for one in self.differences if one.listed is None]


def read_exceptions(path: Path = EXCEPTIONS) -> list[Listed]:
    """Return the list. Raises ValueError for an entry without a reason."""
    found = tomllib.loads(path.read_text("utf-8")).get("exception", [])
    listed = []
    for entry in found:
        if not entry.get("reason", "").strip():
            raise ValueError(f"{path.name}: {entry.get('test', 'an entry')} has no reason.")
        listed.append(Listed(entry["test"], entry["reason"], tuple(entry.get("pythons", ()))))
    return listed


def compare(
    python: Python,
    suite: str,
    exceptions: Sequence[Listed],
    forms: Sequence[Form],
    *,
    folders: Sequence[str] = (),
) -> Iterator[Comparison]:
    """Run *suite* on *python* bare and in each of *forms*; the differing tests twice."""
    bare = run(python, suite, form="bare", folders=folders)
    for form in forms:
        probed = run(python, suite, form=form, folders=folders)
        suspects = differing(bare, probed)
        if suspects:
            again = run(python, suite, form="bare", folders=folders, only=suspects)
            bare = settled(suspects, bare, again)
            probed |= run(python, suite, form=form, folders=folders, only=suspects)
        yield judged(suite, python, form, bare, probed, exceptions)


def accuse(
    python: Python, suite: str, exceptions: Sequence[Listed], form: Form, *, skip: str = ""
) -> list[Difference]:
    """Return the unlisted differences of *suite*, in half the time of `compare`.

    It runs under the probes alone; only a test that does not pass there runs bare, and once more.
    """
    probed = run(python, suite, form=form, skip=skip)
    suspects = [name for name, result in probed.items() if not result.passed]
    if not suspects:
        return []
    bare = run(python, suite, form="bare", only=suspects)
    again = run(python, suite, form=form, only=differing(bare, probed))
    return judged(suite, python, form, bare, {**probed, **again}, exceptions).unlisted


def settled(suspects: Sequence[str], first: Results, again: Results) -> Results:
    """Return the bare results, where a test that failed once in two runs does not count."""
    second = {name: again.get(name, first[name]) for name in suspects}
    return {**first, **{name: result for name, result in second.items() if not result.passed}}


def differing(bare: Mapping[str, Result], probed: Mapping[str, Result]) -> list[str]:
    """Return the tests that pass bare and not probed; a test that did not run at all is one."""
    missing = Result("missing")
    return [name for name in bare if bare[name].passed and not probed.get(name, missing).passed]


def judged(
    suite: str,
    python: Python,
    form: Form,
    bare: Results,
    probed: Results,
    exceptions: Sequence[Listed],
) -> Comparison:
    """Return the comparison of two results."""
    allowed = {one.test: one for one in exceptions if one.holds_on(python)}
    found = tuple(
        Difference(name, probed.get(name, Result("missing")), allowed.get(name))
        for name in differing(bare, probed)
    )
    passes = sum(result.passed for result in bare.values())
    return Comparison(suite, python.label, form, passes, passes - len(found), found)
