"""Value probes: what the watched values of the main script held after each store.

Why here: `stores` knows where a value is stored, `streams` how it is read; this module makes the
pipes of them. Guarantees: the value is read first and the time after it; no code of the user's
runs, and no object of the user's is kept alive by the log: anything but a number, text, bytes or
None is replaced by its type, or by a short plain copy of a container, at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import CodeType
from typing import Any

from ..events import Kind, ObjectKind
from . import streams, unlocked
from .arithmetic import Value
from .owner import Site, has_gil
from .recorder import recorder
from .source import (
    StorePoint,
    Watch,
    WatchError,
    bind,
    compile_tree,
    instrument,
    object_names,
    parse,
    parse_watch,
    read_source,
    replace_constants,
    sentinel,
    watched_names,
)
from .store_points import POP, PUSH, change_sentinel, instance_sentinel


class Script:
    """A script that was read, its constants replaced, its probes put in, and compiled.

    *text* stands for what the file at *path* holds. Raises SourceError when it cannot be run;
    nothing of it has run then.
    """

    def __init__(
        self,
        path: str,
        values: Mapping[str, Value],
        watch: Iterable[str],
        text: str | None = None,
    ) -> None:
        text = read_source(path) if text is None else text
        tree = parse(text, path)
        self.path = path
        recorder.registry.hint(path, object_names(tree))
        replace_constants(tree, values)
        self._points = instrument(tree, _watches((*watched_names(tree), *watch)))
        self._code = compile_tree(tree, path)

    def code(self, namespace: dict[str, Any]) -> CodeType:
        """Return the code to execute in *namespace*, whose stores it records."""
        reader = (streams if has_gil() else unlocked).Reader(namespace)
        pipes = {PUSH: reader.push, POP: reader.pop}
        for point in self._points:
            site, number = (self.path, point.line), _announce(point, self.path)
            pipes[sentinel(point.index)] = store_pipe(point, number, site, namespace, reader)
            if point.amount and point.change is None:
                by = reader.amounts()
                pipe = recorder.pipe(Kind.CHANGE, number, values=by, site=site)
                pipes[change_sentinel(point.index)] = pipe
            if point.of_class and point.base:
                who = reader.instances(point)
                pipe = recorder.pipe(Kind.INSTANCE, number, values=who, site=site)
                pipes[instance_sentinel(point.index)] = pipe
        return bind(self._code, pipes)


def _watches(texts: Iterable[str]) -> list[Watch]:
    """Return the watches that *texts* spell, each once; whoever typed one was told if it is bad."""
    found: dict[str, Watch] = {}
    for text in texts:
        try:
            watch = parse_watch(text)
        except WatchError:
            continue
        found.setdefault(watch.text, watch)
    return list(found.values())


def _announce(point: StorePoint, path: str) -> int:
    return recorder.registry.add_object(
        ObjectKind.STORE_POINT,
        (path, point.line),
        name=point.name,
        variable=point.watch.text if point.watch else point.name,
        line=point.line,
        change=point.change,
        initial=point.initial,
        store=point.kind,
        exact=point.exact,
        of_class=point.of_class,
        sign=point.amount.sign if point.amount else 1,
    )


def store_pipe(
    point: StorePoint,
    number: int,
    site: Site,
    namespace: dict[str, Any],
    reader: streams.Reader | unlocked.Reader,
) -> object:
    """Return what records the store at *point*, which was announced by *number*.

    It is asked `None in` it.
    """
    if point.kind == "del":
        return recorder.pipe(Kind.DELETE, number, site=site)
    if point.kind == "name":
        return recorder.pipe(Kind.NAMED, number, values=reader.instances(point), site=site)
    values = reader.values(point)
    if point.watch is None or (point.watch.is_name and point.base is None):
        return recorder.name_pipe(Kind.STORE, number, namespace, point.name, values, site)
    return recorder.pipe(Kind.STORE, number, values=values, site=site)
