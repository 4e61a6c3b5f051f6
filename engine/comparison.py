"""Two runs in numbers: what each was observed to do, and by how much they differ.

Why: "with a lock it is slower and loses nothing" is a claim; two runs beside each other show it.

Guarantees: a figure is what was recorded of that run; where a run has no record of it, the figure
is None and the words say so; nothing is said of why they differ. Plain data, no window needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from engine.formats.keeping import scenario_of
from engine.formats.record import Record
from engine.probe.source import Value
from engine.python_answers import gil_words
from engine.sentences import seconds

Unit = Literal["s", "count", "number", "cores"]
NOT_RECORDED = "not recorded"
#: Said beside the numbers: a build may pay more for being watched than another.
HOW = "of observed runs: recording costs time"
_NO_PYTHON = f"Python {NOT_RECORDED}"
_SAME = 0.005  # of a figure: less is not told as a percentage


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of both runs.

    Attributes: key (for programs), name (for people), unit ("s": seconds), a and b (None: not
    recorded), less and more (the words for a smaller and a larger B), absent (what None means).
    """

    key: str
    name: str
    unit: Unit
    a: float | None
    b: float | None
    less: str = "less"
    more: str = "more"
    absent: str = NOT_RECORDED

    @property
    def difference(self) -> float | None:
        """B less A."""
        return None if self.a is None or self.b is None else self.b - self.a

    @property
    def ratio(self) -> float | None:
        """B as a multiple of A; None where A is 0 or one is not recorded."""
        return None if self.a is None or self.b is None or not self.a else self.b / self.a

    def shown(self, value: float | None) -> str:
        """Return a value for people."""
        if value is None:
            return self.absent
        if self.unit == "s":
            return seconds(value * 1e9) if value else "0 s"
        return f"{value:.2f}" if self.unit == "cores" else f"{value:,.10g}"

    @property
    def signed(self) -> str:
        """The difference with its sign, or ''."""
        if not self.difference:
            return "" if self.difference is None else "0"
        return f"{'+' if self.difference > 0 else '−'}{self.shown(abs(self.difference))}"

    @property
    def words(self) -> str:
        """Say how B differs from A: '60 % fewer', '2.1 times faster'."""
        if self.a is None or self.b is None:
            return "cannot be compared"
        if self.a == self.b:
            return "the same"
        word = self.less if self.b < self.a else self.more
        if self.unit == "number" or not self.a or not self.b or (self.a < 0) != (self.b < 0):
            return f"{self.shown(abs(self.b - self.a))} {word}"
        low, high = sorted((abs(self.a), abs(self.b)))
        if word in ("faster", "slower"):
            return f"{_times(high / low)} times {word}" if high / low >= 1.05 else f"hardly {word}"
        if self.b < self.a:
            return _percent(1 - low / high, word)
        if high / low < 2:
            return _percent(high / low - 1, word)
        much = "many" if self.unit == "count" else "long" if word == "longer" else "much"
        return f"{_times(high / low)} times as {much}"

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "key": self.key,
            "name": self.name,
            "unit": self.unit,
            "a": self.a,
            "b": self.b,
            "difference": self.difference,
            "ratio": self.ratio,
            "words": self.words,
        }


def _times(ratio: float) -> str:
    return f"{ratio:.1f}" if ratio < 10 else f"{ratio:,.0f}"


def _percent(share: float, word: str) -> str:
    if share < _SAME:
        return f"hardly {word}"
    return f"over 99 % {word}" if 0.995 <= share < 1 else f"{share:.0%} {word}".replace("%", " %")


@dataclass(frozen=True, slots=True)
class Side:
    """One run, as its heading says it.

    Attributes: title, script (its file's name), python, build ("GIL", "free-threaded"; empty: not
    recorded), observed ("free": scheduled by the operating system), values (its parameters),
    outcome (how it ended, in words), ended (whether its end was recorded), saved (when, ISO).
    """

    title: str
    script: str
    python: str
    build: str
    observed: str
    values: dict[str, Value] = field(default_factory=dict)
    outcome: str = ""
    ended: bool = True
    saved: str = ""

    @classmethod
    def of(cls, record: Record) -> Side:
        """Return the heading of *record*."""
        made, request = record.interpreter, record.request
        outcome = record.outcome
        return cls(
            record.scenario.title or request.script.name,
            request.script.name,
            record.trace.interpreter or (str(made) if made else ""),
            gil_words(made.free_threaded, made.gil) if made else "",
            record.observed,
            {**scenario_of(record)[0].defaults, **request.values},
            outcome.sentence() if outcome else "its end was not recorded",
            outcome is not None,
            record.saved.isoformat(timespec="seconds"),
        )


@dataclass(frozen=True, slots=True)
class LockFigures:
    """One lock, by its name, in both runs."""

    name: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Run A and run B.

    Attributes: a, b (their headings), figures (of the whole runs), locks (those waited for
    longest first), values (watched values at the end, by name, in words), script (the changed
    lines as in a unified diff; empty: the same text), removed and added (how many lines).
    """

    a: Side
    b: Side
    figures: tuple[Figure, ...]
    locks: tuple[LockFigures, ...]
    values: tuple[tuple[str, str, str], ...]
    script: tuple[str, ...]
    removed: int
    added: int

    @property
    def parameters(self) -> list[tuple[str, str, str, bool]]:
        """Return (name, of A, of B, whether they differ); a value that one lacks is '–'."""
        names = dict.fromkeys((*self.a.values, *self.b.values))
        found = []
        for name in names:
            one, other = (repr(side.values.get(name, _LACKS)) for side in (self.a, self.b))
            found.append((name, one, other, one != other))
        return found

    @property
    def headline(self) -> str:
        """Say what differs in what was run, and which of the two was quicker."""
        parts = [f"{n} {one} → {other}" for n, one, other, differs in self.parameters if differs]
        for name, one, other in (
            ("script ", self.a.script, self.b.script),
            ("", self.a.python or _NO_PYTHON, self.b.python or _NO_PYTHON),
            ("observed: ", self.a.observed, self.b.observed),
        ):
            if one != other:
                parts.append(f"{name}{one} → {other}")
        if self.script and self.a.script == self.b.script:
            parts.append(f"text of the script: {self.removed} lines out, {self.added} in")
        elapsed = next(figure for figure in self.figures if figure.key == "elapsed")
        said = f"B against A: {elapsed.words}" if elapsed.difference is not None else ""
        changed = "; ".join(parts) or "the same script with the same parameters"
        return f"{changed}. {said}." if said else f"{changed}."

    def to_json(self) -> dict[str, Any]:
        """Return it as plain data; a number that is not recorded is None."""
        return {
            "a": _side_json(self.a),
            "b": _side_json(self.b),
            "parameters": [
                {"name": name, "a": self.a.values.get(name), "b": self.b.values.get(name),
                 "differs": differs}
                for name, _, _, differs in self.parameters
            ],
            "figures": [figure.to_json() for figure in self.figures],
            "locks": [
                {"name": lock.name, "figures": [figure.to_json() for figure in lock.figures]}
                for lock in self.locks
            ],
            "values": [{"name": name, "a": a, "b": b} for name, a, b in self.values],
            "script": {"removed": self.removed, "added": self.added, "lines": list(self.script)},
        }  # fmt: skip

    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """Return the table of numbers: (name, A, B, difference, in words); a heading has a name."""
        rows = [_row(figure) for figure in self.figures]
        for lock in self.locks:
            rows.append((f"Lock {lock.name}", "", "", "", ""))
            rows += [_row(figure) for figure in lock.figures]
        if self.values:
            rows.append(("Values at the end", "", "", "", ""))
            rows += [_value_row(*value) for value in self.values]
        return rows

    def text(self) -> str:
        """Return all of it for a terminal."""
        heads = [
            (
                f"{letter}: {side.title} · {side.python or _NO_PYTHON} · "
                f"{side.observed} run · {side.outcome}"
            )
            for letter, side in (("A", self.a), ("B", self.b))
        ]
        changed = [
            f"{'*' if differs else ' '} {name}: {one}" + (f" → {other}" if differs else "")
            for name, one, other, differs in self.parameters
        ]
        table = [("", "A", "B", "difference", ""), *self.rows()]
        wide = [max(len(row[place]) for row in table) for place in range(4)]
        lines = [
            "  ".join(
                (row[0].ljust(wide[0]), *(row[n].rjust(wide[n]) for n in (1, 2, 3)), row[4])
            ).rstrip()
            for row in table
        ]
        script = [f"script: {self.removed} lines out, {self.added} in"] if self.script else []
        return "\n".join(
            [*heads, self.headline, *changed, "", *lines, *script, f"Times are those {HOW}."]
        )


class _Lacks:
    def __repr__(self) -> str:
        return "–"


_LACKS = _Lacks()


def _side_json(side: Side) -> dict[str, Any]:
    return {
        "title": side.title,
        "script": side.script,
        "python": side.python or None,
        "build": side.build or None,
        "observed": side.observed,
        "outcome": side.outcome,
        "ended": side.ended,
        "saved": side.saved,
    }


def _value_row(name: str, a: str, b: str) -> tuple[str, str, str, str, str]:
    """Return the row of a value: as a number where both are, else whether they are the same."""
    if a != b and NOT_RECORDED not in (a, b):
        try:
            return _row(Figure(name, name, "number", float(a), float(b)))
        except ValueError:
            return name, a, b, "", "another value"
    return name, a, b, "", "the same" if a == b else "cannot be compared"


def _row(figure: Figure) -> tuple[str, str, str, str, str]:
    return (
        figure.name, figure.shown(figure.a), figure.shown(figure.b), figure.signed, figure.words
    )  # fmt: skip
