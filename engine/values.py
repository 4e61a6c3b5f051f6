"""The shared values over time, and the updates that were lost.

Why: the race is visible in the value. A store whose change d is known statically read
`new - d`; where that differs from the value stored before, it wrote a stale value, and
`previous + d - new` is what got lost (a stale write may lose many updates at once; the two
numbers are kept apart).
Guarantees: where a store's change is not known, `lost` is None, never a guess. A
watch that is more than a name is read behind whatever may have changed it; a reading that did
not change it is no store, unless the watched value itself was stored.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from engine.columns import Column
from engine.events import Kind, ObjectKind

if TYPE_CHECKING:
    from engine.trace import Event, Object

_ABOUT = frozenset({Kind.INSTANCE, Kind.NAMED, Kind.CHANGE})

#: What the probes say of a value that cannot be reached: a name, attribute or entry is missing.
ABSENT = "not there"


#: The length of a queue that does not know it, as one that is a pipe.
UNKNOWN_LENGTH = -1


class Series:
    """One value's history: a step at each store.

    Attributes: name (what to call it: an instance may get its name late); watch (the
    expression); made_by (the object number of the store point that began it, for an instance);
    times (ns), values (float; NaN where the value is no number), threads, events (index in the
    trace), lost and stale (running totals); texts (what to show, one a step); expected (the value
    it should end with, or None); is_queue (a queue's length); low, high (the least and the
    greatest number, or None); counts_losses (whether updates of it could get lost: it is a plain
    name, or some store's change is known).
    """

    def __init__(self, name: str, *, is_queue: bool = False) -> None:
        self.name = name
        self.watch = name
        self.made_by = 0
        self.is_queue = is_queue
        self.expected: float | None = None
        self.times = Column(np.int64)
        self.values = Column(np.float64)
        self.threads = Column(np.uint32)
        self.events = Column(np.uint32)
        self.lost = Column(np.float64)
        self.stale = Column(np.uint32)
        self.texts: list[str] = []
        self.change_known = True
        self.counts_losses = name.isidentifier()
        self.last: int | float | str | None = None
        self.low: int | float | None = None
        self.high: int | float | None = None

    def is_unchanged(self, event: Event) -> bool:
        """Whether a reading shows what was there already (at first: that nothing is there)."""
        if not len(self.times):
            return event.value == ABSENT
        return type(event.value) is type(self.last) and event.value == self.last

    def insert_length(self, event: Event) -> None:
        """Add a queue's length where its time belongs: several processes tell of one queue."""
        place = self.times.index_at(event.time)
        value = event.value
        number = float(value) if isinstance(value, (int, float)) else float("nan")
        for column, item in (
            (self.times, event.time),
            (self.values, number),
            (self.threads, event.thread),
            (self.events, event.index),
            (self.lost, 0.0),
            (self.stale, 0),
        ):
            column.insert(place, item)
        self.texts.insert(place, _shown(value))
        if place == len(self.times) - 1:
            self.last = value

    def add(self, event: Event, change: float | None, *, initial: bool) -> None:
        """Add the store *event*, whose statement changes the value by *change* if known."""
        value: int | float | str | None = None if event.kind is Kind.DELETE else event.value
        number = float("nan")
        if isinstance(value, (int, float)):
            number = value
            self.low = value if self.low is None else min(self.low, value)
            self.high = value if self.high is None else max(self.high, value)
        lost, stale = self.lost.view[-1] if len(self.lost) else 0.0, self.stale.last()
        if change is None or not isinstance(value, (int, float)):
            self.change_known = self.change_known and (initial or self.is_queue)
        elif isinstance(self.last, (int, float)):
            self.counts_losses = True
            missing = self.last + change - value
            lost += missing if change >= 0 else -missing
            stale += missing != 0
        self.last = value
        self.times.append(event.time)
        self.values.append(number)
        self.threads.append(event.thread)
        self.events.append(event.index)
        self.lost.append(lost)
        self.stale.append(stale)
        self.texts.append("deleted" if value is None else _shown(value))

    def index_at(self, t: int) -> int:
        """Return the number of the step in force at *t*, or -1 before the first store."""
        return self.times.index_at(t) - 1

    def lost_at(self, t: int) -> int | float | None:
        """Return the updates lost up to *t*, or None where a store's change is not known."""
        index = self.index_at(t)
        if not self.change_known:
            return None
        return _tidy(float(self.lost.view[index])) if index >= 0 else 0

    def stale_at(self, t: int) -> int:
        """Return how many stores up to *t* wrote a stale value."""
        index = self.index_at(t)
        return int(self.stale.view[index]) if index >= 0 else 0

    def text_at(self, t: int) -> str:
        """Return the value at *t* as text, or an empty string before the first store."""
        index = self.index_at(t)
        return self.texts[index] if index >= 0 else ""


class ValueTable:
    """Every watched value by (process, name), and every queue's length.

    Attributes: series; expected (final values by name); watched (what the run was asked to
    record beside the names that the script shares; not everything need have been stored).
    """

    def __init__(self) -> None:
        self.watched: tuple[str, ...] = ()
        self.series: dict[tuple[int, str], Series] = {}
        self.expected: dict[str, float] = {}
        self._instance: dict[int, object] = {}
        self._amounts: dict[tuple[int, int], int | float] = {}
        self._living: dict[tuple[int, str, object], Series] = {}
        self._counts: dict[tuple[int, str], int] = {}
        self._stores: dict[int, Series] = {}

    def of_store(self, event: Event, obj: Object) -> Series | None:
        """Return the series that the store *event* is a step of."""
        found = self._stores.get(event.index)
        return found or self.series.get((obj.process, str(obj.extra.get("variable") or obj.name)))

    def add(self, event: Event, obj: Object) -> None:
        """Add a store, the instance or the name that it is about, or a queue's change."""
        if event.kind in _ABOUT:
            self._add_about(event, obj)
        elif obj.kind is ObjectKind.STORE_POINT:
            series = self._of_instance(event, obj) if obj.extra.get("of_class") else None
            if series is None:
                series = self._series(obj.process, str(obj.extra["variable"]), is_queue=False)
            if not obj.extra.get("exact", True) and series.is_unchanged(event):
                return
            change = obj.extra.get("change")
            if change is None:
                change = self._amounts.pop((event.thread, obj.number), None)
            series.add(
                event,
                change if isinstance(change, (int, float)) else None,
                initial=bool(obj.extra.get("initial")),
            )
        elif event.value != UNKNOWN_LENGTH:
            series = self._series(obj.process, obj.name, is_queue=True)
            if event.time < series.times.last():
                series.insert_length(event)
            else:
                series.add(event, None, initial=False)

    def _series(self, process: int, name: str, *, is_queue: bool) -> Series:
        series = self.series.get((process, name))
        if series is None:
            series = self.series[process, name] = Series(name, is_queue=is_queue)
            if not is_queue:
                series.expected = self.expected.get(name)
        return series

    def _add_about(self, event: Event, obj: Object) -> None:
        """Note what the thread's next store is about: an instance, an amount; or a name."""
        if event.kind is Kind.INSTANCE:
            self._instance[event.thread] = event.value
        elif event.kind is Kind.NAMED:
            self._name(obj, event.value)
        elif isinstance(event.value, (int, float)):
            sign = -1 if obj.extra.get("sign") == -1 else 1
            self._amounts[event.thread, obj.number] = sign * event.value

    def _of_instance(self, event: Event, obj: Object) -> Series:
        """Return the series of the instance that the thread's last INSTANCE told.

        An `id()` is given out again when its object is gone: the same statement of an `__init__`
        that stores to it once more makes another object.
        """
        variable = str(obj.extra["variable"])
        key = (obj.process, variable, self._instance.get(event.thread))
        series = self._living.get(key)
        if series is None or (obj.extra.get("initial") and series.made_by == obj.number):
            number = self._counts[key[:2]] = self._counts.get(key[:2], 0) + 1
            label = f"{variable} of {variable.partition('.')[0]} {number}"
            series = self._living[key] = Series(label)
            series.watch = variable
            series.made_by = obj.number
            series.expected = self.expected.get(variable)
            self.series[obj.process, f"{variable}#{number}"] = series
        self._stores[event.index] = series
        return series

    def _name(self, obj: Object, instance: object) -> None:
        """Call an instance by the name of the module global that holds it."""
        variable = str(obj.extra["variable"])
        series = self._living.get((obj.process, variable, instance))
        if series is None:
            return
        label, taken = f"{variable} of {obj.name}", {each.name for each in self.series.values()}
        if series.name != label:
            more = (f"{label} ({number})" for number in itertools.count(2))
            series.name = label if label not in taken else next(x for x in more if x not in taken)

    def of_process(self, process: int) -> list[Series]:
        """Return the series of one process, in the order in which they appeared."""
        return [series for (owner, _), series in self.series.items() if owner == process]


def _tidy(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _shown(value: int | float | str) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
