"""A control for each parameter of the script, so that "what if" is a click and not an edit.

Guarantees: `values()` holds every parameter, each with a value that it allows; the next run gets
them; `changed` is sent when a person changes one and never when the program shows others; why an
input is refused stands below the control that refused it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from engine.program import joined_arguments
from engine.scenario import Parameter
from gui import theme
from gui.pane import ElidedLabel, EmptyNote, Pane
from gui.panels.fields import Field, RefusalNote, Value, field_for
from gui.panels.number_field import number_text
from gui.panels.run_fields import Called, RunFields

FIELD_PIXELS = 96


def explain(parameter: Parameter) -> str:
    """Say what the parameter is for, what it may be, and which name it has in the script."""
    parts = [parameter.help[:1].upper() + parameter.help[1:]] if parameter.help else []
    parts.append(_range_words(parameter))
    parts.append(f"{parameter.name} in line {parameter.line} of the script")
    return "\n".join(part for part in parts if part)


def _range_words(parameter: Parameter) -> str:
    unit = f" {parameter.unit}" if parameter.unit else ""
    low, high = parameter.minimum, parameter.maximum
    if parameter.choices:
        return "One of " + ", ".join(str(choice) for choice in parameter.choices)
    if low is not None and high is not None:
        return f"From {_plain(low)} to {_plain(high)}{unit}"
    if low is not None:
        return f"{_plain(low)}{unit} or more"
    if high is not None:
        return f"{_plain(high)}{unit} or less"
    return ""


def _plain(number: float) -> str:
    return number_text(int(number) if number == int(number) else number)


class Parameters(Pane):
    """The pane of parameters.

    Attributes: run_fields (arguments and working folder, hidden for a preset); reset_button.
    Signals:
        changed: all values by name, after a person changed one.
    """

    # Not Signal(dict): Qt would make a QVariantMap of it, whose integers have 64 bits.
    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__("Parameters")
        self._parameters: tuple[Parameter, ...] = ()
        self._fields: dict[str, Field] = {}
        self._notes: dict[str, RefusalNote] = {}
        self.reset_button = QToolButton()
        self.reset_button.setText("Reset")
        self.reset_button.setFont(theme.body_font(13))
        self.reset_button.setProperty("role", "quiet")
        self.reset_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.reset_button.setAccessibleName("Reset parameters")
        self.reset_button.setToolTip("Give every parameter the value that the script has")
        self.reset_button.clicked.connect(self.reset)
        self.add_header_widget(self.reset_button)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setAccessibleName("Parameters of the script")
        # A scroll area fills its content with the window's colour; the pane's is behind it.
        self._column = QWidget()
        column = QVBoxLayout(self._column)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._content = QWidget()
        self.run_fields = RunFields()
        self.run_fields.hide()
        column.addWidget(self._content, 1)
        column.addWidget(self.run_fields)
        column.addStretch()
        self._area.setWidget(self._column)
        self._column.setAutoFillBackground(False)
        self.body.addWidget(self._area)
        self.setMinimumWidth(200)
        self.setMinimumHeight(120)
        self.set_parameters((), {})

    def set_parameters(self, parameters: Sequence[Parameter], values: Mapping[str, Value]) -> None:
        """Show `parameters` with `values`; one that is missing or not allowed is the default."""
        self._parameters = tuple(parameters)
        self._fields, self._notes = {}, {}
        self.reset_button.setVisible(bool(self._parameters))
        content: QWidget = EmptyNote(
            "This script has no parameters.",
            "A constant such as THREADS: int = 5 at its top becomes one.",
        )
        if self._parameters:
            content = self._form(values)
        layout = self._column.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.replaceWidget(self._content, content)
        layout.setStretch(0, 0 if self._parameters else 1)
        layout.setStretch(2, 1 if self._parameters else 0)
        self._content.setParent(None)
        self._content.deleteLater()
        self._content = content
        before: QWidget = (
            self.reset_button
        )  # the fields were made after the run fields, but stand above
        for field in (*self._fields.values(), *self.run_fields.stops()):
            QWidget.setTabOrder(before, field)
            before = field
        self._show_reset()

    def show_called(self, called: Called | None, folder: Path) -> None:
        """Show how a script is called, whose own folder is `folder`; None for one that is not."""
        self.run_fields.setVisible(called is not None)
        self.run_fields.show_called(called or Called(), folder)

    def show_arguments(self, words: Sequence[str]) -> None:
        """Put *words* into the field of arguments; without any, leave it as it is."""
        if words:
            self.run_fields.arguments_edit.setText(joined_arguments(words))

    def called(self) -> tuple[tuple[str, ...], Path | None]:
        """Return arguments and working folder; ValueError says why they cannot be taken."""
        if self.run_fields.isHidden():
            return (), None
        return self.run_fields.arguments(), self.run_fields.directory()

    def values(self) -> dict[str, Value]:
        """Return the value of every parameter by name."""
        return {name: field.value() for name, field in self._fields.items()}

    def field(self, name: str) -> Field:
        """Return the control of parameter `name`; KeyError if there is none."""
        return self._fields[name]

    def explanation(self, name: str) -> str:
        """Return why the last input of `name` was refused; empty if it was not."""
        return self._notes[name].text()

    def reset(self) -> None:
        """Give every parameter the script's own value."""
        before = self.values()
        for parameter in self._parameters:
            self._fields[parameter.name].set_value(parameter.default)
        if self.values() != before:
            self._tell()

    def _form(self, values: Mapping[str, Value]) -> QWidget:
        form = QWidget()
        grid = QGridLayout(form)
        grid.setContentsMargins(13, 10, 9, 4)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(0, 1)
        for row, parameter in enumerate(self._parameters):
            self._add_row(grid, 2 * row, parameter, values)
        grid.setRowStretch(2 * len(self._parameters), 1)
        return form

    def _add_row(
        self, grid: QGridLayout, row: int, parameter: Parameter, values: Mapping[str, Value]
    ) -> None:
        field = field_for(parameter)
        field.set_value(_allowed(parameter, values.get(parameter.name)))
        field.setMinimumWidth(FIELD_PIXELS)
        field.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        field.setToolTip(explain(parameter))
        unit = f" in {parameter.unit}" if parameter.unit else ""
        field.setAccessibleName(f"{parameter.label}{unit}")
        field.setAccessibleDescription(explain(parameter))
        label = ElidedLabel(parameter.label)
        label.set_hint(explain(parameter))
        label.setBuddy(field)
        note = RefusalNote()
        grid.addWidget(label, row, 0)
        grid.addWidget(field, row, 1)
        grid.addWidget(note, row + 1, 0, 1, 2)
        self._fields[parameter.name] = field
        self._notes[parameter.name] = note
        field.edited.connect(self._tell)
        field.refused.connect(note.say)

    def _tell(self) -> None:
        self._show_reset()
        self.changed.emit(self.values())

    def _show_reset(self) -> None:
        defaults = {parameter.name: parameter.default for parameter in self._parameters}
        self.reset_button.setEnabled(self.values() != defaults)


def _allowed(parameter: Parameter, value: Value | None) -> Value:
    # Values come from the settings of an earlier day; the script may have changed since.
    if value is None:
        return parameter.default
    try:
        return parameter.check(value)
    except ValueError:
        return parameter.default
