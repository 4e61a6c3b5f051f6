"""The window of two runs: one above the other on one axis, and their differences in numbers.

Guarantees: both are only shown; a moment of one stands above the same moment of the other; a
window that is closed lets go of its runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QButtonGroup,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.comparing import compare
from engine.comparison import HOW, Comparison
from engine.formats.errors import RunFileError
from engine.formats.record import Record
from engine.report import named_series
from gui import pictures, questions, theme
from gui.compare import Compare
from gui.compare_parts import NumbersTable, RunCard
from gui.linked_time import LinkedTime, Times
from gui.pane import ElidedLabel, Pane
from gui.settings import Settings
from gui.theme import Theme, body_font
from gui.views.activity import ActivityView
from gui.views.value import ValueView

SIZE = (1440, 880)  # px
_NUMBERS = 560  # px
_GAP = 10
ROOM_FOR_VALUES = 800  # px


@dataclass(frozen=True, slots=True)
class Shown:
    """What is compared: the record of either run, and what it came to."""

    a: Record
    b: Record
    comparison: Comparison

    @classmethod
    def of(cls, a: Record, b: Record) -> Shown:
        """Compare *a* and *b*; it takes a while, and needs no window."""
        return cls(a, b, compare(a, b))


class CompareWindow(QWidget):
    """Run A above run B.

    Attributes: shown, times (what both share), cards, lanes and values (the views of A, of B),
    numbers, start_button, thread_button, values_button, fit_button, swap_button, copy_button,
    picture_button, script_button.
    Signals: swap_asked(this window).
    """

    swap_asked = Signal(object)

    def __init__(self, shown: Shown, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.shown = shown
        self._settings = settings
        self._chosen_values: bool | None = None
        look = theme.current()
        self.times = LinkedTime(shown.a.trace, shown.b.trace, self)
        self.cards = (RunCard("A", look), RunCard("B", look))
        self.numbers = NumbersTable(look)
        self.lanes = (self._activity(self.times.a, look), self._activity(self.times.b, look))
        self.values = (self._value(self.times.a, look), self._value(self.times.b, look))
        self._headline = ElidedLabel("", font=body_font(14))
        self._build()
        self._say()
        for each in (self.times.a, self.times.b):
            each.cursor.moved.connect(self._draw)
        theme.notifier().changed.connect(self.set_theme)
        if not (settings.compare_geometry and self.restoreGeometry(
            QByteArray(settings.compare_geometry)
        )):  # fmt: skip
            self.resize(*SIZE)
        self._draw()

    # ---- composition

    def _activity(self, times: Times, look: Theme) -> ActivityView:
        return ActivityView(look, times.cursor, times.axis, times.selection)

    def _value(self, times: Times, look: Theme) -> ValueView:
        return ValueView(look, times.cursor, times.axis)

    def _build(self) -> None:
        self._buttons()
        bar = QFrame()
        bar.setProperty("role", "bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(16, 9, 16, 9)
        row.setSpacing(8)
        row.addWidget(self._headline, 1)
        choice = QHBoxLayout()
        choice.setSpacing(0)
        choice.addWidget(self.start_button)
        choice.addWidget(self.thread_button)
        row.addLayout(choice)
        row.addWidget(self.values_button)
        for button in (self.fit_button, self.swap_button, self.copy_button, self.picture_button):
            row.addWidget(button)
        heads = QHBoxLayout()
        heads.setSpacing(_GAP)
        for card in self.cards:
            heads.addWidget(card, 1)
        self._stack = QSplitter(Qt.Orientation.Vertical)
        self._stack.setHandleWidth(_GAP)
        self._stack.setChildrenCollapsible(False)
        self._value_panes: list[Pane] = []
        shared = self._share_values()
        for letter, lanes, values in zip("AB", self.lanes, self.values, strict=True):
            pane = Pane(f"{letter} · Activity", "", lanes)
            pane.add_header_widget(lanes.legend())
            self._stack.addWidget(pane)
            value = Pane(f"{letter} · Shared value", "", values)
            value.add_header_widget(values.header())
            value.setVisible(shared)
            self._stack.addWidget(value)
            self._value_panes.append(value)
        self._stack.setSizes([260, 150, 260, 150])
        body = QSplitter(Qt.Orientation.Horizontal)
        body.setHandleWidth(_GAP)
        body.setChildrenCollapsible(False)
        body.addWidget(self._stack)
        body.addWidget(self._right())
        body.setStretchFactor(0, 1)
        body.setSizes([SIZE[0] - _NUMBERS, _NUMBERS])
        inner = QVBoxLayout()
        inner.setContentsMargins(_GAP, _GAP, _GAP, _GAP)
        inner.setSpacing(_GAP)
        inner.addLayout(heads)
        inner.addWidget(body, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(bar)
        column.addLayout(inner, 1)

    def _right(self) -> Pane:
        pane = Pane("Numbers", HOW, self.numbers)
        pane.add_header_widget(self.script_button)
        return pane

    def _share_values(self) -> bool:
        """Whether both runs watched a value of one name."""
        return bool(named_series(self.shown.a.trace).keys() & named_series(self.shown.b.trace))

    def _buttons(self) -> None:
        self.start_button = self._segment("Run start", "first", "Align both by the run's start")
        words = "Align both by the start of their first thread"
        self.thread_button = self._segment("First thread", "last", words)
        self.start_button.setChecked(True)
        group = QButtonGroup(self)
        group.addButton(self.start_button)
        group.addButton(self.thread_button)
        group.buttonClicked.connect(lambda _button: self._align())
        if not self.times.align_starts(first_threads=True):
            self.thread_button.setEnabled(False)
            self.thread_button.setToolTip("One of the runs started no thread")
        self.times.align_starts(first_threads=False)
        self.values_button = self._segment("Values", "", "Show the shared values as well")
        self.values_button.setEnabled(self._share_values())
        self.values_button.setChecked(self._share_values())
        self.values_button.clicked.connect(self._choose_values)
        self.fit_button = self._button("Fit", "Show both runs as a whole (F)", self.times.fit)
        self.swap_button = self._button("Swap", "Let A and B change places", self.swap)
        self.copy_button = self._button(
            "Copy numbers", "Copy the table, for a spreadsheet", self.numbers.copy
        )
        self.picture_button = self._button(
            "Picture…", "Save this window as PNG or SVG", self._ask_picture
        )
        self.script_button = QToolButton()
        self.script_button.setProperty("role", "quiet")
        self.script_button.setFont(body_font(13))
        self.script_button.clicked.connect(self.show_scripts)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Close), self, self.close)

    def _choose_values(self, wanted: bool) -> None:
        self._chosen_values = wanted
        self._show_values(wanted)

    def _show_values(self, wanted: bool) -> None:
        for pane in self._value_panes:
            pane.setVisible(wanted)
        self.values_button.setChecked(wanted)
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Leave the room to the lanes where there is little, unless a person wants the values."""
        super().resizeEvent(event)
        if self._chosen_values is None and self._share_values():
            wanted = self.height() >= ROOM_FOR_VALUES
            if wanted != self.values_button.isChecked():
                self._show_values(wanted)

    def _segment(self, text: str, segment: str, hint: str) -> QToolButton:
        button = QToolButton()
        button.setText(text)
        button.setCheckable(True)
        if segment:
            button.setProperty("segment", segment)
        button.setFont(body_font(14))
        button.setToolTip(hint)
        button.setAccessibleName(hint)
        return button

    def _button(self, text: str, hint: str, does: Callable[[], object]) -> QPushButton:
        button = QPushButton(text)
        button.setFont(body_font(14))
        button.setToolTip(hint)
        button.setAccessibleName(hint)
        button.clicked.connect(lambda _checked=False: does())
        return button

    # ---- what is shown

    def _say(self) -> None:
        said = self.shown.comparison
        self.setWindowTitle(f"{said.a.title} and {said.b.title} · two runs · ThreadLab")
        self._headline.setText(said.headline)
        for card, side in zip(self.cards, (said.a, said.b), strict=True):
            card.show_side(side, said)
        self.numbers.show_comparison(said)
        differs = bool(said.script)
        words = f"Scripts differ: {said.removed} lines out, {said.added} in…"
        self.script_button.setText(words if differs else "Same script")
        self.script_button.setEnabled(differs)
        self.script_button.setAccessibleName("Show where the scripts differ")

    def _draw(self, _time: object = None) -> None:
        traces = (self.shown.a.trace, self.shown.b.trace)
        both = (self.times.a, self.times.b)
        for trace, times, lanes, values in zip(traces, both, self.lanes, self.values, strict=True):
            lanes.show_moment(trace, times.cursor.time)
            values.show_moment(trace, times.cursor.time)

    def _align(self) -> None:
        self.times.align_starts(first_threads=self.thread_button.isChecked())
        self._draw()

    def swap(self) -> None:
        """Ask for a window in which A and B have changed places, instead of this one."""
        self.swap_asked.emit(self)

    def show_scripts(self) -> None:
        """Show both texts, with the lines that differ."""
        a, b = self.shown.a, self.shown.b
        words = ("The script of A", "The script of B")
        Compare(a.request.script.name, a.script, b.script, self, words).open()

    def _ask_picture(self) -> None:
        kinds = "PNG (*.png);;SVG (*.svg)"
        name, _ = QFileDialog.getSaveFileName(self, "Picture of two runs", "runs.png", kinds)
        if name:
            self.save_picture(Path(name))

    def save_picture(self, path: Path) -> None:
        """Draw the window into *path*: PNG or SVG, by its ending."""
        try:
            pictures.save_picture(self, path, self.windowTitle())
        except RunFileError as error:
            questions.warn(self, "Picture of two runs", str(error))

    def set_theme(self, look: Theme) -> None:
        """Draw everything in *look*."""
        for part in (*self.cards, *self.lanes, *self.values):
            part.set_theme(look)
        self.numbers.set_theme(look, self.shown.comparison)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember the window's place."""
        theme.notifier().changed.disconnect(self.set_theme)
        self._settings.compare_geometry = bytes(self.saveGeometry().data())
        super().closeEvent(event)
