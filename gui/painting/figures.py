"""Figures in a pane's header: quiet words, strong numbers.

Why: numbers that change with every frame cannot be read, so these refresh four times a second.
Guarantees: the last figures given are always shown in the end, however seldom they come.
"""

from __future__ import annotations

from collections.abc import Callable
from html import escape

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from gui.theme import Theme, numbers_font

Pairs = list[tuple[str, str]]
READABLE_MS = 250


class Figures(QLabel):
    """A line of (words, figure) pairs."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._source: Callable[[], Pairs] | None = None
        self._shown: Pairs = []
        self._pause = QTimer(self)
        self._pause.setObjectName("figures")
        self._pause.setSingleShot(True)
        self._pause.setInterval(READABLE_MS)
        self._pause.timeout.connect(self._read)
        self.setTextFormat(Qt.TextFormat.RichText)
        self.setFont(numbers_font(12))
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(0)

    def show_figures(self, source: Callable[[], Pairs]) -> None:
        """Show what *source* gives: now, if the last refresh is long enough ago, else then."""
        first = self._source is None
        self._source = source
        if first:
            self._read()
        if not self._pause.isActive():
            self._pause.start()

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self._write()

    def plain(self) -> str:
        """Return what is shown, without markup."""
        return ", ".join(f"{words} {figure}" for words, figure in self._shown)

    def _read(self) -> None:
        if self._source is not None:
            fresh = self._source()
            if fresh != self._shown:
                self._shown = fresh
                self._write()

    def _write(self) -> None:
        quiet, text = self._theme.quiet.name(), self._theme.text.name()
        self.setText(
            "&nbsp;&nbsp;&nbsp;&nbsp;".join(
                f'<span style="color:{quiet}">{escape(words)}</span>&nbsp;'
                f'<b style="color:{text}">{escape(figure)}</b>'
                for words, figure in self._shown
            )
        )
        self.setAccessibleName(self.plain())
