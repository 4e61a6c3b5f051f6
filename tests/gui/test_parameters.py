from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QToolButton
from pytestqt.qtbot import QtBot

from engine.scenario import Parameter
from gui import theme
from gui.panels.fields import ChoiceField, SwitchField, TextField
from gui.panels.number_field import NumberField, number_text, step_of
from gui.panels.parameters import Parameters, explain
from tests.gui.shells import PARAMETERS

DEFAULTS = {each.name: each.default for each in PARAMETERS}


@pytest.fixture
def panel(qtbot: QtBot, qapp: QApplication) -> Parameters:
    theme.apply(qapp, theme.LIGHT)
    made = Parameters()
    qtbot.addWidget(made)
    made.set_parameters(PARAMETERS, {})
    made.resize(272, 400)
    made.show()
    return made


def type_into(qtbot: QtBot, field: NumberField | TextField, text: str) -> None:
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)


def test_each_type_has_its_control(panel: Parameters) -> None:
    kinds = [type(panel.field(each.name)) for each in PARAMETERS]
    assert kinds == [
        NumberField, NumberField, SwitchField, ChoiceField, TextField, TextField,
    ]  # fmt: skip
    assert panel.values() == DEFAULTS


def test_values_of_another_day_are_checked_again(panel: Parameters) -> None:
    panel.set_parameters(PARAMETERS, {"THREADS": 9, "TASK_SECONDS": 99.0, "MODE": 3, "GONE": 1})
    assert panel.values() == {**DEFAULTS, "THREADS": 9}


def test_typing_a_number_tells_all_values(panel: Parameters, qtbot: QtBot) -> None:
    field = panel.field("THREADS")
    assert isinstance(field, NumberField)
    type_into(qtbot, field, "12")
    with qtbot.waitSignal(panel.changed, timeout=1000) as told:
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert told.args == [{**DEFAULTS, "THREADS": 12}]
    assert type(panel.values()["THREADS"]) is int


@pytest.mark.parametrize("typed", ["500", "0", "-3", "many", "", "2.5"])
def test_a_refusal_is_explained_and_the_last_good_value_stays(
    panel: Parameters, qtbot: QtBot, typed: str
) -> None:
    field = panel.field("THREADS")
    assert isinstance(field, NumberField)
    with qtbot.assertNotEmitted(panel.changed):
        type_into(qtbot, field, typed or " ")
        assert panel.explanation("THREADS")
        assert field.property("wrong") is True
        QTest.keyClick(field, Qt.Key.Key_Return)
    assert panel.values() == DEFAULTS
    assert field.text() == "5"
    assert "Threads" in panel.explanation("THREADS")
    type_into(qtbot, field, "6")
    assert panel.explanation("THREADS") == ""


def test_a_number_may_be_typed_with_its_unit(panel: Parameters, qtbot: QtBot) -> None:
    field = panel.field("TASK_SECONDS")
    assert isinstance(field, NumberField)
    assert field.text() == "0.20 s"
    type_into(qtbot, field, "1.5 s")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert panel.values()["TASK_SECONDS"] == 1.5
    assert field.text() == "1.50 s"


def test_steps_end_at_the_range(panel: Parameters, qtbot: QtBot) -> None:
    field = panel.field("THREADS")
    assert isinstance(field, NumberField)
    for _ in range(8):
        QTest.keyClick(field, Qt.Key.Key_Down)
    assert field.value() == 1
    for _ in range(9):
        QTest.keyClick(field, Qt.Key.Key_PageUp)
    assert field.value() == 64


def test_the_small_buttons_step(panel: Parameters, qtbot: QtBot) -> None:
    field = panel.field("THREADS")
    more, less = field.findChildren(QToolButton)
    QTest.mouseClick(more, Qt.MouseButton.LeftButton)
    assert field.value() == 6
    QTest.mouseClick(less, Qt.MouseButton.LeftButton)
    assert field.value() == 5


def test_the_switch_the_choice_and_the_text(panel: Parameters, qtbot: QtBot) -> None:
    switch, choice, text = (panel.field(n) for n in ("USE_LOCK", "MODE", "GREETING"))
    assert isinstance(choice, ChoiceField)
    assert isinstance(text, TextField)
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton)
    QTest.keyClick(choice, Qt.Key.Key_Up)
    type_into(qtbot, text, "good day")
    QTest.keyClick(text, Qt.Key.Key_Return)
    assert panel.values() == {
        **DEFAULTS, "USE_LOCK": False, "MODE": "threads", "GREETING": "good day",
    }  # fmt: skip


def test_a_number_past_every_float_is_kept_exactly(panel: Parameters, qtbot: QtBot) -> None:
    field = panel.field("HUGE")
    assert isinstance(field, TextField)
    type_into(qtbot, field, str(10**30 + 1))
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert panel.values()["HUGE"] == 10**30 + 1
    type_into(qtbot, field, "x")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert panel.explanation("HUGE")
    assert panel.values()["HUGE"] == 10**30 + 1


def test_reset_gives_the_scripts_own_values(panel: Parameters, qtbot: QtBot) -> None:
    assert not panel.reset_button.isEnabled()
    panel.set_parameters(PARAMETERS, {"THREADS": 9})
    assert panel.reset_button.isEnabled()
    with qtbot.waitSignal(panel.changed, timeout=1000) as told:
        QTest.mouseClick(panel.reset_button, Qt.MouseButton.LeftButton)
    assert told.args == [DEFAULTS]
    assert not panel.reset_button.isEnabled()


@pytest.mark.parametrize("name", ["THREADS", "MODE"])
def test_the_wheel_scrolls_past_without_editing(
    panel: Parameters, qapp: QApplication, name: str
) -> None:
    panel.field("GREETING").setFocus()
    field = panel.field(name)
    here = QPointF(5, 5)
    turn = QWheelEvent(
        here, field.mapToGlobal(here), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    qapp.sendEvent(field, turn)
    assert panel.values() == DEFAULTS


def test_controls_say_what_they_are(panel: Parameters) -> None:
    for each in PARAMETERS:
        field = panel.field(each.name)
        assert field.accessibleName().startswith(each.label)
        assert each.name in field.toolTip()
    assert explain(PARAMETERS[0]) == (
        "How many\nFrom 1 to 64 threads\nTHREADS in line 3 of the script"
    )


def test_a_script_without_parameters_says_so(panel: Parameters) -> None:
    panel.set_parameters((), {})
    assert panel.values() == {}
    assert not panel.reset_button.isVisible()
    assert any("no parameters" in label.text() for label in panel.findChildren(QLabel))


def test_many_parameters_scroll(panel: Parameters) -> None:
    many = tuple(Parameter(f"P{n}", "int", n, 0, 100, line=n) for n in range(40))
    panel.set_parameters(many, {})
    panel.grab()
    assert panel.height() == 400
    assert panel.field("P39").visibleRegion().isEmpty()
    assert panel.field("P0").height() == 34


def test_numbers_are_written_and_stepped_as_people_do() -> None:
    assert [number_text(n) for n in (5, 0.2, 2.0, 0.125, 0.0, 1e-9, 1e15)] == [
        "5", "0.20", "2.00", "0.125", "0.00", "1e-09", "1e+15",
    ]  # fmt: skip
    assert [step_of(n, True) for n in (0, 5, 40, 500, 50_000)] == [1, 1, 1, 10, 1000]
    assert [step_of(n, False) for n in (0, 0.2, 2.0)] == [0.1, 0.01, 0.1]
    assert step_of(100, True, down=True) == 1
