"""A strip above a pane's content: something happened that a person should know, and what to do.

Guarantees: one message at a time, the newest; it never takes the focus; it goes when it is
dismissed, answered, or no longer true.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout

from gui import icons, theme

Tone = Literal["neutral", "bad"]
Choice = tuple[str, Callable[[], object]]


class Banner(QFrame):
    """The strip.

    Attributes: buttons (of the choices, in order), close_button, is_offer (it is about no script
    in particular, and stays when another is shown).
    """

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "banner")
        self._label = QLabel()
        self._label.setWordWrap(True)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._label.setFont(theme.body_font(13))
        self.is_offer = False
        self.buttons: list[QToolButton] = []
        self.close_button = QToolButton()
        self.close_button.setProperty("role", "quiet")
        self.close_button.setAccessibleName("Dismiss")
        self.close_button.setToolTip("Dismiss")
        self.close_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.close_button.clicked.connect(self.dismiss)
        words = QHBoxLayout()
        words.setSpacing(8)
        words.addWidget(self._label, 1)
        words.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        self._row = QHBoxLayout()
        self._row.setSpacing(8)
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 8, 8, 8)
        column.setSpacing(6)
        column.addLayout(words)
        column.addLayout(self._row)
        theme.notifier().changed.connect(self._dress)
        self._dress()
        self.hide()

    def say(
        self,
        text: str,
        choices: Sequence[Choice] = (),
        tone: Tone = "neutral",
        *,
        is_offer: bool = False,
    ) -> None:
        """Show *text* with a button for each choice; a button dismisses the strip first."""
        self.is_offer = is_offer
        self._label.setText(text)
        self._label.setProperty("role", "bad" if tone == "bad" else "")
        self._label.style().unpolish(self._label)
        self._label.style().polish(self._label)
        self.setAccessibleName(text)
        self._clear()
        for words, act in choices:
            button = QToolButton()
            button.setText(words)
            button.setFont(theme.body_font(13))
            button.setProperty("role", "choice")
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(words)
            button.clicked.connect(lambda _=False, act=act: self._chosen(act))
            self._row.addWidget(button)
            self.buttons.append(button)
        if choices:
            self._row.addStretch(1)
        self.show()

    def text(self) -> str:
        """Return what it says; nothing while it is not shown."""
        return "" if self.isHidden() else self._label.text()

    def dismiss(self) -> None:
        """Take it away."""
        self.is_offer = False
        self.hide()

    def _chosen(self, act: Callable[[], object]) -> None:
        self.dismiss()
        act()

    def _clear(self) -> None:
        self.buttons.clear()
        while (item := self._row.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()

    def _dress(self) -> None:
        self.close_button.setIcon(icons.icon("close", theme.current().quiet))
        self.close_button.setIconSize(QSize(12, 12))
