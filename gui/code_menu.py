"""The menu of the code: what Qt offers for text, and to watch what is under the pointer.

Guarantees: an expression is taken as it is written; whether it can be watched is decided, and
said, by who watches it.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QTextEdit

_PATH = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*|\[(?:-?\d+|'[^'\n]*'|\"[^\"\n]*\")\])*")
_LONGEST = 40


def expression_at(line: str, column: int) -> str:
    """Return the name, attribute or entry of *line* that *column* (from 0) is in, or ''.

    In `account.balance` it is `account` for a column in the first word, all of it in the second.
    """
    for found in _PATH.finditer(line):
        if found.start() <= column <= found.end():
            end = re.compile(r"[.\[]|$").search(found.group(), max(0, column - found.start()))
            cut = found.group()[: end.start()] if end else found.group()
            return found.group() if cut.count("[") > cut.count("]") else cut
    return ""


def code_menu(code: QTextEdit, place: QPoint, watch: Callable[[str], None]) -> QMenu:
    """Return the menu for the text at *place* (px of the viewport); *watch* takes an expression."""
    selected = code.textCursor().selectedText().strip()
    cursor = code.cursorForPosition(place)
    expression = selected or expression_at(cursor.block().text(), cursor.positionInBlock())
    menu = code.createStandardContextMenu(place)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    menu.addSeparator()
    shown = expression if len(expression) <= _LONGEST else f"{expression[:_LONGEST]}…"
    action = menu.addAction(f"Watch {shown}" if expression else "Watch this")
    action.setEnabled(bool(expression))
    action.triggered.connect(lambda: watch(expression))
    return menu
