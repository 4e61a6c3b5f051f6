"""The ink of printed text: whose it is, and what kind of text.

Guarantees: what a thread printed has its colour, drawn towards the text's until it can be read.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QFont, QTextCharFormat

from gui.theme import Theme, contrast, mix

TYPED = 0  # the stream of what a person typed
READABLE = 4.5  # contrast


def ink_of(theme: Theme, thread: int, stream: int) -> QTextCharFormat:
    """Return how text of *thread* (-1: not known) on *stream* is written."""
    form = QTextCharFormat()
    if stream == TYPED:
        form.setForeground(theme.accent)
        form.setFontWeight(QFont.Weight.Bold)
        return form
    form.setForeground(thread_ink(theme, thread) if thread >= 0 else theme.quiet)
    if stream == 2:
        form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        form.setUnderlineColor(theme.bad)
    return form


def thread_ink(theme: Theme, thread: int) -> QColor:
    """Return the thread's colour, drawn towards the text's until it can be read on the pane."""
    color = theme.thread_color(thread)
    for share in (1.0, 0.85, 0.7, 0.55, 0.4):
        ink = mix(color, theme.text, share)
        if contrast(ink, theme.pane) >= READABLE:
            return ink
    return theme.text
