"""A quiet button that is an icon: small, named, and in the theme's colours."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QToolButton, QWidget

from gui import icons, theme

SIDE = 14  # px


class IconButton(QToolButton):
    """The button; *words* are its tooltip and its accessible name."""

    def __init__(
        self, icon: str, words: str, parent: QWidget | None = None, side: int = SIDE
    ) -> None:
        super().__init__(parent)
        self._name = icon
        self._side = side
        self.setProperty("role", "quiet")
        self.setFont(theme.body_font(12))
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(words)
        self.setAccessibleName(words)
        theme.notifier().changed.connect(self._dress)
        self._dress()

    def _dress(self) -> None:
        look = theme.current()
        self.setIcon(icons.icon(self._name, look.quiet, checked=look.accent))
        self.setIconSize(QSize(self._side, self._side))
