"""The frame around everything that the window shows: one job, a title that says it, one look.

A pane can lend its header to a group of tabs (`lend_header`), so that a tabbed pane keeps its
legend or its figures without a second row of titles.

Guarantees: words that do not fit are elided, never cut, and the whole text is in the tooltip; a
pane and its parts have accessible names.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from gui import theme
from gui.tips import plain

HEADER_PIXELS = 38
ROUND_CORNER_PIXELS = 6
_WORTH_READING = 80  # px: the least that an elided subtitle has


class ElidedLabel(QLabel):
    """A label of one line that ends in … where it has no room, and then says all in its tooltip."""

    def __init__(
        self,
        text: str = "",
        *,
        font: QFont | None = None,
        role: str = "",
        mode: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
        vanishes: bool = False,
    ) -> None:
        """Show *text*; one that *vanishes* is not shown at all where only its start has room."""
        super().__init__()
        self._vanishes = vanishes
        self._text = ""
        self._hint = ""
        self._mode = mode
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        if font is not None:
            self.setFont(font)
        if role:
            self.setProperty("role", role)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show `text`, elided to the room that there is."""
        self._text = " ".join(text.split())
        self.setAccessibleName(self._text)
        self._elide()
        self.updateGeometry()

    def set_hint(self, hint: str) -> None:
        """Show `hint` in the tooltip, below the text where that is elided."""
        self._hint = hint
        self._elide()

    def full_text(self) -> str:
        """Return the text before it was elided."""
        return self._text

    def sizeHint(self) -> QSize:
        """Ask for room for the whole text."""
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text) + 2, metrics.height())

    def minimumSizeHint(self) -> QSize:
        """Need room for little more than the dots."""
        if self._vanishes:
            return QSize(0, self.fontMetrics().height())
        wide = min(self.sizeHint().width(), self.fontMetrics().horizontalAdvance("MM…"))
        return QSize(wide, self.fontMetrics().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Elide again."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._text, self._mode, max(self.width(), 1))
        if not self.isVisible() and self.width() >= self.sizeHint().width():
            shown = self._text
        if self._vanishes and shown != self._text and self.width() < _WORTH_READING:
            shown = ""
        if shown != self.text():
            super().setText(shown)
        parts = ([self._text] if shown != self._text else []) + ([self._hint] if self._hint else [])
        self.setToolTip(plain("\n".join(parts)))


class Pane(QFrame):
    """A titled frame with a place for controls on the right of its header, and a body.

    Attributes:
        title: what the pane is called, in its header, in tabs and in the View menu.
        body: the layout that takes the pane's content.
    """

    def __init__(self, title: str, subtitle: str = "", body: QWidget | None = None) -> None:
        super().__init__()
        self.title = title
        self.setProperty("role", "pane")
        self.setAccessibleName(title)
        self.setAccessibleDescription(subtitle)
        self._heading = ElidedLabel(title, font=theme.title_font())
        self._subtitle = ElidedLabel(
            subtitle, font=theme.body_font(13), role="quiet", vanishes=True
        )
        self._extras = QWidget()
        self._extras_row = QHBoxLayout(self._extras)
        self._extras_row.setContentsMargins(0, 0, 0, 0)
        self._extras_row.setSpacing(10)
        self._extras_row.addWidget(self._subtitle, 1)
        self._header = QFrame()
        self._header.setProperty("role", "header")
        self._header.setFixedHeight(HEADER_PIXELS)
        self._header_row = QHBoxLayout(self._header)
        self._header_row.setContentsMargins(14, 0, 12, 0)
        self._header_row.setSpacing(10)
        self._header_row.addWidget(self._heading)
        self._header_row.addWidget(self._extras, 1)
        self._heading.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(1, 0, 1, ROUND_CORNER_PIXELS)
        self.body.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._header)
        column.addLayout(self.body, 1)
        if body is not None:
            self.body.addWidget(body)

    def add_header_widget(self, widget: QWidget) -> None:
        """Put `widget` at the right end of the header."""
        self._extras_row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)

    def set_title(self, title: str) -> None:
        """Change the title: a file's name, as a rule."""
        self.title = title
        self._heading.setText(title)
        self.setAccessibleName(title)

    def set_subtitle(self, subtitle: str) -> None:
        """Change the quiet words behind the title."""
        self._subtitle.setText(subtitle)
        self.setAccessibleDescription(subtitle)

    def lend_header(self) -> QWidget:
        """Hide the frame and the title, and give what stands beside the title to a tab row."""
        self._header.hide()
        self.setProperty("role", "")
        self._repolish()
        return self._extras

    def reclaim_header(self) -> None:
        """Take back what `lend_header` gave, and be a framed pane again."""
        self._header_row.addWidget(self._extras, 1)
        self._extras.show()
        self._header.show()
        self.setProperty("role", "pane")
        self._repolish()

    def _repolish(self) -> None:
        # A style sheet looks at a property when the widget is polished, and not again.
        self.style().unpolish(self)
        self.style().polish(self)


class EmptyNote(QWidget):
    """What an empty pane says instead of nothing: why it is empty, and what would fill it."""

    def __init__(self, reason: str, remedy: str = "") -> None:
        super().__init__()
        self._reason = QLabel()
        self._remedy = QLabel()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 12, 24, 12)
        column.setSpacing(4)
        column.addStretch(1)
        for label, size in ((self._reason, 14), (self._remedy, 13)):
            label.setProperty("role", "quiet")
            label.setFont(theme.body_font(size))
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            column.addWidget(label)
        column.addStretch(1)
        self.say(reason, remedy)

    def say(self, reason: str, remedy: str = "") -> None:
        """Change the words."""
        self._reason.setText(reason)
        self._remedy.setText(remedy)
        self._remedy.setVisible(bool(remedy))
        self.setAccessibleName(f"{reason} {remedy}".strip())
