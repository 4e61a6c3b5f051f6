"""Controls that hold one parameter's value each, and say in a sentence why they refuse another.

Every field has the same three members, so that the panel need not know which it has: `value()`,
`set_value()` and the signals `edited` and `refused`.

Guarantees: `value()` is always one that the parameter allows; input that it does not allow is
neither taken nor silently clamped: `refused` tells why, and the last good value stays; the wheel
changes a field only while it has the keyboard, so scrolling past never edits.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import (
    QCheckBox,
    QLabel,
    QLineEdit,
)

from engine.scenario import Parameter
from gui import theme
from gui.drop_down import DropDown
from gui.panels.number_field import NumberField

Value = int | float | bool | str


class SwitchField(QCheckBox):
    """On or off, with the word beside the shape: a colour alone would not say it.

    Signals:
        edited: the new value.
        refused: never sent; here so that all fields are alike.
    """

    edited = Signal(object)
    refused = Signal(str)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self.set_value(parameter.default)
        self.setFont(theme.body_font())
        self.toggled.connect(self._tell)
        theme.notifier().changed.connect(self._dress)

    def value(self) -> Value:
        """Return whether it is on."""
        return self.isChecked()

    def set_value(self, value: Value) -> None:
        """Show `value` without telling anyone."""
        blocked = self.blockSignals(True)
        self.setChecked(bool(value))
        self.blockSignals(blocked)

    def sizeHint(self) -> QSize:
        """Ask for the word, the switch and the room for the focus ring."""
        return QSize(self.fontMetrics().horizontalAdvance("off") + 58, 34)

    def minimumSizeHint(self) -> QSize:
        """Need the same."""
        return self.sizeHint()

    def hitButton(self, pos: object) -> bool:
        """Take a click anywhere in the field."""
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw a field like the others, the word on its left, the switch on its right."""
        tokens = theme.current()
        on = self.isChecked()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ring = 2.0 if self.hasFocus() else 1.0
        painter.setPen(QPen(tokens.accent if self.hasFocus() else tokens.line, ring))
        painter.setBrush(tokens.hover if self.underMouse() else tokens.field)
        inset = ring / 2
        box = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
        painter.drawRoundedRect(box, 8 - inset, 8 - inset)
        slot = QRectF(self.width() - 42, self.height() / 2 - 9, 32, 18)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.accent if on else theme.mix(tokens.quiet, tokens.field, 0.75))
        painter.drawRoundedRect(slot, 9, 9)
        knob = 14.0
        left = slot.right() - knob - 2 if on else slot.left() + 2
        painter.setBrush(tokens.on_accent if on else tokens.pane)
        painter.drawEllipse(QRectF(left, slot.top() + 2, knob, knob))
        painter.setPen(tokens.text if self.isEnabled() else tokens.quiet)
        words = QRectF(10, 0, slot.left() - 14, self.height())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter, "on" if on else "off")

    def _tell(self, on: bool) -> None:
        self.edited.emit(on)

    def _dress(self) -> None:
        self.update()

    def event(self, event: QEvent) -> bool:
        """Repaint when the pointer comes and goes."""
        if event.type() in (QEvent.Type.Enter, QEvent.Type.Leave):
            self.update()
        return super().event(event)


class ChoiceField(DropDown):
    """One of a few values.

    Signals:
        edited: the new value.
        refused: never sent; here so that all fields are alike.
    """

    edited = Signal(object)
    refused = Signal(str)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self._choices = parameter.choices
        self.addItems([str(choice) for choice in parameter.choices])
        self.set_value(parameter.default)
        self.currentIndexChanged.connect(lambda index: self.edited.emit(self._choices[index]))

    def value(self) -> Value:
        """Return the chosen value, in its own type."""
        return self._choices[self.currentIndex()]

    def set_value(self, value: Value) -> None:
        """Show `value` without telling anyone."""
        blocked = self.blockSignals(True)
        self.setCurrentIndex(self._choices.index(value))
        self.blockSignals(blocked)


class TextField(QLineEdit):
    """Any text.

    Signals:
        edited: the new value.
        refused: why the text cannot be taken; empty when it can.
    """

    edited = Signal(object)
    refused = Signal(str)

    def __init__(self, parameter: Parameter) -> None:
        super().__init__()
        self._parameter = parameter
        self._value: Value = ""
        self.set_value(parameter.default)
        self.editingFinished.connect(self._finish)

    def value(self) -> Value:
        """Return the text."""
        return self._value

    def set_value(self, value: Value) -> None:
        """Show `value` without telling anyone."""
        self._value = value
        self.setText(str(value))
        self.setCursorPosition(0)

    def _finish(self) -> None:
        try:
            value = self._parameter.parse(self.text())
        except ValueError as error:
            self.refused.emit(str(error))
            return
        self.refused.emit("")
        if value != self._value:
            self._value = value
            self.edited.emit(value)


Field = NumberField | SwitchField | ChoiceField | TextField


def field_for(parameter: Parameter) -> Field:
    """Make the control that suits `parameter`."""
    if parameter.choices:
        return ChoiceField(parameter)
    if parameter.type == "bool":
        return SwitchField(parameter)
    # A float shows what a person can mean; more digits than that are for the text field.
    huge = not isinstance(parameter.default, str) and abs(parameter.default) > 2**53
    if parameter.type == "str" or huge:
        return TextField(parameter)
    return NumberField(parameter)


class RefusalNote(QLabel):
    """Says below a field why what was typed is refused; hidden while nothing is."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "bad")
        self.setFont(theme.body_font(12))
        self.setWordWrap(True)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.hide()

    def say(self, why: str) -> None:
        """Show *why*; an empty text hides the note."""
        self.setText(why)
        self.setVisible(bool(why))
