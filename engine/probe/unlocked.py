"""Reads watched values where there is no GIL: plain Python, one object looked at by one thread.

Why apart from `streams`: without a GIL there is none to give away, so a Python function between
two stores adds no place for a race; and what `streams` reads twice could have changed in between.
Guarantees: those of `reading`; the object that a thread has changed is that thread's alone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from .arithmetic import Formula
from .reading import ABSENT, is_kind_of, kept, length, read_step
from .store_points import StorePoint
from .watches import Path, Step


class _Top:
    """`x in top` keeps x for the calling thread, until the next."""

    def __init__(self) -> None:
        self._mine = threading.local()

    def __contains__(self, changed: object) -> bool:
        self._mine.changed = changed
        return False

    def get(self) -> object:
        """Return what the calling thread has put there last."""
        return self._mine.changed


class _Values(Iterator[Any]):
    """The values of one store point, each read when it is asked for, by any thread."""

    def __init__(self, point: StorePoint, namespace: Mapping[str, Any], top: _Top) -> None:
        self._point, self._namespace, self._top = point, namespace, top
        watch = point.watch
        self._paths = watch.paths if watch else (Path(point.name),)
        self._formula = Formula(watch.formula) if watch and watch.formula else None

    def __next__(self) -> Any:
        point = self._point
        if point.base is not None and point.path is not None:
            changed = _follow(self._top.get(), point.base.steps)
            if changed is not self._read(point.path, point.depth):
                raise StopIteration
        if point.of_class and point.base is not None:
            changed = _follow(self._top.get(), point.base.steps)
            self._require(changed)
            return kept(_follow(changed, self._paths[0].steps))
        values = [self._value(path) for path in self._paths]
        return (self._formula, *values) if self._formula else values[0]

    def _require(self, changed: object) -> None:
        if not is_kind_of(type(changed), self._namespace.get(self._paths[0].root)):
            raise StopIteration

    def _value(self, path: Path) -> Any:
        found = self._read(path, len(path.steps))
        return kept(length(found) if path.is_length else found)

    def _read(self, path: Path, depth: int) -> Any:
        return _follow(self._namespace.get(path.root, ABSENT), path.steps[:depth])


class _Instances(_Values):
    """The `id()`s of the instances that one store point is about."""

    def __next__(self) -> int:
        point = self._point
        found = self._namespace.get(point.name, ABSENT)
        if point.base is not None:
            found = _follow(self._top.get(), point.base.steps)
        self._require(found)
        return id(found)


class _Amounts(Iterator[Any]):
    def __init__(self, top: _Top) -> None:
        self._top = top

    def __next__(self) -> Any:
        return kept(self._top.get())


class Reader:
    """Makes the values for the store points of one script, as `streams.Reader` does."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        self.push = self.pop = _Top()

    def values(self, point: StorePoint) -> Iterator[Any]:
        """Return the iterator of plain data for what *point* records."""
        return _Values(point, self._namespace, self.push)

    def amounts(self) -> Iterator[Any]:
        """Return the iterator of plain data of what the calling thread has put there last."""
        return _Amounts(self.push)

    def instances(self, point: StorePoint) -> Iterator[int]:
        """Return the iterator of `id()`s of the instances that *point* is about."""
        return _Instances(point, self._namespace, self.push)


def _follow(value: Any, steps: tuple[Step, ...]) -> Any:
    for step in steps:
        value = read_step(value, step)
    return value
