"""Reads watched values in C only: the streams that a value probe is composed of.

Why streams: what is evaluated between two statements of the script may enter no Python function,
or the GIL could be given away there (see `stores`). So each part of an expression is an endless
iterator of C callables whose next step gives the part's value now; where a part is needed twice
(to ask for its type, then to use it) it is read twice, which under the GIL is the same value.

Guarantees: those of `reading`, whose rules decide here too. Everything is C, but for one thing:
a class of the user's whose attribute is watched is judged in Python when it is met for the first
time, once for each part of a watch, mostly where the watched object is first stored. All points
of a script that read the same share one stream, so that no point judges anew. A stream that ends a
step by StopIteration has nothing to record there: `zip` in the recorder's pipe ends that step,
takes no time, and goes on at the next.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice, repeat, starmap
from types import MappingProxyType
from typing import Any

from .arithmetic import Formula
from .reading import (
    ABSENT,
    KEEP,
    MAPPINGS,
    SEQUENCES,
    SIZED,
    Rule,
    attribute_rule,
    is_kind_of,
    item_rule,
    length_rule,
    own_dictionary,
    position,
)
from .store_points import StorePoint
from .texts import MOST_ITEMS, Text
from .watches import Path, Step

Stream = Iterator[Any]
#: Makes one more stream of the same part.
Source = Callable[[], Stream]

_dictionary_of = operator.attrgetter("__dict__")


class _Judge(dict[type, Callable[[], Any]]):
    """What to call for a value of a type; a type that is met for the first time is judged.

    Those in *known* are judged at once, before anything of the script runs.
    """

    def __init__(self, judge: Callable[[type], Stream], known: Iterable[type]) -> None:
        super().__init__({kind: judge(kind).__next__ for kind in known})
        self._judge = judge

    def __missing__(self, kind: type) -> Callable[[], Any]:
        step = self[kind] = self._judge(kind).__next__
        return step


def global_source(namespace: Mapping[str, Any], name: str) -> Source:
    """Return the source of the module global *name*."""
    return lambda: starmap(namespace.get, repeat((name, ABSENT)))


def top_source(stack: list[Any]) -> Source:
    """Return the source of what was put on *stack* last."""
    return lambda: starmap(stack.__getitem__, repeat((-1,)))


def part_source(source: Source, step: Step) -> Source:
    """Return the source of the part of *source* that *step* leads to."""
    return lambda: _item(source, step.key) if step.is_item else _attribute(source, str(step.key))


def path_source(start: Source, steps: tuple[Step, ...]) -> Source:
    """Return the source of what *steps* lead to from *start*."""
    for step in steps:
        start = part_source(start, step)
    return start


def global_path_source(namespace: Mapping[str, Any], path: Path) -> Source:
    """Return the source of the value at *path*, its length if that is watched."""
    source = path_source(global_source(namespace, path.root), path.steps)
    if not path.is_length:
        return source

    def judge(kind: type) -> Stream:
        rule = length_rule(kind)
        return map(len, source()) if rule == "part" else _other(source, rule)

    return lambda: by_type(source, judge, SIZED)


def by_type(
    source: Source, judge: Callable[[type], Stream], known: Iterable[type] = (Text,)
) -> Stream:
    """Return a stream that steps, for each value, what *judge* gave for its type."""
    return chosen(map(type, source()), _Judge(judge, known))


def chosen(keys: Stream, table: Mapping[Any, Callable[[], Any]]) -> Stream:
    """Return a stream that calls, for each key, what *table* has for it."""
    return map(operator.call, map(table.__getitem__, keys))


def kept_stream(source: Source) -> Stream:
    """Return the stream of plain data that stand for what *source* reads."""

    def judge(kind: type) -> Stream:
        if kind in KEEP or kind is Text:
            return source()
        if kind in MAPPINGS:
            values: Source = lambda: map(dict.values, source())  # noqa: E731 - a source
            return zip(repeat(kind), map(len, source()), _heads(source), _heads(values))
        if kind in SEQUENCES:
            return zip(repeat(kind), map(len, source()), _heads(source))
        return map(type, source())

    return by_type(source, judge, (*KEEP, *MAPPINGS, *SEQUENCES, Text))


def same_object(one: Stream, other: Stream, values: Stream) -> Stream:
    """Return *values*, but only for the steps in which the two others give the same object."""
    table = {True: values.__next__, False: iter(()).__next__}
    return chosen(map(operator.is_, one, other), table)


def of_kind(source: Source, wanted: Callable[[type], bool], values: Stream) -> Stream:
    """Return *values*, but only for the steps in which *source* reads a type that is *wanted*."""
    return by_type(source, lambda kind: values if wanted(kind) else iter(()))


def _heads(source: Source) -> Stream:
    """Return the stream of plain copies of the first entries."""

    def heads() -> Stream:
        return map(islice, source(), repeat(MOST_ITEMS))

    maps: Any = map  # a map for each step: mypy takes `map` for a callable of one signature
    kinds = map(maps, repeat(type), heads())
    keepers = map(maps, repeat(KEEP.get), kinds, repeat(repeat(type)))
    return map(tuple, map(maps, repeat(operator.call), keepers, heads()))


def _attribute(source: Source, name: str) -> Stream:
    def judge(kind: type) -> Stream:
        rule = attribute_rule(kind, name)
        if rule == "part":
            return map(getattr, source(), repeat(name), repeat(ABSENT))
        if rule == "class":
            own = map(own_dictionary, source())
            return map(MappingProxyType.get, own, repeat(name), repeat(ABSENT))
        if rule == "module":
            return map(dict.get, map(_dictionary_of, source()), repeat(name), repeat(ABSENT))
        return _other(source, rule)

    return by_type(source, judge)


def _item(source: Source, key: object) -> Stream:
    def judge(kind: type) -> Stream:
        rule = item_rule(kind)
        if rule == "class":
            return map(dict.get, source(), repeat(key), repeat(ABSENT))
        if rule == "part":
            found = map(operator.getitem, source(), repeat(position(key)))
            return map(next, map(iter, found), repeat(ABSENT))
        return _other(source, rule)

    return by_type(source, judge, (dict, list, tuple, Text))


def _other(source: Source, rule: Rule) -> Stream:
    return source() if rule == "same" else repeat(rule)


class _Push:
    """Put what is asked `in` it on the stack."""


class Reader:
    """Makes the streams of values for the store points of one script.

    Attributes:
        push: `x in push` puts x on top of the stack.
        pop: `None in pop` takes it off.
    """

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self._streams: dict[tuple[object, ...], Stream] = {}
        # A finalizer may run in the midst of a step (Python 3.11 collects garbage wherever it
        # makes an object) and store in turn: a stack, as its stores end before ours go on.
        self._stack: list[Any] = []
        kind = type("push", (_Push,), {"__contains__": self._stack.append})
        self.push: object = kind()
        self.pop: object = starmap(self._stack.__delitem__, repeat((-1,)))

    def values(self, point: StorePoint) -> Stream:
        """Return the stream of plain data for what *point* records."""
        if point.of_class and point.base and point.watch:
            steps = (*point.base.steps, *point.watch.paths[0].steps)
            kept = kept_stream(path_source(top_source(self._stack), steps))
            return self._of_class(point, self._changed(point.base.steps), kept)
        values = self._values_of(point)
        if point.base is None or point.path is None:
            return values
        steps = point.base.steps
        changed = self._shared((steps,), self._changed(steps))
        watched = Path(point.path.root, point.path.steps[: point.depth])
        found = self._shared((watched,), global_path_source(self._namespace, watched))
        return same_object(changed, found, values)

    def amounts(self) -> Stream:
        """Return the stream of plain data of what lies on top of the stack."""
        return self._shared(("amount",), lambda: kept_stream(top_source(self._stack)))

    def instances(self, point: StorePoint) -> Stream:
        """Return the stream of `id()`s of the instances that *point* is about."""
        source = global_source(self._namespace, point.name)
        if point.base is not None:
            source = self._changed(point.base.steps)
        return self._of_class(point, source, map(id, source()))

    def _of_class(self, point: StorePoint, source: Source, values: Stream) -> Stream:
        name = point.watch.paths[0].root if point.watch else ""

        def is_wanted(kind: type) -> bool:
            return is_kind_of(kind, self._namespace.get(name))

        return of_kind(source, is_wanted, values)

    def _changed(self, steps: tuple[Step, ...]) -> Source:
        return path_source(top_source(self._stack), steps)

    def _values_of(self, point: StorePoint) -> Stream:
        paths = point.watch.paths if point.watch else (Path(point.name),)
        parts = [self._shared((path, "kept"), partial(self._kept, path)) for path in paths]
        if point.watch and point.watch.formula:
            return zip(repeat(Formula(point.watch.formula)), *parts)
        return parts[0]

    def _kept(self, path: Path) -> Stream:
        return kept_stream(global_path_source(self._namespace, path))

    def _shared(self, key: tuple[object, ...], make: Source) -> Stream:
        """Return the stream called *key*: a step of a stream leaves nothing behind for the next."""
        found = self._streams.get(key)
        if found is None:
            found = self._streams[key] = make()
        return found
