"""The console view: what the script printed, and which thread printed it.

Why: printed lines are what people know; the chip beside each shows that they come from several
threads, and in which order.

Guarantees: a function of `(trace, t)`; never more than `LIMIT` lines are laid out, the others are
counted in a note; text can be selected and copied as it was printed, without chips.
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QLabel, QPlainTextEdit, QStackedLayout, QVBoxLayout, QWidget

from engine.trace import Trace
from gui.chips import CHIP, paint_chip
from gui.console_lines import Line, LineCounter, last_lines
from gui.cursor import Cursor
from gui.input_line import InputLine
from gui.pane import EmptyNote
from gui.selection import Selection
from gui.theme import Theme, body_font, code_font, contrast, mix, numbers_font

TITLE = "Console"
SUBTITLE = "what was printed, and by whom"
LIMIT = 300  # lines
_GUTTER = 54  # px: an error mark and a chip
_AT_END = 8
TYPED = 0  # the stream of what a person typed
_MARKS = {TYPED: "in", 2: "err"}
READABLE = 4.5  # contrast


class ConsoleText(QPlainTextEdit):
    """The lines, with a gutter of chips.

    Attributes:
        lines: what is laid out.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
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
            if number:
                cursor.insertBlock()
            for piece in line:
                cursor.insertText(piece.text, self._form(piece.thread, piece.stream))
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
        form = QTextCharFormat()
        if stream == TYPED:
            form.setForeground(self._theme.accent)
            form.setFontWeight(QFont.Weight.Bold)
            return form
        form.setForeground(thread_ink(self._theme, thread) if thread >= 0 else self._theme.quiet)
        if stream == 2:
            form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
            form.setUnderlineColor(self._theme.bad)
        return form

    def _scrolled(self, value: int) -> None:
        self._at_end = value >= self.verticalScrollBar().maximum() - _AT_END

    def _grew(self, lowest: int, highest: int) -> None:
        # The last lines are laid out after they were written: the end moves on once more.
        if self._at_end:
            self.verticalScrollBar().setValue(highest)

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
        self._lines = LineCounter()
        self.counter = QLabel()
        self.counter.setProperty("role", "quiet")
        self.counter.setFont(numbers_font(13))
        self.text = ConsoleText(theme)
        self._folded = QLabel()
        self._folded.setProperty("role", "quiet")
        self._folded.setFont(body_font(12))
        self._folded.setContentsMargins(14, 6, 14, 2)
        self._folded.hide()
        self._note = EmptyNote("Nothing was printed yet.")
        self.input = InputLine()
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._folded)
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
        ends = self._lines.count(trace, pieces)
        lines = last_lines(trace, pieces, LIMIT)
        open_line = bool(pieces and not trace.outputs[pieces - 1].text.endswith("\n"))
        total = ends + open_line
        hidden = total - len(lines)
        self._folded.setVisible(hidden > 0)
        self._folded.setText(
            f"{hidden:,} earlier {'line is' if hidden == 1 else 'lines are'} folded"
        )
        self.text.show_lines(lines)
        self.counter.setText(f"{total:,} {'line' if total == 1 else 'lines'}")
        self._pages.setCurrentIndex(1 if lines else 0)
        later = len(trace.outputs) > pieces
        self._note.say(
            "Nothing was printed yet at this moment." if later else "Nothing was printed yet."
        )

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self.text.set_theme(theme)

    def sizeHint(self) -> QSize:
        """Ask for ten lines."""
        return QSize(500, 260)


def thread_ink(theme: Theme, thread: int) -> QColor:
    """Return the thread's colour, drawn towards the text's until it can be read on the pane."""
    color = theme.thread_color(thread)
    for share in (1.0, 0.85, 0.7, 0.55, 0.4):
        ink = mix(color, theme.text, share)
        if contrast(ink, theme.pane) >= READABLE:
            return ink
    return theme.text
