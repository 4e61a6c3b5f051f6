"""The workspace: it puts the panes where `arrangement` says, and remembers what a person changed.

Guarantees: panes are only moved, never made or destroyed; sizes, hidden panes and chosen tabs
survive a change of the arrangement and, by `save_state`, the program; a state that is damaged or
from another version is refused as a whole and changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QMenu, QSplitter, QWidget

from gui.arrangement import COMPACT_BELOW, NAMES, REST, Leaf, Node, Split, Tabs, arrange, leaves
from gui.drawer import Drawer, Strip
from gui.pane import EmptyNote, Pane
from gui.tabs import TabbedPanes

GAP = 10
VERSION = 1
TITLES = {
    "gallery": "Scenarios",
    "parameters": "Parameters",
    "activity": "Activity",
    "value": "Shared value",
    "cpu": "CPU share",
    "table": "Table",
    "locks": "Locks",
    "contention": "Contention",
    "pool": "Pool",
    "code": "Code",
    "story": "Story",
    "console": "Console",
    "details": "Details",
    "notes": "Notes",
}
STRIP_ICONS = {"gallery": "list", "parameters": "sliders"}


class Workspace(QWidget):
    """All panes of the window.

    Attributes:
        compact: the side is folded and the lower panes are tabs, for want of width.

    Signals:
        visibility_changed: the name of a pane, and whether it is shown now.
    """

    visibility_changed = Signal(str, bool)

    def __init__(self, panes: Mapping[str, QWidget]) -> None:
        """Take the panes by name; ValueError for a name that has no place."""
        super().__init__()
        unknown = set(panes) - set(NAMES)
        if unknown:
            raise ValueError(f"No place is known for the panes {sorted(unknown)}.")
        self._panes = {name: panes[name] for name in NAMES if name in panes}
        self._hidden: set[str] = set()
        self._sizes: dict[str, list[int]] = {}
        self._fronts: dict[str, str] = {}
        self._pool = False
        self.compact = False
        self._plan: Node | None = None
        self._splitters: dict[str, QSplitter] = {}
        self._groups: dict[str, TabbedPanes] = {}
        self._root: QWidget | None = None
        self._strip = Strip()
        self._drawer = Drawer(self, self._strip)
        self._strip.clicked.connect(self._on_strip)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(GAP, GAP, GAP, GAP)
        self._row.setSpacing(GAP)
        self._row.addWidget(self._strip)
        for pane in self._panes.values():
            pane.hide()
            pane.setParent(self)
        self._actions = {name: self._action(name) for name in self._panes}
        self.reset_action = QAction("Reset layout", self)
        self.reset_action.setToolTip("Show every pane at its first size")
        self.reset_action.triggered.connect(self.reset_layout)

    def set_pool(self, used: bool) -> None:
        """Give the lower row to the pool when the script has one."""
        if used != self._pool:
            self._pool = used
            self._rebuild()

    def set_pane_shown(self, name: str, shown: bool) -> None:
        """Show or hide a pane; KeyError if the window has none of that name."""
        self._actions[name].setChecked(shown)
        if shown == (name not in self._hidden):
            return
        if shown:
            self._hidden.discard(name)
        else:
            self._hidden.add(name)
        self._rebuild()
        self.visibility_changed.emit(name, shown)

    def raise_pane(self, name: str) -> None:
        """Make sure that a pane is seen: show it, bring its tab to the front, open the drawer."""
        self.set_pane_shown(name, True)
        for group in self._groups.values():
            group.raise_pane(name)
        if self.compact and name in STRIP_ICONS and self._drawer.name != name:
            self._drawer.open(name, self._panes[name])

    def pane(self, name: str) -> QWidget:
        """Return the pane *name*; KeyError if the window has none of that name."""
        return self._panes[name]

    def drawer_pane(self) -> str | None:
        """Return the name of the pane that is open over the others."""
        return self._drawer.name

    def strip(self) -> Strip:
        """Return the strip of icons; it is shown only in a narrow window."""
        return self._strip

    def fill_view_menu(self, menu: QMenu) -> None:
        """Add an entry for each pane, and one that restores everything."""
        menu.setToolTipsVisible(True)
        for action in self._actions.values():
            menu.addAction(action)
        menu.addSeparator()
        menu.addAction(self.reset_action)

    def reset_layout(self) -> None:
        """Show every pane, at the size that it has in a new window."""
        self._sizes, self._fronts = {}, {}
        shown_again, self._hidden = self._hidden, set()
        for name, action in self._actions.items():
            action.setChecked(True)
            if name in shown_again:
                self.visibility_changed.emit(name, True)
        self._rebuild(keep=False)

    def save_state(self) -> bytes:
        """Pack sizes, hidden panes and chosen tabs."""
        self._remember()
        state = {
            "version": VERSION,
            "sizes": self._sizes,
            "hidden": sorted(self._hidden),
            "fronts": self._fronts,
        }
        return json.dumps(state).encode()

    def restore_state(self, packed: bytes) -> bool:
        """Unpack what `save_state` gave; False, and nothing changed, if it is none."""
        state = _unpack(packed)
        if state is None:
            return False
        self._sizes, hidden, self._fronts = state
        self._hidden = hidden & set(self._panes)
        for name, action in self._actions.items():
            action.setChecked(name not in self._hidden)
        self._rebuild(keep=False)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the arrangement for the width."""
        super().resizeEvent(event)
        if self._root is None or (self.width() < COMPACT_BELOW) != self.compact:
            self._rebuild()
        self._drawer.place()

    def showEvent(self, event: QShowEvent) -> None:
        """Build at the latest when the window is seen."""
        super().showEvent(event)
        if self._root is None:
            self._rebuild()

    def _action(self, name: str) -> QAction:
        action = QAction(TITLES[name], self)
        action.setCheckable(True)
        action.setChecked(True)
        action.setToolTip(f"Show or hide the pane {TITLES[name]}")
        action.toggled.connect(lambda shown: self.set_pane_shown(name, shown))
        return action

    def _on_strip(self, name: str) -> None:
        if self._drawer.name == name:
            self._drawer.shut()
        else:
            self._drawer.open(name, self._panes[name])

    def _rebuild(self, keep: bool = True) -> None:
        if keep:
            self._remember()
        opened, focused = self._drawer.name, QApplication.focusWidget()
        self.setUpdatesEnabled(False)
        self._drawer.shut()
        self.compact = self.width() < COMPACT_BELOW
        plan = arrange(self._panes, self._hidden, compact=self.compact, pool=self._pool)
        self._strip.setVisible(bool(plan.strip))
        self._strip.set_panes([(n, TITLES[n], STRIP_ICONS[n]) for n in plan.strip])
        if not keep or self._root is None or not self._rework(self._plan, plan.root):
            self._replace_root(plan.root)
        self._plan = plan.root
        self.setUpdatesEnabled(True)
        if opened is not None and opened in plan.strip:
            self._drawer.open(opened, self._panes[opened])
        if focused is not None and self.isAncestorOf(focused) and focused.isVisibleTo(self):
            focused.setFocus(Qt.FocusReason.OtherFocusReason)

    def _replace_root(self, plan: Node | None) -> None:
        if self._root is not None:
            self._row.removeWidget(self._root)
            self._dispose(self._plan, self._root)
        self._root = self._build(plan)
        self._row.addWidget(self._root, 1)
        # Shown now and not by a later event: sizes can be shared only among places that have room.
        self._root.show()
        self._row.activate()
        self._apply_sizes(plan)

    def _rework(self, old: Node | None, new: Node | None) -> bool:
        """Change only what differs; False if that is the place itself.

        A pane in use must not be moved without need: the gallery changes the layout from within
        its own mouse press, by choosing a script that has a pool.
        """
        if old == new:
            return True
        if not (isinstance(old, Split) and isinstance(new, Split) and old.key == new.key):
            return False
        splitter = self._splitters[old.key]
        for number, (was, now) in enumerate(zip(old.children, new.children, strict=True)):
            if self._rework(was, now):
                continue
            stand_in = QWidget()
            self._dispose(was, splitter.replaceWidget(number, stand_in))
            built = self._build(now)
            # replaceWidget takes the widget but not its Python ownership, so that the last Python
            # reference would take it and every pane in it along; a parent takes that too.
            built.setParent(self)
            splitter.replaceWidget(number, built)
            stand_in.deleteLater()
            built.show()
            self._apply_sizes(now)
        return True

    def _dispose(self, node: Node | None, widget: QWidget | None) -> None:
        for name in leaves(node):
            group = self._groups.pop(f"only/{name}", None)
            if group is not None:
                group.release()
        self._forget(node)
        for name in leaves(node):
            self._panes[name].hide()
            self._panes[name].setParent(self)
        if widget is not None and widget not in self._panes.values():
            widget.hide()
            widget.setParent(self)
            widget.deleteLater()

    def _forget(self, node: Node | None) -> None:
        if isinstance(node, Split):
            del self._splitters[node.key]
            for child in node.children:
                self._forget(child)
        elif isinstance(node, Tabs):
            self._groups.pop(node.key).release()

    def _build(self, node: Node | None) -> QWidget:
        if node is None:
            return EmptyNote("Every pane is hidden.", "The View menu shows them again.")
        if isinstance(node, Leaf):
            return self._leaf(node.name)
        if isinstance(node, Tabs):
            return self._tabs(node)
        vertical, across = Qt.Orientation.Vertical, Qt.Orientation.Horizontal
        splitter = QSplitter(vertical if node.vertical else across)
        splitter.setHandleWidth(GAP)
        splitter.setChildrenCollapsible(False)
        splitter.setAccessibleName("Panes above each other" if node.vertical else "Columns")
        for number, child in enumerate(node.children):
            splitter.addWidget(self._build(child))
            # Absolute places keep their size; without one, all share what the window gains.
            flexible = node.sizes[number] == REST or REST not in node.sizes
            splitter.setStretchFactor(number, max(node.sizes[number], 1) if flexible else 0)
        # Only what a person moved is remembered: a window on its way to another arrangement has
        # squeezed its panes already when it says so.
        splitter.splitterMoved.connect(lambda: self._keep_sizes(node.key))
        self._splitters[node.key] = splitter
        return splitter

    def _leaf(self, name: str) -> QWidget:
        pane = self._panes[name]
        framed = pane
        if not isinstance(pane, Pane):
            # A bare view gets the frame that tabs would give it.
            group = TabbedPanes()
            group.add(name, TITLES[name], pane)
            self._groups[f"only/{name}"] = group
            framed = group
        pane.show()
        return framed

    def _tabs(self, node: Tabs) -> TabbedPanes:
        group = TabbedPanes()
        for name in node.names:
            pane = self._panes[name]
            group.add(name, pane.title if isinstance(pane, Pane) else TITLES[name], pane)
        group.raise_pane(self._fronts.get(node.key, node.names[0]))
        # What comes to the front was not drawn while it was behind.
        group.chosen.connect(lambda name: self.visibility_changed.emit(name, True))
        self._groups[node.key] = group
        return group

    def _apply_sizes(self, node: Node | None) -> None:
        # From the outside in: an inner splitter knows its room only when the outer has shared.
        if not isinstance(node, Split):
            return
        splitter = self._splitters[node.key]
        wanted = self._sizes.get(node.key, [])
        if len(wanted) != len(node.sizes):
            wanted = list(node.sizes)
        room = splitter.height() if node.vertical else splitter.width()
        splitter.setSizes(_share(wanted, node.sizes, room - GAP * (len(wanted) - 1)))
        for child in node.children:
            self._apply_sizes(child)

    def _keep_sizes(self, key: str) -> None:
        self._sizes[key] = self._splitters[key].sizes()

    def _remember(self) -> None:
        for key, group in self._groups.items():
            self._fronts[key] = group.current()


def _share(wanted: list[int], planned: tuple[int, ...], room: int) -> list[int]:
    """Fit `wanted` into `room`: places planned as the rest give and take, or all in proportion."""
    fixed = sum(w for w, p in zip(wanted, planned, strict=True) if p != REST)
    if REST in planned:
        return [
            max(room - fixed, 1) if p == REST else w for w, p in zip(wanted, planned, strict=True)
        ]
    total = max(sum(wanted), 1)
    return [max(round(room * each / total), 1) for each in wanted]


def _unpack(packed: bytes) -> tuple[dict[str, list[int]], set[str], dict[str, str]] | None:
    try:
        state = json.loads(packed)
    except (ValueError, RecursionError):
        return None
    if not isinstance(state, dict) or state.get("version") != VERSION:
        return None
    sizes, hidden, fronts = state.get("sizes"), state.get("hidden"), state.get("fronts")
    if not (isinstance(sizes, dict) and isinstance(hidden, list) and isinstance(fronts, dict)):
        return None
    good = all(
        isinstance(row, list) and all(type(n) is int and 0 < n < 100_000 for n in row)
        for row in sizes.values()
    )
    words = [*hidden, *fronts.values()]
    if not good or not all(isinstance(word, str) for word in words):
        return None
    return sizes, set(hidden), fronts
