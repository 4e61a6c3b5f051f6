"""Value probes: record every store of a watched global without giving the GIL away.

After each statement that stores a watched name stands one more, `None in pipe`, where `pipe` is
an endless C iterator whose next step reads the value and appends it to a log. CPython offers the
GIL at calls, backward jumps and function entries; CONTAINS_OP is none of these, so the probe
cannot stretch the window in which a race happens (with a call in its place a checker saw
170,000 to 617,000 broken invariants, with this none).

Guarantees:
- Every statement that stores a watched name is seen once, after it has stored and before anything
  else of the script runs (`x = x = 1` once; the items of `with` and each `case` separately).
- A `:=` is seen where it happens, each time, in conditions, comprehensions, `return` and `raise`
  too: `(x := v)` becomes `((x := v), None in pipe)[0]`, which calls nothing.
- Docstrings and `from __future__` imports stay first; every line number stays as it was.
- What a probe is handed over is decided after compiling, by `bind`: the tree and its code hold
  only string sentinels, so both can be kept and sent.

Not seen: stores through `globals()`, `setattr`, `exec` and `from module import *`; the deletion
at the end of `except ... as name`; a store by an unpacking that then fails; names that a class
mangles (`__name`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Any, Literal, TypeVar

from .changes import Number, known_changes
from .constants import constant_names
from .scopes import (
    SCOPES,
    Binding,
    ScopeNode,
    bindings,
    captures,
    declared_global,
    deep_trees,
    global_stores,
    own_statements,
    scopes,
    target_names,
)

StoreKind = Literal["set", "del"]

_PREFIX = "\0threadlab-store:"

# These store before their blocks run, so their probes open the block.
_STORE_FIRST = (ast.For, ast.AsyncFor, ast.With, ast.AsyncWith)
_Loop = TypeVar("_Loop", bound=ast.For | ast.AsyncFor)
_With = TypeVar("_With", bound=ast.With | ast.AsyncWith)


@dataclass(frozen=True, slots=True)
class StorePoint:
    """One place in a script that stores or deletes a watched name.

    Attributes:
        index: its number, from 0; `sentinel(index)` stands for its pipe.
        name: the module global.
        line: where the name is stored.
        kind: "set", or "del" after which the name is unbound.
        change: the amount that an update adds, where the source says so, else None.
        initial: a plain assignment at module level that does not read the name: a new start,
            not an update.
    """

    index: int
    name: str
    line: int
    kind: StoreKind
    change: Number | None
    initial: bool


def sentinel(index: int) -> str:
    """Return the string constant that stands for the pipe of store point `index`."""
    return f"{_PREFIX}{index}"


def watched_names(tree: ast.Module) -> tuple[str, ...]:
    """Return the names that functions share as data, in the order of their declarations.

    These are the names that a function declares `global`, but for parameters, functions,
    classes, modules, and names that nothing stores a second time (there `global` did nothing).
    """
    objects, stores = set(constant_names(tree)), dict[str, int]()
    for statement, name, in_module in global_stores(tree):
        if isinstance(statement, (*SCOPES, ast.Import)):
            objects.add(name)
        # One store in a function may run many times; at module level it takes two statements.
        stores[name] = stores.get(name, 0) + (1 if in_module else 2)
    declarations = sorted(
        (
            statement
            for scope in scopes(tree)
            for statement in own_statements(scope.body)
            if isinstance(statement, ast.Global)
        ),
        key=lambda statement: (statement.lineno, statement.col_offset),
    )
    names = dict.fromkeys(name for statement in declarations for name in statement.names)
    return tuple(name for name in names if name not in objects and stores.get(name, 0) > 1)


def instrument(tree: ast.Module, watched: Iterable[str]) -> tuple[StorePoint, ...]:
    """Insert a probe after every store of the `watched` globals, in place.

    Returns the store points in the order of their indices. Compile the tree, then `bind` it.
    """
    names = frozenset(watched)
    if not names:
        return ()
    with deep_trees():
        instrumenter = _Instrumenter(names, known_changes(tree, names))
        instrumenter.visit(tree)
    return tuple(instrumenter.points)


def bind(code: CodeType, pipes: Mapping[str, object]) -> CodeType:
    """Return `code` with each sentinel constant replaced by its pipe, in nested code as well.

    KeyError for a sentinel without a pipe: it would fail in the script's own hands.
    """
    replaced = tuple(_bound(constant, pipes) for constant in code.co_consts)
    if all(new is old for new, old in zip(replaced, code.co_consts, strict=True)):
        return code
    return code.replace(co_consts=replaced)


def _bound(constant: object, pipes: Mapping[str, object]) -> object:
    if isinstance(constant, CodeType):
        return bind(constant, pipes)
    if isinstance(constant, str) and constant.startswith(_PREFIX):
        return pipes[constant]
    return constant


class _Instrumenter(ast.NodeTransformer):
    """Walks the tree, knowing whose stores, in the scope it is in, are stores of watched globals.

    Points are numbered before a statement's blocks are entered, so indices follow the source.
    """

    def __init__(self, watched: frozenset[str], changes: Mapping[int, Number]) -> None:
        self.points: list[StorePoint] = []
        self._watched = watched
        self._changes = changes
        self._live = watched
        self._in_module = True
        self._in_class = False

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr):
            # Most expressions hold no walrus, and some are too deep to visit for nothing.
            return super().visit(node) if _has_walrus(node) else node
        if not isinstance(node, ast.stmt) or isinstance(node, _STORE_FIRST) or _is_future(node):
            return super().visit(node)
        after = self._probes(bindings(node), node)
        super().visit(node)
        return [node, *after]

    def visit_For(self, node: ast.For) -> ast.For:
        return self._loop(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AsyncFor:
        return self._loop(node)

    def _loop(self, node: _Loop) -> _Loop:
        first = self._probes(bindings(node), node)
        self.generic_visit(node)
        node.body[:0] = first
        return node

    def visit_With(self, node: ast.With) -> ast.With:
        return self._with(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AsyncWith:
        return self._with(node)

    def _with(self, node: _With) -> _With:
        """Put each item's probes behind the item: `with a as x, b as y` nests at `x`."""
        stored = [self._probes(_item_bindings(item), node) for item in node.items]
        self.generic_visit(node)
        body: list[ast.stmt] = [*stored[-1], *node.body]
        end = len(node.items)
        for position in range(end - 1, 0, -1):
            if stored[position - 1]:
                inner = type(node)(items=node.items[position:end], body=body)
                body = [*stored[position - 1], ast.copy_location(inner, node)]
                end = position
        node.items, node.body = node.items[:end], body
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        named = [Binding(node.name, node)] if node.name is not None else []
        first = self._probes(named, node)
        self.generic_visit(node)
        node.body[:0] = first
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        """Captures are stored before the guard is asked, and stay stored when it says no."""
        first = self._probes(captures(node.pattern), node)
        self.generic_visit(node)
        if node.guard is not None and first:
            tests = [probe.value for probe in first]
            node.guard = _pick(len(tests), [*tests, node.guard], node.guard)
        else:
            node.body[:0] = first
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        self.generic_visit(node)
        probes = self._probes([Binding(node.target.id, node.target)], node)
        return _pick(0, [node, probes[0].value], node) if probes else node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        node.args = self.visit(node.args)
        outside, self._live = self._live, frozenset()
        node.body = self.visit(node.body)
        self._live = outside
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._scope(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._scope(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._scope(node)

    def _scope(self, node: ScopeNode) -> None:
        declared = declared_global(node)
        # Decorators, defaults and bases run in the scope outside.
        body, node.body = node.body, []
        self.generic_visit(node)
        outside = self._live, self._in_module, self._in_class
        self._in_module = False
        self._in_class = self._in_class or isinstance(node, ast.ClassDef)
        self._live = frozenset(
            name for name in declared & self._watched if not (self._in_class and _is_private(name))
        )
        for statement in body:
            visited = self.visit(statement)
            node.body.extend(visited if isinstance(visited, list) else [visited])
        self._live, self._in_module, self._in_class = outside

    def _probes(self, stored: Iterable[Binding], by: ast.AST) -> list[ast.Expr]:
        """Return a probe for each different name among `stored` that is watched here."""
        found = {binding.name: binding for binding in stored if binding.name in self._live}
        return [self._probe(binding, by) for binding in found.values()]

    def _probe(self, stored: Binding, by: ast.AST) -> ast.Expr:
        point = StorePoint(
            index=len(self.points),
            name=stored.name,
            line=stored.node.lineno,
            kind=stored.kind,
            change=self._changes.get(id(by)),
            initial=self._in_module and _is_plain_assignment(by, stored.name),
        )
        self.points.append(point)
        at = stored.node
        pipe = ast.copy_location(ast.Constant(sentinel(point.index)), at)
        nothing = ast.copy_location(ast.Constant(None), at)
        test = ast.copy_location(ast.Compare(nothing, [ast.In()], [pipe]), at)
        return ast.copy_location(ast.Expr(test), at)


def _item_bindings(item: ast.withitem) -> Iterator[Binding]:
    if item.optional_vars is not None:
        for name in target_names(item.optional_vars):
            yield Binding(name.id, name)


def _pick(index: int, elements: list[ast.expr], at: ast.expr) -> ast.expr:
    """Return the expression `(*elements,)[index]`: all are evaluated in order, nothing called."""
    together = ast.copy_location(ast.Tuple(elements, ast.Load()), at)
    which = ast.copy_location(ast.Constant(index), at)
    return ast.copy_location(ast.Subscript(together, which, ast.Load()), at)


def _has_walrus(node: ast.expr) -> bool:
    return any(isinstance(part, ast.NamedExpr) for part in ast.walk(node))


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def _is_plain_assignment(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    return all(not isinstance(part, ast.Name) or part.id != name for part in ast.walk(node.value))
