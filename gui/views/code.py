"""The code view: the script, and where each thread is in it.

Why: states and lanes mean something to a beginner only once they are seen at a line of code that
he can read.

Guarantees: a function of the script, `(trace, t)` and the values of the parameters; beside a run
stands the text that was run, whatever the editor holds by then; it scrolls by
itself only while the cursor follows or plays, only when no running thread is in sight, and never
after a person scrolled, until the next run or script.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLabel, QMenu, QStackedLayout, QVBoxLayout, QWidget

from engine.events import Kind, ObjectKind, State
from engine.probe.source import Parameter, Value
from engine.trace import Trace
from gui.banner import Banner
from gui.code_editor import CodeEditor
from gui.code_header import CodeHeader
from gui.code_menu import code_menu
from gui.code_text import CodeText, Marks
from gui.cursor import Cursor
from gui.find_bar import FindBar
from gui.selection import Selection
from gui.theme import Theme, body_font, mix

TITLE = "Code"
SUBTITLE = "chips: where each thread is now"
MOST_SAID = 12  # lines, and threads at each, in the words for screen readers


class CodeView(QWidget):
    """The script.

    Attributes:
        code: the text with its gutter, to be read.
        editor: the same to be changed; one of the two is shown.
        header: the switch between them, and how the text stands.
        banner: what happened to the file.
        find_bar: finds a word while the code is edited.
        path: the script shown, or None.

    Signals:
        watch_asked(str): an expression in the code is to be watched.
    """

    watch_asked = Signal(str)

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        selection: Selection,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._cursor = cursor
        self._selection = selection
        self.path: Path | None = None
        self.code = CodeText(theme)
        self.editor = CodeEditor(theme)
        self.header = CodeHeader()
        self.banner = Banner()
        self.find_bar = FindBar(self.editor)
        self._text = ""  # as it is now, once the keys rest
        self._shown = ""  # in `code`: as it is now, or as it was run
        self._error = QLabel()
        self._error.setObjectName("error")
        self._error.setWordWrap(True)
        self._error.setFont(body_font(13))
        self._error.setMargin(10)
        self._error.hide()
        self._trace: Trace | None = None
        self._by_hand = False
        self._notes: dict[int, str] = {}
        self._fault = 0
        self._is_ours: dict[str, bool] = {}
        self._stores: tuple[int, dict[int, str]] = (0, {})
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.banner)
        column.addWidget(self._error)
        self._pages = QStackedLayout()
        self._pages.addWidget(self.code)
        self._pages.addWidget(self.editor)
        column.addLayout(self._pages, 1)
        column.addWidget(self.find_bar)
        self.header.edit_toggled.connect(self._set_editing)
        self.editor.paused.connect(self._follow_editor)
        self.editor.document().modificationChanged.connect(self._say)
        self.code.viewport().installEventFilter(self)
        self.code.verticalScrollBar().sliderPressed.connect(self._scrolled_by_hand)
        self.code.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.code.customContextMenuRequested.connect(self._open_menu)
        selection.changed.connect(self._choose_line)
        self.setFocusProxy(self.code)
        self.setAccessibleName(TITLE)
        self.set_theme(theme)

    def set_script(self, path: Path | str, text: str) -> None:
        """Show *text*, which is the file at *path*; an error that was shown is gone.

        What was edited is gone too, and editing is over.
        """
        self.path = Path(path)
        self._is_ours = {}
        self._stores = (0, {})
        self._trace = None
        self._notes, self._fault, self._by_hand = {}, 0, False
        self._error.hide()
        self.editor.set_code(text)
        self.editor.show_fault(0)
        self.header.edit_action.setChecked(False)
        self.find_bar.hide()
        self._text = text
        self._show_text(text)
        self.code.set_marks(Marks())
        self.code.verticalScrollBar().setValue(0)
        self._say()

    @property
    def is_editing(self) -> bool:
        """Whether the code can be changed now."""
        return self.header.edit_action.isChecked()

    def text(self) -> str:
        """Return the text as it is in the editor now."""
        self.editor.finish()
        return self._text

    def set_text(self, text: str, *, modified: bool) -> None:
        """Put *text* in the place of all that is edited; it can be undone."""
        line = self.editor.line()
        self.editor.replace_code(text)
        self.editor.go_to(line)
        self.editor.document().setModified(modified)
        self.editor.finish()
        if self._trace is None or not self._source(self._trace):
            self._show_text(self._text)
        self._say()

    def clear_error(self) -> None:
        """Take away what `show_error` showed."""
        self._fault = 0
        self._error.hide()
        self.editor.show_fault(0)
        self._set_marks(self.code.marks.chips, self.code.marks.running)

    def _set_editing(self, on: bool) -> None:
        line = self._text.count("\n") + 1
        if on:
            there = self.code.line_at(0) or 1
            self._pages.setCurrentWidget(self.editor)
            if not self.editor.is_visible_line(self.editor.line()):
                self.editor.go_to(min(there + 1, line))
            self.editor.setFocus()
            self.setFocusProxy(self.editor)
        else:
            self.editor.finish()
            self.find_bar.hide()
            self._pages.setCurrentWidget(self.code)
            self.setFocusProxy(self.code)
            if self._trace is None or not self._source(self._trace):
                self._show_text(self._text)
            self.code.setFocus()
        self._say()

    def _follow_editor(self) -> None:
        self._text = self.editor.toPlainText()
        self._say()

    def _show_text(self, text: str) -> None:
        if text != self._shown:
            self._shown = text
            self.code.set_code(text)

    def _source(self, trace: Trace) -> str:
        """Return the script's text as *trace* ran it; nothing if it did not."""
        if self.path is None or not trace.threads:
            return ""
        found = trace.sources.get(str(self.path))
        return (found or trace.sources.get(str(self.path.resolve()))) or ""

    def _say(self) -> None:
        as_run = not self.is_editing and self._shown != self._text
        self.header.say(modified=self.editor.document().isModified(), as_run=as_run)

    def set_values(self, parameters: Sequence[Parameter], values: Mapping[str, Value]) -> None:
        """Note at each parameter's line the value that replaces the one in the file."""
        self._notes = {
            parameter.line: f"= {values[parameter.name]!r}"
            for parameter in parameters
            if parameter.line and values.get(parameter.name, parameter.default) != parameter.default
        }
        self._set_marks(self.code.marks.chips, self.code.marks.running)

    def show_error(self, line: int, message: str) -> None:
        """Say above the code what is wrong, and point at *line* (0: no line is to blame)."""
        self._fault = line
        where = f"Line {line}: " if line and not message.startswith(f"Line {line} ") else ""
        self._error.setText(where + message)
        self._error.setAccessibleName(where + message)
        self._error.show()
        self._set_marks({}, frozenset())
        self.editor.show_fault(line)
        if line and not self.is_editing:
            self.code.bring(line)

    def show_line(self, line: int) -> None:
        """Bring *line* into view and select it."""
        self._by_hand = True
        self.code.bring(line)
        cursor = QTextCursor(self.code.document().findBlockByNumber(line - 1))
        cursor.select(QTextCursor.SelectionType.LineUnderCursor)
        self.code.setTextCursor(cursor)

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show where the threads of *trace* are at *t* (ns)."""
        if trace is not self._trace and trace.threads:
            if self._trace is not None:  # an error of the last run says nothing about this one
                self._fault = 0
                self._error.hide()
            self._trace, self._by_hand, self._is_ours = trace, False, {}
            self._stores = (0, {})
            self._show_text(self._source(trace) or self._text)
            self._say()
        chips: dict[int, list[int]] = defaultdict(list)
        running: set[int] = set()
        for lane, state in _living(trace, t):
            site = trace.site_at(lane, t)
            if site.line and self._is_here(site.file):
                chips[site.line].append(lane)
                if state == State.RUNNING:
                    running.add(site.line)
        self.code.names = [thread.name for thread in trace.threads]
        self._set_marks({line: tuple(lanes) for line, lanes in chips.items()}, frozenset(running))
        if self._cursor.following or self._cursor.playing:
            self._keep_in_sight()

    def _choose_line(self) -> None:
        """Mark the line of the slice that was chosen, and bring it into view."""
        before = self.code.marks.chosen
        self._set_marks(self.code.marks.chips, self.code.marks.running)
        line = self.code.marks.chosen
        if line and line != before and not self.is_editing and not self.code.is_visible_line(line):
            self.code.bring(line)

    def _chosen_line(self) -> int:
        lane, at, trace = self._selection.lane, self._selection.time, self._trace
        if trace is None or lane is None or at is None or lane >= len(trace.threads):
            return 0
        site = trace.site_at(lane, at)
        return site.line if self._is_here(site.file) else 0

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self.code.set_theme(theme)
        self.editor.set_theme(theme)
        back = mix(theme.lock_wait, theme.pane, 0.16 if theme.is_dark else 0.09)
        self._error.setStyleSheet(f"#error {{ background: {back.name()}; }}")

    def menu_at(self, place: QPoint) -> QMenu:
        """Return the menu for the code at *place*, in px of the code's viewport."""
        return code_menu(self.code, place, self.watch_asked.emit)

    def _open_menu(self, place: QPoint) -> None:
        self.menu_at(place).popup(self.code.viewport().mapToGlobal(place))

    def sizeHint(self) -> QSize:
        """Ask for twenty lines."""
        return QSize(500, 520)

    def _set_marks(self, chips: Mapping[int, tuple[int, ...]], running: frozenset[int]) -> None:
        notes = dict(self._notes) if self._shown == self._text else {}
        chosen = self._chosen_line()
        marks = Marks(chips, running, self._stored_at(), notes, self._fault, chosen)
        self.code.set_marks(marks)
        there = [
            f"line {line}: {', '.join(self.code.names[lane] for lane in lanes[:MOST_SAID])}"
            for line, lanes in sorted(chips.items())[:MOST_SAID]
        ]
        said = "; ".join(there)
        if said != self.accessibleDescription():
            self.setAccessibleDescription(said)

    def shows(self, file: str) -> bool:
        """Tell whether *file* is the script shown."""
        return self._is_here(file)

    def _is_here(self, file: str) -> bool:
        """Tell whether *file* is the script shown; resolving a path is slow, so it is kept."""
        known = self._is_ours.get(file)
        if known is None:
            path = self.path
            known = path is not None and (
                file == str(path) or Path(file).resolve() == path.resolve()
            )
            self._is_ours[file] = known
        return known

    def _stored_at(self) -> dict[int, str]:
        """Return the lines that store watched values; looks only at objects not seen yet."""
        if self._trace is None:
            return {}
        seen, found = self._stores
        objects = self._trace.objects
        if len(objects) > seen:
            found = dict(found)
            for thing in objects[seen:]:
                if thing.kind is ObjectKind.STORE_POINT and self._is_here(thing.file):
                    name = str(thing.extra.get("variable") or thing.name)
                    names = {*found.get(thing.line, "").split(", "), name} - {""}
                    found[thing.line] = ", ".join(sorted(names))
            self._stores = (len(objects), found)
        return found

    def _keep_in_sight(self) -> None:
        running = self.code.marks.running or frozenset(self.code.marks.chips)
        if self._by_hand or not running:
            return
        if not any(self.code.is_visible_line(line) for line in running):
            self.code.bring(min(running))

    def _scrolled_by_hand(self) -> None:
        self._by_hand = True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Notice a person who scrolls."""
        if event.type() == QEvent.Type.Wheel:
            self._by_hand = True
        return super().eventFilter(watched, event)


def _living(trace: Trace, t: int) -> list[tuple[int, int]]:
    """Return (thread, state) of those in the script at *t*; runs over all threads each frame."""
    found: list[tuple[int, int]] = []
    for thread, lane in zip(trace.threads, trace.lanes, strict=True):
        if thread.end is not None and thread.end <= t:
            continue
        place = lane.starts.index_at(t) - 1
        state = int(lane.states.view[place]) if place >= 0 else 0
        # A pool's worker without work is in the pool's own code, not where it was seen last.
        if state and lane.kinds.view[place] != Kind.IDLE_BEGIN:
            found.append((thread.index, state))
    return found
