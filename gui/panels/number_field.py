"""A number of a script, with its unit, that can be typed, stepped and explained.

Guarantees: `value()` is always a number that the parameter allows; one that is typed and not
allowed is marked while it is typed and explained by `refused`, and the last good one comes back.
"""

from __future__ import annotations

import math

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetrics, QKeyEvent, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QToolButton

from engine.scenario import Parameter
from gui import icons, theme

Value = int | float | bool | str

SHORT_UNIT = 3
STEPPER_PIXELS = 18


def number_text(value: float) -> str:
    """Write a number as people do: whole ones plain, others with at least two decimals."""
    if isinstance(value, int):
        return str(value)
    if value != 0 and not 1e-6 <= abs(value) < 1e12:
        return f"{value:g}"
    whole, _, decimals = f"{value:.6f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"


def step_of(value: float, whole: bool, down: bool = False) -> float:
    """Give a step that suits the size of `value`: a tenth of its decade, 1 at least for whole ones.

    Going `down` from a power of ten takes the smaller step: 1.0 goes to 0.9 by way of 0.99.
    """
    size = abs(value) * (0.999 if down else 1.001)
    decade = math.floor(math.log10(size)) if value else 0
    if whole:
        return float(max(10.0 ** (decade - 1), 1))
    return float(10.0 ** max(decade - 1, -3)) if value else 0.1


class NumberField(QLineEdit):
    """A number with its unit, stepped by arrow keys, wheel and the two small buttons.

    Not a `QSpinBox`: that clamps or swallows what is out of range, and holds 32 bits.

    Signals:
        edited: the new value.
        refused: why the input is none, in a sentence; empty when it is one again.
    """

    edited = Signal(object)
    refused = Signal(str)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self._parameter = parameter
        unit = parameter.unit
        self._suffix = f" {unit}" if 0 < len(unit) <= SHORT_UNIT else ""
        self._value: float = 0
        self.setFont(theme.numbers_font())
        self.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.setTextMargins(0, 0, STEPPER_PIXELS - 4, 0)
        self._up = self._stepper("up", 1)
        self._down = self._stepper("down", -1)
        self.textEdited.connect(self._judge)
        self.editingFinished.connect(self._finish)
        theme.notifier().changed.connect(self._dress)
        self._dress()
        self.set_value(parameter.default)

    def value(self) -> Value:
        """Return the last good value, in the parameter's type."""
        return self._value

    def set_value(self, value: Value) -> None:
        """Show `value`, which the parameter allows, without telling anyone."""
        assert not isinstance(value, str)
        self._value = value
        self._write()
        self._mark("")

    def step(self, steps: int) -> None:
        """Go up or down by `steps`, and stop at the ends of the range."""
        self._finish()
        whole = self._parameter.type == "int"
        unit = step_of(self._value, whole, down=steps < 0)
        # A number between two steps goes to the next of them first.
        near = math.floor(self._value / unit) if steps > 0 else math.ceil(self._value / unit)
        goal = (near + steps) * unit
        if self._parameter.minimum is not None:
            goal = max(goal, self._parameter.minimum)
        if self._parameter.maximum is not None:
            goal = min(goal, self._parameter.maximum)
        self._take(int(goal) if whole else round(float(goal), 9))
        self._write()

    def sizeHint(self) -> QSize:
        """Ask for room for the longest number of the range."""
        longest = max(self._texts(), key=len)
        wide = QFontMetrics(self.font()).horizontalAdvance(longest) + STEPPER_PIXELS + 22
        return QSize(wide, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """Need the same room: a number that is cut reads as another number."""
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the steppers at the right end."""
        super().resizeEvent(event)
        left, middle = self.width() - STEPPER_PIXELS - 4, self.height() // 2
        self._up.setGeometry(left, middle - 14, STEPPER_PIXELS, 14)
        self._down.setGeometry(left, middle, STEPPER_PIXELS, 14)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select the number, not its unit, so that typing replaces it."""
        super().focusInEvent(event)
        if event.reason() is not Qt.FocusReason.MouseFocusReason:
            self.setSelection(0, len(self.text()) - len(self._suffix))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Step at the arrows, by ten at the page keys."""
        key = Qt.Key
        steps = {key.Key_Up: 1, key.Key_Down: -1, key.Key_PageUp: 10, key.Key_PageDown: -10}
        if event.key() in steps:
            self.step(steps[Qt.Key(event.key())])
            self.setSelection(0, len(self.text()) - len(self._suffix))
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Step only with the keyboard's attention; otherwise the panel scrolls."""
        if self.hasFocus() and event.angleDelta().y():
            self.step(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
        else:
            event.ignore()

    def _texts(self) -> list[str]:
        low, high = self._parameter.minimum, self._parameter.maximum
        numbers = [self._value] + [end for end in (low, high) if end is not None]
        if self._parameter.type == "float":
            numbers = [float(number) for number in numbers]
        return [number_text(number) + self._suffix for number in numbers]

    def _stepper(self, name: str, steps: int) -> QToolButton:
        button = QToolButton(self)
        button.setProperty("role", "spin")
        button.setIconSize(QSize(12, 12))
        button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        button.setAutoRepeat(True)
        button.setCursor(Qt.CursorShape.ArrowCursor)
        button.setAccessibleName(f"{self._parameter.label} {name}")
        button.setToolTip("More" if steps > 0 else "Less")
        button.clicked.connect(lambda: self.step(steps))
        return button

    def _dress(self) -> None:
        self._up.setIcon(icons.icon("up", theme.current().quiet))
        self._down.setIcon(icons.icon("down", theme.current().quiet))

    def _write(self) -> None:
        self.setText(number_text(self._value) + self._suffix)

    def _judge(self, text: str) -> float | None:
        words = text.strip()
        unit = self._parameter.unit
        if unit and words.endswith(unit):
            words = words[: -len(unit)].strip()
        try:
            value = self._parameter.parse(words)
        except ValueError as error:
            self._mark(str(error))
            return None
        self._mark("")
        assert not isinstance(value, str)
        return value

    def _finish(self) -> None:
        if self.text() != number_text(self._value) + self._suffix:
            value = self._judge(self.text())
            if value is not None:
                self._take(value)
            self._write()
        # The refusal stays readable beside the value that stands instead.
        self._set_wrong(False)

    def _take(self, value: float) -> None:
        self._mark("")
        if value != self._value:
            self._value = value
            self.edited.emit(value)

    def _mark(self, why: str) -> None:
        self._set_wrong(bool(why))
        self.refused.emit(why)

    def _set_wrong(self, wrong: bool) -> None:
        if bool(self.property("wrong")) != wrong:
            self.setProperty("wrong", wrong)
            self.style().unpolish(self)
            self.style().polish(self)
