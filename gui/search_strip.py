"""The strip over the lanes that finds: names, locks, printed texts, values, lines of code.

Why: "/" and a word is how one gets to the interesting millisecond of a long run.

Guarantees: the window never waits for a search, which goes on a few milliseconds a frame; what a
run that goes on adds is found too; Enter and Shift+Enter (in the panes N and Shift+N) walk from
hit to hit, a click or Enter in the list goes to one; what was recorded is shown as plain text.
"""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QElapsedTimer,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QVBoxLayout,
)

from engine import search
from engine.search import MOST, WORDS, Hit, Search
from engine.trace import Trace
from gui import theme
from gui.announce import announce
from gui.cursor import Cursor
from gui.icon_button import IconButton
from gui.overlay import keeps_escape
from gui.painting.marks import exact
from gui.pane import ElidedLabel
from gui.selection import Selection
from gui.time_axis import TimeAxis

STEP_SECONDS = 0.004
_TURN_MS = 16
_TYPED_MS = 120  # a word is typed in one go
_TOLD_MS = 150  # while hits come in, the list is made anew no more often
_LIST = 104  # px
_HINT = "Find a thread, a lock, printed text, a value (total = 5), a line or a function"
_NONE = "nothing found"
_Index = QModelIndex | QPersistentModelIndex


class SearchStrip(QFrame):
    """The strip.

    Attributes: edit (what is looked for), hits (the list), search (or None).
    Signals: closed.
    """

    closed = Signal()

    def __init__(self, cursor: Cursor, axis: TimeAxis, selection: Selection) -> None:
        super().__init__()
        self._cursor, self._axis, self._selection = cursor, axis, selection
        self._trace = Trace()
        self.search: Search | None = None
        self._at = -1
        self._shown = (-1, False)
        self._size = 0
        self._age = QElapsedTimer()
        self._turn = self._timer("search", _TURN_MS, single=False)
        self._turn.timeout.connect(self._go_on)
        self._typed = self._timer("typing", _TYPED_MS, single=True)
        self._typed.timeout.connect(self._begin)
        self._build()
        axis.marks.hit_asked.connect(self.walk)
        self.hide()

    def _timer(self, name: str, every: int, *, single: bool) -> QTimer:
        timer = QTimer(self)
        timer.setObjectName(name)
        timer.setInterval(every)
        timer.setSingleShot(single)
        return timer

    def _build(self) -> None:
        self.setProperty("role", "banner")
        self.setAccessibleName("Search the run")
        self.edit = QLineEdit()
        self.edit.setProperty("compact", True)
        self.edit.setPlaceholderText(_HINT)
        self.edit.setAccessibleName("Search the run")
        self.edit.setAccessibleDescription(_HINT)
        self.edit.textEdited.connect(lambda _text: self._typed.start())
        self.edit.installEventFilter(self)
        self._counts = ElidedLabel("", font=theme.body_font(12), role="quiet")
        self._place = ElidedLabel("", font=theme.numbers_font(12), role="quiet")
        row = QHBoxLayout()
        row.setContentsMargins(10, 4, 8, 4)
        row.setSpacing(6)
        row.addWidget(self.edit, 3)
        row.addWidget(self._counts, 2)
        row.addWidget(self._place)
        self._buttons: list[IconButton] = []
        for icon, name, act in (
            ("up", "The hit before (Shift+Enter; in the panes Shift+N)", lambda: self.walk(-1)),
            ("down", "The next hit (Enter; in the panes N)", lambda: self.walk(1)),
            ("list", "Show or hide the list of hits", self._toggle_list),
            ("close", "Close the search (Escape)", self.shut),
        ):
            button = IconButton(icon, name, side=12)
            button.clicked.connect(act)
            row.addWidget(button)
            self._buttons.append(button)
        self.model = HitModel(self)
        self.hits = QListView()
        self.hits.setModel(self.model)
        self.hits.setUniformItemSizes(True)
        self.hits.setFont(theme.numbers_font(12))
        self.hits.setFixedHeight(_LIST)
        self.hits.setAccessibleName("Hits")
        self.hits.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.hits.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.hits.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.hits.clicked.connect(lambda index: self.go(index.row()))
        self.hits.activated.connect(lambda index: self.go(index.row()))
        self.hits.installEventFilter(self)
        self.hits.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        listed = QHBoxLayout()
        listed.setContentsMargins(14, 0, 8, 0)
        listed.addWidget(self.hits)
        column.addLayout(listed)

    # ---- for the window

    def open(self) -> None:
        """Show the strip, ready to be typed into."""
        self.show()
        self.edit.setFocus()
        self.edit.selectAll()
        if self.search is None and self.edit.text():
            self._begin()

    def shut(self) -> None:
        """Close the strip; nothing is marked any more."""
        self.hide()
        self._forget()
        self.closed.emit()

    def show_moment(self, trace: Trace, t: int) -> None:
        """Search *trace* from now on; what it got meanwhile is looked at too."""
        size = len(trace) + len(trace.outputs)
        if trace is not self._trace:
            self._trace = trace
            if self.isVisible() and self.edit.text():
                self._begin()
            else:
                self._forget()
        elif self.search is not None and size != self._size and not self._turn.isActive():
            self._turn.start()
        self._size = size

    @property
    def is_busy(self) -> bool:
        """Whether what is shown is not yet all that there is."""
        return self._turn.isActive() or self._typed.isActive()

    # ---- to search

    def _forget(self) -> None:
        self._turn.stop()
        self._typed.stop()
        self.search, self._at = None, -1
        self._tell()

    def _begin(self) -> None:
        self._forget()
        self.search = search.find(self._trace, self.edit.text())
        if self.search is not None:
            self._go_on()
            self._turn.start()

    def _go_on(self) -> None:
        if self.search is None or self.search.step(STEP_SECONDS):
            self._turn.stop()
        self._tell()

    def _tell(self) -> None:
        """Show what was found so far."""
        found = self.search
        state = (-1 if found is None else found.version, self._turn.isActive())
        if found is self.model.search:
            soon = self._age.isValid() and self._age.elapsed() < _TOLD_MS and state[1]
            if state == self._shown or soon:
                return
        self._age.start()
        current = None if self._at < 0 or found is None else self._at
        time = self.model.time(current)
        self._shown = state
        self.model.show_search(found)
        self._axis.marks.show_hits(self.model.times)
        if time is not None:  # an earlier hit may have come in before it
            self._at = self.model.first_at(time)
            self.hits.setCurrentIndex(self.model.index(self._at))
        self._say()

    def _say(self) -> None:
        found, count = self.search, self.model.rowCount()
        words = "" if found is None else self._count_words(found)
        if found is not None and not words:
            words = "searching…" if self.is_busy else _NONE
        self._counts.setText(words)
        self._place.setText(f"{self._at + 1:,} of {count:,}" if 0 <= self._at < count else "")
        for button in self._buttons[:3]:
            button.setEnabled(count > 0)
        if not count:
            self.hits.hide()

    def _count_words(self, found: Search) -> str:
        parts = []
        for kind, (count, more) in found.counts().items():
            one, many = WORDS[kind]
            amount = f"more than {MOST:,}" if more else f"{count:,}"
            parts.append(f"{amount} {one if count == 1 else many}")
        return " · ".join(parts)

    def words(self) -> str:
        """Return what the strip says of the hits."""
        return self._counts.full_text()

    # ---- from hit to hit

    def walk(self, step: int) -> None:
        """Go *step* hits on; the first time, to the one next to the cursor."""
        if self._typed.isActive():
            self._typed.stop()
            self._begin()
        count = self.model.rowCount()
        if not count:
            return
        if self._at < 0:
            first = self.model.first_at(self._cursor.time)
            number = first if step > 0 else first - 1
        else:
            number = self._at + step
        self.go(number % count)

    def go(self, number: int) -> None:
        """Go to hit *number*: the cursor, the window, and the thread's lane."""
        hit = self.model.hit(number)
        if hit is None:
            return
        self._axis.marks.jumping.emit()
        self._at = number
        self._cursor.seek(hit.time)
        self._axis.keep_visible(hit.time)
        if hit.thread >= 0:
            self._selection.choose(hit.thread, hit.time)
        index = self.model.index(number)
        self.hits.setCurrentIndex(index)
        self.hits.scrollTo(index)
        self._say()
        announce(self, f"{self._place.full_text()}: {self.model.data(index)}")

    def _toggle_list(self) -> None:
        self.hits.setVisible(not self.hits.isVisible())

    def event(self, event: QEvent) -> bool:
        """Keep Escape from the commands that it has elsewhere."""
        return keeps_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close with Escape, also from a button."""
        if event.key() == Qt.Key.Key_Escape:
            self.shut()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Walk with Enter, reach the list with Down, close with Escape."""
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            chosen = self.hits.currentIndex().row()
            if watched is self.hits and chosen >= 0 and chosen != self._at:
                self.go(chosen)
            else:
                self.walk(-1 if back else 1)
        elif watched is self.edit and key == Qt.Key.Key_Down and self.model.rowCount():
            self.hits.show()
            self.hits.setFocus()
            self.hits.setCurrentIndex(self.model.index(max(0, self._at)))
        else:
            return super().eventFilter(watched, event)
        return True


class HitModel(QAbstractListModel):
    """The hits of a search as rows, each made when it is seen.

    Attributes: search, times (ns, ascending).
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.search: Search | None = None
        self.times = search.NOTHING

    def show_search(self, found: Search | None) -> None:
        """List the hits of *found* as they are now."""
        self.beginResetModel()
        self.search = found
        self.times = search.NOTHING if found is None else found.hits().time
        self.endResetModel()

    def rowCount(self, parent: _Index | None = None) -> int:
        """Return the number of hits."""
        return 0 if parent is not None and parent.isValid() else len(self.times)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> str | None:
        """Return a row's words."""
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        hit = self.hit(index.row())
        return None if hit is None else self._words(hit)

    def _words(self, hit: Hit) -> str:
        who = "" if self.search is None else self.search.name_of(hit.thread)
        return "   ".join(part for part in (exact(hit.time), who, hit.words) if part)

    def hit(self, number: int) -> Hit | None:
        """Return hit *number*, or None."""
        if self.search is None or not 0 <= number < len(self.times):
            return None
        return self.search.hit(number)

    def time(self, number: int | None) -> int | None:
        """Return when hit *number* was, or None."""
        known = number is not None and 0 <= number < len(self.times)
        return int(self.times[number]) if number is not None and known else None

    def first_at(self, time: int) -> int:
        """Return the number of the first hit at or after *time*."""
        return int(self.times.searchsorted(time, side="left"))
