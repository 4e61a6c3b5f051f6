"""Which statement stores which name, and in which scope.

Python decides where a name lives per scope, not per line: a function that assigns `counter`
stores a local unless it declares `global counter`, whatever the functions around it declare.
Parameters, value probes and the arithmetic of lost updates all need that decision, so it is
made here once.

Guarantees: nothing is executed; a statement belongs to exactly one scope; expressions are
walked with a stack of our own, so a script that compiles is never too deep for us.
"""

from __future__ import annotations

import ast
import sys
from _thread import RLock
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
SCOPES = (*FUNCTIONS, ast.ClassDef)

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
ScopeNode = FunctionNode | ast.ClassDef
Located = ast.stmt | ast.expr | ast.pattern | ast.excepthandler | ast.alias

# The compiler itself gives up at about 3,000 levels, and a visitor takes three frames a level.
_DEEPEST = 10_000
_one_at_a_time = RLock()


@dataclass(frozen=True, slots=True)
class Binding:
    """One name that a statement binds or deletes, and the node that does it."""

    name: str
    node: Located
    kind: Literal["set", "del"] = "set"


@contextmanager
def deep_trees() -> Iterator[None]:
    """Allow trees as deep as the compiler accepts (a chain of 400 `elif` is one).

    Python-to-Python calls take no C stack from 3.11 on, so the higher limit is safe.

    One thread at a time: the limit is the process's, and the maker of trees counts its depth in
    one place for all threads, so that two at once end in a SystemError (CPython's gh-106905).
    """
    with _one_at_a_time:
        before = sys.getrecursionlimit()
        sys.setrecursionlimit(max(before, _DEEPEST))
        try:
            yield
        finally:
            sys.setrecursionlimit(before)


def target_names(target: ast.expr) -> Iterator[ast.Name]:
    """Yield the plain names that an assignment target binds, left to right."""
    if isinstance(target, ast.Name):
        yield target
    elif isinstance(target, ast.Starred):
        yield from target_names(target.value)
    elif isinstance(target, ast.Tuple | ast.List):
        for element in target.elts:
            yield from target_names(element)


def captures(pattern: ast.pattern) -> Iterator[Binding]:
    """Yield the names that a `case` pattern captures."""
    for node in ast.walk(pattern):
        if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name is not None:
            yield Binding(node.name, node)
        elif isinstance(node, ast.MatchMapping) and node.rest is not None:
            yield Binding(node.rest, node)


def assignment_targets(statement: ast.stmt) -> Sequence[ast.expr]:
    """Return what the statement itself stores to or deletes, as it is written."""
    if isinstance(statement, ast.Assign | ast.Delete):
        return statement.targets
    if isinstance(statement, ast.AugAssign | ast.For | ast.AsyncFor):
        return (statement.target,)
    if isinstance(statement, ast.AnnAssign):
        return (statement.target,) if statement.value is not None else ()
    if isinstance(statement, ast.With | ast.AsyncWith):
        return [item.optional_vars for item in statement.items if item.optional_vars is not None]
    if sys.version_info >= (3, 12) and isinstance(statement, ast.TypeAlias):
        return (statement.name,)
    return ()


def bindings(statement: ast.stmt) -> Iterator[Binding]:
    """Yield what the statement itself binds: neither what is in its blocks nor its walruses."""
    if isinstance(statement, SCOPES):
        yield Binding(statement.name, statement)
    elif isinstance(statement, ast.Import):
        for alias in statement.names:
            yield Binding(alias.asname or alias.name.partition(".")[0], statement)
    elif isinstance(statement, ast.ImportFrom):
        for alias in statement.names:
            yield Binding(alias.asname or alias.name, statement)
    kind: Literal["set", "del"] = "del" if isinstance(statement, ast.Delete) else "set"
    for target in assignment_targets(statement):
        for name in target_names(target):
            yield Binding(name.id, name, kind)


def blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """Yield the blocks of a compound statement that run in the statement's own scope."""
    if isinstance(statement, SCOPES):
        return
    for field in ("body", "orelse", "finalbody"):
        block = getattr(statement, field, None)
        if block:
            yield block
    for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield part.body


def own_statements(body: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """Yield every statement of one scope: blocks are entered, functions and classes are not."""
    stack = list(reversed(body))
    while stack:
        statement = stack.pop()
        yield statement
        for block in reversed(list(blocks(statement))):
            stack.extend(reversed(block))


def walruses(statement: ast.stmt) -> Iterator[ast.NamedExpr]:
    """Yield the `:=` of the statement's own expressions that bind in its scope.

    A walrus in a comprehension binds outside it; one in a lambda belongs to the lambda.
    """
    skipped = {id(inner) for block in blocks(statement) for inner in block}
    if isinstance(statement, SCOPES):
        skipped.update(id(inner) for inner in statement.body)
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.NamedExpr):
            yield node
        children: list[ast.AST] = (
            [node.args] if isinstance(node, ast.Lambda) else list(ast.iter_child_nodes(node))
        )
        stack.extend(child for child in reversed(children) if id(child) not in skipped)


def stored_names(statement: ast.stmt) -> set[str]:
    """Return all that the statement binds or deletes in its scope, but for its blocks."""
    names = {binding.name for binding in bindings(statement)}
    names.update(walrus.target.id for walrus in walruses(statement))
    for handler in getattr(statement, "handlers", ()):
        if handler.name is not None:
            names.add(handler.name)
    for case in getattr(statement, "cases", ()):
        names.update(binding.name for binding in captures(case.pattern))
    return names


def declared_global(scope: ScopeNode) -> set[str]:
    """Return the names that the scope itself declares `global`."""
    return {
        name
        for statement in own_statements(scope.body)
        if isinstance(statement, ast.Global)
        for name in statement.names
    }


def scopes(tree: ast.Module) -> Iterator[ScopeNode]:
    """Yield every function and class of the module, in no particular order."""
    return (node for node in ast.walk(tree) if isinstance(node, SCOPES))


def global_stores(tree: ast.Module) -> Iterator[tuple[ast.stmt, str, bool]]:
    """Yield `(statement, name, in_module)` for every statement that stores a module global.

    `in_module` is False where a function or class body stores a name that it declares `global`.
    """
    for statement in own_statements(tree.body):
        for name in stored_names(statement):
            yield statement, name, True
    for scope in scopes(tree):
        declared = declared_global(scope)
        if not declared:
            continue
        for statement in own_statements(scope.body):
            for name in stored_names(statement) & declared:
                yield statement, name, False


def number(node: ast.expr | None) -> int | float | None:
    """Return the number that a literal such as `5`, `-0.5` or `+3` spells, else None."""
    sign = 1
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        sign = -1 if isinstance(node.op, ast.USub) else 1
        node = node.operand
    if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
        return None
    assert isinstance(node.value, int | float)
    return sign * node.value
