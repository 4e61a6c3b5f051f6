"""The line at the foot of the window: the figures of the run, and how it ended.

Guarantees: one line, always; figures stand in tabular digits so that they do not dance while
they change; what has no room is elided and whole in the tooltip; a tone has a sign of its own
beside its colour.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from gui import icons, theme

Tone = Literal["ok", "bad", "neutral"]
STATUS_PIXELS = 30
GAP = 24


class _Figures(QWidget):
    """Names and numbers, `elapsed 0.62 s`, as many as fit."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[tuple[str, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        return QSize(400, STATUS_PIXELS - 2)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.current()
        name_font = theme.body_font(12)
        value_font = theme.numbers_font(12, QFont.Weight.DemiBold)
        painter = QPainter(self)
        left = 0.0
        for name, value in self.figures:
            for text, font, color in (
                (name, name_font, tokens.quiet),
                (value, value_font, tokens.text),
            ):
                metrics = QFontMetricsF(font)
                room = self.width() - left
                shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
                if room < metrics.horizontalAdvance("…"):
                    return
                painter.setFont(font)
                painter.setPen(color)
                box = QRectF(left, 0, room, self.height())
                painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
                left += metrics.horizontalAdvance(shown) + 5
            left += GAP - 5


class _Verdict(QWidget):
    """A sentence with a sign: how it ended."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tone: Tone = "neutral"
        self.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        wide = QFontMetricsF(self._font()).horizontalAdvance(self.text)
        return QSize(int(wide) + 2 + self._sign(), STATUS_PIXELS - 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(self.sizeHint().width(), 120), STATUS_PIXELS - 2)

    def _font(self) -> QFont:
        weight = QFont.Weight.Normal if self.tone == "neutral" else QFont.Weight.DemiBold
        return theme.numbers_font(12, weight)

    def _sign(self) -> int:
        return 0 if self.tone == "neutral" or not self.text else 20

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self.text:
            return
        tokens = theme.current()
        color = {"ok": tokens.ok, "bad": tokens.bad, "neutral": tokens.quiet}[self.tone]
        painter = QPainter(self)
        if self._sign():
            name = "check" if self.tone == "ok" else "alert"
            icons.paint(painter, name, QRectF(0, (self.height() - 14) / 2, 14, 14), color)
        painter.setFont(self._font())
        painter.setPen(color)
        box = QRectF(self.rect()).adjusted(self._sign(), 0, 0, 0)
        metrics = QFontMetricsF(self._font())
        shown = metrics.elidedText(self.text, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)


class StatusBar(QFrame):
    """Figures on the left, the verdict on the right."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "foot")
        self.setFixedHeight(STATUS_PIXELS)
        self._figures = _Figures()
        self._verdict = _Verdict()
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 1, 16, 0)
        row.setSpacing(GAP)
        row.addWidget(self._figures, 1)
        row.addWidget(self._verdict)
        theme.notifier().changed.connect(self._repaint)
        self.set_figures([])
        self.set_verdict("", "neutral")

    def set_figures(self, figures: list[tuple[str, str]]) -> None:
        """Show names with their values, in this order."""
        if figures == self._figures.figures and figures:
            return
        self._figures.figures = list(figures)
        words = ", ".join(f"{name} {value}" for name, value in figures)
        self._figures.setAccessibleName(words or "No figures yet")
        self._figures.setToolTip("\n".join(f"{name} {value}" for name, value in figures))
        self._figures.update()

    def set_verdict(self, text: str, tone: Tone) -> None:
        """Show how it ended, in a few words; the tone chooses the colour and the sign."""
        self._verdict.text = " ".join(text.split())
        self._verdict.tone = tone
        self._verdict.setAccessibleName(self._verdict.text or "No verdict yet")
        self._verdict.setToolTip(self._verdict.text)
        self._verdict.updateGeometry()
        self._verdict.update()

    def verdict(self) -> tuple[str, Tone]:
        """Return what `set_verdict` was last told."""
        return self._verdict.text, self._verdict.tone

    def _repaint(self) -> None:
        self._figures.update()
        self._verdict.update()
