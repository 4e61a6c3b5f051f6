"""Which statements and calls may change a watched expression, and which object each changes.

A store is found by the name of the attribute or of the container that it changes (`self.balance
+= 1` may change `account.balance`), and told apart at run time: the probe is given the object
that was changed and records only if it is the watched one. So a store through an alias of another
name (`hits = stats; hits["a"] = 1`) is not found; `unseen` lists those that can be known.

Guarantees: nothing is executed; a watched value's own store is `is_whole`, everything else may
leave it as it was.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .scopes import Located, assignment_targets
from .watches import Path, Step, Watch, path_of

#: Methods of builtin containers that change them.
MUTATORS = frozenset({
    "add", "append", "appendleft", "clear", "difference_update", "discard", "extend", "extendleft",
    "insert", "intersection_update", "move_to_end", "pop", "popitem", "popleft", "remove",
    "reverse", "rotate", "setdefault", "sort", "subtract", "symmetric_difference_update", "update",
})  # fmt: skip
#: Functions of the standard library that change their first argument.
_CHANGE_FIRST = frozenset({
    "heapify", "heappop", "heappush", "heappushpop", "heapreplace",
    "insort", "insort_left", "insort_right", "shuffle",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Touch:
    """A change that may concern a watch.

    Attributes:
        watch: the watch.
        path: which of its values, None for an attribute of every instance of a class.
        depth: how many of the path's steps lead to the object that is changed.
        is_whole: the watched value itself is stored, not something in it or on the way to it.
        base: how the source names the changed object, None where it cannot be named again.
        node: where.
    """

    watch: Watch
    path: Path | None
    depth: int
    is_whole: bool
    base: Path | None
    node: Located


@dataclass(frozen=True, slots=True)
class _Part:
    watch: Watch
    path: Path | None
    depth: int
    step: Step | None
    is_whole: bool


class Touches:
    """The watches of a script, and what touches them.

    Attributes: by_root, the watches by the module globals that they begin with; parts, the
    attributes and keys that end one; of_classes, those of every instance of a class.
    """

    def __init__(self, watches: Iterable[Watch], classes: frozenset[str]) -> None:
        self.by_root: dict[str, list[Watch]] = defaultdict(list)
        self.of_classes: list[Watch] = []
        self._attributes: dict[object, list[_Part]] = defaultdict(list)
        self._containers: dict[object, list[_Part]] = defaultdict(list)
        for watch in watches:
            if is_of_class(watch, classes):
                name = watch.paths[0].steps[0].key
                step = watch.paths[0].steps[0]
                self.of_classes.append(watch)
                self._attributes[name].append(_Part(watch, None, 0, step, is_whole=True))
                self._containers[name].append(_Part(watch, None, 0, None, is_whole=False))
            for path in watch.paths:
                self.by_root[path.root].append(watch)
                self._add(watch, path)

    @property
    def parts(self) -> frozenset[object]:
        """The attributes and keys whose store is a store of a watched value."""
        found = (*self._attributes.values(), *self._containers.values())
        return frozenset(
            part.step.key for group in found for part in group if part.is_whole and part.step
        )

    def _add(self, watch: Watch, path: Path) -> None:
        end = len(path.steps)
        for depth, step in enumerate(path.steps):
            whole = depth == end - 1 and not path.is_length and not watch.formula
            part = _Part(watch, path, depth, step, whole)
            if step.is_item:
                self._containers[path.last_name(depth)].append(part)
            else:
                self._attributes[step.key].append(part)
        self._containers[path.last_name(end)].append(_Part(watch, path, end, None, False))

    def of_statement(self, statement: ast.stmt, private: str) -> list[Touch]:
        """Return what the statement's own targets touch.

        *private* is put before a name that the class around it mangles.
        """
        found: list[Touch] = []
        for target in assignment_targets(statement):
            found += self._of_target(target, private)
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            # `items += [1]` changes the list, whatever else is called `items`.
            name = statement.target
            found += self._of_container(name, None, name, private)
        return found

    def _of_target(self, target: ast.expr, private: str) -> Iterator[Touch]:
        if isinstance(target, ast.Tuple | ast.List):
            for element in target.elts:
                yield from self._of_target(element, private)
        elif isinstance(target, ast.Starred):
            yield from self._of_target(target.value, private)
        elif isinstance(target, ast.Attribute):
            for part in self._attributes.get(mangled(target.attr, private), ()):
                yield _touch(part, mangled_path(target.value, private), target)
        elif isinstance(target, ast.Subscript):
            key = path_of(ast.Subscript(ast.Name("_"), target.slice))
            step = key.steps[0] if key else None
            yield from self._of_container(target.value, step, target, private)

    def of_call(self, call: ast.Call, private: str) -> list[Touch]:
        """Return what a call touches: `buffer.append(x)`, `heappush(buffer, x)`."""
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr in MUTATORS:
            return list(self._of_container(function.value, None, call, private))
        name = function.attr if isinstance(function, ast.Attribute) else None
        if isinstance(function, ast.Name):
            name = function.id
        if name in _CHANGE_FIRST and call.args:
            return list(self._of_container(call.args[0], None, call, private))
        return []

    def _of_container(
        self, container: ast.expr, step: Step | None, node: ast.expr, private: str
    ) -> Iterator[Touch]:
        path = mangled_path(container, private)
        for part in self._containers.get(_last_name(container, private), ()):
            if part.path is None:
                # The instance is one step before the container that is its attribute.
                if isinstance(container, ast.Attribute):
                    yield _touch(part, mangled_path(container.value, private), node)
            elif step is None or part.step is None or part.step == step:
                whole = part.is_whole and step is not None
                yield Touch(part.watch, part.path, part.depth, whole, path, node)

    def is_worth_a_look(self, call: ast.Call) -> bool:
        """Whether `of_call` could find something, at a glance."""
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else None
        name = function.id if isinstance(function, ast.Name) else name
        return bool(self._containers) and (name in MUTATORS or name in _CHANGE_FIRST)


def is_of_class(watch: Watch, classes: frozenset[str]) -> bool:
    """Whether the watch is an attribute of every instance of a class of the script."""
    return not watch.is_name and watch.paths[0].root in classes


def mangled(name: str, private: str) -> str:
    """Return an attribute's real name: `__x` in a class `C` is `_C__x`."""
    is_private = name.startswith("__") and not name.endswith("__")
    return private + name if private and is_private else name


def mangled_path(node: ast.expr, private: str) -> Path | None:
    """Return the path that an expression spells, with real names."""
    path = path_of(node)
    if path is None or not private:
        return path
    steps: Sequence[Step] = [
        step if step.is_item else Step(mangled(str(step.key), private)) for step in path.steps
    ]
    return Path(path.root, tuple(steps))


def _last_name(node: ast.expr, private: str) -> object:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return mangled(node.attr, private)
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        key = node.slice.value
        return key if isinstance(key, str | int | bytes) else None
    return None


def _touch(part: _Part, base: Path | None, node: Located) -> Touch:
    return Touch(part.watch, part.path, part.depth, part.is_whole, base, node)
