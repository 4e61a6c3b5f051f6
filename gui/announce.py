"""Says something to a screen reader that a sighted person sees happen.

Guarantees: polite (it waits until the reader has finished), and nothing at all where none listens.
"""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, words: str) -> None:
    """Have *words* read out, as coming from *widget*."""
    if QAccessible.isActive():
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(widget, words))
