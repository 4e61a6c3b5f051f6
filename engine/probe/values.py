"""Value probes: what the watched globals of the main script held after each store.

Why here: `stores` knows where a value is stored, this module what is written down about it.
Guarantees: the value is read first and the time after it; no code of the user's runs, and no
object of the user's is kept alive by the log: anything but a number, text, bytes or None is
replaced by its type at once, so that no destructor runs in a thread of ours.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import repeat, starmap
from types import CodeType
from typing import Any

from ..events import Kind, ObjectKind
from .arithmetic import Value
from .recorder import recorder
from .source import (
    StorePoint,
    bind,
    compile_tree,
    instrument,
    object_names,
    parse,
    read_source,
    replace_constants,
    sentinel,
    watched_names,
)

#: How to take a value of exactly this type along; each gives back the very value.
_KEEP: dict[type, Callable[[Any], Any]] = {
    int: int,
    float: float,
    str: str,
    bytes: bytes,
    bool: bool,
    type(None): {None: None}.get,
}


class Script:
    """A script that was read, its constants replaced, its probes put in, and compiled.

    Raises SourceError when it cannot be run; nothing of it has run then.
    """

    def __init__(self, path: str, values: Mapping[str, Value], watch: Iterable[str]) -> None:
        text = read_source(path)
        tree = parse(text, path)
        self.path = path
        recorder.registry.hint(path, object_names(tree))
        replace_constants(tree, values)
        watched = dict.fromkeys((*watched_names(tree), *watch))
        self._points = instrument(tree, watched)
        self._code = compile_tree(tree, path)

    def code(self, namespace: dict[str, Any]) -> CodeType:
        """Return the code to execute in *namespace*, whose stores it records."""
        pipes = {
            sentinel(point.index): store_pipe(point, self.path, namespace) for point in self._points
        }
        return bind(self._code, pipes)


def store_pipe(point: StorePoint, path: str, namespace: dict[str, Any]) -> Iterator[None]:
    """Return the pipe that records the store at *point* of the script *path*."""
    site = (path, point.line)
    number = recorder.registry.add_object(
        ObjectKind.STORE_POINT,
        site,
        name=point.name,
        variable=point.name,
        line=point.line,
        change=point.change,
        initial=point.initial,
        store=point.kind,
    )
    if point.kind == "del":
        return recorder.pipe(Kind.DELETE, number, site=site)
    # `get`, not `__getitem__`: a probe never raises in the script's hands.
    stored: Iterator[object] = starmap(namespace.get, repeat((point.name,)))
    again: Iterator[object] = starmap(namespace.get, repeat((point.name,)))
    keepers = map(_KEEP.get, map(type, stored), repeat(type))
    values = map(operator.call, keepers, again)
    return recorder.pipe(Kind.STORE, number, values=values, site=site)
