"""A place in a script that stores a watched value, and the constants that stand for its pipes.

Guarantees: the tree and its code hold only string sentinels, so both can be kept and sent; what a
probe is handed over is decided after compiling, by `bind`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import CodeType
from typing import Literal

from .amounts import Amount
from .changes import Number
from .watches import Path, Watch

StoreKind = Literal["set", "del", "name"]

_PREFIX = "\0threadlab-store:"
#: Stand for what puts the changed object on the stack, and what takes it off.
PUSH, POP = f"{_PREFIX}push", f"{_PREFIX}pop"


@dataclass(frozen=True, slots=True)
class StorePoint:
    """One place in a script that stores or deletes a watched name.

    Attributes:
        index: its number, from 0; `sentinel(index)` stands for its pipe.
        name: the module global, or the watched expression.
        line: where the name is stored.
        kind: "set", "del" after which the name is unbound, or "name": `name` holds an object,
            perhaps an instance of the watch's class.
        change: the amount that an update adds, where the source says so, else None.
        initial: a plain assignment, at module level or in `__init__`, that does not read what
            it stores: a new start, not an update.
        watch: what is recorded, None for the plain name.
        exact: the watched value itself was stored; else the watch may be as it was.
        of_class: the watch is an attribute of every instance of a class.
        path, depth, base: where `base` is not None, the object that it leads to from the top of
            the stack was changed; the watch is concerned if that is the one `depth` steps on
            its `path` (or, for `of_class`, any instance).
        amount: the local that the statement adds, where only that is known.
    """

    index: int
    name: str
    line: int
    kind: StoreKind
    change: Number | None
    initial: bool
    watch: Watch | None = None
    exact: bool = True
    of_class: bool = False
    path: Path | None = None
    depth: int = 0
    base: Path | None = None
    amount: Amount | None = None


def change_sentinel(index: int) -> str:
    """Return the constant for the pipe that tells the amount of an update at point `index`."""
    return f"{_PREFIX}{index} by"


def instance_sentinel(index: int) -> str:
    """Return the constant for the pipe that tells whose attribute point `index` stores."""
    return f"{_PREFIX}{index} of"


def sentinel(index: int) -> str:
    """Return the string constant that stands for the pipe of store point `index`."""
    return f"{_PREFIX}{index}"


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
