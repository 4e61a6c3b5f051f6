"""What can be watched beside a plain name: `account.balance`, `len(buffer)`, `stats["hits"]`.

Why a small language of its own: a watched expression is evaluated behind each statement that may
change it, while other threads race, so it may neither run code of the user's nor raise. What can
be evaluated so are names of the module, attributes that are plain data, `len` of a builtin
container, entries of a builtin `dict`, `list` or `tuple` by a constant, and arithmetic on those.

Guarantees: nothing is executed; whatever else is typed is refused by a `WatchError` whose
sentence says why, and what would work.
"""

from __future__ import annotations

import ast
import difflib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from .constants import constant_names
from .scopes import SCOPES, global_stores, own_statements, scopes

_LONGEST = 200
_ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow)
_WORKS = "Watch a name, an attribute, len() of a container, or an entry by a constant key."
_CONTAINERS = frozenset({"list", "dict", "set", "deque", "defaultdict", "OrderedDict", "Counter"})
_CLOSING = {"(": ")", "[": "]", "{": "}"}


class WatchError(ValueError):
    """An expression that cannot be watched; its text is for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step from an object to a part of it: an attribute, or the entry at a constant key."""

    key: str | int | float | bytes | bool | None
    is_item: bool = False

    def __str__(self) -> str:
        return f"[{self.key!r}]" if self.is_item else f".{self.key!s}"


@dataclass(frozen=True, slots=True)
class Path:
    """The way from a module global to a value.

    Attributes: root (the global's name), steps, is_length (the value is `len()` of what is there).
    """

    root: str
    steps: tuple[Step, ...] = ()
    is_length: bool = False

    def last_name(self, depth: int) -> object:
        """Return what the object behind `depth` steps is called in the source, mostly."""
        return self.steps[depth - 1].key if depth else self.root

    def __str__(self) -> str:
        whole = self.root + "".join(map(str, self.steps))
        return f"len({whole})" if self.is_length else whole


@dataclass(frozen=True, slots=True)
class Watch:
    """An expression to be recorded.

    Attributes:
        text: the expression, as Python would write it.
        paths: the values that it is computed from, each once.
        formula: how, over `p0`, `p1`, ... for the paths; empty where it is the one path itself.
    """

    text: str
    paths: tuple[Path, ...]
    formula: str = ""

    @property
    def is_name(self) -> bool:
        """Whether it is a plain name: then every store is kept, changed or not."""
        return not self.formula and not self.paths[0].steps and not self.paths[0].is_length


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


def parse_watch(text: str) -> Watch:
    """Return the watch that *text* spells. Raises WatchError."""
    text = text.strip()
    if not text:
        raise WatchError(f"There is nothing to watch yet. {_WORKS}")
    if len(text) > _LONGEST:
        raise WatchError(f"The expression is longer than {_LONGEST} characters.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise WatchError(_not_python(text, error)) from None
    paths = dict[Path, int]()
    body = _arithmetic(tree.body, paths)
    if not paths:
        raise WatchError(f"{text} never changes: there is no name in it. {_WORKS}")
    plain = isinstance(body, ast.Name)
    return Watch(ast.unparse(tree.body), tuple(paths), "" if plain else ast.unparse(body))


def check_watch(text: str, tree: ast.Module) -> Watch:
    """Return the watch that *text* spells, whose names the script *tree* knows.

    Raises WatchError; a name that is almost right is told.
    """
    watch = parse_watch(text)
    known = module_names(tree)
    for path in watch.paths:
        if path.root in known:
            continue
        if path.root in _local_names(tree):
            raise WatchError(
                f"{path.root} lives inside a function, where each call has its own. Watch a name "
                "of the module, or an attribute of every instance, as in ClassName.attribute."
            )
        near = difflib.get_close_matches(path.root, sorted(known), n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise WatchError(f"The script has no name {path.root} at its top level.{hint}")
    named = class_names(tree)
    for path in watch.paths:
        if path.root not in named:
            continue
        if len(watch.paths) > 1 or len(path.steps) != 1 or path.is_length or watch.formula:
            raise WatchError(
                f"{path.root} is a class: of all its instances a plain attribute can be watched, "
                f"as in {path.root}.attribute. For more, name one instance."
            )
        if path.steps[0].is_item:
            raise WatchError(f"{path.root} is a class and has no entries.")
    return watch


def module_names(tree: ast.Module) -> set[str]:
    """Return the names that the script stores at its top level or declares `global`."""
    return {name for _, name, _ in global_stores(tree)}


def class_names(tree: ast.Module) -> set[str]:
    """Return the classes that the script defines at its top level."""
    return {node.name for node in tree.body if isinstance(node, ast.ClassDef)}


def suggestions(tree: ast.Module) -> list[str]:
    """Return expressions of this script that can be watched, for completion while typing."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    names = dict.fromkeys(
        name
        for statement, name, _ in global_stores(tree)
        if not isinstance(statement, (*SCOPES, ast.Import, ast.ImportFrom))
    )
    found = list(names)
    for made in classes.values():
        found += [f"{made.name}.{attribute}" for attribute in _attributes(made)]
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target = node.targets[0]
            if isinstance(target, ast.Name) and target.id in names:
                found += _parts(target.id, node.value, classes)
        if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(node.ctx, ast.Store):
            path = path_of(node)
            if path is not None and path.root in names:
                found.append(str(path))
    return list(dict.fromkeys(found))


def _parts(name: str, value: ast.expr, classes: Mapping[str, ast.ClassDef]) -> list[str]:
    """Return what can be watched of *name*, which holds *value*."""
    if isinstance(value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp):
        return [f"len({name})"]
    if not isinstance(value, ast.Call):
        return []
    called = ast.unparse(value.func).rpartition(".")[2]
    if called in _CONTAINERS:
        return [f"len({name})"]
    made = classes.get(called)
    return [f"{name}.{attribute}" for attribute in _attributes(made)] if made else []


def path_of(node: ast.AST) -> Path | None:
    """Return the path that an expression of names, attributes and constant keys spells."""
    steps: list[Step] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            steps.append(Step(node.attr))
        else:
            key = _constant_key(node.slice)
            if key is None:
                return None
            steps.append(key)
        node = node.value
    return Path(node.id, tuple(reversed(steps))) if isinstance(node, ast.Name) else None


def _local_names(tree: ast.Module) -> set[str]:
    """Return parameters and the names that are stored anywhere, in whatever scope."""
    found = set[str]()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            found.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return found


def _attributes(node: ast.ClassDef) -> Iterator[str]:
    """Yield the attributes that the methods of a class store on `self`, each once."""
    seen = set[str]()
    for method in node.body:
        if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) or not method.args.args:
            continue
        own = method.args.args[0].arg
        for part in ast.walk(method):
            if not isinstance(part, ast.Attribute) or not isinstance(part.ctx, ast.Store):
                continue
            whose = part.value
            if isinstance(whose, ast.Name) and whose.id == own and part.attr not in seen:
                seen.add(part.attr)
                yield part.attr


def _arithmetic(node: ast.expr, paths: dict[Path, int]) -> ast.expr:
    """Return the expression with each path in it replaced by its number's name."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, _ARITHMETIC):
        left, right = _arithmetic(node.left, paths), _arithmetic(node.right, paths)
        return ast.BinOp(left, node.op, right)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        return ast.UnaryOp(node.op, _arithmetic(node.operand, paths))
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return node
    path = _path(node)
    return ast.Name(f"p{paths.setdefault(path, len(paths))}", ast.Load())


def _path(node: ast.expr) -> Path:
    if isinstance(node, ast.Call):
        return _length(node)
    path = path_of(node)
    if path is not None:
        return path
    raise WatchError(_refusal(node))


def _length(node: ast.Call) -> Path:
    called = ast.unparse(node.func)
    if called != "len":
        what = "sum" if called == "sum" else called
        hint = (
            " Queues are drawn by themselves; nothing needs to be watched."
            if called.endswith((".qsize", ".empty", ".full"))
            else " Only len() can be watched: it runs nothing of the script's."
        )
        raise WatchError(
            f"{what}() would have to be called behind every store, and would change what is "
            f"watched.{hint}"
        )
    if len(node.args) != 1 or node.keywords:
        raise WatchError("len() takes one container, as in len(buffer).")
    path = path_of(node.args[0])
    if path is None:
        raise WatchError(f"len() takes a name, an attribute or an entry. {_WORKS}")
    return Path(path.root, path.steps, is_length=True)


def _constant_key(node: ast.expr) -> Step | None:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = node.operand
        if isinstance(inner, ast.Constant) and type(inner.value) is int:
            return Step(-inner.value, is_item=True)
        return None
    if isinstance(node, ast.Constant) and not isinstance(node.value, complex | type(...)):
        return Step(node.value, is_item=True)
    return None


def _refusal(node: ast.expr) -> str:
    shown = ast.unparse(node)
    if isinstance(node, ast.Subscript):
        if isinstance(node.slice, ast.Slice):
            return f"{shown} is a slice. Watch one entry, as in name[0], or len(name)."
        return (
            f"The key in {shown} is no constant, so it would have to be looked up anew at every "
            'store. Write a text or a number, as in stats["hits"] or slots[0].'
        )
    if isinstance(node, ast.Attribute):
        return f"{shown} does not begin with a name. {_WORKS}"
    if isinstance(node, ast.Compare | ast.BoolOp | ast.IfExp):
        return f"{shown} is a condition. Watch the values in it, each by itself."
    if isinstance(node, ast.NamedExpr):
        return f"{shown} would store a value. {_WORKS}"
    if isinstance(node, ast.Constant):
        return f"{shown} never changes. {_WORKS}"
    return f"{shown} cannot be watched without running code. {_WORKS}"


def _not_python(text: str, error: Exception) -> str:
    for opening, closing in _CLOSING.items():
        if text.count(opening) > text.count(closing):
            return f"{text} lacks a closing {closing}"
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        why = getattr(error, "msg", "") or str(error)
        return f"{text} is not a Python expression: {why}."
    return f"{text} is a statement. {_WORKS}"
