"""A script's parameters: its annotated module-level constants.

A student writes

    THREADS: int = 5             # 1..64 threads
    TASK_SECONDS: float = 0.2    # 0..10 s  time between reading and writing
    USE_LOCK: bool = True        # take the lock around the update
    MODE: str = "both"           # one of: threads, processes, both  - what to compare

and gets a control for each. A value set from outside would be overwritten by the script's own
assignment, so the literal in the tree is replaced before the script is compiled.

The comment's grammar (all parts optional; a comment that does not fit is the help text):

    comment := [head] [gap help]
    head    := range [" " unit] | "one of:" choice {"," choice}
    range   := number ".." number | number ".." | ".." number
    unit    := one or two words
    gap     := two or more spaces, or " - "

Guarantees: only names in capitals that are bound exactly once in the whole module, to a literal
of the annotated type, are parameters; the default always lies within the range, which widens to
hold it, so that a script can always run as it was written.
"""

from __future__ import annotations

import ast
import io
import math
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from .arithmetic import Value, parse_names
from .scopes import global_stores, number, own_statements

TypeName = Literal["int", "float", "bool", "str"]

_TYPES: Mapping[TypeName, type] = {"int": int, "float": float, "bool": bool, "str": str}
_KINDS = {"int": "a whole number", "float": "a number", "bool": "on or off", "str": "text"}
_SWITCH = {
    "1": True, "true": True, "on": True, "yes": True,
    "0": False, "false": False, "off": False, "no": False,
}  # fmt: skip

_NUMBER = r"[-+]?\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER})?\.\.({_NUMBER})?(?=\s|$)")
_GAP = re.compile(r"\s{2,}(?:- )?|\t| - ")
_CHOICES = re.compile(r"one of:\s*", re.IGNORECASE)
_EXPECTED = re.compile(r"expected:\s*(.+)", re.IGNORECASE)
_NOT_HELP = re.compile(r"(noqa|type:|mypy:|pylint:|pragma|ruff:|fmt:|expected:)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One constant of a script that a person may change before a run.

    Attributes:
        name: the constant, `TASK_SECONDS`.
        type: "int", "float", "bool" or "str".
        default: the value that the script gives it.
        minimum, maximum: the range that the comment gives, both ends included, or None.
        unit: such as "s" or "threads"; empty without one.
        choices: the only values allowed, or empty.
        help: what the comment says of it.
        line: where it stands in the script.
        title: a name for people, from a lesson; empty lets `label` make one.
    """

    name: str
    type: TypeName
    default: Value
    minimum: int | float | None = None
    maximum: int | float | None = None
    unit: str = ""
    choices: tuple[Value, ...] = ()
    help: str = ""
    line: int = 0
    title: str = ""

    @property
    def label(self) -> str:
        """The name for people: TASK_SECONDS reads 'Task seconds'."""
        return self.title or self.name.replace("_", " ").strip().capitalize()

    def parse(self, text: str) -> Value:
        """Return the value that a person typed; ValueError with a sentence if it is none."""
        words = text.strip()
        try:
            if self.type == "int":
                return self.check(int(words))
            if self.type == "float":
                return self.check(float(words))
            if self.type == "bool":
                return self.check(_SWITCH[words.lower()])
        except (ValueError, KeyError) as error:
            if isinstance(error, _Refused):
                raise
            raise self._refuse(text) from None
        return self.check(text)

    def check(self, value: object) -> Value:
        """Return `value` in the parameter's type; ValueError if it has another or is outside."""
        if self.type == "float" and type(value) is int:
            try:
                value = float(value)
            except OverflowError:
                raise self._refuse("a number that large") from None
        if type(value) is not _TYPES[self.type]:
            raise self._refuse(value)
        checked = cast(Value, value)
        if isinstance(checked, float) and not math.isfinite(checked):
            raise self._refuse(value)
        if self.choices and checked not in self.choices:
            listed = ", ".join(str(choice) for choice in self.choices)
            raise _Refused(f"{self.label} must be one of {listed}; it cannot be {value!r}.")
        if not isinstance(checked, str):
            self._check_range(checked)
        return checked

    def _check_range(self, value: int | float) -> None:
        unit = f" {self.unit}" if self.unit else ""
        if self.minimum is not None and value < self.minimum:
            raise _Refused(f"{self.label} must be at least {self.minimum}{unit}, not {value}.")
        if self.maximum is not None and value > self.maximum:
            raise _Refused(f"{self.label} must be at most {self.maximum}{unit}, not {value}.")

    def _refuse(self, value: object) -> _Refused:
        shown = repr(value) if len(repr(value)) <= 40 else repr(value)[:37] + "..."
        return _Refused(f"{self.label} must be {_KINDS[self.type]}; it cannot be {shown}.")


class _Refused(ValueError):
    """A value that a parameter cannot take; tells our sentence from int()'s own error."""


@dataclass(frozen=True, slots=True)
class _Hints:
    """What a trailing comment says about a constant."""

    minimum: int | float | None = None
    maximum: int | float | None = None
    unit: str = ""
    choices: tuple[str, ...] = ()
    help: str = ""


def constants(tree: ast.Module, text: str) -> tuple[Parameter, ...]:
    """Return the script's parameters in the order in which they stand."""
    comments = trailing_comments(tree, text)
    return tuple(
        _parameter(name, kind, value, node, _hints(comments.get(id(node), "")))
        for name, (node, kind, value) in _found(tree).items()
    )


def replace_constants(tree: ast.Module, values: Mapping[str, Value]) -> None:
    """Put `values` into the assignments of the parameters, in place; lines stay as they are.

    ValueError for a name that is no parameter of this script, or a value of another type.
    """
    found = _found(tree)
    for name, value in values.items():
        if name not in found:
            raise ValueError(f"The script has no parameter called {name!r}.")
        node, kind, default = found[name]
        checked = Parameter(name, kind, default).check(value)
        assert node.value is not None
        node.value = ast.copy_location(ast.Constant(checked), node.value)


def constant_names(tree: ast.Module) -> tuple[str, ...]:
    """Return the names of the script's parameters, for those who need no comments."""
    return tuple(_found(tree))


def expected_comments(tree: ast.Module, text: str) -> dict[str, str]:
    """Return `{'counter': 'THREADS * UPDATES'}` for `counter = 0  # expected: THREADS * UPDATES`.

    Only names stored at module level count, and only comments that hold an expression.
    """
    found: dict[str, str] = {}
    comments = trailing_comments(tree, text)
    for statement in own_statements(tree.body):
        match = _EXPECTED.match(comments.get(id(statement), ""))
        if match is None or not isinstance(statement, ast.Assign | ast.AnnAssign):
            continue
        target = statement.target if isinstance(statement, ast.AnnAssign) else statement.targets[0]
        try:
            parse_names(match[1])
        except ValueError:
            continue
        if isinstance(target, ast.Name):
            found.setdefault(target.id, match[1].strip())
    return found


def trailing_comments(tree: ast.Module, text: str) -> dict[int, str]:
    """Return the comment behind each module-level statement, by the statement's `id()`."""
    lines: dict[int, str] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                lines[token.start[0]] = token.string.lstrip("#").strip()
    except (tokenize.TokenError, SyntaxError):
        return {}
    last = {statement.end_lineno or 0: statement for statement in own_statements(tree.body)}
    return {id(node): lines[line] for line, node in last.items() if line in lines}


def _found(tree: ast.Module) -> dict[str, tuple[ast.AnnAssign, TypeName, Value]]:
    stores = Counter(name for _, name, _ in global_stores(tree))
    found: dict[str, tuple[ast.AnnAssign, TypeName, Value]] = {}
    for node in tree.body:
        if not isinstance(node, ast.AnnAssign) or not isinstance(node.target, ast.Name):
            continue
        name, kind = node.target.id, _type_name(node.annotation)
        if kind is None or not name.isupper() or name.startswith("_") or stores[name] != 1:
            continue
        value = _literal(node.value, kind)
        if value is not None:
            found[name] = (node, kind, value)
    return found


def _type_name(annotation: ast.expr) -> TypeName | None:
    spelled: object = None
    if isinstance(annotation, ast.Name):
        spelled = annotation.id
    elif isinstance(annotation, ast.Constant):
        spelled = annotation.value
    return cast(TypeName, spelled) if spelled in _TYPES else None


def _literal(node: ast.expr | None, kind: TypeName) -> Value | None:
    value: Value | None = number(node)
    if value is None and isinstance(node, ast.Constant) and isinstance(node.value, bool | str):
        value = node.value
    if kind == "float" and type(value) is int:
        value = float(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if type(value) is _TYPES[kind] else None


def _hints(comment: str) -> _Hints:
    if not comment or _NOT_HELP.match(comment):
        return _Hints()
    match = _CHOICES.match(comment)
    if match is not None:
        listed, explained = _split(comment[match.end() :])
        return _Hints(choices=tuple(_words(listed)), help=explained)
    match = _RANGE.match(comment)
    if match is None or match[1] is match[2] is None:
        return _Hints(help=comment)
    low, high = (_bound(part) for part in match.groups())
    if low is not None and high is not None and low > high:
        return _Hints(help=comment)
    unit, explained = _split(comment[match.end() :])
    if len(unit.split()) > 2:
        unit, explained = "", f"{unit} {explained}".strip()
    return _Hints(low, high, unit, (), explained)


def _split(text: str) -> tuple[str, str]:
    gap = _GAP.search(text)
    if gap is None:
        return text.strip(), ""
    return text[: gap.start()].strip(), text[gap.end() :].strip()


def _words(listed: str) -> Iterator[str]:
    for word in listed.split(","):
        if word.strip():
            yield word.strip().strip("'\"")


def _bound(text: str | None) -> int | float | None:
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        return float(text)


def _parameter(
    name: str, kind: TypeName, default: Value, node: ast.AnnAssign, hints: _Hints
) -> Parameter:
    bare = Parameter(name, kind, default, help=hints.help, line=node.lineno)
    choices = _choices(bare, hints.choices)
    if isinstance(default, bool | str):
        return Parameter(name, kind, default, choices=choices, help=hints.help, line=node.lineno)
    low = None if hints.minimum is None else min(hints.minimum, default)
    high = None if hints.maximum is None else max(hints.maximum, default)
    return Parameter(name, kind, default, low, high, hints.unit, choices, hints.help, node.lineno)


def _choices(bare: Parameter, listed: tuple[str, ...]) -> tuple[Value, ...]:
    try:
        choices = tuple(bare.parse(word) for word in listed)
    except ValueError:
        return ()
    return choices if not choices or bare.default in choices else (bare.default, *choices)
