"""Python code that can be changed: indentation, comments, colours, and the line at fault.

Why so small: it is for trying a change and running it, beside whatever editor a person loves.

Guarantees: a key costs the line that it changes; colours of the whole text follow when the keys
pause (`PAUSE_MS`), so typing never waits for a long script; everything can be undone.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QMimeData, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QTextBlock, QTextCursor, QTextDocument

from gui.code_text import CodeText, Marks
from gui.theme import Theme

INDENT = 4
PAUSE_MS = 250
_ENDS_BLOCK = re.compile(r"\s*(return|break|continue|pass|raise)\b")
_COMMENT = re.compile(r"(\s*)# ?")


class CodeEditor(CodeText):
    """The editor.

    Signals: paused (the text has changed, and the keys rest).
    """

    paused = Signal()
    chips = 0  # a run is looked at in the text that was run

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setReadOnly(False)
        self.setUndoRedoEnabled(True)
        self.setCursorWidth(2)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextEditorInteraction)
        self.setAcceptDrops(False)  # a file dropped here is a script to open, not its name
        self.setAccessibleName("Code, being edited")
        self.setAccessibleDescription("Tab indents; Ctrl+E ends editing")
        self._pause = QTimer(self)
        self._pause.setObjectName("editor rests")
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._rest)
        self._loading = False
        self.document().contentsChange.connect(self._changed)

    def set_code(self, text: str) -> None:
        """Show *text*; what could be undone before cannot be any more."""
        self._loading = True
        self.setUndoRedoEnabled(False)
        super().set_code(text)
        self.setUndoRedoEnabled(True)
        self.document().setModified(False)
        self._loading = False
        self._pause.stop()

    def replace_code(self, text: str) -> None:
        """Put *text* in the place of all, as one step that can be undone."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)

    def show_fault(self, line: int) -> None:
        """Mark *line* as the one at fault (0: none)."""
        self.set_marks(Marks(error=line))

    def line(self) -> int:
        """Return the line of the cursor, from 1."""
        return self.textCursor().blockNumber() + 1

    def go_to(self, line: int) -> None:
        """Put the cursor on *line*, and bring it into sight."""
        block = self.document().findBlockByNumber(max(0, line - 1))
        if block.isValid():
            self.setTextCursor(QTextCursor(block))
            self.bring(line)

    def find_text(self, text: str, *, backwards: bool = False) -> bool:
        """Select the next *text*, or the first from the other end; False if there is none."""
        how = QTextDocument.FindFlag.FindBackward if backwards else QTextDocument.FindFlag(0)
        if not text:
            return False
        found = self.document().find(text, self.textCursor(), how)
        if found.isNull():
            start = QTextCursor(self.document())
            if backwards:
                start.movePosition(QTextCursor.MoveOperation.End)
            found = self.document().find(text, start, how)
        if found.isNull():
            return False
        self.setTextCursor(found)
        self.bring(self.line())
        return True

    def finish(self) -> None:
        """Do now what waits for the keys to rest."""
        if self._pause.isActive():
            self._pause.stop()
            self._rest()

    # ---- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Indent, comment out, begin a line where it belongs; else edit."""
        key, plain = (
            event.key(),
            event.modifiers()
            in (
                Qt.KeyboardModifier.NoModifier,
                Qt.KeyboardModifier.KeypadModifier,
            ),
        )
        if key == Qt.Key.Key_Tab and plain:
            self._tab()
        elif key == Qt.Key.Key_Backtab:
            self._each_line(self._outdent)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and plain:
            self._new_line()
        elif key == Qt.Key.Key_Backspace and plain and self._back():
            pass
        else:
            super().keyPressEvent(event)
        self.ensureCursorVisible()

    def toggle_comment(self) -> None:
        """Comment the chosen lines out, or in again if all of them are comments."""
        lines = [block.text() for block in self._chosen() if block.text().strip()]
        if not lines:
            return
        if all(line.lstrip().startswith("#") for line in lines):
            self._each_line(self._comment_in)
            return
        left = min(len(line) - len(line.lstrip()) for line in lines)

        def comment_out(cursor: QTextCursor) -> None:
            if cursor.block().text().strip():
                cursor.setPosition(cursor.block().position() + left)
                cursor.insertText("# ")

        self._each_line(comment_out)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Paste text only, as plain as it would be in the file."""
        self.textCursor().insertText(source.text().replace("\r\n", "\n").replace("\r", "\n"))

    def _tab(self) -> None:
        cursor = self.textCursor()
        if cursor.hasSelection() and len(self._chosen()) > 1:
            self._each_line(lambda each: each.insertText(" " * INDENT))
            return
        column = cursor.positionInBlock()
        cursor.insertText(" " * (INDENT - column % INDENT))

    def _back(self) -> bool:
        cursor = self.textCursor()
        before = cursor.block().text()[: cursor.positionInBlock()]
        if cursor.hasSelection() or not before or before.strip(" "):
            return False
        for _ in range((len(before) - 1) % INDENT + 1):
            cursor.deletePreviousChar()
        return True

    def _new_line(self) -> None:
        cursor = self.textCursor()
        cursor.beginEditBlock()
        cursor.removeSelectedText()
        before = cursor.block().text()[: cursor.positionInBlock()]
        indent = len(before) - len(before.lstrip(" "))
        code = before.split("#")[0].rstrip()
        if code.endswith(":"):
            indent += INDENT
        elif _ENDS_BLOCK.match(code):
            indent = max(0, indent - INDENT)
        cursor.insertBlock()
        cursor.insertText(" " * indent)
        cursor.endEditBlock()
        self.setTextCursor(cursor)

    def _chosen(self) -> list[QTextBlock]:
        """Return the lines of the selection, or the cursor's."""
        cursor, document = self.textCursor(), self.document()
        block, last = (
            document.findBlock(cursor.selectionStart()),
            document.findBlock(cursor.selectionEnd()),
        )
        # A selection up to a line's very start does not mean that line.
        if cursor.selectionEnd() == last.position() and last.blockNumber() > block.blockNumber():
            last = last.previous()
        found = [block]
        while block.blockNumber() < last.blockNumber():
            block = block.next()
            found.append(block)
        return found

    def _each_line(self, change: Callable[[QTextCursor], None]) -> None:
        """Do *change* at the start of each chosen line, as one step that can be undone."""
        whole = self.textCursor()
        whole.beginEditBlock()
        for block in self._chosen():
            change(QTextCursor(block))
        whole.endEditBlock()

    @staticmethod
    def _outdent(cursor: QTextCursor) -> None:
        text = cursor.block().text()
        for _ in range(min(INDENT, len(text) - len(text.lstrip(" ")))):
            cursor.deleteChar()

    @staticmethod
    def _comment_in(cursor: QTextCursor) -> None:
        found = _COMMENT.match(cursor.block().text())
        if found:
            cursor.setPosition(cursor.block().position() + found.end(1))
            for _ in range(found.end() - found.end(1)):
                cursor.deleteChar()

    # ---- rest

    def _changed(self, place: int, removed: int, added: int) -> None:
        # Colouring changes the document too, but neither takes nor gives a character.
        if not self._loading and (removed or added):
            self._pause.start()

    def _rest(self) -> None:
        self.recolour()
        self.paused.emit()
