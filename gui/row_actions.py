"""What a person can do with a row of the value view: by its menu, and by keys.

Why apart: the same few actions stand in two menus and under keys. Guarantees: what the script
shares can be hidden, never removed; only what a person added can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from gui.watch_list import WatchList


def row_menu(parent: QWidget, watches: WatchList, name: str | None, shown: Sequence[str]) -> QMenu:
    """Return the menu of the row called *name* (None: of no row) among those *shown*."""
    menu = QMenu(parent)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if name is not None and name in shown:
        place = list(shown).index(name)
        up = menu.addAction("Move up", partial(watches.move, name, -1, shown))
        up.setEnabled(place > 0)
        down = menu.addAction("Move down", partial(watches.move, name, 1, shown))
        down.setEnabled(place + 1 < len(shown))
        menu.addAction("Hide", partial(watches.set_hidden, name, hidden=True))
        removing = menu.addAction("Remove the watch", partial(watches.remove, name))
        removing.setEnabled(watches.is_removable(name))
        menu.addSeparator()
    for hidden in sorted(watches.hidden):
        menu.addAction(f"Show {hidden}", partial(watches.set_hidden, hidden, hidden=False))
    return menu


def row_key(event: QKeyEvent, watches: WatchList, chosen: str, names: Sequence[str]) -> str | None:
    """Do what a key does to the *chosen* row; return which row is chosen then, None: not ours.

    Up and Down walk the rows, with Ctrl they move one, H hides it, Delete removes it.
    """
    place = list(names).index(chosen) if chosen in names else -1
    by = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
    if by and names:
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            return names[max(0, min(len(names) - 1, place + by))]
        watches.move(chosen, by, names)
        return chosen
    if place < 0 or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
        return None
    after = next(iter([*names[place + 1 :], *names[place - 1 : place]]), "")
    if event.key() == Qt.Key.Key_Delete and watches.is_removable(chosen):
        watches.remove(chosen)
        return after
    if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_H):
        watches.set_hidden(chosen, hidden=True)
        return after
    return None
