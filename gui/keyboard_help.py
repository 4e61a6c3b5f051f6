"""Every key, in one place: F1 or ?.

Guarantees: every shortcut of the window's commands is listed, those that this module does not know
under a heading of their own; and what the panes do with single keys beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from gui import theme
from gui.overlay import Overlay

TITLE = "Keyboard"
WIDE, TALL = 860, 640  # px
Keys = QKeySequence.StandardKey
Group = tuple[str, tuple[tuple[str, str], ...]]


def _standard(*wanted: Keys) -> str:
    """Return the keys that this system has for what it knows itself, as editing."""
    return ", ".join(filter(None, (QKeySequence(key).toString() for key in wanted)))


def groups() -> tuple[Group, ...]:
    """Return (heading, ((keys, what they do), ...)); what means the same is joined by "or"."""
    return (*_TIME, *_files())


_TIME: tuple[Group, ...] = (
    (
        "In every pane with time",
        (
            ("W, S", "zoom in and out around the cursor"),
            ("A, D", "earlier and later"),
            ("Ctrl+wheel or pinch", "zoom at the pointer"),
            ("Shift+wheel or two fingers", "earlier and later"),
            ("Double click", "zoom on what is under the pointer"),
            ("F", "fit: the whole run"),
            ("Shift+F", "fit what is measured or chosen"),
            ("Shift+drag", "measure; drag an end to adjust"),
            ("Shift+Left, Shift+Right", "measure from the cursor"),
            ("Escape", "take the ruler away; without one, stop a run"),
        ),
    ),
    (
        "Find the way",
        (
            ("/ or Ctrl+G", "search the run"),
            ("N, Shift+N", "next hit, hit before"),
            ("M", "bookmark the cursor"),
            ("Shift+M", "bookmark it and write a note"),
            ("[, ]", "bookmark before, next bookmark"),
            ("Ctrl+B", "list of bookmarks"),
            ("Ctrl+Shift+D", "details of what is chosen"),
            ("Alt+Left, Alt+Right", "back and forward through what was looked at"),
        ),
    ),
    (
        "In the lanes",
        (
            ("Left, Right", "event before, next event"),
            ("Up, Down", "thread above, below"),
            ("Enter", "go to who ended the wait, and back"),
            ("Home, End", "start and end of the run"),
            ("Page Up, Page Down", "a page of lanes up, down"),
            ("P, H", "pin a lane, hide it"),
            ("Ctrl+Shift+F", "filter lanes by name, state, lock"),
            ("Ctrl+C", "copy the thread's name"),
        ),
    ),
    (
        "In the table",
        (
            ("Up, Down", "row above, below; the cursor goes along"),
            ("Ctrl+Home, Ctrl+End", "first row, last row"),
            ("Enter", "zoom on the slice"),
            ("Ctrl+C", "copy the chosen rows"),
            ("Escape", "clear the words"),
        ),
    ),
    (
        "In Contention",
        (
            ("Up, Down", "lock above, below"),
            ("Left, Right", "where the lock was taken or given back"),
            ("Enter", "go to who has the lock at the cursor"),
            ("P", "draw the critical path over the lanes"),
            ("Ctrl+C", "copy the critical path"),
        ),
    ),
    (
        "On the heading of a process",
        (
            ("Left, Right", "collapse to one lane, expand"),
            ("Enter", "collapse or expand"),
        ),
    ),
    (
        "On the map of the run",
        (
            ("Left, Right", "earlier and later"),
            ("Up, Down", "zoom in and out"),
            ("Enter", "go to the cursor"),
            ("Home, End", "start and end of the run"),
        ),
    ),
    (
        "In a table of the details",
        (
            ("S", "sort by the column, again: the other way"),
            ("Enter", "go to the longest wait"),
            ("Ctrl+C", "copy the chosen rows"),
        ),
    ),
    (
        "Run",
        (
            ("Ctrl+R or F5", "run"),
            ("Space", "pause and resume, or play and stop"),
            ("Esc", "stop the run"),
            ("Ctrl+Shift+R", "restart"),
            ("L", "follow the live end"),
            ("P", "play from the cursor"),
            ("Ctrl+I", "choose the Python"),
            ("Ctrl+K, Ctrl+Shift+K", "keep the run for comparing, compare with it"),
            ("Ctrl+Alt+P", "compare with the previous run"),
        ),
    ),
    (
        "Window",
        (
            ("F1 or ?", "this list"),
            ("Ctrl+T", "dark or light"),
            ("Tab, Shift+Tab", "next place, place before"),
        ),
    ),
)


def _files() -> tuple[Group, ...]:
    return (
        (
            "Script and files",
            (
                (_standard(Keys.New, Keys.Open), "new script, open script"),
                (f"{_standard(Keys.Save)}, Ctrl+Shift+S", "save, save as"),
                ("Ctrl+E", "edit the code"),
                (f"{_standard(Keys.Find)}, Ctrl+/", "find in the code, comment out"),
                (_standard(Keys.Undo, Keys.Redo), "undo, redo"),
                ("Ctrl+Alt+O, Ctrl+Alt+S", "open a run, save the run"),
                (_standard(Keys.Quit) or "the menu File", "quit"),
            ),
        ),
    )


_COLUMNS = 2


class KeyboardHelp(Overlay):
    """The list of keys."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, TITLE)
        self._ground = parent
        title = QLabel(TITLE)
        title.setFont(theme.title_font())
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(TITLE)
        self._area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 8, 12)
        column.setSpacing(8)
        column.addWidget(title)
        column.addWidget(self._area)

    def open(self) -> None:
        """Open in the middle of the window."""
        room = self._ground.size()
        self.setFixedSize(min(WIDE, room.width() - 40), min(TALL, room.height() - 80))
        left, top = (room.width() + self.width()) // 2, (room.height() - self.height()) // 2
        self._fill()
        self.open_over(QPoint(left, top), self._area)

    def listed(self) -> tuple[Group, ...]:
        """Return all groups, with the commands that are only known to the window."""
        known = told(groups())
        more = []
        for action in self._ground.findChildren(QAction):
            keys = [key.toString() for key in action.shortcuts() if key.toString()]
            if keys and action.text() and known.isdisjoint(keys):
                more.append((" or ".join(keys), action.text().replace("&", "").rstrip("…")))
        return (*groups(), *([("More", tuple(sorted(more)))] if more else []))

    def _fill(self) -> None:
        listed = self.listed()
        page = _page(listed)
        self._area.setWidget(page)  # the one before is deleted
        page.setAutoFillBackground(False)  # a scroll area asks for the window's colour
        words = [f"{k}: {w}" for _, rows in listed for k, w in rows]
        self._area.setAccessibleDescription(". ".join(words))


def told(listed: Iterable[Group]) -> set[str]:
    """Return the keys that *listed* tells, each as Qt writes it."""
    keys = [keys for _, rows in listed for keys, _ in rows]
    parts = [part for each in keys for part in re.split(r", (?=\S)| or ", each)]
    return {QKeySequence(part.strip()).toString() for part in parts}


def _page(listed: tuple[Group, ...]) -> QWidget:
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 8, 0)
    row.setSpacing(28)
    lengths = [len(rows) + 2 for _, rows in listed]
    half = sum(lengths) / _COLUMNS
    columns: list[QVBoxLayout] = []
    filled = 0
    for (heading, rows), length in zip(listed, lengths, strict=True):
        if not columns or (filled >= half * len(columns) - 1 and len(columns) < _COLUMNS):
            columns.append(QVBoxLayout())
            columns[-1].setSpacing(12)
            row.addLayout(columns[-1], 1)
        columns[-1].addLayout(_group(heading, rows))
        filled += length
    for column in columns:
        column.addStretch(1)
    return page


def _group(heading: str, rows: tuple[tuple[str, str], ...]) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(14)
    grid.setVerticalSpacing(5)
    grid.setColumnStretch(1, 1)
    grid.setColumnMinimumWidth(0, 150)
    label = QLabel(heading)
    label.setFont(theme.title_font())
    grid.addWidget(label, 0, 0, 1, 2)
    for number, (keys, words) in enumerate(rows, 1):
        for column, text in enumerate((keys, words)):
            cell = QLabel(text)
            cell.setFont(theme.body_font(13))
            cell.setTextFormat(Qt.TextFormat.PlainText)
            cell.setWordWrap(True)
            if column == 1:
                cell.setProperty("role", "quiet")
            grid.addWidget(cell, number, column, Qt.AlignmentFlag.AlignTop)
    return grid
