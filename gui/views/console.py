"""The console view: what the script printed, and which thread printed it.

Why: printed lines are what people know; the chip beside each shows that they come from several
threads, and in which order.

Guarantees: a function of `(trace, t)`; never more than `LIMIT` lines are laid out, the others are
counted in a note and are reached by scrolling on; text can be selected and copied as it was
printed, without chips.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QWheelEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QPlainTextEdit,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.trace import Trace
from gui.chips import CHIP, paint_chip
from gui.console_ink import TYPED, ink_of
from gui.console_lines import Line, line_count, lines_upto
from gui.cursor import Cursor
from gui.input_line import InputLine
from gui.pane import EmptyNote
from gui.selection import Selection
from gui.theme import Theme, body_font, code_font, numbers_font

TITLE = "Console"
SUBTITLE = "what was printed, and by whom"
LIMIT = 160  # lines
_TURN = 100  # lines that one step back or on brings; the others stay in sight
_GUTTER = 54  # px: an error mark and a chip
_AT_END = 8
_MARKS = {TYPED: "in", 2: "err"}
_UP = (Qt.Key.Key_PageUp, Qt.Key.Key_Up)
_DOWN = (Qt.Key.Key_PageDown, Qt.Key.Key_Down)


class ConsoleText(QPlainTextEdit):
    """The lines, with a gutter of chips.

    Attributes:
        lines: what is laid out.
        wants_earlier, wants_later: at the first line, or the last one, a person went on.
        wants_newest: a person asked for the end.
    """

    wants_earlier = Signal()
    wants_later = Signal()
    wants_newest = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._forms: dict[tuple[int, int], QTextCharFormat] = {}
        self.lines: list[Line] = []
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setCursorWidth(0)
        self.setFrameShape(QPlainTextEdit.Shape.NoFrame)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(code_font())
        self.setAccessibleName("Printed lines")
        self.document().setDocumentMargin(6)
        self.setViewportMargins(_GUTTER, 0, 0, 0)
        self._gutter = _Gutter(self)
        self.updateRequest.connect(self._gutter_moved)
        self._at_end = True
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._scrolled)
        bar.rangeChanged.connect(self._grew)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Write everything anew in *theme*."""
        self._theme = theme
        self._forms = {}
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Text, theme.text)
        palette.setColor(QPalette.ColorRole.Base, theme.pane)
        self.setPalette(palette)
        lines, self.lines = self.lines, []
        self.clear()
        self.show_lines(lines)

    def show_lines(self, lines: list[Line]) -> None:
        """Show *lines*, writing only those that are new, and keep a person's place."""
        if lines == self.lines:
            return
        bar = self.verticalScrollBar()
        at_end = self._at_end
        dropped = self.lines.index(lines[0]) if lines and lines[0] in self.lines else 0
        kept = self.lines[dropped:]
        if not kept or kept != lines[: len(kept)]:  # the past, another run: write all of it
            dropped, kept = 0, []
            self.clear()
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        for number, line in enumerate(lines[len(kept) :], len(kept)):
            if number and not line:
                cursor.insertBlock()
            for place, piece in enumerate(line):
                # A line and its end at once: half of the calls, for which the most time goes.
                end = "\n" if number and not place else ""
                cursor.insertText(end + piece.text, self._form(piece.thread, piece.stream))
        if dropped:
            cursor.setPosition(0)
            start = self.document().findBlockByNumber(dropped).position()
            cursor.setPosition(start, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
        cursor.endEditBlock()
        self.lines = lines
        if at_end:
            bar.setValue(bar.maximum())
        self._at_end = at_end
        self._gutter.update()

    def _form(self, thread: int, stream: int) -> QTextCharFormat:
        form = self._forms.get((thread, stream))
        if form is None:
            form = self._forms[thread, stream] = ink_of(self._theme, thread, stream)
        return form

    def _scrolled(self, value: int) -> None:
        self._at_end = value >= self.verticalScrollBar().maximum() - _AT_END

    def _grew(self, lowest: int, highest: int) -> None:
        # The last lines are laid out after they were written: the end moves on once more.
        if self._at_end:
            self.verticalScrollBar().setValue(highest)

    def first_line(self) -> int:
        """Return which of the lines is the first one in sight."""
        return self.firstVisibleBlock().blockNumber()

    def go_to_line(self, number: int) -> None:
        """Bring line *number* to the top, as far as there are lines below it."""
        block = self.document().findBlockByNumber(max(0, number))
        if block.isValid():
            self.verticalScrollBar().setValue(block.firstLineNumber())

    def go_to_end(self) -> None:
        """Bring the last line into sight, and keep to the end."""
        self._at_end = True
        self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll, and past the first or the last line ask for more."""
        bar, turned = self.verticalScrollBar(), event.angleDelta().y()
        self._ask(turned > 0 and bar.value() == bar.minimum(),
                  turned < 0 and bar.value() == bar.maximum())  # fmt: skip
        super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move as text does, and past the first or the last line ask for more."""
        bar, key = self.verticalScrollBar(), event.key()
        if key == Qt.Key.Key_End and event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.wants_newest.emit()
        self._ask(key in _UP and bar.value() == bar.minimum(),
                  key in _DOWN and bar.value() == bar.maximum())  # fmt: skip
        super().keyPressEvent(event)

    def _ask(self, earlier: bool, later: bool) -> None:
        if earlier:
            self.wants_earlier.emit()
        elif later:
            self.wants_later.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the gutter as high as the text."""
        super().resizeEvent(event)
        inside = self.contentsRect()
        self._gutter.setGeometry(QRect(inside.left(), inside.top(), _GUTTER, inside.height()))

    def paint_gutter(self, painter: QPainter) -> None:
        """Draw a chip for each visible line, and a mark where it was typed or is an error."""
        block = self.firstVisibleBlock()
        while block.isValid():
            box = self.blockBoundingGeometry(block).translated(self.contentOffset())
            if box.top() > self.viewport().height():
                break
            self._paint_mark(painter, block, box.top())
            block = block.next()

    def _paint_mark(self, painter: QPainter, block: QTextBlock, top: float) -> None:
        number = block.blockNumber()
        line = self.lines[number] if number < len(self.lines) else ()
        if not line:
            return
        middle = top + self.fontMetrics().lineSpacing() / 2
        side = min(CHIP - 2, self.fontMetrics().lineSpacing())
        if line[0].thread >= 0:
            box = QRectF(_GUTTER - side - 6, middle - side / 2, side, side)
            paint_chip(painter, self._theme, line[0].thread, box)
        streams = {piece.stream for piece in line}
        if streams & _MARKS.keys():
            stream = max(streams & _MARKS.keys())
            painter.setPen(self._theme.bad if stream == 2 else self._theme.accent)
            painter.setFont(body_font(11))
            box = QRectF(2, middle - 9, _GUTTER - side - 10, 18)
            painter.drawText(
                box,
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                _MARKS[stream],
            )

    def _gutter_moved(self, rect: QRect, dy: int) -> None:
        if dy:
            self._gutter.scroll(0, dy)
        else:
            self._gutter.update(0, rect.y(), _GUTTER, rect.height())


class _Gutter(QWidget):
    def __init__(self, text: ConsoleText) -> None:
        super().__init__(text)
        self._text = text

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the chips."""
        painter = QPainter(self)
        self._text.paint_gutter(painter)
        painter.end()


class ConsoleView(QWidget):
    """The console.

    Attributes:
        counter: a label with the number of lines, for the pane's header.
        text: the lines.
        input: where a person answers a script that asks.
    """

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        selection: Selection,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._trace: Trace | None = None
        self._until: int | None = None  # lines that are shown at most; None: all
        self._shown = (0, 0)  # of how many lines those up to which one are shown
        self.counter = QLabel()
        self.counter.setProperty("role", "quiet")
        self.counter.setFont(numbers_font(13))
        self.text = ConsoleText(theme)
        self._folded = QLabel()
        self._folded.setProperty("role", "quiet")
        self._folded.setFont(body_font(12))
        self._moment = 0
        self._earlier = _turner("Earlier", "Show earlier lines (PageUp at the top)")
        self._later = _turner("Later", "Show later lines (PageDown at the end)")
        self._earlier.clicked.connect(self.show_earlier)
        self._later.clicked.connect(self.show_later)
        self.text.wants_earlier.connect(self.show_earlier)
        self.text.wants_later.connect(self.show_later)
        self.text.wants_newest.connect(self.show_newest)
        self._strip = QWidget()
        row = QHBoxLayout(self._strip)
        row.setContentsMargins(14, 4, 8, 0)
        row.setSpacing(4)
        row.addWidget(self._folded, 1)
        row.addWidget(self._earlier)
        row.addWidget(self._later)
        self._strip.hide()
        self._note = EmptyNote("Nothing was printed yet.")
        self.input = InputLine()
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._strip)
        column.addWidget(self.text, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self._pages = QStackedLayout()
        whole.addLayout(self._pages, 1)
        whole.addWidget(self.input)
        self._pages.addWidget(self._note)
        self._pages.addWidget(page)
        self.setAccessibleName(TITLE)

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show what *trace* had printed at *t* (ns)."""
        pieces = trace.outputs_at(t)
        total = line_count(trace, pieces)
        if trace is not self._trace or (self._until is not None and self._until >= total):
            self._trace, self._until = trace, None
        until = total if self._until is None else self._until
        lines = lines_upto(trace, pieces, until, LIMIT)
        self._shown = (total, until)
        self._fold(until - len(lines), total - until)
        self._moment = t
        self.text.show_lines(lines)
        self.counter.setText(f"{total:,} {'line' if total == 1 else 'lines'}")
        self._pages.setCurrentIndex(1 if lines else 0)
        later = len(trace.outputs) > pieces
        self._note.say(
            "Nothing was printed yet at this moment." if later else "Nothing was printed yet."
        )

    def _fold(self, earlier: int, later: int) -> None:
        """Say how many lines are not laid out, before and behind those that are."""
        said = [
            f"{count:,} {word} {'line is' if count == 1 else 'lines are'} folded"
            for count, word in ((earlier, "earlier"), (later, "later"))
            if count
        ]
        self._earlier.setEnabled(earlier > 0)
        self._later.setEnabled(later > 0)
        self._strip.setVisible(bool(said))
        self._folded.setText(", ".join(said))

    def show_earlier(self) -> None:
        """Lay the lines out that come before those that are; the eye stays where it is."""
        _, until = self._shown
        if until > LIMIT:
            self._look_at(max(LIMIT, until - _TURN))

    def show_later(self) -> None:
        """Lay the lines out that come behind those that are."""
        total, until = self._shown
        if until < total:
            self._look_at(until + _TURN)

    def show_newest(self) -> None:
        """Go to the last line, and follow what is printed from now on."""
        self._look_at(None)
        self.text.go_to_end()

    def _look_at(self, until: int | None) -> None:
        trace, line = self._trace, self.text.first_line()
        before = self._shown[1] - len(self.text.lines)
        self._until = until
        if trace is not None:
            self.show_moment(trace, self._moment)
            self.text.go_to_line(line + before - (self._shown[1] - len(self.text.lines)))

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self.text.set_theme(theme)

    def sizeHint(self) -> QSize:
        """Ask for ten lines."""
        return QSize(500, 260)


def _turner(text: str, tip: str) -> QToolButton:
    button = QToolButton()
    button.setText(text)
    button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    button.setProperty("role", "quiet")
    button.setFont(body_font(12))
    button.setToolTip(tip)
    button.setAccessibleName(tip.partition(" (")[0])
    return button
