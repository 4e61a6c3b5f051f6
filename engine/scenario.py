"""Scenarios: scripts, the parameters found in them, and the lessons that stand beside them.

A scenario is an ordinary Python script. A preset has a TOML file of the same name with its
lesson; a script that a person opens needs none and gets an empty lesson.

Guarantees: nothing of a script is executed here; every shipped lesson is checked against its
script when the catalogue is read, and a fault is one `ScenarioError` that names file and key.
The order of the gallery is the order in `gallery.toml`.
"""

from __future__ import annotations

import ast
import dataclasses
import difflib
import functools
import os
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from engine import program
from engine.lesson import Lesson, LessonFile, Option, ScenarioError, Teaching
from engine.probe import source
from engine.probe.source import Parameter, SourceError, Value

__all__ = [
    "SHIPPED",
    "Lesson",
    "Option",
    "Parameter",
    "Scenario",
    "ScenarioError",
    "SourceError",
    "Teaching",
    "catalogue",
    "expected_values",
    "find",
    "from_script",
    "new",
    "to_json",
    "with_text",
]

SHIPPED = Path(__file__).resolve().parent.parent / "resources" / "scenarios"

Level = Literal["beginner", "intermediate", "advanced"]
LEVELS: tuple[Level, ...] = ("beginner", "intermediate", "advanced")


@dataclass(frozen=True, slots=True)
class Scenario:
    """A script that can be run, and what is known about it before it is.

    Attributes:
        id: `lost-update` for a preset, the absolute path for any other script.
        title, summary: a name and one line for the gallery.
        group: the gallery's heading; empty for a script that is no preset.
        level: "beginner", "intermediate" or "advanced"; None for a script that is no preset.
        path: the script.
        parameters: in the script's order, with the lesson's labels.
        lesson: what to predict, watch, expect and say; empty for a script that is no preset.
        text: the script's source as it was read, or as it was edited.
        edited: whether *text* is not the file's, and runs in its place.
        root, module: of a folder, an archive or a package; see `program.Program`.
    """

    id: str
    title: str
    summary: str
    group: str
    level: Level | None
    path: Path
    parameters: tuple[Parameter, ...]
    lesson: Lesson
    text: str = field(default="", repr=False)
    edited: bool = False
    root: Path | None = None
    module: str = ""

    @property
    def defaults(self) -> dict[str, Value]:
        """The values that the script gives its own parameters."""
        return {parameter.name: parameter.default for parameter in self.parameters}

    @property
    def folder(self) -> Path:
        """The script's own folder, where relative paths begin unless another is asked for."""
        if self.root is None:
            return self.path.parent
        return self.root if self.root.is_dir() else self.root.parent

    @property
    def place(self) -> Path:
        """What a person points at to open it: the file, the folder, the package or the archive."""
        if self.root is None:
            return self.path
        return self.path.parent if self.root.is_dir() else self.root

    def parameter(self, name: str) -> Parameter:
        """Return the parameter called `name`; ValueError with those that exist."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        known = ", ".join(parameter.name for parameter in self.parameters) or "none"
        raise ValueError(f"{self.title} has no parameter {name}; its parameters are: {known}.")


def from_script(path: str | os.PathLike[str]) -> Scenario:
    """Return the scenario of any Python program; SourceError if it cannot be run.

    A file, or a folder, package or archive with a `__main__.py`.
    """
    named = Path(path)
    found = program.program(named)
    made = from_texts(found.script.resolve(), source.read_source(found.script))
    if found.root is None:
        return made
    title = found.module or found.root.name
    return dataclasses.replace(made, title=title, root=found.root, module=found.module)


def new(path: Path, text: str = "") -> Scenario:
    """Return the scenario of a script that is not saved yet, but would be at *path*."""
    script = path.resolve()
    empty = Scenario(str(script), script.name, "", "", None, script, (), Lesson())
    return with_text(empty, text)


def with_text(scenario: Scenario, text: str) -> Scenario:
    """Return *scenario* as an edited *text* makes it; SourceError if that is not Python.

    A preset keeps its lesson, and its labels for the constants that are still there.
    """
    tree, parameters, expected = _understand(text, scenario.path)
    lesson = scenario.lesson
    if not scenario.group:
        lesson = Lesson(watch=source.watched_names(tree), expected=MappingProxyType(expected))
    labelled = tuple(
        dataclasses.replace(parameter, title=lesson.labels.get(parameter.name, ""))
        for parameter in parameters
    )
    return dataclasses.replace(scenario, parameters=labelled, lesson=lesson, text=text, edited=True)


@functools.cache
def catalogue(folder: Path = SHIPPED) -> tuple[Scenario, ...]:
    """Return the presets in the gallery's order; ScenarioError names what is wrong where."""
    gallery = LessonFile.read(folder / "gallery.toml")
    order = gallery.texts("order")
    gallery.finish()
    written = {_id(path) for path in folder.glob("*.toml") if path.name != "gallery.toml"}
    if len(set(order)) != len(order):
        raise gallery.fault("order", "names a scenario twice")
    if written != set(order):
        odd = ", ".join(sorted(written ^ set(order)))
        raise gallery.fault("order", f"and the lesson files in the folder differ in: {odd}")
    found = tuple(_preset(folder / f"{name.replace('-', '_')}.toml") for name in order)
    for scenario in found:
        for key in ("next", "fixed"):
            other = getattr(scenario.lesson, key)
            if other and other not in order:
                lesson = scenario.path.with_suffix(".toml").name
                raise ScenarioError(lesson, key, f"names {other!r}, which is no scenario")
    return found


def find(id_or_path: str, folder: Path = SHIPPED) -> Scenario:
    """Return the preset of that id, or the scenario of the script at that path.

    ScenarioError if it is neither, with the ids that are nearest; SourceError if the script
    cannot be run.
    """
    presets = {scenario.id: scenario for scenario in catalogue(folder)}
    wanted = presets.get(id_or_path.strip().lower().replace("_", "-"))
    if wanted is not None:
        return wanted
    path = Path(id_or_path)
    if path.suffix in (".py", ".pyw") or path.exists():
        for scenario in presets.values():
            if path.exists() and scenario.path.samefile(path):
                return scenario
        return from_script(path)
    near = difflib.get_close_matches(id_or_path, presets, cutoff=0.4) or list(presets)
    raise ScenarioError(
        id_or_path, "", f"is neither a preset nor a file. Did you mean {' or '.join(near)}?"
    )


def expected_values(scenario: Scenario, values: Mapping[str, Value]) -> dict[str, Value]:
    """Return the expected final value of each name that has one, for these parameters.

    A name whose expression cannot be computed for them (it divides by a zero) is left out.
    """
    known = {**scenario.defaults, **values}
    found: dict[str, Value] = {}
    for name, expression in scenario.lesson.expected.items():
        try:
            found[name] = source.evaluate(expression, known)
        except ValueError:
            continue
    return found


def to_json(scenario: Scenario) -> dict[str, object]:
    """Return what `main.py list --json` prints of a scenario: plain lists, dicts and values."""
    return {
        "id": scenario.id,
        "title": scenario.title,
        "group": scenario.group,
        "level": scenario.level,
        "summary": scenario.summary,
        "parameters": [
            {
                "name": parameter.name,
                "label": parameter.label,
                "type": parameter.type,
                "default": parameter.default,
                "minimum": parameter.minimum,
                "maximum": parameter.maximum,
                "unit": parameter.unit,
                "choices": list(parameter.choices),
                "help": parameter.help,
            }
            for parameter in scenario.parameters
        ],
    }


def from_texts(path: Path, text: str, lesson: str = "") -> Scenario:
    """Return the scenario of a script and a lesson that were kept as texts.

    *path* is where it would run from. SourceError when the script cannot be run, ScenarioError
    when the lesson does not fit it.
    """
    tree, parameters, expected = _understand(text, path)
    if lesson:
        return _taught(LessonFile.of_text(path.name, lesson), path, text)
    names = source.watched_names(tree)
    plain = Lesson(watch=names, expected=MappingProxyType(expected))
    return Scenario(str(path), path.name, "", "", None, path, parameters, plain, text)


def _understand(
    text: str, script: Path
) -> tuple[ast.Module, tuple[Parameter, ...], dict[str, str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the run itself shows the script's own warnings
        tree = source.parse(text, str(script))
    return tree, source.constants(tree, text), source.expected_comments(tree, text)


def _id(path: Path) -> str:
    return path.stem.replace("_", "-")


def _preset(path: Path) -> Scenario:
    file = LessonFile.read(path)
    script = path.with_suffix(".py")
    try:
        return _taught(file, script, source.read_source(script))
    except SourceError as error:
        raise ScenarioError(script.name, "", str(error)) from None


def _taught(file: LessonFile, script: Path, text: str) -> Scenario:
    """Return the scenario of *script*, whose source is *text*, with the lesson in *file*."""
    tree, parameters, expected = _understand(text, script)
    level = file.text("level")
    if level not in LEVELS:
        raise file.fault("level", f"must be one of {', '.join(LEVELS)}, not {level!r}")
    title, summary, group = (file.text(key) for key in ("title", "summary", "group"))
    lesson = file.lesson(parameters, tree, expected)
    file.finish()
    labelled = tuple(
        dataclasses.replace(parameter, title=lesson.labels.get(parameter.name, ""))
        for parameter in parameters
    )
    return Scenario(
        id=_id(script),
        title=title,
        summary=summary,
        group=group,
        level=level,
        path=script,
        parameters=labelled,
        lesson=lesson,
        text=text,
    )
