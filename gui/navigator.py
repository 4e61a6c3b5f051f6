"""The menu Go: the ways through a run that belong to no single pane.

Why apart from the window: the window is a composition; this joins the axis, the cursor, the
choice, the bookmarks and the history of the view, and owns the keys that hold everywhere.

Guarantees: every way has an entry in the menu with its key beside it; what cannot be done now is
disabled there.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication, QMenu, QMenuBar, QWidget

from engine.bookmarks import Bookmark
from gui import motion
from gui.background import Background
from gui.bookmarks import BookmarkButton, BookmarkList
from gui.icon_button import IconButton
from gui.kept_bookmarks import KeptBookmarks
from gui.keyboard_help import KeyboardHelp
from gui.search_strip import SearchStrip
from gui.view_history import ViewHistory
from gui.views import minimap

if TYPE_CHECKING:
    from gui.main_window import MainWindow


#: What single keys do in the panes, for who looks for it in a menu.
_NO, _SHIFT = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier
_LANE_KEYS = (
    ("Fit the &whole run\tF", Qt.Key.Key_F, _NO),
    ("Fit what is &measured or chosen\tShift+F", Qt.Key.Key_F, _SHIFT),
    ("Bookmark the &cursor\tM", Qt.Key.Key_M, _NO),
    ("Bookmark it with a &note…\tShift+M", Qt.Key.Key_M, _SHIFT),
    ("Bookmark before\t[", Qt.Key.Key_BracketLeft, _NO),
    ("Next bookmark\t]", Qt.Key.Key_BracketRight, _NO),
)


def _press(view: QWidget, key: Qt.Key, keys: Qt.KeyboardModifier) -> None:
    """Have *view* do what a key does in it."""
    for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
        QApplication.sendEvent(view, QKeyEvent(kind, key, keys))


def _raise(error: Exception) -> None:
    raise error


class Navigator(QObject):
    """The ways of one window.

    Attributes: history, menu, view_actions (its part of the View menu), back_action,
    forward_action, bookmarks (the list), strip (the search).
    Signals: leaving (another run is about to be shown; the marks are still those of this one).
    """

    leaving = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.history = ViewHistory(window.cursor_, window.axis, window.selection, self)
        self.menu = QMenu("&Go", window)
        self.view_actions: list[QAction] = []
        self._background = Background(self)
        self.menu.setToolTipsVisible(True)
        self.back_action = self._action("&Back", self.history.back, "Alt+Left")
        self.back_action.setToolTip("Look at what was looked at before")
        self.forward_action = self._action("&Forward", self.history.forward, "Alt+Right")
        self.forward_action.setToolTip("Undo a step back")
        self.strip = SearchStrip(window.cursor_, window.axis, window.selection)
        self.strip.closed.connect(window.panes.activity.setFocus)
        window.panes.frames["activity"].body.insertWidget(0, self.strip)
        self.search_action = self._action("&Search the run…", self.search, "/", "Ctrl+G")
        self.bookmarks = BookmarkList(window.axis.marks, window)
        self.bookmarks.chosen.connect(self._go_to)
        self.search_button = IconButton("search", "Search the run (/)")
        self.search_button.clicked.connect(self.search)
        window.panes.frames["activity"].add_header_widget(self.search_button)
        self.bookmark_button = BookmarkButton(window.axis.marks)
        self.bookmark_button.clicked.connect(self.show_bookmarks)
        window.panes.frames["activity"].add_header_widget(self.bookmark_button)
        window.axis.marks.jumping.connect(self.history.settle)
        window.axis.marks.note_asked.connect(self._ask_note)
        self.bookmarks_action = self._action("Book&marks…", self.show_bookmarks, "Ctrl+B")
        self.details_action = self._action(
            "&Details of what is chosen", self.show_details, "Ctrl+Shift+D"
        )
        # Enter is the lanes' own key: anywhere else it means something else.
        self.arrow_action = self._action(
            "Go to who &ended the wait, and back\tEnter", window.panes.activity.follow_chosen
        )
        self.arrow_action.setToolTip("Along the arrow of the wait that is chosen in the lanes")
        self.help = KeyboardHelp(window)
        self.help_action = self._action("&Keyboard", self.help.open, "F1", "?")
        self.history.changed.connect(self._show_steps)
        self._show_steps()
        for view in (window.panes.activity, window.panes.value, window.panes.cpu):
            view.installEventFilter(self)

    def fill(self, bar: QMenuBar) -> None:
        """Put the menu into *bar*."""
        bar.addMenu(self.menu)
        self.menu.addActions([self.back_action, self.forward_action])
        self.menu.addSeparator()
        self.menu.addActions(
            [self.search_action, self.bookmarks_action, self.details_action, self.arrow_action]
        )
        self.menu.addSeparator()
        view = self._window.panes.activity
        for words, key, keys in _LANE_KEYS:
            self.menu.addAction(self._action(words, functools.partial(_press, view, key, keys)))

    def fill_view_menu(self, menu: QMenu) -> None:
        """Add what is remembered of how time is shown."""
        shown = QAction(minimap.TITLE, self._window)
        shown.setCheckable(True)
        shown.setToolTip("A strip below the lanes that shows the whole run")
        shown.setChecked(self._window.settings.minimap)
        shown.toggled.connect(self._show_map)
        self._show_map(shown.isChecked())
        still = self._still = QAction("Reduce &motion", self._window)
        still.setCheckable(True)
        still.setToolTip("Views change at once: nothing glides or zooms by itself")
        still.setChecked(not self._window.axis.motion)
        still.toggled.connect(self._set_still)
        menu.addSeparator()
        self.view_actions = [shown, still]
        menu.addActions(self.view_actions)

    def _show_map(self, shown: bool) -> None:
        self._window.settings.minimap = shown
        self._window.panes.minimap.setVisible(shown)

    def _set_still(self, still: bool) -> None:
        self._window.axis.motion = not still
        self._window.settings.motion = not still

    def begin(self) -> None:
        """Ask the desktop whether things may move, where that takes a moment."""
        if self._window.settings.motion is None and motion.is_gnome():
            self._background.run("ask for motion", motion.told_by_gnome, self._set_motion, _raise)

    def close(self) -> None:
        """Wait for what was asked."""
        self._background.close()

    def _set_motion(self, wanted: bool) -> None:
        """Move as the desktop wants it, unless a person has chosen meanwhile."""
        if self._window.settings.motion is None:
            self._window.axis.motion = wanted
            self._still.blockSignals(True)  # it shows what is, and nobody has chosen that
            self._still.setChecked(not wanted)
            self._still.blockSignals(False)

    def keep_with(self, kept: KeptBookmarks) -> None:
        """Let the list of bookmarks save them where *kept* says."""
        self.bookmarks.keep_with(kept)

    def reset(self) -> None:
        """Begin anew: another run is shown."""
        self.leaving.emit()
        self._window.axis.marks.show_bookmarks(())
        self.history.reset()

    def search(self) -> None:
        """Open the strip that searches, over the lanes."""
        self._window.workspace.raise_pane("activity")
        self.strip.open()

    def show_details(self) -> None:
        """Bring the details to the front, and give them the keyboard."""
        self._window.workspace.raise_pane("details")
        self._window.panes.details.focus_page()

    def show_bookmarks(self) -> None:
        """Open the list of bookmarks over the right upper corner of the lanes."""
        view = self._window.panes.activity
        self.bookmarks.open_at(view.mapTo(self._window, QPoint(view.width() - 8, 4)))

    def _ask_note(self, mark: Bookmark) -> None:
        self.show_bookmarks()
        self.bookmarks.edit(mark)

    def _go_to(self, mark: Bookmark) -> None:
        self._window.axis.marks.jumping.emit()
        self._window.cursor_.seek(mark.time)
        self._window.axis.keep_visible(mark.time)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take the side buttons of a mouse over a time pane."""
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            if event.button() == Qt.MouseButton.BackButton:
                self.history.back()
                return True
            if event.button() == Qt.MouseButton.ForwardButton:
                self.history.forward()
                return True
        return super().eventFilter(watched, event)

    def _show_steps(self) -> None:
        self.back_action.setEnabled(self.history.can_go_back)
        self.forward_action.setEnabled(self.history.can_go_forward)

    def _action(self, text: str, does: Callable[[], object], *keys: str) -> QAction:
        action = QAction(text, self._window)
        action.setShortcuts([QKeySequence(key) for key in keys])
        action.triggered.connect(lambda _checked=False: does())
        return action
