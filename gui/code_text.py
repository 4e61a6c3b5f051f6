"""Python code with a gutter: line numbers, chips of threads, marks, notes; to be read.

Why: the code view decides what stands where at a moment; this is the paper on which it is drawn.

Guarantees: only visible lines are drawn; a chip never covers a line number; the text can be
selected and copied, and holds nothing that is not in the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from gui import tips
from gui.chips import CHIP, paint_chip
from gui.highlight import Highlighter
from gui.theme import CODE_LINE_PIXELS, Theme, body_font, code_font, mix, numbers_font

MOST_CHIPS = 3
_STEP = CHIP + 2  # px from chip to chip
_MARGIN = 8
_TOP = _MARGIN + 2  # px: a line of fixed height sets its words low; rows are drawn around them
_MARK = 3  # px, the bar at a line that stores a watched value


@dataclass(frozen=True, slots=True)
class Marks:
    """What stands beside the lines, by line number from 1.

    *chips*: threads at a line; *running*: lines where one of them runs; *stores*: words for the
    values that a line stores; *notes*: a few words behind a line; *error*: a line at fault (0:
    none); *chosen*: the line of the slice that was chosen (0: none).
    """

    chips: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    running: frozenset[int] = frozenset()
    stores: Mapping[int, str] = field(default_factory=dict)
    notes: Mapping[int, str] = field(default_factory=dict)
    error: int = 0
    chosen: int = 0


class CodeText(QTextEdit):
    """The code.

    Attributes:
        marks: what stands beside the lines.
        names: what to call the threads in tooltips, by number.
        chips: for how many chips beside a line there is room.
    """

    chips = MOST_CHIPS

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.marks = Marks()
        self.names: list[str] = []
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setCursorWidth(0)
        self.setFrameShape(QTextEdit.Shape.NoFrame)
        self.setLineWrapMode(QTextEdit.LineWrapMode.NoWrap)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFont(code_font())
        self.setAccessibleName("Code")
        self.document().setDocumentMargin(_MARGIN)
        self._highlighter = Highlighter(self.document(), theme)
        self._gutter = _Gutter(self)
        self.setCornerWidget(QWidget())  # else the style draws a grip between the scroll bars
        self._digits = 2
        self.verticalScrollBar().valueChanged.connect(self._gutter.update)
        self.set_theme(theme)
        self._make_room()

    def set_code(self, text: str) -> None:
        """Show *text* from its first line."""
        self._highlighter.set_text(text)
        # Laid out once, at the end: 50,000 lines take 1 second so, and 6 line by line.
        self.document().setLayoutEnabled(False)
        self.setPlainText(text)
        line = QTextBlockFormat()
        fixed = QTextBlockFormat.LineHeightTypes.FixedHeight
        line.setLineHeight(CODE_LINE_PIXELS, fixed.value)
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.mergeBlockFormat(line)
        self.document().setLayoutEnabled(True)
        self.horizontalScrollBar().setValue(0)
        self._count()

    def recolour(self) -> None:
        """Colour the text as it is now, after it was changed line by line."""
        across, down = self.horizontalScrollBar().value(), self.verticalScrollBar().value()
        self._highlighter.follow(self.toPlainText())
        self.horizontalScrollBar().setValue(across)
        self.verticalScrollBar().setValue(down)
        self._count()

    def _count(self) -> None:
        self._digits = max(2, len(str(self.document().blockCount())))
        self._make_room()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Text, theme.text)
        palette.setColor(QPalette.ColorRole.Base, theme.pane)
        self.setPalette(palette)
        self._highlighter.set_theme(theme)
        self._repaint()

    def set_marks(self, marks: Marks) -> None:
        """Draw *marks* beside the lines."""
        if marks != self.marks:
            self.marks = marks
            self._repaint()

    def line_top(self, line: int) -> float:
        """Return where *line* (from 1) begins in the viewport, in px."""
        return _TOP + (line - 1) * CODE_LINE_PIXELS - self.verticalScrollBar().value()

    def line_at(self, y: float) -> int:
        """Return the line (from 1) at *y* px of the viewport, or 0."""
        line = int((y + self.verticalScrollBar().value() - _TOP) // CODE_LINE_PIXELS) + 1
        return line if 1 <= line <= self.document().blockCount() else 0

    def is_visible_line(self, line: int) -> bool:
        """Tell whether all of *line* can be seen."""
        top = self.line_top(line)
        return top >= 0 and top + CODE_LINE_PIXELS <= self.viewport().height()

    def bring(self, line: int) -> None:
        """Scroll so that *line* is seen, with two lines around it."""
        bar, room = self.verticalScrollBar(), self.viewport().height()
        top = _TOP + (line - 1) * CODE_LINE_PIXELS
        margin = 2 * CODE_LINE_PIXELS
        if top - margin < bar.value():
            bar.setValue(top - margin)
        elif top + CODE_LINE_PIXELS + margin > bar.value() + room:
            bar.setValue(top + CODE_LINE_PIXELS + margin - room)

    # --- drawing

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw tints below the code and notes behind it."""
        painter = QPainter(self.viewport())
        for line, color in self._tints().items():
            top = self.line_top(line)
            painter.fillRect(QRectF(0, top, self.viewport().width(), CODE_LINE_PIXELS), color)
        self._paint_chosen(painter, self.viewport().width())
        painter.end()
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        for line, note in self.marks.notes.items():
            self._paint_note(painter, line, note)
        painter.end()

    def _paint_chosen(self, painter: QPainter, width: int) -> None:
        """Draw lines above and below the chosen line; a tint would hide who is there."""
        if self.marks.chosen:
            top = self.line_top(self.marks.chosen)
            for edge in (top, top + CODE_LINE_PIXELS - 1):
                painter.fillRect(QRectF(0, edge, width, 1), self._theme.accent)

    def _tints(self) -> dict[int, QColor]:
        theme, dark = self._theme, self._theme.is_dark
        runs = mix(theme.threads[2], theme.pane, 0.14 if dark else 0.13)
        waits = mix(theme.accent, theme.pane, 0.13)
        tints: dict[int, QColor] = {
            line: runs if line in self.marks.running else waits for line in self.marks.chips
        }
        if self.marks.error:
            tints[self.marks.error] = mix(theme.lock_wait, theme.pane, 0.2 if dark else 0.13)
        return tints

    def _paint_note(self, painter: QPainter, line: int, note: str) -> None:
        top = self.line_top(line)
        block = self.document().findBlockByNumber(line - 1)
        if not block.isValid() or top < -CODE_LINE_PIXELS or top > self.viewport().height():
            return
        end = self._highlighter.code_end(line, block.text())
        row = block.layout().lineAt(0)
        place: Any = row.cursorToX(end)  # a number, or a pair of it and the position
        left = _MARGIN + (place[0] if isinstance(place, tuple) else place) + 8
        left -= self.horizontalScrollBar().value()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(numbers_font(12))
        box = QRectF(left, top + 3, painter.fontMetrics().horizontalAdvance(note) + 14, 19)
        # It stands right behind the code that it replaces, if need be upon the comment there.
        painter.fillRect(box.adjusted(-6, -1, 6, 1), self._theme.pane)
        painter.setPen(self._theme.accent)
        painter.setBrush(self._theme.field)
        painter.drawRoundedRect(box, 6, 6)
        painter.setPen(self._theme.text)
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, note)

    def paint_gutter(self, painter: QPainter, width: int) -> None:
        """Draw numbers, chips and marks of the visible lines."""
        first = max(1, self.line_at(0))
        last = self.line_at(self.viewport().height()) or self.document().blockCount()
        font, digits = code_font(), self._number_width()
        tints = self._tints()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for line in range(first, last + 1):
            top = self.line_top(line)
            row = QRectF(0, top, width, CODE_LINE_PIXELS)
            if line in tints:
                painter.fillRect(row, tints[line])
            painter.setFont(font)
            painter.setPen(self._theme.bad if line == self.marks.error else self._theme.quiet)
            box = QRectF(width - digits - 16, top, digits, CODE_LINE_PIXELS)
            painter.drawText(
                box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, str(line)
            )
            if line in self.marks.stores:
                painter.fillRect(QRectF(width - 9, top + 5, _MARK, 15), self._theme.accent)
            if line in self.marks.chips:
                self._paint_chips(painter, self.marks.chips[line], box.left() - 8, row)
        self._paint_chosen(painter, width)

    def _paint_chips(
        self, painter: QPainter, threads: tuple[int, ...], right: float, row: QRectF
    ) -> None:
        """Draw the chips of one line, the last one at *right*; those too many as '+3'."""
        shown = threads if len(threads) <= MOST_CHIPS else threads[: MOST_CHIPS - 1]
        top = row.center().y() - CHIP / 2
        left = right - len(shown) * _STEP + 2
        if len(shown) < len(threads):
            left -= _STEP + 4
            more = QRectF(right - _STEP - 2, row.top(), _STEP + 4, row.height())
            painter.setFont(body_font(12))
            painter.setPen(self._theme.text)
            painter.drawText(more, Qt.AlignmentFlag.AlignCenter, f"+{len(threads) - len(shown)}")
        for number, thread in enumerate(shown):
            box = QRectF(left + number * _STEP, top, CHIP, CHIP)
            paint_chip(painter, self._theme, thread, box)

    def tip(self, line: int) -> str:
        """Return what the tooltip of *line* says: who is there, what it stores."""
        parts = [self.names[lane] for lane in self.marks.chips.get(line, ())]
        words = [", ".join(parts)] if parts else []
        if line in self.marks.stores:
            words.append(f"stores {self.marks.stores[line]}")
        return "\n".join(words)

    # --- room

    def _number_width(self) -> float:
        return self.fontMetrics().horizontalAdvance("0" * self._digits)

    def _make_room(self) -> None:
        wide = self.chips * _STEP + 10 + int(self._number_width()) + 8 + 16
        self.setViewportMargins(wide, 0, 0, 0)
        self._place()

    def _place(self) -> None:
        inside = self.contentsRect()
        self._gutter.setGeometry(
            QRect(
                inside.left(), inside.top(), self.viewportMargins().left(), self.viewport().height()
            )
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the gutter as high as the code."""
        super().resizeEvent(event)
        self._place()

    def _repaint(self) -> None:
        self.viewport().update()
        self._gutter.update()


class _Gutter(QWidget):
    def __init__(self, code: CodeText) -> None:
        super().__init__(code)
        self._code = code
        self.setAccessibleName("Lines")

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the gutter."""
        painter = QPainter(self)
        self._code.paint_gutter(painter, self.width())
        painter.end()

    def event(self, event: QEvent) -> bool:
        """Answer a resting pointer with who is at the line."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            line = self._code.line_at(QPointF(event.pos()).y())
            tips.show(event, self._code.tip(line), self)
            return True
        return super().event(event)
