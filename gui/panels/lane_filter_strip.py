"""The strip in the Activity pane's header that filters lanes by name, by state and by lock.

Why in the header: what is left out must be told where the lanes are.

Guarantees: while anything is hidden the strip is open, says how many lanes of how many are shown,
and has the button that shows all; Escape in the field clears it, and then closes the strip.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QAction, QColor, QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QMenu, QToolButton, QWidget

from engine.events import State
from gui import theme
from gui.icon_button import IconButton
from gui.labels import lock_ranks, object_name
from gui.lane_board import LaneBoard

MOST_LOCKS = 200
_FIELD, _LEAST = 108, 64  # px
_STATES = (
    (State.RUNNING, "running"),
    (State.WAITS_LOCK, "waits for a lock"),
    (State.WAITS_OTHER, "waits for another"),
    (State.SLEEPING, "sleeping"),
)
_SHORT = {
    State.RUNNING: "running",
    State.WAITS_LOCK: "lock waits",
    State.WAITS_OTHER: "other waits",
    State.SLEEPING: "sleeping",
}


class LaneFilterStrip(QWidget):
    """The strip.

    Attributes: opener (the button that opens it), field (the name), state_button, lock_button,
    count (how many lanes are shown), clear_button, action (opens it, for menus).
    """

    def __init__(self, board: LaneBoard, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._board = board
        self.opener = IconButton("filter", "Filter lanes by name, state or lock (Ctrl+Shift+F)")
        self.opener.setCheckable(True)
        self.opener.clicked.connect(self._toggle)
        self.action = QAction("&Filter lanes", self)
        self.action.setShortcut("Ctrl+Shift+F")
        self.action.triggered.connect(self.open)
        self.field = QLineEdit()
        self.field.setPlaceholderText("Thread name")
        self.field.setAccessibleName("Show only threads with this in their name")
        self.field.setProperty("compact", True)
        self.field.setFont(theme.body_font(13))
        self.field.setMinimumWidth(_LEAST)
        self.field.setMaximumWidth(_FIELD)
        self.field.textChanged.connect(board.choice.find)
        self.field.installEventFilter(self)
        self.state_button = self._menu_button(self._fill_states)
        self.lock_button = self._menu_button(self._fill_locks)
        self.count = QLabel()
        self.count.setProperty("role", "quiet")
        self.count.setFont(theme.numbers_font(12))
        self.clear_button = IconButton("close", "Show all lanes", side=12)
        self.clear_button.clicked.connect(self.close_strip)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        self._inner = (
            self.field, self.state_button, self.lock_button, self.count, self.clear_button,
        )  # fmt: skip
        for widget in (*self._inner, self.opener):
            row.addWidget(widget)
        board.choice.changed.connect(self._show)
        board.changed.connect(self._tell)
        self._is_open = False
        self._show()

    # ---- its parts

    def _menu_button(self, fill: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setProperty("role", "quiet")
        button.setFont(theme.body_font(13))
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        menu = QMenu(button)
        menu.aboutToShow.connect(fill)
        button.setMenu(menu)
        return button

    # ---- open and closed

    def open(self) -> None:
        """Open the strip, and give the field the keys."""
        self._is_open = True
        self._show()
        self.field.setFocus()
        self.field.selectAll()

    def close_strip(self) -> None:
        """Show all lanes, and close the strip; the lanes get the keys."""
        self._is_open = False
        self._board.choice.show_all()
        self._show()
        self._board.view.setFocus()

    def _toggle(self, wanted: bool) -> None:
        if wanted:
            self.open()
        else:
            self.close_strip()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Clear, then close by Escape; go to the lanes by Enter or Down."""
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                if self.field.text():
                    self.field.clear()
                else:
                    self.close_strip()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Down):
                self._board.view.setFocus()
                return True
        return super().eventFilter(watched, event)

    def _show(self) -> None:
        choice = self._board.choice
        is_open = self._is_open or choice.is_filtering
        self._is_open = is_open
        for widget in self._inner:
            widget.setVisible(is_open)
        self.opener.setChecked(is_open)
        if self.field.text().strip() != choice.filter.text:
            self.field.setText(choice.filter.text)
        states = [state for state, _ in _STATES if state in choice.filter.states]
        words = _SHORT[states[0]] if len(states) == 1 else f"{len(states)} states"
        self._name(self.state_button, "State", words if states else "")
        self._name(self.lock_button, "Lock", choice.filter.lock_name)
        self._tell()

    def _name(self, button: QToolButton, what: str, chosen: str) -> None:
        metrics = button.fontMetrics()
        shown = metrics.elidedText(chosen, Qt.TextElideMode.ElideMiddle, 84) if chosen else what
        button.setText(f"{shown} ▾".replace("&", "&&"))
        told = f"{what}: {chosen}" if chosen else f"{what}: any"
        button.setAccessibleName(told)
        button.setToolTip(told)

    def _tell(self) -> None:
        board = self._board
        count = len(board.trace.threads)
        if board.is_looking:
            words, long = "looking…", "Looking through the lanes"
        else:
            words = f"{board.shown} of {count}"
            long = f"{board.shown} of {count} lanes are shown"
        if words != self.count.text():
            self.count.setText(words)
            self.count.setToolTip(long)
            self.count.setAccessibleName(long)

    # ---- its menus

    def _fill_states(self) -> None:
        choice, menu = self._board.choice, self.state_button.menu()
        menu.clear()
        for state, words in _STATES:
            action = menu.addAction(f"{words} in view")
            action.setCheckable(True)
            action.setChecked(state in choice.filter.states)
            action.triggered.connect(partial(self._choose_state, state))
        menu.addSeparator()
        whatever = menu.addAction("Any state", partial(choice.choose_states, ()))
        whatever.setEnabled(bool(choice.filter.states))

    def _choose_state(self, state: State, on: bool) -> None:
        states = self._board.choice.filter.states
        self._board.choice.choose_states(states | {state} if on else states - {state})

    def _fill_locks(self) -> None:
        board, menu = self._board, self.lock_button.menu()
        choice, trace = board.choice, board.trace
        menu.clear()
        ranks = lock_ranks(trace)
        for lock, rank in list(ranks.items())[:MOST_LOCKS]:
            name = object_name(trace, lock)
            action = menu.addAction(name.replace("&", "&&"))
            action.setIcon(_swatch(theme.current().lock_color(rank)))
            action.setCheckable(True)
            action.setChecked(lock == choice.filter.lock)
            action.triggered.connect(partial(choice.choose_lock, lock, name))
        if not ranks:
            menu.addAction("No lock has been taken in this run").setEnabled(False)
        elif len(ranks) > MOST_LOCKS:
            menu.addAction(f"… and {len(ranks) - MOST_LOCKS} more").setEnabled(False)
        menu.addSeparator()
        whatever = menu.addAction("Any lock", partial(choice.choose_lock, None))
        whatever.setEnabled(choice.filter.lock is not None)


def _swatch(color: QColor) -> QIcon:
    pixmap = QPixmap(12, 12)
    pixmap.fill(color)
    return QIcon(pixmap)
