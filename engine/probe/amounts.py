"""Updates whose amount is only known at run time: `self.balance -= amount`.

Where the amount is a local of the function, nobody else can change it, so behind the store it is
what the statement has used: recorded there, it makes the lost updates as exact as a constant does
(see `changes`).

Guarantees: only names that are the function's own are taken: no global, no name that another
function shares by `nonlocal`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from .changes import local_names
from .scopes import FunctionNode, declared_global, own_statements, scopes
from .watches import path_of


@dataclass(frozen=True, slots=True)
class Amount:
    """An update by the local called *name*, added where *sign* is 1, taken away where it is -1."""

    name: str
    sign: int


def amounts(tree: ast.Module) -> dict[int, Amount]:
    """Return the amount of each update that has one, by the statement's `id()`."""
    found: dict[int, Amount] = {}
    for scope in scopes(tree):
        if isinstance(scope, ast.ClassDef):
            continue
        own = _own_names(scope)
        for statement in own_statements(scope.body):
            for amount in _amount(statement):
                if amount.name in own:
                    found[id(statement)] = amount
    return found


def _own_names(function: FunctionNode) -> set[str]:
    shared = {
        name for node in ast.walk(function) if isinstance(node, ast.Nonlocal) for name in node.names
    }
    return local_names(function) - shared - declared_global(function)


def _amount(statement: ast.stmt) -> Iterator[Amount]:
    target: ast.expr
    if isinstance(statement, ast.AugAssign):
        target, operation, by = statement.target, statement.op, statement.value
    elif isinstance(statement, ast.Assign) and isinstance(statement.value, ast.BinOp):
        target, operation, by = statement.targets[0], statement.value.op, statement.value.right
        path = path_of(target)
        if len(statement.targets) > 1 or path is None or path_of(statement.value.left) != path:
            return
    else:
        return
    is_own = isinstance(target, ast.Name) and isinstance(by, ast.Name) and target.id == by.id
    if isinstance(by, ast.Name) and isinstance(operation, ast.Add | ast.Sub) and not is_own:
        yield Amount(by.id, 1 if isinstance(operation, ast.Add) else -1)
