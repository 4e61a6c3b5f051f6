"""Every shared value over time: which store belongs to which series.

Guarantees: what is added as a batch is what would be added one by one.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.columns import distinct, grouped
from engine.events import Kind, ObjectKind
from engine.memory import Memory
from engine.series import UNKNOWN_LENGTH, Points, Series, Steps, Value, value_of
from engine.table import Table

if TYPE_CHECKING:
    from engine.trace import Event, Object

_ABOUT = [int(Kind.INSTANCE), int(Kind.NAMED), int(Kind.CHANGE)]


class ValueTable:
    """Every watched value by (process, name), and every queue's length.

    Attributes: series; expected (final values by name); watched (what the run was asked to
    record beside the names that the script shares; not everything need have been stored).
    *shown* says what to show for the store that is event number so-and-so of the trace.
    """

    def __init__(self, shown: Callable[[int], str], memory: Memory) -> None:
        self.watched: tuple[str, ...] = ()
        self.series: dict[tuple[int, str], Series] = {}
        self.expected: dict[str, float] = {}
        self._shown = shown
        self._memory = memory
        self._instance: dict[int, Value] = {}
        #: By how much the next store of a thread at a point changes the value, where that was told.
        self._amounts: dict[tuple[int, int], int | float] = {}
        self._living: dict[tuple[int, str, Value | None], Series] = {}
        self._counts: dict[tuple[int, str], int] = {}
        #: Stores to instances: the event, and which one of `_instances` it belongs to.
        self._instances: list[Series] = []
        self._numbers: dict[Series, int] = {}
        self._stores = Table((("event", np.uint32), ("series", np.uint32)), memory)

    def of_store(self, event: Event, obj: Object) -> Series | None:
        """Return the series that the store *event* is a step of."""
        place = self._stores["event"].index_at(event.index) - 1
        if place >= 0:
            number, which = self._stores.row(place)
            if number == event.index:
                return self._instances[int(which)]
        return self.series.get((obj.process, str(obj.extra.get("variable") or obj.name)))

    def extend(self, steps: Steps, objects: Sequence[Object], texts: Sequence[str]) -> None:
        """Add one batch in order: stores, what instances they are about, and queues' changes."""
        queue = (steps.kind == Kind.QUEUE_PUT) | (steps.kind == Kind.QUEUE_GET)
        steps = steps.part(np.flatnonzero(~(queue & (steps.value == UNKNOWN_LENGTH))))
        numbers, firsts, places = distinct(steps.obj)
        known = [objects[number] for number in numbers.tolist()]
        points = _points(known)
        beside = points.part(places)
        is_about = np.isin(steps.kind, _ABOUT)
        if self._amounts or is_about.any() or any(obj.extra.get("of_class") for obj in known):
            owners, group = self._walk(steps, known, places, beside.change, texts)
        else:
            found: dict[Series, int] = {}
            of_object = np.zeros(len(numbers), np.int64)
            for place in np.argsort(firsts, kind="stable").tolist():
                of_object[place] = found.setdefault(self._series(known[place]), len(found))
            owners, group = list(found), of_object[places]
        if not owners:
            return
        # One sort for all: a comparison for each would cost their number times the batch.
        order = grouped((group + 1).astype(np.uint32))  # 0: of none
        edges = np.searchsorted(group[order], np.arange(len(owners) + 1)).tolist()
        for series, (begin, end) in zip(owners, itertools.pairwise(edges), strict=True):
            mine = order[begin:end]
            series.extend(steps.part(mine), beside.part(mine), texts)

    def _walk(
        self,
        steps: Steps,
        known: Sequence[Object],
        places: npt.NDArray[np.int64],
        change: npt.NDArray[np.float64],
        texts: Sequence[str],
    ) -> tuple[list[Series], npt.NDArray[np.int64]]:
        """Return the series in the batch, and which one each step belongs to (-1: none).

        Writes into *change* by how much a step changes its value, where only its thread told it.
        """
        owners: dict[Series, int] = {}
        group, stores, about = [], [], []
        columns = (steps.kind, places, steps.thread, steps.event)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for place, (kind, which, thread, event) in enumerate(rows):
            obj = known[which]
            if kind in _ABOUT:
                self._note(kind, thread, obj, value_of(steps, place, texts))
                group.append(-1)
                continue
            if self._amounts and obj.kind is ObjectKind.STORE_POINT and np.isnan(change[place]):
                change[place] = self._amounts.pop((thread, obj.number), np.nan)
            if obj.kind is ObjectKind.STORE_POINT and obj.extra.get("of_class"):
                series = self._of_instance(obj, thread)
                stores.append(event)
                about.append(self._numbers[series])
                group.append(owners.setdefault(series, len(owners)))
            else:
                group.append(owners.setdefault(self._series(obj), len(owners)))
        self._stores.extend(np.array(stores, np.uint32), np.array(about, np.uint32))
        return list(owners), np.array(group, np.int64)

    def _note(self, kind: int, thread: int, obj: Object, value: Value) -> None:
        """Note what the thread's next store is about: an instance, an amount; or a name."""
        if kind == Kind.INSTANCE:
            self._instance[thread] = value
        elif kind == Kind.NAMED:
            self._name(obj, value)
        elif isinstance(value, (int, float)):
            sign = -1 if obj.extra.get("sign") == -1 else 1
            self._amounts[thread, obj.number] = sign * value

    def _series(self, obj: Object) -> Series:
        is_queue = obj.kind is not ObjectKind.STORE_POINT
        name = obj.name if is_queue else str(obj.extra["variable"])
        series = self.series.get((obj.process, name))
        if series is None:
            series = Series(name, self._shown, self._memory, is_queue=is_queue)
            self.series[obj.process, name] = series
            if not is_queue:
                series.expected = self.expected.get(name)
        return series

    def _of_instance(self, obj: Object, thread: int) -> Series:
        """Return the series of the instance that the thread's last INSTANCE told.

        An `id()` is given out again when its object is gone: the same statement of an `__init__`
        that stores to it once more makes another object.
        """
        variable = str(obj.extra["variable"])
        key = (obj.process, variable, self._instance.get(thread))
        series = self._living.get(key)
        if series is None or (obj.extra.get("initial") and series.made_by == obj.number):
            number = self._counts[key[:2]] = self._counts.get(key[:2], 0) + 1
            label = f"{variable} of {variable.partition('.')[0]} {number}"
            series = self._living[key] = Series(label, self._shown, self._memory)
            series.watch = variable
            series.made_by = obj.number
            series.expected = self.expected.get(variable)
            self.series[obj.process, f"{variable}#{number}"] = series
            self._numbers[series] = len(self._instances)
            self._instances.append(series)
        return series

    def _name(self, obj: Object, instance: Value) -> None:
        """Call an instance by the name of the module global that holds it."""
        variable = str(obj.extra["variable"])
        series = self._living.get((obj.process, variable, instance))
        if series is None:
            return
        label, taken = f"{variable} of {obj.name}", {each.name for each in self.series.values()}
        if series.name != label:
            more = (f"{label} ({number})" for number in itertools.count(2))
            series.name = label if label not in taken else next(x for x in more if x not in taken)


def _points(objects: Sequence[Object]) -> Points:
    changes = [obj.extra.get("change") for obj in objects]
    is_store = [obj.kind is ObjectKind.STORE_POINT for obj in objects]
    return Points(
        np.array(
            [
                float(change) if store and isinstance(change, (int, float)) else np.nan
                for change, store in zip(changes, is_store, strict=True)
            ]
        ),
        np.array([bool(obj.extra.get("initial")) for obj in objects]),
        np.array(
            [
                not store or bool(obj.extra.get("exact", True))
                for obj, store in zip(objects, is_store, strict=True)
            ]
        ),
    )
