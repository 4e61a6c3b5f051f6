"""The notes view: the lesson. What to predict before the run, what to notice, what to say.

Why: watching alone teaches little. A person who has said what will happen looks at the run to see
whether it does; so the answer is shown only once the run has ended.

Guarantees: the question's answer stays hidden until `set_ended(True)`; a new run hides it again
and keeps the prediction; everything works from the keyboard.
"""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFont, QMouseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QRadioButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from engine.lesson import Lesson, Option
from engine.side_by_side import Comparison
from engine.trace import Trace
from gui.comparison_card import ComparisonCard
from gui.cursor import Cursor
from gui.pane import EmptyNote
from gui.selection import Selection
from gui.theme import Theme, body_font

TITLE = "Notes"
SUBTITLE = "what to predict, notice and say"
_POINTS = (
    ("solves", "What it solves"),
    ("reach_for", "When to reach for it"),
    ("tradeoff", "What it costs"),
    ("example", "Example"),
    ("tidbit", "Worth knowing"),
)


class _Words(QLabel):
    """Wrapped words that can be selected."""

    def __init__(self, text: str, *, pixels: int = 14, bold: bool = False, role: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        weight = QFont.Weight.DemiBold if bold else QFont.Weight.Normal
        self.setFont(body_font(pixels, weight))
        if role:
            self.setProperty("role", role)


class OptionRow(QFrame):
    """One answer: a button, its words, and after the run whether it was right.

    Attributes:
        button: the radio button.
        verdict: what is said after the run; hidden before.
    """

    def __init__(self, option: Option) -> None:
        super().__init__()
        self.option = option
        self.button = QRadioButton()
        self.button.setAccessibleName(option.text)
        self._words = _Words(option.text)
        self.verdict = _Words("", pixels=13, role="quiet")
        self.verdict.hide()
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._words)
        words.addWidget(self.verdict)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(8)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose this answer wherever its row is pressed."""
        self.button.click()

    def reveal(self, *, shown: bool, theme: Theme) -> None:
        """Say whether this answer is right, if it is, or if it was chosen."""
        chosen = self.button.isChecked()
        said = ""
        if self.option.right:
            said = "✓ Right." if chosen else "✓ This is what happens."
        elif chosen:
            said = f"✗ {self.option.misconception}"
        self.verdict.setText(said)
        color = theme.ok if self.option.right else theme.text
        self.verdict.setStyleSheet(f"color: {color.name()};")
        self.verdict.setVisible(shown and bool(said))


class NotesView(QWidget):
    """The lesson of the script shown.

    Attributes:
        options: the answers' rows, in the lesson's order.
        chosen: the number of the answer predicted, or None.
        card: the table of both builds; hidden where the lesson asks for none.

    Signals:
        answered(int): a person has predicted; the answer's number.
        stop_requested: no more is to be measured side by side.
    """

    answered = Signal(int)
    stop_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        selection: Selection,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._lesson = Lesson()
        self._ended = False
        self.options: list[OptionRow] = []
        self.chosen: int | None = None
        self._group: QButtonGroup | None = None
        self.card = ComparisonCard()
        self._points = QWidget()
        self._hint = _Words("", pixels=13, role="quiet")
        self._note = EmptyNote("This script has no lesson.", "Presets have one.")
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(TITLE)
        self._pages = QStackedLayout(self)
        self._pages.addWidget(self._note)
        self._pages.addWidget(self._area)
        self.setAccessibleName(TITLE)
        self._dress()
        self.set_lesson(Lesson())

    def set_lesson(self, lesson: Lesson) -> None:
        """Show *lesson*; a prediction that was made is forgotten."""
        self._lesson, self._ended, self.chosen = lesson, False, None
        self.options = []
        page = QWidget()
        page.setObjectName("notes")
        column = QVBoxLayout(page)
        column.setContentsMargins(14, 12, 14, 14)
        column.setSpacing(6)
        self.card = ComparisonCard()
        self.card.stop_requested.connect(self.stop_requested)
        column.addWidget(self.card)
        if lesson.question:
            self._add_question(column)
        self._points = _points(lesson)
        self._points.setVisible(not lesson.question)
        column.addWidget(self._points)
        column.addStretch(1)
        self._area.setWidget(page)
        page.setAutoFillBackground(False)  # the pane's own surface shows through
        self._pages.setCurrentIndex(1 if lesson.question or lesson.notice else 0)

    def show_comparison(self, comparison: Comparison | None) -> None:
        """Show both builds side by side, as far as they are measured; None shows nothing."""
        self.card.show_comparison(comparison)

    def show_card(self) -> None:
        """Bring the table into view."""
        self._area.ensureWidgetVisible(self.card)

    def set_ended(self, ended: bool) -> None:
        """Say whether the run is over: then the answer is shown."""
        if ended != self._ended:
            self._ended = ended
            self._reveal()

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show what to notice and to say once there is a run: before it, it gives too much away."""
        shown = len(trace) > 0 or not self._lesson.question
        if shown == self._points.isHidden():
            self._points.setVisible(shown)

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        self._theme = theme
        self._dress()
        self._reveal()

    def sizeHint(self) -> QSize:
        """Ask for the question and its answers."""
        return QSize(500, 260)

    def _dress(self) -> None:
        # Fusion draws a radio button in shades of the window: on a dark pane it cannot be seen.
        theme = self._theme
        self._area.viewport().setAutoFillBackground(False)
        self._area.setStyleSheet(
            "QRadioButton::indicator { width: 12px; height: 12px; border-radius: 8px;"
            f" border: 2px solid {theme.quiet.name()}; background: {theme.field.name()}; }}"
            f"QRadioButton::indicator:focus {{ border-color: {theme.accent.name()}; }}"
            "QRadioButton::indicator:checked {"
            f" border: 5px solid {theme.accent.name()}; width: 6px; height: 6px; }}"
        )

    def _add_question(self, column: QVBoxLayout) -> None:
        column.addWidget(_heading("Before you run it"))
        column.addWidget(_Words(self._lesson.question))
        self._group = QButtonGroup(self)
        for number, option in enumerate(self._lesson.options):
            row = OptionRow(option)
            self._group.addButton(row.button, number)
            row.button.clicked.connect(partial(self._answer, number))
            self.options.append(row)
            column.addWidget(row)
        self._hint = _Words("", pixels=13, role="quiet")
        column.addWidget(self._hint)
        self._reveal()

    def _answer(self, number: int) -> None:
        self.chosen = number
        self._reveal()
        self.answered.emit(number)

    def _reveal(self) -> None:
        for row in self.options:
            row.reveal(shown=self._ended, theme=self._theme)
        if not self.options:
            return
        self._hint.setVisible(not self._ended)
        chosen = self.chosen is not None
        self._hint.setText("Run it and see." if chosen else "Choose an answer, then run it.")


def _points(lesson: Lesson) -> QWidget:
    holder = QWidget()
    column = QVBoxLayout(holder)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(6)
    if lesson.notice:
        column.addSpacing(8)
        column.addWidget(_heading("What to notice"))
        for caption in lesson.notice.values():
            column.addWidget(_bullet(caption))
    for key, heading in _POINTS:
        text = str(getattr(lesson.teaching, key))
        if text:
            column.addSpacing(8)
            column.addWidget(_heading(heading))
            column.addWidget(_Words(text))
    return holder


def _heading(text: str) -> QWidget:
    return _Words(text, pixels=13, bold=True, role="quiet")


def _bullet(text: str) -> QWidget:
    holder = QWidget()
    row = QHBoxLayout(holder)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(8)
    row.addWidget(_Words("•", role="quiet"), 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(_Words(text), 1)
    return holder
