"""What a person can do with a lane or with a process's heading: by click, by key, by menu.

Why apart: the same few actions stand in two menus, under keys and under the pointer.

Guarantees: whatever the pointer can do here the keyboard can do as well; what hides or moves lanes
can be undone from the same menu; an entry that would do nothing is disabled.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QMenu, QWidget

from engine.events import State
from gui.labels import object_name
from gui.lane_board import LaneBoard
from gui.links import lock_of
from gui.painting.heads import pin_box
from gui.painting.rows import Row
from gui.painting.ruler import RULER
from gui.selection import Selection
from gui.time_axis import LABEL_WIDTH

_KEYPAD = Qt.KeyboardModifier.KeypadModifier
_STEPS = {int(Qt.Key.Key_Up): -1, int(Qt.Key.Key_Down): 1}
_PAGES = {int(Qt.Key.Key_PageUp): -1, int(Qt.Key.Key_PageDown): 1}
_FOLDS = {int(Qt.Key.Key_Left): True, int(Qt.Key.Key_Right): False}
_ENTER = (int(Qt.Key.Key_Return), int(Qt.Key.Key_Enter))


class LaneActions:
    """The actions on the lanes of *board*.

    Attributes:
        heading: the process whose heading has the keys, or None while a lane or nothing has.
        hovered: the lane under the pointer, or None.
        pointed: the process whose heading is under it, or None.
    """

    def __init__(self, board: LaneBoard, selection: Selection) -> None:
        self._board = board
        self._selection = selection
        self.heading: int | None = None
        self.hovered: int | None = None
        self.pointed: int | None = None
        self._at: QPointF | None = None
        selection.changed.connect(self._chosen)
        board.changed.connect(self._moved)

    def _chosen(self) -> None:
        """Show the lane that was chosen, here or elsewhere, where none of it is in view."""
        lane, board = self._lane, self._board
        if lane is not None:
            self.heading = None
        if lane == board.kept:
            return
        board.kept = lane
        row = None if lane is None else board.rows.row_of(lane)
        if row is None and lane is not None:
            row = board.rows.summary_of(board.trace.threads[lane].process)
        if row is not None and not board.is_seen(row):
            board.reveal(row)

    def _moved(self) -> None:
        """Another lane may be under a pointer that rests."""
        row = self._board.row_at(self._at.y()) if self._at is not None else None
        self.hovered = row.number if row is not None and row.is_lane else None
        heads = row is not None and row.is_heading and not row.is_summary
        self.pointed = row.number if row is not None and heads else None

    # ---- the pointer

    def hover(self, at: QPointF | None) -> bool:
        """Note where the pointer is (None: gone); say whether something looks different by that."""
        before = self.hovered, self.pointed
        self._at = at
        self._moved()
        self._board.pointed(at.y() if at is not None else None)
        return (self.hovered, self.pointed) != before

    def tip(self, row: Row, at: QPointF) -> str:
        """Return what to say of the pin of the lane *row*, '' where *at* is not on it."""
        if not pin_box(row).translated(0, RULER).contains(at):
            return ""
        return "Unpin (P)" if row.number in self._board.choice.pinned else "Pin to the top (P)"

    def click(self, at: QPointF) -> bool:
        """Take a click on a heading or on a pin; say whether it was one of ours."""
        row = self._board.row_at(at.y()) if at.y() >= RULER else None
        if row is None:
            return False
        if row.is_heading:
            if row.is_summary and at.x() >= LABEL_WIDTH:
                return False
            self.heading = row.number
            self._selection.choose()
            self.toggle(row.number)
            return True
        if pin_box(row).translated(0, RULER).contains(at):
            self._board.choice.pin(row.number)
            return True
        return False

    def toggle(self, process: int) -> None:
        """Fold *process*, or unfold it."""
        choice = self._board.choice
        choice.fold([process], folded=process not in choice.folded)

    def row(self) -> Row | None:
        """Return the row that has the keys, by its place below the ruler; None: there is none."""
        board = self._board
        if self.heading is not None:
            row = board.rows.heading_of(self.heading)
            return None if row is None else row.moved(board.offset)
        return None if self._lane is None else board.row_of(self._lane)

    # ---- keys

    def key(self, event: QKeyEvent, t: int) -> bool:
        """Do what a key means for lanes at *t* (ns); say whether it was one of ours."""
        key = event.key()
        modifiers = event.modifiers() & ~_KEYPAD
        if modifiers == Qt.KeyboardModifier.ControlModifier and key == Qt.Key.Key_C:
            return self._copy_name()
        if modifiers:
            return False
        if key in _STEPS:
            self._walk(_STEPS[key], t)
        elif key in _PAGES:
            self._page(_PAGES[key], t)
        elif self.heading is not None and key in _FOLDS:
            self._board.choice.fold([self.heading], folded=_FOLDS[key])
        elif self.heading is not None and key in _ENTER:
            self.toggle(self.heading)
        elif self.heading is not None and key == Qt.Key.Key_Escape:
            self.heading = None
            self._board.changed.emit()
        else:
            return self._lane_key(key)
        return True

    def _lane_key(self, key: int) -> bool:
        lane = self._lane
        if lane is None or key not in (Qt.Key.Key_P, Qt.Key.Key_H):
            return False
        if key == Qt.Key.Key_P:
            self._board.choice.pin(lane)
            self._board.reveal(self._board.rows.row_of(lane))
        else:
            self._board.choice.hide(lane)
        return True

    @property
    def _lane(self) -> int | None:
        lane = self._selection.lane
        return lane if lane is not None and lane < len(self._board.trace.threads) else None

    def _place(self, stops: list[Row]) -> int | None:
        for place, row in enumerate(stops):
            if row.is_heading and row.number == self.heading:
                return place
            if row.is_lane and self.heading is None and row.number == self._selection.lane:
                return place
        return None

    def _walk(self, by: int, t: int) -> None:
        stops = self._board.stops()
        if not stops:
            return
        place = self._place(stops)
        first = next((n for n, row in enumerate(stops) if row.is_lane), 0)
        self._go(stops[first if place is None else min(max(0, place + by), len(stops) - 1)], t)

    def _page(self, by: int, t: int) -> None:
        board = self._board
        lanes = max(1, (board.room - board.rows.head) // board.rows.lane_height - 1)
        if self._place(board.stops()) is None:
            board.scroll.setValue(board.scroll.value() + by * lanes * board.rows.lane_height)
        else:
            self._walk(by * lanes, t)

    def _go(self, row: Row, t: int) -> None:
        if row.is_heading:
            self._selection.choose()
            self.heading = row.number
            self._board.changed.emit()
        else:
            self.heading = None
            self._selection.choose(row.number, t, lock_of(self._board.trace, row.number, t))
        self._board.reveal(row)

    def _copy_name(self) -> bool:
        lane = self._lane
        if lane is not None:
            QGuiApplication.clipboard().setText(self._board.trace.threads[lane].name)
        return lane is not None

    # ---- the menu

    def menu(self, parent: QWidget, row: Row | None, t: int) -> QMenu:
        """Return the menu of *row* (None: of no row) at time *t* (ns)."""
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if row is not None and row.is_lane:
            self._fill_lane(menu, row.number, t)
            menu.addSeparator()
        elif row is not None:
            folded = row.number in self._board.choice.folded
            words = "Expand" if folded else "Collapse to one lane"
            menu.addAction(words, partial(self.toggle, row.number))
            menu.addSeparator()
        fill_general(menu, self._board)
        return menu

    def _fill_lane(self, menu: QMenu, lane: int, t: int) -> None:
        board, choice = self._board, self._board.choice
        pinned = lane in choice.pinned
        menu.addAction("Unpin\tP" if pinned else "Pin to the top\tP", partial(choice.pin, lane))
        menu.addAction("Hide this lane\tH", partial(choice.hide, lane))
        for lock in self.locks_at(lane, t):
            name = object_name(board.trace, lock)
            menu.addAction(
                f"Only lanes that touch {name}".replace("&", "&&"),
                partial(choice.choose_lock, lock, name),
            )
        name = board.trace.threads[lane].name
        copy = partial(QGuiApplication.clipboard().setText, name)
        menu.addAction("Copy name\tCtrl+C", copy)

    def locks_at(self, lane: int, t: int) -> list[int]:
        """Return the locks that *lane* waits for or holds at *t*, as far as its slice tells."""
        piece = self._board.trace.state_at(lane, t)
        if piece is None:
            return []
        waits = [piece.obj] if piece.state is State.WAITS_LOCK and piece.obj else []
        return list(dict.fromkeys([*waits, *([piece.held] if piece.held else [])]))


def claims(event: QEvent, chosen: int | None) -> bool:
    """Claim P for the lane that is *chosen*: everywhere else it plays the run."""
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    if chosen is None or event.key() != Qt.Key.Key_P or event.modifiers():
        return False
    event.accept()
    return True


def fill_lanes_menu(view: QMenu, board: LaneBoard, filtering: QAction) -> None:
    """Add the menu of lanes to the menu *view*, with *filtering*, which opens the filter."""
    view.addSeparator()
    view.addAction(filtering)
    menu = view.addMenu("&Lanes")

    def fill() -> None:
        menu.clear()
        fill_general(menu, board)

    menu.aboutToShow.connect(fill)


def fill_general(menu: QMenu, board: LaneBoard) -> None:
    """Add what concerns all lanes to *menu*: order, folding, and the ways back."""
    choice, trace = board.choice, board.trace
    order = menu.addMenu("Order")
    for words, waiting in (("By start", False), ("By time waiting for locks", True)):
        action = order.addAction(words, partial(choice.sort_by_waiting, waiting))
        action.setCheckable(True)
        action.setChecked(choice.by_waiting == waiting)
    processes = range(len(trace.processes))
    collapse = menu.addAction(
        "Collapse all processes", partial(choice.fold, processes, folded=True)
    )
    collapse.setEnabled(len(processes) > 1 and len(choice.folded) < len(processes))
    expand = menu.addAction("Expand all processes", partial(choice.fold, processes, folded=False))
    expand.setEnabled(bool(choice.folded))
    menu.addAction("Unpin all", choice.unpin_all).setEnabled(bool(choice.pinned))
    menu.addAction("Show all lanes", choice.show_all).setEnabled(choice.is_filtering)
