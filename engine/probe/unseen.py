"""Stores of watched values that no probe sees, as far as the source tells of them.

Why: a probe stands behind a statement that names what it changes. What is stored by a name made
at run time, or through another name for the same object, is not found; a person who looks at a
curve must know where it may be wrong.

Guarantees: nothing is executed. A line that is listed may store a watched value unseen; one that
stores it through another module, or through an alias of an alias, is not listed.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .scopes import FUNCTIONS
from .touches import MUTATORS, Touches, is_of_class
from .watches import Watch, class_names, path_of

_NAMESPACES = frozenset({"globals", "vars", "locals"})
_BY_NAME = frozenset({"setattr", "delattr", "__setattr__", "__delattr__"})


@dataclass(frozen=True, slots=True)
class Unseen:
    """A line that may store a watched value without being seen, and why."""

    line: int
    reason: str


def unseen(tree: ast.Module, watches: Iterable[Watch]) -> tuple[Unseen, ...]:
    """Return the lines of *tree* whose stores of the *watches* are not seen, in order."""
    watched = list(watches)
    if not watched:
        return ()
    roots: set[object] = {path.root for watch in watched for path in watch.paths}
    keys: set[object] = {
        step.key for watch in watched for path in watch.paths for step in path.steps
    }
    found = [*_dynamic(tree, roots, keys), *_aliases(tree, watched), *_instances(tree, watched)]
    return tuple(sorted(set(found), key=lambda each: (each.line, each.reason)))


def _dynamic(tree: ast.Module, roots: set[object], keys: set[object]) -> Iterator[Unseen]:
    """Yield what stores by a name that is made at run time."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _called(node)
            if name == "exec":
                yield Unseen(node.lineno, "exec() may store anything.")
            elif name in _BY_NAME and len(node.args) > 1:
                key = _constant(node.args[1])
                if key is None or key in keys:
                    yield Unseen(node.lineno, f"{name}() stores an attribute by its name.")
            elif name == "update" and _is_namespace(getattr(node.func, "value", None)):
                yield Unseen(node.lineno, f"{ast.unparse(node.func)}() stores names.")
        elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            key = _constant(node.slice)
            if _is_namespace(node.value) and (key is None or key in roots | keys):
                yield Unseen(node.lineno, f"{ast.unparse(node)} is stored by its name.")
        elif isinstance(node, ast.ImportFrom) and any(each.name == "*" for each in node.names):
            yield Unseen(node.lineno, f"from {node.module} import * may store a watched name.")


def _aliases(tree: ast.Module, watches: Sequence[Watch]) -> Iterator[Unseen]:
    """Yield changes of a watched container through another name for it."""
    containers = _containers(watches)
    named: dict[str, str] = {}
    passed: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            name = _last(node.value)
            for target in node.targets:
                if isinstance(target, ast.Name) and name in containers and target.id != name:
                    named[target.id] = containers[name]
        elif isinstance(node, ast.Call):
            passed += [containers[name] for name in _given(node) if name in containers]
    for alias, line in _changes(tree, set(named)):
        yield Unseen(line, f"{alias} may be another name for what {named[alias]} reads.")
    if not passed:
        return
    for function in (node for node in ast.walk(tree) if isinstance(node, FUNCTIONS)):
        parameters = {argument.arg for argument in function.args.args} - {"self", "cls"}
        for alias, line in _changes(function, parameters - set(containers) - set(named)):
            yield Unseen(line, f"{alias} may be what {passed[0]} reads, under another name.")


def _containers(watches: Sequence[Watch]) -> dict[object, str]:
    """Return what the containers of watches are called, and for which watch."""
    found: dict[object, str] = {}
    for watch in watches:
        for path in watch.paths:
            depths = [depth for depth, step in enumerate(path.steps) if step.is_item]
            for depth in (*depths, len(path.steps)):
                found[path.last_name(depth)] = watch.text
    return found


def _given(node: ast.Call) -> Iterator[object]:
    """Yield what the arguments of a call are called; a thread gets its own in a tuple."""
    for each in (*node.args, *(keyword.value for keyword in node.keywords)):
        for part in each.elts if isinstance(each, ast.Tuple) else [each]:
            yield _last(part)


def _changes(tree: ast.AST, names: set[str]) -> Iterator[tuple[str, int]]:
    """Yield (name, line) of each change of a container that is called one of *names*."""
    for node in ast.walk(tree):
        changed: ast.expr | None = None
        if isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
            changed = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            changed = node.func.value if node.func.attr in MUTATORS else None
        if isinstance(changed, ast.Name) and changed.id in names:
            yield changed.id, getattr(node, "lineno", 0)


def _instances(tree: ast.Module, watches: Sequence[Watch]) -> Iterator[Unseen]:
    """Yield stores of an instance's attribute through more than a path of names."""
    classes = frozenset(class_names(tree))
    touches = Touches([watch for watch in watches if is_of_class(watch, classes)], classes)
    if not touches.of_classes:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            for touch in touches.of_statement(node, ""):
                if touch.path is None and touch.base is None:
                    yield Unseen(
                        touch.node.lineno,
                        f"{touch.watch.text} is stored through an expression: "
                        "give the instance a name first.",
                    )


def _called(node: ast.Call) -> str:
    function = node.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _constant(node: ast.expr) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def _last(node: ast.expr) -> object:
    path = path_of(node)
    return path.last_name(len(path.steps)) if path else None


def _is_namespace(node: ast.expr | None) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in _NAMESPACES
    return isinstance(node, ast.Attribute) and node.attr == "__dict__"
