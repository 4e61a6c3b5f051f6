"""Tooltips in plain words, whatever a script named its things.

Guarantees: text is shown letter by letter, never as markup. Every panel asks here, so nothing of
the engine is loaded with it.
"""

from __future__ import annotations

from html import escape

from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QToolTip, QWidget


def plain(text: str) -> str:
    """Return *text* so that a tooltip shows it letter by letter, never as markup."""
    if "<" not in text:
        return text
    return f"<qt>{escape(text).replace(chr(10), '<br>')}</qt>"


def show(event: QHelpEvent, text: str, widget: QWidget) -> None:
    """Show *text* where the pointer of *event* rests on *widget*, letter by letter."""
    QToolTip.showText(event.globalPos(), plain(text), widget)
