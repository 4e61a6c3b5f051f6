"""By how much a statement changes a shared number, where the source says so.

A store of `new` by `x += d` read `new - d`, so updates that were lost in between can be counted
exactly from the stores alone, with no probe on reads. The same holds for the copy in a local
that is written back: `seen = x; time.sleep(...); x = seen + d`.

Attributes and entries (`self.balance += d`, `stats["hits"] += 1`) are followed by their path in
the source: one step from a name through locals too, longer ones within one statement, as anything
on the way could be stored in between.

Guarantees: an amount is given only where it follows from the source for every execution that
reaches the store; a local is followed through straight lines, `with lock:` and `try/finally`,
and forgotten wherever two ways meet. Where the amount is not known there is none.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .scopes import (
    SCOPES,
    FunctionNode,
    blocks,
    declared_global,
    global_stores,
    number,
    own_statements,
    scopes,
    stored_names,
)
from .watches import path_of

Number = int | float

_TRIES = (ast.Try, ast.TryStar)


@dataclass(frozen=True, slots=True)
class _Sum:
    """What an expression is: `base + offset`, or a plain number where `base` is None."""

    base: str | None
    offset: Number


def known_changes(
    tree: ast.Module, watched: frozenset[str], parts: frozenset[object] = frozenset()
) -> dict[int, Number]:
    """Return the amount of each assignment to what is watched, by the statement's `id()`.

    *watched* are module globals; *parts* the attributes and constant keys that end a watch.
    """
    numbers = _numbers(tree)
    found: dict[int, Number] = {}
    for statement in own_statements(tree.body):
        # Names of the module can be stored by any thread: none is followed as a local.
        _Flow(watched, watched, numbers, frozenset(), found, parts).assignment(statement, {})
    for scope in scopes(tree):
        stored = frozenset(declared_global(scope) & watched)
        if (stored or parts) and not isinstance(scope, ast.ClassDef):
            _function(scope, stored, numbers, found, parts)
    return found


def _function(
    function: FunctionNode,
    stored: frozenset[str],
    numbers: Mapping[str, Number],
    found: dict[int, Number],
    parts: frozenset[object],
) -> None:
    own = local_names(function)
    shared = {
        name for node in ast.walk(function) if isinstance(node, ast.Nonlocal) for name in node.names
    }
    visible = {name: value for name, value in numbers.items() if name not in own}
    flow = _Flow(stored, stored, visible, frozenset(own - shared), found, parts)
    flow.block(function.body, {})


def _numbers(tree: ast.Module) -> dict[str, Number]:
    """Return the names in capitals that the whole module binds once, to a number."""
    stores = Counter(name for _, name, _ in global_stores(tree))
    found: dict[str, Number] = {}
    for statement in tree.body:
        if isinstance(statement, ast.AnnAssign):
            targets: Sequence[ast.expr] = (statement.target,)
        elif isinstance(statement, ast.Assign):
            targets = statement.targets
        else:
            continue
        value = number(statement.value)
        for target in targets:
            if value is None or not isinstance(target, ast.Name):
                continue
            if target.id.isupper() and stores[target.id] == 1:
                found[target.id] = value
    return found


def local_names(function: FunctionNode) -> set[str]:
    """Return the names that live in *function*: its parameters, and what it stores."""
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    named.extend(extra for extra in (arguments.vararg, arguments.kwarg) if extra is not None)
    names = {argument.arg for argument in named}
    for statement in own_statements(function.body):
        names |= stored_names(statement)
        if isinstance(statement, ast.Nonlocal):
            names.update(statement.names)
    return names - declared_global(function)


@dataclass(frozen=True, slots=True)
class _Flow:
    """One scope: which names are globals, numbers and followed locals, and what was found.

    What is followed goes by its name, or by its path as text: `self.balance`.
    """

    stored: frozenset[str]
    readable: frozenset[str]
    numbers: Mapping[str, Number]
    followed: frozenset[str]
    found: dict[int, Number]
    parts: frozenset[object] = frozenset()

    def block(self, body: Sequence[ast.stmt], known: dict[str, _Sum]) -> None:
        """Follow a block; `known` says what each local holds and is updated in place."""
        for statement in body:
            self._statement(statement, known)

    def _statement(self, statement: ast.stmt, known: dict[str, _Sum]) -> None:
        inner = list(blocks(statement))
        if isinstance(statement, SCOPES) or not inner:
            self.assignment(statement, known)
        elif _is_plain_with(statement):
            _forget(known, stored_names(statement))
            self.block(inner[0], known)
        elif isinstance(statement, ast.Try) and not statement.handlers:
            self.block(statement.body, known)
            # `finally` also runs when the body stopped half-way; what follows it does not.
            self.block(statement.finalbody, _without(known, _stored_in(statement.body)))
            _forget(known, _stored_in(statement.finalbody))
        else:
            self._branches(statement, inner, known)

    def _branches(
        self, statement: ast.stmt, inner: list[list[ast.stmt]], known: dict[str, _Sum]
    ) -> None:
        # Ways meet at a loop's start, in a handler and behind every branch: what any of them
        # stores is unknown there.
        _forget(known, stored_names(statement))
        mixed = _stored_in([statement])
        fresh = _without(known, mixed)
        for position, block in enumerate(inner):
            branch = isinstance(statement, ast.If | ast.Match) or (
                isinstance(statement, _TRIES) and position == 0
            )
            self.block(block, dict(known) if branch else dict(fresh))
        _forget(known, mixed)

    def assignment(self, statement: ast.stmt, known: dict[str, _Sum]) -> None:
        """Note what a simple statement does to a global, and what a local holds after it."""
        name, result = self._result(statement, known)
        _forget(known, stored_names(statement))
        if name is None or result is None:
            return
        if (name in self.stored or not name.isidentifier()) and result.base == name:
            self.found[id(statement)] = result.offset
        elif result.base is not None and _is_long(result.base):
            return
        elif name in self.followed:
            known[name] = result

    def _result(
        self, statement: ast.stmt, known: Mapping[str, _Sum]
    ) -> tuple[str | None, _Sum | None]:
        target: ast.expr
        value: ast.expr | None
        if isinstance(statement, ast.AugAssign):
            target, value = statement.target, _as_binary(statement)
        elif isinstance(statement, ast.AnnAssign):
            target, value = statement.target, statement.value
        elif isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
        else:
            return None, None
        name = target.id if isinstance(target, ast.Name) else self._part(target)
        if name is None or value is None:
            return None, None
        return name, self._sum(value, known)

    def _part(self, node: ast.expr) -> str | None:
        """Return the path of a watched attribute or entry as text, else None."""
        path = path_of(node) if isinstance(node, ast.Attribute | ast.Subscript) else None
        if path is None or path.steps[-1].key not in self.parts:
            return None
        return str(path)

    def _sum(self, node: ast.expr, known: Mapping[str, _Sum]) -> _Sum | None:
        literal = number(node)
        if literal is not None:
            return _Sum(None, literal)
        if isinstance(node, ast.Name):
            if node.id in self.readable:
                return _Sum(node.id, 0)
            if node.id in self.numbers:
                return _Sum(None, self.numbers[node.id])
            return known.get(node.id)
        part = self._part(node)
        if part is not None:
            return _Sum(part, 0)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Sub):
            left, right = self._sum(node.left, known), self._sum(node.right, known)
            if left is None or right is None:
                return None
            if isinstance(node.op, ast.Sub):
                return None if right.base else _Sum(left.base, left.offset - right.offset)
            if left.base and right.base:
                return None
            return _Sum(left.base or right.base, left.offset + right.offset)
        return None


def _as_binary(statement: ast.AugAssign) -> ast.expr:
    target = statement.target
    read: ast.expr
    if isinstance(target, ast.Name):
        read = ast.Name(target.id, ast.Load())
    elif isinstance(target, ast.Attribute):
        read = ast.Attribute(target.value, target.attr, ast.Load())
    else:
        read = ast.Subscript(target.value, target.slice, ast.Load())
    return ast.BinOp(read, statement.op, statement.value)


def _is_plain_with(statement: ast.stmt) -> bool:
    """Whether this is `with lock:`; `with suppress(...):` can go on from a half-run body."""
    plain = (ast.Name, ast.Attribute)
    return isinstance(statement, ast.With | ast.AsyncWith) and all(
        isinstance(item.context_expr, plain) for item in statement.items
    )


def _stored_in(body: Sequence[ast.stmt]) -> set[str]:
    return {name for part in own_statements(body) for name in stored_names(part)}


def _without(known: Mapping[str, _Sum], names: set[str]) -> dict[str, _Sum]:
    left = dict(known)
    _forget(left, names)
    return left


def _forget(known: dict[str, _Sum], names: set[str]) -> None:
    for name in names:
        known.pop(name, None)
    for local, held in list(known.items()):
        # `self.balance` of another `self` is another value.
        if held.base and not held.base.isidentifier() and _root(held.base) in names:
            del known[local]


def _root(path: str) -> str:
    return re.split(r"[.\[]", path, maxsplit=1)[0]


def _is_long(path: str) -> bool:
    return len(re.findall(r"[.\[]", path)) > 1
