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
- The tree and its code hold only string sentinels (`store_points`).

A watch that is more than a name (`watches`) is recorded behind whatever may change it
(`touches`): stores of the names in it, of attributes, of entries, and calls that change a
container. Where it must be told at run time whether the object that was changed is the watched
one, the probe is three tests: the object is put on a stack (`self in push`), the pipe reads it
there, and it is taken off again; none of them offers the GIL.

Not seen: stores through `globals()`, `setattr`, `exec` and `from module import *`; the deletion
at the end of `except ... as name`; a store by an unpacking that then fails; names that a class
mangles (`__name`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from .amounts import amounts
from .changes import Number, known_changes
from .scopes import (
    Binding,
    Located,
    ScopeNode,
    bindings,
    captures,
    declared_global,
    deep_trees,
    target_names,
)
from .store_points import (
    POP,
    PUSH,
    StorePoint,
    change_sentinel,
    instance_sentinel,
    sentinel,
)
from .touches import Touch, Touches, is_of_class
from .watches import Path, Watch, class_names, parse_watch

# These store before their blocks run, so their probes open the block.
_STORE_FIRST = (ast.For, ast.AsyncFor, ast.With, ast.AsyncWith)
_Loop = TypeVar("_Loop", bound=ast.For | ast.AsyncFor)
_AnyWith = ast.With | ast.AsyncWith
_With = TypeVar("_With", bound=ast.With | ast.AsyncWith)


def instrument(tree: ast.Module, watched: Iterable[str | Watch]) -> tuple[StorePoint, ...]:
    """Insert a probe after every store that may change what is `watched`, in place.

    Returns the store points in the order of their indices. Compile the tree, then `bind` it.
    """
    watches = [parse_watch(each) if isinstance(each, str) else each for each in watched]
    if not watches:
        return ()
    with deep_trees():
        touches = Touches(watches, frozenset(class_names(tree)))
        names = frozenset(touches.by_root)
        plain = frozenset(watch.text for watch in watches if watch.is_name)
        changes = known_changes(tree, plain, touches.parts)
        instrumenter = _Instrumenter(tree, touches, names, changes)
        instrumenter.visit(tree)
    return tuple(instrumenter.points)


class _Instrumenter(ast.NodeTransformer):
    """Walks the tree, knowing whose stores, in the scope it is in, are stores of watched globals.

    Points are numbered before a statement's blocks are entered, so indices follow the source.
    """

    def __init__(
        self,
        tree: ast.Module,
        touches: Touches,
        watched: frozenset[str],
        changes: Mapping[int, Number],
    ) -> None:
        self.points: list[StorePoint] = []
        self._touches = touches
        self._classes = frozenset(class_names(tree))
        self._watched = watched
        self._changes = changes
        self._amounts = amounts(tree)
        self._live = watched
        self._in_module = True
        self._in_class = False
        self._is_init = False
        self._private = ""  # what the class around puts before a private name

    def visit(self, node: ast.AST) -> Any:
        if isinstance(node, ast.expr):
            # Most expressions store nothing, and some are too deep to visit for nothing.
            return super().visit(node) if self._may_store(node) else node
        if not isinstance(node, ast.stmt) or isinstance(node, _STORE_FIRST) or _is_future(node):
            return super().visit(node)
        after = self._after(bindings(node), node)
        super().visit(node)
        return [node, *after]

    def _may_store(self, node: ast.expr) -> bool:
        look = self._touches.is_worth_a_look
        return any(
            isinstance(part, ast.NamedExpr) or (isinstance(part, ast.Call) and look(part))
            for part in ast.walk(node)
        )

    def _after(self, stored: Iterable[Binding], node: ast.stmt) -> list[ast.stmt]:
        """Return the probes for all that the statement itself stores."""
        names = list(stored)
        tests = self._name_tests(names, node)
        unsafe = {binding.name for binding in names if not isinstance(node, ast.AugAssign)}
        for touch in self._touches.of_statement(node, self._private):
            if not isinstance(touch.node, ast.Name) or touch.node.id not in self._live:
                tests += self._touch_tests(touch, node, unsafe)
        return _statements(tests)

    def visit_For(self, node: ast.For) -> ast.For:
        return self._loop(node)

    def visit_AsyncFor(self, node: ast.AsyncFor) -> ast.AsyncFor:
        return self._loop(node)

    def _loop(self, node: _Loop) -> _Loop:
        first = self._after(bindings(node), node)
        self.generic_visit(node)
        node.body[:0] = first
        return node

    def visit_With(self, node: ast.With) -> ast.With:
        return self._with(node)

    def visit_AsyncWith(self, node: ast.AsyncWith) -> ast.AsyncWith:
        return self._with(node)

    def _with(self, node: _With) -> _With:
        """Put each item's probes behind the item: `with a as x, b as y` nests at `x`."""
        stored = [self._after_item(item, node) for item in node.items]
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

    def _after_item(self, item: ast.withitem, node: _AnyWith) -> list[ast.stmt]:
        alone = ast.copy_location(ast.With(items=[item], body=[]), node)
        return self._after(_item_bindings(item), alone)

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.ExceptHandler:
        named = [Binding(node.name, node)] if node.name is not None else []
        first = _statements(self._name_tests(named, node))
        self.generic_visit(node)
        node.body[:0] = first
        return node

    def visit_match_case(self, node: ast.match_case) -> ast.match_case:
        """Captures are stored before the guard is asked, and stay stored when it says no."""
        tests = self._name_tests(list(captures(node.pattern)), node)
        self.generic_visit(node)
        if node.guard is not None and tests:
            node.guard = _pick(len(tests), [*tests, node.guard], node.guard)
        else:
            node.body[:0] = _statements(tests)
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        self.generic_visit(node)
        tests = self._name_tests([Binding(node.target.id, node.target)], node)
        return _pick(0, [node, *tests], node) if tests else node

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """A call that changes a container is followed by its probes where it stands."""
        touches = self._touches.of_call(node, self._private)
        self.generic_visit(node)
        tests = [test for touch in touches for test in self._touch_tests(touch, node, set())]
        return _pick(0, [node, *tests], node) if tests else node

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
        outside = self._live, self._in_module, self._in_class, self._is_init, self._private
        is_class = isinstance(node, ast.ClassDef)
        self._in_module = False
        self._is_init = node.name == "__init__" and not is_class
        self._in_class = self._in_class or is_class
        if is_class:
            self._private = f"_{node.name.lstrip('_')}" if node.name.strip("_") else ""
        self._live = frozenset(
            name for name in declared & self._watched if not (self._in_class and _is_private(name))
        )
        for statement in body:
            visited = self.visit(statement)
            node.body.extend(visited if isinstance(visited, list) else [visited])
        self._live, self._in_module, self._in_class, self._is_init, self._private = outside

    def _name_tests(self, stored: Sequence[Binding], by: ast.AST) -> list[ast.expr]:
        """Return a probe for each watch that begins with a name among `stored`."""
        found = {binding.name: binding for binding in stored if binding.name in self._live}
        tests = []
        for name, binding in found.items():
            new = isinstance(by, ast.ClassDef) or _is_plain_assignment(by, name)
            initial = self._in_module and new
            for watch in dict.fromkeys(self._touches.by_root[name]):
                kind = binding.kind if watch.is_name else "set"
                change = self._changes.get(id(by)) if watch.is_name else None
                point = StorePoint(
                    index=len(self.points),
                    name=watch.text,
                    line=binding.node.lineno,
                    kind=kind,
                    change=change,
                    initial=initial,
                    watch=watch,
                    exact=watch.is_name,
                    amount=self._amounts.get(id(by)) if watch.is_name else None,
                )
                tests += [*_change_tests(point, binding.node), self._test(point, binding.node)]
        return tests + self._naming_tests(stored, by)

    def _naming_tests(self, stored: Iterable[Binding], by: ast.AST) -> list[ast.expr]:
        """Return the probes that tell which instance of a watched class has which name."""
        if not self._in_module or not isinstance(by, ast.Assign | ast.AnnAssign):
            return []
        tests = []
        for binding in stored:
            for watch in self._touches.of_classes:
                if binding.name != watch.paths[0].root:
                    point = StorePoint(
                        index=len(self.points),
                        name=binding.name,
                        line=binding.node.lineno,
                        kind="name",
                        change=None,
                        initial=False,
                        watch=watch,
                        of_class=True,
                    )
                    tests.append(self._test(point, binding.node))
        return tests

    def _touch_tests(self, touch: Touch, by: ast.AST, unsafe: set[str]) -> list[ast.expr]:
        """Return the tests for a change of something that may be watched, or none.

        `unsafe` names hold something else behind the statement than what they led to in it.
        """
        watch, at = touch.watch, touch.node
        base = touch.base if touch.base and touch.base.root not in unsafe else None
        of_class = touch.path is None
        if of_class and base is None:
            return []
        if not of_class and is_of_class(watch, self._classes) and not _is_class(base, watch):
            return []  # an instance, most likely: that is another touch
        exact = touch.is_whole and base is not None
        point = StorePoint(
            index=len(self.points),
            name=watch.text,
            line=at.lineno,
            kind="set",
            change=self._changes.get(id(by)) if exact else None,
            initial=exact and (self._in_module or self._is_init) and _is_fresh(by),
            watch=watch,
            exact=exact,
            of_class=of_class,
            path=touch.path,
            depth=touch.depth,
            base=base,
            amount=self._amounts.get(id(by)) if exact else None,
        )
        tests = [self._test(point, at)]
        if of_class:
            nothing = ast.copy_location(ast.Constant(None), at)
            tests.insert(0, _is_in(nothing, instance_sentinel(point.index), at))
        if base is not None:
            changed = ast.copy_location(ast.Name(base.root, ast.Load()), at)
            tests.insert(0, _is_in(changed, PUSH, at))
            tests.append(_is_in(ast.copy_location(ast.Constant(None), at), POP, at))
        return [*_change_tests(point, at), *tests]

    def _test(self, point: StorePoint, at: Located) -> ast.expr:
        self.points.append(point)
        nothing = ast.copy_location(ast.Constant(None), at)
        return _is_in(nothing, sentinel(point.index), at)


def _is_in(what: ast.expr, name: str, at: Located) -> ast.expr:
    pipe = ast.copy_location(ast.Constant(name), at)
    return ast.copy_location(ast.Compare(what, [ast.In()], [pipe]), at)


def _change_tests(point: StorePoint, at: Located) -> list[ast.expr]:
    """Return the tests that record the amount of an update, where only a local knows it."""
    if point.amount is None or point.change is not None:
        return []
    nothing = ast.copy_location(ast.Constant(None), at)
    amount = ast.copy_location(ast.Name(point.amount.name, ast.Load()), at)
    change = _is_in(nothing, change_sentinel(point.index), at)
    return [_is_in(amount, PUSH, at), change, _is_in(nothing, POP, at)]


def _statements(tests: Iterable[ast.expr]) -> list[ast.stmt]:
    return [ast.copy_location(ast.Expr(test), test) for test in tests]


def _item_bindings(item: ast.withitem) -> Iterator[Binding]:
    if item.optional_vars is not None:
        for name in target_names(item.optional_vars):
            yield Binding(name.id, name)


def _pick(index: int, elements: list[ast.expr], at: ast.expr) -> ast.expr:
    """Return the expression `(*elements,)[index]`: all are evaluated in order, nothing called."""
    together = ast.copy_location(ast.Tuple(elements, ast.Load()), at)
    which = ast.copy_location(ast.Constant(index), at)
    return ast.copy_location(ast.Subscript(together, which, ast.Load()), at)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__" and not node.level


def _is_private(name: str) -> bool:
    return name.startswith("__") and not name.endswith("__")


def _is_plain_assignment(node: ast.AST, name: str) -> bool:
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    return all(not isinstance(part, ast.Name) or part.id != name for part in ast.walk(node.value))


def _is_class(base: Path | None, watch: Watch) -> bool:
    return base is not None and not base.steps and base.root in (watch.paths[0].root, "cls")


def _is_fresh(node: ast.AST) -> bool:
    """Whether this is an assignment whose value reads nothing that could have been stored."""
    if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
        return False
    return not any(isinstance(part, ast.Attribute | ast.Subscript) for part in ast.walk(node.value))
