"""The details view: everything about what was chosen, and where the time of a stretch went.

Why: a picture answers "when" and "who"; a person who points at something asks for the rest: for
what, how long, on which line, who had the lock, who ended it; and, of a stretch, how much in all.

Guarantees: a function of `(trace, t)` and the selection, which keeps no history; showing a moment
costs what is seen at it: what must be added up is added up between the frames, and until then the
view says so, and for which stretch its numbers are.
"""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.statistics import LockUse, Measured
from engine.trace import Trace
from gui.cursor import Cursor
from gui.facts import Fact, lock_facts, slice_facts
from gui.facts_text import FactsText
from gui.icons import icon
from gui.labels import duration
from gui.links import lock_of
from gui.measuring import Measuring
from gui.pane import ElidedLabel, EmptyNote
from gui.selection import Selection
from gui.statistics_tables import MOST_LOCKS, Use, lock_rows, thread_rows
from gui.statistics_view import Sorting, StatisticsTable
from gui.theme import Theme, body_font, disabled_text
from gui.time_axis import TimeAxis

TITLE = "Details"
SUBTITLE = "what is chosen, where the time went"
CHOSEN, THREADS, LOCKS = range(3)
_PAGES = (
    ("Chosen", "What is known of the chosen slice or lock"),
    ("Threads", "Where each thread's time went"),
    ("Locks", "How each lock was used"),
)
_EVERY = 250  # ms: numbers that people read need no more
_NOTHING = ("Nothing is chosen.", "Click on a slice, or Shift-drag over a stretch.")


class DetailsView(QWidget):
    """Facts of what is chosen, and two tables of a stretch.

    Attributes:
        facts, threads, locks: the three.
        note: what stands there while nothing is chosen.
        pages: the buttons that choose among them.
        copy: copies the table that is shown.
        about: which stretch the numbers are of.
        measuring: adds up.

    Signals:
        line_asked(int, str): a line of a file is to be shown in the code.
    """

    line_asked = Signal(int, str)

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        axis: TimeAxis,
        selection: Selection,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._cursor, self._axis, self._selection = cursor, axis, selection
        self._trace, self._t = Trace(), 0
        self._stretch = selection.stretch
        self._following = False  # a row or a link is being followed: the page stays
        self._measured: Measured | None = None
        self._used: tuple[int, LockUse] | None = None
        self._asked: object = None
        self._asked_whole = False
        self._told: object = None
        self.note = EmptyNote(*_NOTHING)
        self.facts = FactsText(theme)
        by_thread, most_waited = Sorting("", False), Sorting("Waited (s)", True)
        self.threads = StatisticsTable(
            "Threads: where the time went", theme, thread_rows, by_thread
        )
        self.locks = StatisticsTable("Locks: how they were used", theme, lock_rows, most_waited)
        self.measuring = Measuring(self)
        self.measuring.done.connect(self._added_up)
        self._again = QTimer(self)
        self._again.setObjectName("details")
        self._again.setSingleShot(True)
        self._again.setInterval(_EVERY)
        self._again.timeout.connect(self._late)
        self._is_late = False
        self._build()
        self._theme_copy(theme)
        self.facts.asked.connect(self._follow_link)
        for table in (self.threads, self.locks):
            table.followed.connect(self._follow_row)
        selection.changed.connect(self._chosen)
        self.setAccessibleName(TITLE)
        self._refresh()

    def _build(self) -> None:
        self.pages = QButtonGroup(self)
        row = QHBoxLayout()
        row.setContentsMargins(10, 6, 10, 4)
        row.setSpacing(0)
        for number, (text, hint) in enumerate(_PAGES):
            button = QToolButton()
            button.setText(text)
            button.setToolTip(hint)
            button.setAccessibleDescription(hint)
            button.setCheckable(True)
            button.setProperty("role", "choice")
            button.setProperty("segment", ("first", "middle", "last")[number])
            self.pages.addButton(button, number)
            row.addWidget(button)
        self.pages.button(CHOSEN).setChecked(True)
        self.pages.idClicked.connect(self.show_page)
        self.about = ElidedLabel("", font=body_font(12), role="quiet")
        self.copy = QToolButton()
        self.copy.setAccessibleName("Copy")
        self.copy.setProperty("compact", True)
        self.copy.setToolTip("Copy what stands here; a table with its header")
        self.copy.setProperty("role", "quiet")
        self.copy.clicked.connect(self._copy)
        row.addSpacing(10)
        row.addWidget(self.about, 1)
        row.addWidget(self.copy)
        self._stack = QStackedLayout()
        for page in (self.note, self.facts, self.threads, self.locks):
            self._stack.addWidget(page)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addLayout(self._stack, 1)

    # --- what is shown

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show *trace* with the cursor at *t* (ns)."""
        if trace is not self._trace:
            self._measured, self._used, self._asked, self._told = None, None, None, None
            self.measuring.stop()
            self._trace, self._t = trace, t
            self._refresh()
            return
        self._trace, self._t = trace, t
        if self._again.isActive():
            self._is_late = True
        else:
            self._refresh()

    @property
    def page(self) -> int:
        """Which of `CHOSEN`, `THREADS` and `LOCKS` is shown."""
        return self.pages.checkedId()

    def show_page(self, page: int) -> None:
        """Show `CHOSEN`, `THREADS` or `LOCKS`."""
        self.pages.button(page).setChecked(True)
        self._refresh()

    def focus_page(self) -> None:
        """Give the keyboard to what is shown; to the buttons where nothing is chosen."""
        page = self._stack.currentWidget()
        if page is None or page is self.note:
            page = self.pages.button(self.page)
        page.setFocus()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme_copy(theme)
        self.facts.set_theme(theme)
        self.threads.set_theme(theme)
        self.locks.set_theme(theme)

    def _theme_copy(self, theme: Theme) -> None:
        self.copy.setIcon(icon("copy", theme.quiet, disabled_text(theme)))

    def sizeHint(self) -> QSize:
        """Ask for room for a dozen facts."""
        return QSize(480, 300)

    def _chosen(self) -> None:
        selection = self._selection
        if not self._following:
            if selection.stretch != self._stretch and selection.stretch is not None:
                if self.page == CHOSEN:
                    self.pages.button(THREADS).setChecked(True)
            elif selection.lane is not None or selection.lock is not None:
                self.pages.button(CHOSEN).setChecked(True)
        self._stretch = selection.stretch
        self._refresh()

    def rest_is_over(self) -> None:
        """Show the next moment at once, as if the last one was long ago; for measurements."""
        self._again.stop()

    def _late(self) -> None:
        if self._is_late and self.isVisible():
            self._refresh()

    def _refresh(self) -> None:
        self._is_late = False
        self._again.start()
        page = self.page
        if page == CHOSEN:
            self._show_chosen()
            self.copy.setEnabled(bool(self._chosen_text()))
            return
        self.copy.setEnabled(True)
        self._stack.setCurrentWidget(self.threads if page == THREADS else self.locks)
        start, end = self._selection.stretch or (0, self._trace.now)
        self._ask(("all", start, end, len(self._trace)))
        self._say()

    def _show_chosen(self) -> None:
        trace, selection = self._trace, self._selection
        lane, lock = selection.lane, selection.lock
        if lane is not None and lane < len(trace.threads):
            at = self._t if selection.time is None else selection.time
            # What was said of a slice holds wherever the cursor goes, until more is recorded.
            wanted = (lane, at, len(trace), trace.now, len(trace.outputs))
            if wanted != self._told:
                self._show_facts(slice_facts(trace, lane, min(at, trace.now)))
                self._told = wanted
            self._stack.setCurrentWidget(self.facts)
        elif lock is not None and 0 < lock < len(trace.objects):
            self._ask(("lock", lock, self._t, len(trace)))
            use = self._used[1] if self._used and self._used[0] == lock else None
            self._show_facts(lock_facts(trace, lock, self._t, use))
        else:
            self.about.setText("")
            self._stack.setCurrentWidget(self.note)
            self.setAccessibleDescription(" ".join(_NOTHING))

    def _show_facts(self, facts: list[Fact]) -> None:
        self._told = None
        self.facts.show_facts(facts)
        self._stack.setCurrentWidget(self.facts)
        self.about.setText("")
        self.setAccessibleDescription(self.facts.plain_text())

    # --- sums

    def _ask(self, wanted: tuple[str, int, int, int]) -> None:
        """Have *wanted* added up, unless that was done, or is being done."""
        if wanted == self._asked:
            return
        what, start, end, _ = wanted
        if self.measuring.busy and self._asked_whole and self._selection.stretch is None:
            self._is_late = what == "all"  # the run grows: first the sums that were begun
            return
        self._asked = wanted
        self._asked_whole = what == "all" and self._selection.stretch is None
        if what == "all":
            self.measuring.ask(self._trace, lambda sums: sums.of(start, end))
        else:
            self.measuring.ask(self._trace, lambda sums: sums.of_lock(start, 0, end))

    def _added_up(self, found: Measured | LockUse) -> None:
        if isinstance(found, Measured):
            self._measured = found
            self.threads.show_measured(self._trace, found)
            self.locks.show_measured(self._trace, found)
            self._say()
        else:
            self._used = (found.lock, found)
            if self._selection.lock == found.lock and self._selection.lane is None:
                self._show_facts(lock_facts(self._trace, found.lock, self._t, found))

    def _say(self) -> None:
        if self.page == CHOSEN:
            return
        measured = self._measured
        words = "nothing has run yet"
        if measured is not None and len(self._trace):
            span = duration(max(0, measured.end - measured.start))
            words = f"whole run, {span}"
            if self._selection.stretch is not None:
                words = f"{span}, {measured.start / 1e9:.3f} to {measured.end / 1e9:.3f} s"
            if self.page == LOCKS and len(measured.locks) > MOST_LOCKS:
                words += f", {MOST_LOCKS:,} of {len(measured.locks):,} locks"
        if self.measuring.busy:
            words = f"{words} · adding up…" if measured is not None else "adding up…"
        self.about.setText(words)
        table = "threads" if self.page == THREADS else "locks"
        self.setAccessibleDescription(f"Statistics of {table}: {words}")

    # --- what a person does

    def _copy(self) -> None:
        if self.page == CHOSEN:
            QGuiApplication.clipboard().setText(self._chosen_text())
        else:
            (self.threads if self.page == THREADS else self.locks).copy_all()

    def _chosen_text(self) -> str:
        is_shown = self._stack.currentWidget() is self.facts
        return self.facts.plain_text() if is_shown else ""

    def sorting(self) -> dict[str, list[object]]:
        """Return by what each table is sorted, to be kept."""
        return {
            name: [table.sorting.column, table.sorting.descending]
            for name, table in (("threads", self.threads), ("locks", self.locks))
        }

    def set_sorting(self, kept: Mapping[str, object]) -> None:
        """Sort the tables as they were; what is damaged is left as it is."""
        for name, table in (("threads", self.threads), ("locks", self.locks)):
            match kept.get(name):
                case [str(column), bool(descending)]:
                    table.sort_as(Sorting(column, descending))

    def _follow_row(self, use: Use) -> None:
        if isinstance(use, LockUse):
            wait, lane, lock = use.longest_wait, None, use.lock
        else:
            wait, lane, lock = use.longest, use.thread, None
        if wait is None:
            self._go(lane, None, lock)
        else:
            self._go(wait.thread, wait.start, lock or lock_of(self._trace, wait.thread, wait.start))

    def _go(self, lane: int | None, at: int | None, lock: int | None) -> None:
        self._following = True
        try:
            if at is not None:
                self._axis.marks.jumping.emit()
                self._cursor.seek(at)
                self._axis.keep_visible(at)
            self._selection.choose(lane, at, lock)
        finally:
            self._following = False

    def _follow_link(self, link: str) -> None:
        """Do what a link says; see `gui.facts.Piece`."""
        what, _, rest = link.partition(":")
        if what == "line":
            line, _, file = rest.partition(":")
            self.line_asked.emit(int(line), file)
        elif what == "lock":
            self._selection.choose(lock=int(rest))
        else:
            lane, at = map(int, rest.split(":"))
            lock = lock_of(self._trace, lane, at)
            if what == "time":
                self._go(lane, at, lock)
            else:
                self._selection.choose(lane, at, lock)
