"""What object numbers stand for.

Why: a run has a dozen locks and queues, and perhaps a million tasks: as objects of Python these
take more than all that they do. So tasks that are told of in the usual way are columns; whatever
else there is stays as it came.

Guarantees: numbers count from 0, which stands for none; what was appended is what is read, each
made when asked for; what `changeable` returned may be changed, and stays so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import overload

import numpy as np
import numpy.typing as npt

from engine.events import ObjectKind
from engine.memory import Memory
from engine.table import Table

_NEWEST = 1024  # objects that stay as they came until there are so many
_AT_ONCE = 1024
_PLAIN = ("kind", "process", "site", "pool", "label", "function", "place", "bytes")
_LABEL = "task "


@dataclass(slots=True)
class Object:
    """What an object number stands for. *name* is the script's own name for it, if known."""

    number: int
    kind: ObjectKind
    process: int
    name: str
    file: str
    line: int
    extra: dict[str, object] = field(default_factory=dict)


class ObjectTable(Sequence[Object]):
    """Every object, by its number."""

    def __init__(self, memory: Memory) -> None:
        self._newest: list[Object] = []
        self._kept: dict[int, Object] = {}  # those that are no columns
        self._rows = Table([(name, np.int64) for name in _PLAIN], memory)
        self._letters = Table((("letter", np.uint8),), memory)  # of arguments, in UTF-8
        self._sites: list[tuple[str, int]] = []
        self._functions: list[str] = []
        self._known: dict[tuple[str, int] | str, int] = {}

    def __len__(self) -> int:
        return len(self._rows) + len(self._newest)

    def append(self, obj: Object) -> None:
        """Add an object; its number must be the next one."""
        self._newest.append(obj)
        if len(self._newest) >= _NEWEST:
            self._pack()

    def extend(self, objects: Iterable[Object]) -> None:
        """Add several objects."""
        for obj in objects:
            self.append(obj)

    def changeable(self, number: int) -> Object:
        """Return object *number*, which may be changed."""
        packed = len(self._rows)
        if number >= packed:
            return self._newest[number - packed]
        if number not in self._kept:
            self._kept[number] = self[number]
        return self._kept[number]

    def _pack(self) -> None:
        rows, letters = [], []
        place = len(self._letters)
        for number, obj in enumerate(self._newest, len(self._rows)):
            told = _usual(obj)
            if told is None or obj.number != number:
                self._kept[number] = obj
                rows.append((int(obj.kind), *(0,) * (len(_PLAIN) - 1)))
                continue
            pool, label, function, arguments = told
            data = arguments.encode("utf-8", "surrogatepass")
            site = self._number((obj.file, obj.line))
            of_function = self._number(function)
            kind = int(obj.kind)
            rows.append((kind, obj.process, site, pool, label, of_function, place, len(data)))
            letters.append(data)
            place += len(data)
        self._rows.extend(*np.array(rows, np.int64).T)
        self._letters.extend(np.frombuffer(b"".join(letters), np.uint8))
        self._newest = []

    def _number(self, what: tuple[str, int] | str) -> int:
        number = self._known.get(what)
        if number is None:
            if isinstance(what, str):
                number = len(self._functions)
                self._functions.append(what)
            else:
                number = len(self._sites)
                self._sites.append(what)
            self._known[what] = number
        return number

    @overload
    def __getitem__(self, index: int) -> Object: ...
    @overload
    def __getitem__(self, index: slice) -> list[Object]: ...
    def __getitem__(self, index: int | slice) -> Object | list[Object]:
        """Return object number *index*, or a range of them."""
        if isinstance(index, slice):
            begin, end, step = index.indices(len(self))
            if step != 1:
                return [self[number] for number in range(begin, end, step)]
            return list(self._between(begin, max(begin, end)))
        number = index + len(self) if index < 0 else index
        if not 0 <= number < len(self):
            raise IndexError(index)
        packed = len(self._rows)
        if number >= packed:
            return self._newest[number - packed]
        kept = self._kept.get(number)
        return self._made(number, *self._rows.row(number)) if kept is None else kept

    def __iter__(self) -> Iterator[Object]:
        for begin in range(0, len(self), _AT_ONCE):
            yield from self._between(begin, min(len(self), begin + _AT_ONCE))

    def _between(self, begin: int, end: int) -> Iterator[Object]:
        packed = len(self._rows)
        stop = min(end, packed)
        if begin < stop:
            columns = [self._rows[name][begin:stop].tolist() for name in _PLAIN]
            for number, row in enumerate(zip(*columns, strict=True), start=begin):
                kept = self._kept.get(number)
                yield self._made(number, *row) if kept is None else kept
        yield from self._newest[max(begin, packed) - packed : max(end, packed) - packed]

    def _made(
        self,
        number: int,
        kind: int,
        process: int,
        site: int,
        pool: int,
        label: int,
        function: int,
        place: int,
        size: int,
    ) -> Object:
        data = self._letters["letter"][place : place + size].tobytes()
        extra: dict[str, object] = {
            "pool": pool,
            "label": f"{_LABEL}{label}",
            "function": self._functions[function],
            "arguments": data.decode("utf-8", "surrogatepass"),
        }
        return Object(number, ObjectKind(kind), process, "", *self._sites[site], extra)

    def kinds(self, begin: int = 0) -> npt.NDArray[np.uint8]:
        """Return the kind of each object from number *begin* on."""
        packed = len(self._rows)
        new = [int(obj.kind) for obj in self._newest[max(0, begin - packed) :]]
        old = self._rows["kind"][min(begin, packed) :]
        return np.concatenate((old, np.array(new, np.int64))).astype(np.uint8)

    def others(self) -> Iterator[Object]:
        """Yield all but tasks that are told of as most are, the newest first."""
        yield from reversed(self._newest)
        yield from reversed(self._kept.values())

    def pool_of(self, number: int) -> int:
        """Return the pool of the task that is object *number*; 0: it has none."""
        packed = len(self._rows)
        if number < packed and number not in self._kept:
            return int(self._rows["pool"][number])
        pool = self[number].extra.get("pool")
        return pool if isinstance(pool, int) else 0


def _usual(obj: Object) -> tuple[int, int, str, str] | None:
    """Return pool, number, function and arguments of a task, where that is all that is told."""
    extra = obj.extra
    if obj.kind is not ObjectKind.TASK or obj.name or len(extra) != 4:
        return None
    pool, label = extra.get("pool"), extra.get("label")
    function, arguments = extra.get("function"), extra.get("arguments")
    if not (isinstance(pool, int) and 0 <= pool < 1 << 32 and isinstance(label, str)):
        return None
    number = label.removeprefix(_LABEL)
    if not (number.isascii() and number.isdecimal() and len(number) < 16 and label != number):
        return None
    if str(int(number)) != number or isinstance(pool, bool):
        return None
    if not (isinstance(function, str) and isinstance(arguments, str)):
        return None
    return pool, int(number), function, arguments
