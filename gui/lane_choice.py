"""Which lanes a person wants to see, and where: pinned, hidden, folded, filtered, in which order.

Why apart from the view: the same choice is made in a strip, in menus and by keys, and it outlives
a run: the same script, run again, is shown the same way.

Guarantees: `changed` is emitted once for each change and never without one; numbers are those of
the run that is shown; nothing hides a lane but what `is_filtering` tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, Signal

from engine.events import State
from engine.names import name_of
from engine.trace import Trace

UNKNOWN = -1  # a lock that was chosen in another run, and not met in this one yet


@dataclass(frozen=True, slots=True)
class LaneFilter:
    """What a lane must have to be shown; what is empty asks for nothing.

    Attributes: text (a part of the thread's name), states (one of them in view), lock (the object
    number of a lock that it waits for or holds in view), lock_name (what the script calls it).
    """

    text: str = ""
    states: frozenset[State] = frozenset()
    lock: int | None = None
    lock_name: str = ""

    @property
    def looks_at_time(self) -> bool:
        """Whether it depends on the stretch of time in view."""
        return bool(self.states) or self.lock is not None


class LaneChoice(QObject):
    """The choice.

    Attributes:
        filter: what lanes must have.
        pinned: lanes that stay at the top, in the order in which they were pinned.
        hidden: lanes that a person has hidden one by one.
        folded: processes that show one lane for all of their threads.
        by_waiting: within a process, those that waited longest for locks come first.

    Signals:
        changed(): any of them has changed.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.filter = LaneFilter()
        self.pinned: list[int] = []
        self.hidden: set[int] = set()
        self.folded: set[int] = set()
        self.by_waiting = False
        self._trace: Trace | None = None
        self._lanes: list[str] = []  # the key of each lane of the trace
        self._processes: list[str] = []
        self._known: Counter[str] = Counter()
        self._wanted: dict[str, set[str]] = {}

    @property
    def is_filtering(self) -> bool:
        """Whether some lanes may not be shown."""
        return self.filter != LaneFilter() or bool(self.hidden)

    # ---- what a person chooses

    def find(self, text: str) -> None:
        """Show only lanes with *text* in their name."""
        self._filter(replace(self.filter, text=text.strip()))

    def choose_states(self, states: Iterable[State]) -> None:
        """Show only lanes that are in one of *states* in view; none: whatever their state."""
        self._filter(replace(self.filter, states=frozenset(states)))

    def choose_lock(self, lock: int | None, name: str = "") -> None:
        """Show only lanes that wait for *lock* or hold it in view; None: whatever they do."""
        self._filter(replace(self.filter, lock=lock, lock_name=name if lock is not None else ""))

    def pin(self, lane: int) -> None:
        """Keep *lane* at the top, or let it go back to its place."""
        if lane in self.pinned:
            self.pinned.remove(lane)
        else:
            self.pinned.append(lane)
        self.changed.emit()

    def hide(self, lane: int) -> None:
        """Do not show *lane* any longer."""
        if lane in self.pinned:
            self.pinned.remove(lane)
        self.hidden.add(lane)
        self.changed.emit()

    def fold(self, processes: Iterable[int], *, folded: bool) -> None:
        """Show one lane for all threads of each of *processes*, or each thread again."""
        after = self.folded | set(processes) if folded else self.folded - set(processes)
        if after != self.folded:
            self.folded = after
            self.changed.emit()

    def sort_by_waiting(self, on: bool) -> None:
        """Order lanes by the time that they waited for locks, or by their start."""
        if on != self.by_waiting:
            self.by_waiting = on
            self.changed.emit()

    def unpin_all(self) -> None:
        """Let every pinned lane go back to its place."""
        if self.pinned:
            self.pinned.clear()
            self.changed.emit()

    def show_all(self) -> None:
        """Hide nothing: no filter, and no lane hidden."""
        if self.is_filtering:
            self.filter = LaneFilter()
            self.hidden.clear()
            self.changed.emit()

    def _filter(self, wanted: LaneFilter) -> None:
        if wanted != self.filter:
            self.filter = wanted
            self.changed.emit()

    # ---- one run after the other

    def meet(self, trace: Trace) -> None:
        """Take what was chosen over to *trace*, and to the threads that it has got since.

        Threads are known again by their names, and those of one name by their order; the cost is
        that of the new ones.
        """
        if trace is not self._trace:
            self._leave()
            self._trace = trace
        for process in trace.processes[len(self._processes) :]:
            key = self._key("process", process.name)
            self._processes.append(key)
            if key in self._wanted.get("folded", ()):
                self.folded.add(process.number)
        for thread in trace.threads[len(self._lanes) :]:
            key = self._key(str(self._process(thread.process)), thread.name)
            self._lanes.append(key)
            if key in self._wanted.get("pinned", ()):
                self.pinned.append(thread.index)
            if key in self._wanted.get("hidden", ()):
                self.hidden.add(thread.index)
        self._meet_lock(trace)

    def _meet_lock(self, trace: Trace) -> None:
        """Find the lock again that was chosen in another run, where it may have another number."""
        if self.filter.lock != UNKNOWN:
            return
        for number in trace.locks.histories:
            if name_of(trace, number) == self.filter.lock_name:
                self.filter = replace(self.filter, lock=number)
                return

    def _leave(self) -> None:
        if self._trace is not None:
            self._wanted = self._keys()
            if self.filter.lock is not None:
                self.filter = replace(self.filter, lock=UNKNOWN)
        self.pinned, self.hidden, self.folded = [], set(), set()
        self._lanes, self._processes = [], []
        self._known.clear()

    def _process(self, number: int) -> str:
        return self._processes[number] if number < len(self._processes) else ""

    def _key(self, *parts: str) -> str:
        name = "/".join(parts)
        self._known[name] += 1
        return f"{name}#{self._known[name]}"

    def _keys(self) -> dict[str, set[str]]:
        """Return what was chosen by keys; what has not come yet in this run is kept."""
        numbers = (
            ("pinned", self.pinned, self._lanes),
            ("hidden", self.hidden, self._lanes),
            ("folded", self.folded, self._processes),
        )
        missing = {
            name: keys.difference(self._lanes, self._processes)
            for name, keys in self._wanted.items()
        }
        return {
            name: {keys[n] for n in chosen if n < len(keys)} | missing.get(name, set())
            for name, chosen, keys in numbers
        }

    def state(self) -> dict[str, list[str]]:
        """Return what is to be kept for the script; empty where nothing was changed.

        What hides lanes is not kept from one day to the next.
        """
        keys = self._keys()
        found = {name: sorted(keys[name]) for name in ("pinned", "folded")}
        found["order"] = ["waiting"] if self.by_waiting else []
        return found if any(found.values()) else {}

    def restore(self, kept: Mapping[str, Sequence[str]]) -> None:
        """Begin anew with what was *kept* for another script."""
        self._trace = None
        self._leave()
        self._wanted = {name: set(kept.get(name, ())) for name in ("pinned", "folded")}
        self.by_waiting = "waiting" in kept.get("order", ())
        self.filter = LaneFilter()
        self.changed.emit()
