"""Running text with thread chips in it: the story's paper.

Why: a text widget gives wrapping, selection, copying and screen readers for nothing, but laying a
long text out anew sixty times a second does not come for nothing.

Guarantees: only the paragraphs that differ from the ones shown are laid out again; copied text and
the plain text hold the threads' names where chips stand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QMimeData, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QFont,
    QPainter,
    QPalette,
    QPyTextObject,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QTextEdit, QWidget

from gui.chips import CHIP, paint_chip
from gui.theme import Theme, body_font

_CHIP_OBJECT = int(QTextFormat.ObjectTypes.UserObject) + 1
_THREAD = int(QTextFormat.Property.UserProperty) + 1
_NAME = _THREAD + 1
_GAP = 3  # px behind a chip
_LIFT = 2  # px: the middle of a line lies below the middle of its small letters
_REPLACED = "\ufffc"  # what stands for an object in a text document
AT_END = 8  # px from the bottom that still count as being there


@dataclass(frozen=True, slots=True)
class Run:
    """A stretch of a paragraph: words, or a chip where *thread* is given (*text*: its name)."""

    text: str
    bold: bool = False
    quiet: bool = False
    bad: bool = False
    thread: int | None = None


Paragraph = tuple[Run, ...]


class _ChipObject(QPyTextObject):
    """Draws chips inside the text."""

    def __init__(self, parent: QWidget, theme: Callable[[], Theme]) -> None:
        super().__init__(parent)
        self._theme = theme

    def intrinsicSize(self, doc: QTextDocument, pos_in_document: int, form: QTextFormat) -> QSizeF:
        """Say how much room a chip takes in its line."""
        return QSizeF(CHIP + _GAP, CHIP)

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        doc: QTextDocument,
        pos_in_document: int,
        form: QTextFormat,
    ) -> None:
        """Draw one chip."""
        box = QRectF(rect.left(), rect.top() - _LIFT, CHIP, CHIP)
        paint_chip(painter, self._theme(), int(form.property(_THREAD)), box)


class FlowText(QTextEdit):
    """Read-only paragraphs, pinned to the newest one until a person scrolls up."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._shown: list[Paragraph] = []
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setCursorWidth(0)  # nothing can be written here
        self.setFrameShape(QTextEdit.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFont(body_font())
        self.document().setDocumentMargin(12)
        self._chips = _ChipObject(self, lambda: self._theme)
        self.document().documentLayout().registerHandler(_CHIP_OBJECT, self._chips)
        self._at_end = True
        bar = self.verticalScrollBar()
        bar.valueChanged.connect(self._scrolled)
        bar.rangeChanged.connect(self._grew)
        self.set_theme(theme)

    def set_theme(self, theme: Theme) -> None:
        """Write everything anew in *theme*."""
        self._theme = theme
        self._forms: dict[tuple[bool, bool, bool], QTextCharFormat] = {}
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Text, theme.text)
        palette.setColor(QPalette.ColorRole.Base, theme.pane)
        self.setPalette(palette)
        shown, self._shown = self._shown, []
        self.document().clear()
        self.show_paragraphs(shown)

    def show_paragraphs(self, paragraphs: Sequence[Paragraph]) -> None:
        """Show *paragraphs*, keeping those that stand there already and a person's place."""
        wanted = list(paragraphs)
        if wanted == self._shown:
            return
        bar = self.verticalScrollBar()
        at_end = self._at_end
        from_end = bar.maximum() - bar.value()
        dropped = self._shown.index(wanted[0]) if wanted and wanted[0] in self._shown else 0
        kept = self._shown[dropped:]
        same = 0
        while same < min(len(kept), len(wanted)) and kept[same] == wanted[same]:
            same += 1
        if same == 0:
            dropped = 0
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        self._drop(cursor, dropped, same)
        for paragraph in wanted[same:]:
            self._write(cursor, paragraph)
        cursor.endEditBlock()
        self._shown = wanted
        bar.setValue(bar.maximum() if at_end else max(0, bar.maximum() - from_end))
        self._at_end = at_end

    def _drop(self, cursor: QTextCursor, front: int, kept: int) -> None:
        """Remove *front* paragraphs at the top, and all behind the *kept* ones after them."""
        document = self.document()
        if not kept:
            document.clear()
            cursor.movePosition(QTextCursor.MoveOperation.Start)
            return
        last = document.findBlockByNumber(front + kept - 1)
        cursor.setPosition(last.position() + last.length() - 1)
        cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
        cursor.removeSelectedText()
        if front:
            cursor.setPosition(0)
            start = document.findBlockByNumber(front).position()
            cursor.setPosition(start, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
        cursor.movePosition(QTextCursor.MoveOperation.End)

    def _write(self, cursor: QTextCursor, paragraph: Paragraph) -> None:
        heading = all(run.quiet for run in paragraph)
        block = QTextBlockFormat()
        block.setTopMargin(8 if heading and not self.document().isEmpty() else 2)
        block.setBottomMargin(2)
        if self.document().isEmpty():
            cursor.setBlockFormat(block)
        else:
            cursor.insertBlock(block)
        for run in paragraph:
            cursor.insertText(*self._formatted(run))

    def _formatted(self, run: Run) -> tuple[str, QTextCharFormat]:
        look = (run.bold, run.bad, run.quiet)
        if look not in self._forms:
            self._forms[look] = self._form(run)
        form = self._forms[look]
        if run.thread is None:
            return run.text, form
        form = QTextCharFormat(form)
        form.setObjectType(_CHIP_OBJECT)
        form.setProperty(_THREAD, run.thread)
        form.setProperty(_NAME, run.text)
        form.setToolTip(run.text)
        return _REPLACED, form

    def _form(self, run: Run) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setFont(body_font(14, QFont.Weight.DemiBold if run.bold else QFont.Weight.Normal))
        theme = self._theme
        form.setForeground(theme.bad if run.bad else theme.quiet if run.quiet else theme.text)
        form.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        return form

    def _scrolled(self, value: int) -> None:
        self._at_end = value >= self.verticalScrollBar().maximum() - AT_END

    def _grew(self, lowest: int, highest: int) -> None:
        # The last lines are laid out after they were written: the end moves on once more.
        if self._at_end:
            self.verticalScrollBar().setValue(highest)

    def plain_text(self) -> str:
        """Return the whole text, with names for chips."""
        return "\n".join(_plain(paragraph) for paragraph in self._shown)

    def createMimeDataFromSelection(self) -> QMimeData:
        """Copy names where chips stand."""
        data = QMimeData()
        data.setText(self._selected())
        return data

    def _selected(self) -> str:
        cursor = self.textCursor()
        start, end = cursor.selectionStart(), cursor.selectionEnd()
        names = self._names(start, end)
        text = cursor.selectedText().replace("\u2029", "\n")
        return "".join(names.pop(0) if char == _REPLACED and names else char for char in text)

    def _names(self, start: int, end: int) -> list[str]:
        probe = QTextCursor(self.document())
        found = []
        for position in range(start, end):
            probe.setPosition(position + 1)
            name = probe.charFormat().property(_NAME)
            if name:
                found.append(f"{name} ")
        return found


def _plain(paragraph: Paragraph) -> str:
    return "".join(run.text + (" " if run.thread is not None else "") for run in paragraph)
