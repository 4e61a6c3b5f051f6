"""What a script calls the objects it makes: `lock = threading.Lock()` makes `lock`.

A lock knows the line that made it but not the variable that holds it, and a lane labelled
`lock` says more than one labelled `Lock 0x7f...`. Guarantees: names come from the source alone;
an object whose line gives no name simply has none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from .scopes import SCOPES, blocks, deep_trees

_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
_ADDING = ("append", "add")


@dataclass(frozen=True, slots=True)
class NameHint:
    """How the objects made at one line are called, in the order in which they are made.

    Attributes:
        names: one for each object that the line makes once; or, where `repeated`, the one name
            of the collection that holds them all.
        repeated: the line makes an object again and again: `forks = [Lock() for _ in range(5)]`.
    """

    names: tuple[str, ...]
    repeated: bool = False

    def name(self, ordinal: int) -> str:
        """Return the name of the object that was made at this line after `ordinal` others.

        `forks[0]`, `forks[1]` where repeated; `lock`, then `lock (2)` where a line that makes one
        object is passed again, as in an `__init__`.
        """
        if self.repeated:
            return f"{self.names[0]}[{ordinal}]"
        passed, position = divmod(ordinal, len(self.names))
        return self.names[position] if not passed else f"{self.names[position]} ({passed + 1})"


def object_names(tree: ast.Module) -> dict[int, NameHint]:
    """Return a hint for each line on which an assigned value is made by a call.

    A value that spans lines has its hint at each of them. Where two are made on one line, the
    names of both are listed in order.
    """
    found: dict[int, NameHint] = {}
    with deep_trees():
        for prefix, statement, block in _statements(tree.body, ""):
            for name, value in _made(statement, block):
                if _calls(value):
                    _note(found, _hint(prefix + name, value), value)
    return found


def _statements(
    body: Sequence[ast.stmt], prefix: str
) -> Iterator[tuple[str, ast.stmt, Sequence[ast.stmt]]]:
    """Yield every statement with its class's name as a prefix, and the block that it is in."""
    for statement in body:
        yield prefix, statement, body
        if isinstance(statement, SCOPES):
            inner = f"{statement.name}." if isinstance(statement, ast.ClassDef) else ""
            yield from _statements(statement.body, inner)
        for block in blocks(statement):
            yield from _statements(block, prefix)


def _made(statement: ast.stmt, block: Sequence[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Yield `(name, value)` for whatever the statement gives a name; `name[]` for a collection."""
    if isinstance(statement, ast.Assign):
        yield from _pairs(statement.targets[0], statement.value, block)
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield from _pairs(statement.target, statement.value, block)
    elif isinstance(statement, ast.With | ast.AsyncWith):
        for item in statement.items:
            if item.optional_vars is not None:
                yield from _pairs(item.optional_vars, item.context_expr, block)
    elif isinstance(statement, ast.Expr):
        collection = _added_to(statement)
        if collection is not None and isinstance(statement.value, ast.Call):
            yield f"{collection}[]", statement.value.args[0]


def _pairs(
    target: ast.expr, value: ast.expr, block: Sequence[ast.stmt]
) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(target, ast.Tuple | ast.List):
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
            for part, made in zip(target.elts, value.elts, strict=True):
                yield from _pairs(part, made, block)
        else:
            names = [_spelled(part) for part in target.elts]
            if all(names):
                yield "\0".join(names), value
        return
    name = _spelled(target)
    if not name:
        return
    if isinstance(value, ast.Tuple | ast.List):
        for position, made in enumerate(value.elts):
            yield f"{name}[{position}]", made
    elif isinstance(value, ast.Dict):
        for key, made in zip(value.keys, value.values, strict=True):
            yield f"{name}[{'' if key is None else ast.unparse(key)}]", made
    else:
        yield _collected(name, block) or name, value


def _spelled(target: ast.expr) -> str:
    """Return the name that a target spells; `name[]` where its index differs each time."""
    if isinstance(target, ast.Subscript):
        holder = _spelled(target.value)
        if isinstance(target.slice, ast.Constant):
            return holder and f"{holder}[{target.slice.value!r}]"
        return holder and f"{holder}[]"
    if isinstance(target, ast.Attribute):
        holder = _spelled(target.value)
        return holder and f"{holder}.{target.attr}"
    return target.id if isinstance(target, ast.Name) else ""


def _added_to(statement: ast.stmt) -> str | None:
    """Return `threads` for the statement `threads.append(...)`."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        return None
    if call.func.attr not in _ADDING or len(call.args) != 1:
        return None
    return _spelled(call.func.value) or None


def _collected(name: str, block: Sequence[ast.stmt]) -> str | None:
    """Return `threads[]` where the block goes on with `threads.append(name)`."""
    for statement in block:
        collection = _added_to(statement)
        if collection is not None and isinstance(statement, ast.Expr):
            call = statement.value
            if isinstance(call, ast.Call) and ast.unparse(call.args[0]) == name:
                return f"{collection}[]"
    return None


def _calls(value: ast.expr) -> bool:
    return any(isinstance(node, ast.Call) for node in ast.walk(value))


def _hint(name: str, value: ast.expr) -> NameHint:
    made_each_time = any(
        isinstance(node, _COMPREHENSIONS)
        and _calls(node.value if isinstance(node, ast.DictComp) else node.elt)
        for node in ast.walk(value)
    )
    if name.endswith("[]") or made_each_time:
        return NameHint((name.removesuffix("[]"),), repeated=True)
    return NameHint(tuple(name.split("\0")))


def _note(found: dict[int, NameHint], hint: NameHint, value: ast.expr) -> None:
    for line in range(value.lineno, (value.end_lineno or value.lineno) + 1):
        before = found.get(line)
        if before is None:
            found[line] = hint
        elif not before.repeated and not hint.repeated:
            found[line] = NameHint(_joined(before.names, hint.names))


def _joined(*names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for group in names for name in group))
