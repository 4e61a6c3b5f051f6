"""A lesson: what a teacher adds to a script, and the TOML file that holds it.

Watching alone teaches little; predicting first does. So a lesson asks a question before the
run, ties captions to what happens in it, and gives the teacher something to say afterwards.

Guarantees: a `Lesson` that was read is complete and fits its script; whatever is missing,
misspelt or of the wrong type is a `ScenarioError` that names the file and the key.
"""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from engine.events import Kind
from engine.probe.source import Parameter, WatchError, check_watch, evaluate, watched_names

#: What a caption can be tied to: a kind of event, or something that the whole run showed.
MOMENTS = frozenset({kind.name.lower() for kind in Kind} | {"deadlock", "lost_update", "ended"})

#: What can be run beside a scenario.
BESIDES = ("other-build",)

_NOTHING: Mapping[str, str] = MappingProxyType({})


class ScenarioError(Exception):
    """A preset that cannot be offered, or one that does not exist.

    Attributes:
        file: the file at fault, or what was asked for.
        key: the key in it, dotted; empty where the file as a whole is meant.
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        sentence = f"{file}: {key} {reason}" if key else f"{file} {reason}"
        super().__init__(sentence if sentence.endswith((".", "?")) else f"{sentence}.")
        self.file = file
        self.key = key


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to a lesson's question; a wrong one says which misconception it reveals."""

    text: str
    right: bool = False
    misconception: str = ""


@dataclass(frozen=True, slots=True)
class Teaching:
    """Talking points: what the idea solves, when to reach for it, and so on."""

    solves: str = ""
    reach_for: str = ""
    tradeoff: str = ""
    example: str = ""
    tidbit: str = ""


@dataclass(frozen=True, slots=True)
class Beside:
    """What is run beside the run, and which of the figures that both print are compared.

    Attributes: runs ("other-build": a Python with a GIL and one without), figures (the words
    before the colon in the lines that the script prints), headline (the ones that matter most).
    """

    runs: str
    figures: tuple[str, ...]
    headline: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lesson:
    """What is asked before a run, watched during it, and said after it.

    Attributes:
        question, options: to predict before the run; one option is right.
        watch: what is drawn over time, in order: module globals and expressions of them.
        expected: for some of them, an expression over the parameters.
        notice: a caption for each moment (a kind of event in lower case, or "deadlock",
            "lost_update", "ended"), to be shown when it first happens.
        teaching: talking points.
        next, fixed: ids of the preset to go on with, and of the one that mends this one.
        labels: names for people, by parameter.
        beside: what to run beside it; None for most.
    """

    question: str = ""
    options: tuple[Option, ...] = ()
    watch: tuple[str, ...] = ()
    expected: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    notice: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    teaching: Teaching = Teaching()
    next: str = ""
    fixed: str = ""
    labels: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    beside: Beside | None = None

    @property
    def right(self) -> Option | None:
        """The right answer, or None where nothing is asked."""
        return next((option for option in self.options if option.right), None)


class LessonFile:
    """A TOML table that is read key by key, and complains of what is left over.

    Attributes:
        name: the file, for messages.
    """

    def __init__(self, name: str, table: Mapping[str, object], prefix: str = "") -> None:
        self.name = name
        self._left = dict(table)
        self._prefix = prefix

    @classmethod
    def read(cls, path: Path) -> LessonFile:
        """Read a file; ScenarioError if it is missing or no TOML."""
        try:
            return cls.of_text(path.name, path.read_text("utf-8"))
        except OSError as error:
            raise ScenarioError(path.name, "", f"cannot be read: {error.strerror}") from None
        except UnicodeDecodeError as error:
            raise ScenarioError(path.name, "", f"is no valid TOML: {error}") from None

    @classmethod
    def of_text(cls, name: str, text: str) -> LessonFile:
        """Read TOML that is there already; ScenarioError, which names *name*, if it is none."""
        try:
            return cls(name, tomllib.loads(text))
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise ScenarioError(name, "", f"is no valid TOML: {error}") from None

    def fault(self, key: str, reason: str) -> ScenarioError:
        """Return the error that names this file and the key."""
        return ScenarioError(self.name, self._prefix + key, reason)

    def finish(self) -> None:
        """Complain of keys that nobody asked for: they are misspelt."""
        for key in self._left:
            raise self.fault(key, "is not a key of a lesson; is it misspelt?")

    def text(self, key: str, default: str | None = None) -> str:
        """Take a text; it may only be missing where there is a default."""
        value = self._left.pop(key, default)
        if value is None:
            raise self.fault(key, "is missing")
        if not isinstance(value, str):
            raise self.fault(key, f"must be text, not {value!r}")
        if not value.strip() and default is None:
            raise self.fault(key, "is empty")
        return " ".join(value.split())

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts; a missing one is empty."""
        value = self._left.pop(key, [])
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            raise self.fault(key, f"must be a list of texts, not {value!r}")
        return tuple(value)

    def table(self, key: str) -> LessonFile:
        """Take a table; a missing one is empty."""
        value = self._left.pop(key, {})
        if not isinstance(value, dict):
            raise self.fault(key, f"must be a table, not {value!r}")
        return LessonFile(self.name, value, f"{self._prefix}{key}.")

    def pairs(self, key: str, allowed: Sequence[str], what: str) -> Mapping[str, str]:
        """Take a table of texts whose keys are among `allowed`."""
        table = self.table(key)
        found: dict[str, str] = {}
        for name in list(table._left):
            if name not in allowed:
                raise table.fault(name, f"is {what}; there are: {', '.join(sorted(allowed))}")
            found[name] = table.text(name)
        return MappingProxyType(found)

    def lesson(
        self,
        parameters: Sequence[Parameter],
        tree: ast.Module,
        expected: Mapping[str, str],
    ) -> Lesson:
        """Take the lesson of the script `tree`, which has these parameters.

        What the script's own comments say is `expected` holds where the file says nothing.
        """
        defaults = {parameter.name: parameter.default for parameter in parameters}
        names = watched_names(tree)
        watch = tuple(self._watch(text, names, tree) for text in self.texts("watch"))
        names = tuple(dict.fromkeys((*names, *watch)))
        values = {**expected, **self.pairs("expected", names, "no name that the script shares")}
        for name, expression in values.items():
            try:
                evaluate(expression, defaults)
            except ValueError as error:
                raise self.fault(f"expected.{name}", f"cannot be computed: {error}") from None
        question = self.table("question")
        return Lesson(
            question=question.text("text"),
            options=question._options(),
            watch=watch,
            expected=MappingProxyType(values),
            notice=self.pairs("notice", sorted(MOMENTS), "no moment of a run"),
            teaching=self.table("teaching")._teaching(),
            next=self.text("next", ""),
            fixed=self.text("fixed", ""),
            labels=self.pairs("labels", list(defaults), "no parameter of the script"),
            beside=self._beside() if "beside" in self._left else None,
        )

    def _watch(self, text: str, names: Sequence[str], tree: ast.Module) -> str:
        if text.isidentifier() and text not in names:
            raise self.fault("watch", f"names {text!r}, which the script does not share")
        try:
            return check_watch(text, tree).text
        except WatchError as error:
            raise self.fault("watch", f"holds {text!r}: {error}") from None

    def _beside(self) -> Beside:
        table = self.table("beside")
        found = Beside(table.text("runs"), table.texts("figures"), table.texts("headline"))
        if found.runs not in BESIDES:
            raise table.fault("runs", f"must be one of {', '.join(BESIDES)}, not {found.runs!r}")
        if not found.figures:
            raise table.fault("figures", "must name a line that the script prints")
        for name in found.headline:
            if name not in found.figures:
                raise table.fault("headline", f"names {name!r}, which is none of the figures")
        table.finish()
        return found

    def _options(self) -> tuple[Option, ...]:
        tables = self._left.pop("options", None)
        if not isinstance(tables, list) or len(tables) < 2:
            raise self.fault("options", "must hold two answers or more")
        found = []
        for position, table in enumerate(tables, 1):
            if not isinstance(table, dict):
                raise self.fault(f"options[{position}]", "must be a table")
            found.append(
                LessonFile(self.name, table, f"{self._prefix}options[{position}].")._option()
            )
        if sum(option.right for option in found) != 1:
            raise self.fault("options", "must hold exactly one right answer")
        self.finish()
        return tuple(found)

    def _teaching(self) -> Teaching:
        names = ("solves", "reach_for", "tradeoff", "example", "tidbit")
        found = Teaching(*(self.text(name) for name in names))
        self.finish()
        return found

    def _option(self) -> Option:
        right = self._left.pop("right", False)
        if not isinstance(right, bool):
            raise self.fault("right", f"must be true or false, not {right!r}")
        option = Option(self.text("text"), right, self.text("misconception", ""))
        if right == bool(option.misconception):
            raise self.fault("misconception", "belongs to each wrong answer and to no right one")
        self.finish()
        return option
