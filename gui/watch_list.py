"""What a person watches beside what the script shares anyway: added, hidden, in which order.

Why apart from the views: a watch is typed in the value pane or chosen in the code, is asked for
when a run starts, and is remembered for the script; views never talk to each other.
Guarantees: `changed` is emitted once for each change; what is in `added` can be watched in the
script as it is now; what was kept for it and cannot be any more is in `refused`, with the reason.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal

from engine.probe import source
from engine.probe.source import SourceError, WatchError
from engine.probe.unseen import Unseen, unseen

MOST = 64


class WatchList(QObject):
    """The watches of the script that is shown.

    Attributes:
        added: expressions to record, in the order in which they were added.
        refused: expressions that were kept for the script, and why they cannot be watched now.
        hidden: names of rows that are not shown.
        order: names of rows in the order in which they are shown; others follow.

    Signals:
        changed(): any of them has changed.
        refusal(str): why an expression was not added.
    """

    changed = Signal()
    refusal = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.added: list[str] = []
        self.refused: dict[str, str] = {}
        self.hidden: set[str] = set()
        self.order: list[str] = []
        self._tree = ast.Module([], [])
        self._unseen: tuple[Unseen, ...] | None = None
        self.changed.connect(self._forget)

    def _forget(self) -> None:
        self._unseen = None

    def set_script(self, text: str, kept: Mapping[str, Sequence[str]]) -> None:
        """Take the script *text*, and what was *kept* for it by `state`."""
        try:
            self._tree = source.parse(text)
        except SourceError:
            self._tree = ast.Module([], [])
        self.added, self.refused = [], {}
        for expression in kept.get("added", ())[:MOST]:
            try:
                self.added.append(self._checked(expression))
            except WatchError as error:
                self.refused[expression] = str(error)
        self.hidden = set(kept.get("hidden", ()))
        self.order = list(dict.fromkeys(kept.get("order", ())))
        self.changed.emit()

    def state(self) -> dict[str, list[str]]:
        """Return what is to be kept for the script; empty where nothing was changed."""
        found = {
            "added": [*self.added, *self.refused],
            "hidden": sorted(self.hidden),
            "order": self.order,
        }
        return found if any(found.values()) else {}

    def unseen(self) -> tuple[Unseen, ...]:
        """Return the lines that may store a watched value without being seen."""
        if self._unseen is None:
            names = (*source.watched_names(self._tree), *self.added)
            self._unseen = unseen(self._tree, [source.parse_watch(name) for name in names])
        return self._unseen

    def suggestions(self) -> list[str]:
        """Return expressions of the script that could be watched and are not yet."""
        return [text for text in source.suggestions(self._tree) if text not in self.added]

    def add(self, expression: str) -> bool:
        """Watch *expression* from the next run on; say why not by `refusal`."""
        try:
            text = self._checked(expression)
        except WatchError as error:
            self.refusal.emit(str(error))
            return False
        if len(self.added) >= MOST:
            self.refusal.emit(f"{MOST} watches are the most: remove one first.")
            return False
        self.hidden.discard(text)
        self.refused.pop(text, None)
        if text not in self.added:
            self.added.append(text)
        self.changed.emit()
        return True

    def remove(self, name: str) -> None:
        """Watch *name* no longer."""
        if name in self.added or name in self.refused:
            self.added = [each for each in self.added if each != name]
            self.refused.pop(name, None)
            self.changed.emit()

    def is_removable(self, name: str) -> bool:
        """Whether a person added *name*; what the script shares can only be hidden."""
        return name in self.added or name in self.refused

    def set_hidden(self, name: str, *, hidden: bool) -> None:
        """Hide the row called *name*, or show it again."""
        if hidden != (name in self.hidden):
            (self.hidden.add if hidden else self.hidden.discard)(name)
            self.changed.emit()

    def move(self, name: str, by: int, shown: Sequence[str]) -> None:
        """Move the row called *name* by so many places among the rows *shown*."""
        names = list(dict.fromkeys(shown))
        place = names.index(name) if name in names else -1
        target = place + by
        if place >= 0 and 0 <= target < len(names):
            names.insert(target, names.pop(place))
            self.order = names
            self.changed.emit()

    def ordered(self, names: Sequence[str]) -> list[str]:
        """Return *names* without the hidden ones, in the order chosen."""
        rank = {name: place for place, name in enumerate(self.order)}
        seen = [name for name in dict.fromkeys(names) if name not in self.hidden]
        return sorted(seen, key=lambda name: rank.get(name, len(rank)))

    def _checked(self, expression: str) -> str:
        return source.check_watch(expression, self._tree).text
