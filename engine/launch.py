"""From a scenario and its parameters to a request, and the names of what it makes."""

from __future__ import annotations

import ast
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from engine import scenario as scenarios
from engine.intake import NameObject
from engine.probe import source
from engine.probe.creations import NameHint, object_names
from engine.probe.source import Value
from engine.probe.unseen import Unseen, unseen
from engine.scenario import Scenario
from engine.session import Request


def request(
    scenario: Scenario,
    values: Mapping[str, Value] | None = None,
    arguments: Sequence[str] = (),
    directory: Path | None = None,
    watch: Sequence[str] = (),
) -> Request:
    """Return the request that runs *scenario* with *values* in place of its constants.

    The text of an edited scenario runs in place of the file's. *watch* are expressions to record
    beside those that the scenario records anyway. Raises ValueError for a value that its parameter
    does not allow, an unknown name, or an expression that cannot be watched.
    """
    chosen = {name: scenario.parameter(name).check(value) for name, value in (values or {}).items()}
    expected = scenarios.expected_values(scenario, chosen)
    return Request(
        scenario.path,
        tuple(arguments),
        directory,
        chosen,
        tuple(dict.fromkeys((*scenario.lesson.watch, *checked_watches(scenario, watch)))),
        {
            name: float(value)
            for name, value in expected.items()
            if isinstance(value, (int, float)) and not isinstance(value, bool)
        },
        text=scenario.text if scenario.edited else None,
        root=scenario.root,
        module=scenario.module,
        names=object_namer({str(scenario.path.resolve()): scenario.text}),
    )


def checked_watches(scenario: Scenario, watch: Sequence[str]) -> list[str]:
    """Return expressions as Python writes them. Raises WatchError with what is wrong with one."""
    if not watch:
        return []
    tree = source.parse(scenario.text or source.read_source(scenario.path))
    return [source.check_watch(text, tree).text for text in watch]


def unseen_stores(scenario: Scenario, watch: Sequence[str]) -> tuple[Unseen, ...]:
    """Return the lines of the script that may store a watched value without being recorded."""
    tree = source.parse(scenario.text or source.read_source(scenario.path))
    names = dict.fromkeys((*source.watched_names(tree), *watch))
    return unseen(tree, [source.parse_watch(name) for name in names])


class ObjectNames:
    """Names for objects by the line that made them, from the scripts' own assignments.

    A file is read once; one that cannot be read gives no names. *texts* stand for what the files
    at those paths hold.
    """

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self._texts = texts or {}
        self._hints: dict[str, dict[int, NameHint]] = {}

    def __call__(self, file: str, line: int, ordinal: int) -> str:
        """Return the script's name for what *line* of *file* made as number *ordinal*, or ''."""
        hints = self._hints.get(file)
        if hints is None:
            hints = self._hints[file] = self._read(file)
        hint = hints.get(line)
        return hint.name(ordinal) if hint else ""

    def _read(self, file: str) -> dict[int, NameHint]:
        text = self._texts.get(file)
        if text is None and not os.path.isfile(file):
            return {}
        try:
            known = source.read_source(file) if text is None else text
            tree: ast.Module = source.parse(known, file)
        except source.SourceError:
            return {}
        return object_names(tree)


def object_namer(texts: Mapping[str, str] | None = None) -> NameObject:
    """Return a fresh namer for one run (files may change between runs); *texts* by path."""
    return ObjectNames(texts)
