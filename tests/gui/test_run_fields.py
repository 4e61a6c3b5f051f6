"""Arguments and working folder of a script: typed, refused, remembered, and given to the run."""

from __future__ import annotations

import json
import zipapp
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from engine import scenario
from engine.report import printed
from gui.main_window import MainWindow
from gui.settings import Settings
from tests.gui.windows import whole_window

NET = 60_000
SCRIPT = """
import json, os, sys
COUNT: int = 3
print(json.dumps([sys.argv[1:], os.getcwd(), COUNT]))
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    folder = tmp_path / "homework"
    folder.mkdir()
    path = folder / "mine.py"
    path.write_text(SCRIPT)
    return path


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    with whole_window(qtbot, tmp_path / "settings.ini") as made:
        yield made


def type_into(edit: QLineEdit, text: str) -> None:
    edit.setFocus()
    edit.clear()
    QTest.keyClicks(edit, text)
    QTest.keyClick(edit, Qt.Key.Key_Return)


def run(qtbot: QtBot, window: MainWindow) -> object:
    window.transport.run_action.trigger()
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)
    return json.loads(printed(window.bridge.trace, 1))


def test_a_preset_is_not_called_with_anything(window: MainWindow) -> None:
    assert not window.parameters.run_fields.isVisible()


def test_a_script_begins_in_its_own_folder(qtbot: QtBot, window: MainWindow, script: Path) -> None:
    window.open_script(script)
    fields = window.parameters.run_fields
    assert fields.isVisible()
    assert fields.folder_edit.placeholderText() == "homework"
    assert run(qtbot, window) == [[], str(script.parent), 3]


def test_arguments_and_folder_reach_the_script_and_are_remembered(
    qtbot: QtBot, window: MainWindow, script: Path, tmp_path: Path
) -> None:
    window.open_script(script)
    fields = window.parameters.run_fields
    type_into(fields.arguments_edit, "--name 'two words' 7")
    type_into(fields.folder_edit, "..")
    assert run(qtbot, window) == [["--name", "two words", "7"], str(tmp_path), 3]
    window.show_scenario(scenario.find("lock"))
    assert not fields.isVisible()
    other = script.with_name("other.py")
    other.write_text(SCRIPT)
    window.open_script(other)
    assert (fields.arguments_edit.text(), fields.folder_edit.text()) == ("", "")
    window.open_script(script)
    assert (fields.arguments_edit.text(), fields.folder_edit.text()) == (
        "--name 'two words' 7",
        "..",
    )


@pytest.mark.parametrize(
    ("arguments", "folder", "told"),
    [("it's", "", "not closed"), ("", "nowhere", "does not exist"), ("", "mine.py", "is a file")],
)
def test_what_cannot_be_taken_says_why_and_runs_nothing(
    window: MainWindow, script: Path, arguments: str, folder: str, told: str
) -> None:
    window.open_script(script)
    fields = window.parameters.run_fields
    type_into(fields.arguments_edit, arguments)
    type_into(fields.folder_edit, folder)
    wrong = fields.arguments_edit if arguments else fields.folder_edit
    assert told in fields.complaint()
    assert wrong.property("wrong")
    window.transport.run_action.trigger()
    assert window.bridge.state == "idle"
    assert told in window.status.verdict()[0]
    type_into(wrong, "")
    assert fields.complaint() == ""
    assert not wrong.property("wrong")


def test_a_folder_is_chosen_in_a_dialog(
    window: MainWindow, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.open_script(script)
    fields = window.parameters.run_fields
    answers = [str(tmp_path), "", str(script.parent)]
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: answers.pop(0))
    fields.browse_button.click()
    assert fields.folder_edit.text() == str(tmp_path)
    fields.browse_button.click()  # cancelled
    assert fields.folder_edit.text() == str(tmp_path)
    fields.browse_button.click()
    assert fields.folder_edit.text() == ""


def test_every_field_is_reached_by_the_keyboard_and_has_a_name(
    window: MainWindow, script: Path
) -> None:
    window.open_script(script)
    fields = window.parameters.run_fields
    window.parameters.field("COUNT").setFocus()
    reached: list[QWidget] = []
    for _ in range(6):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        reached.append(window.focusWidget())
    wanted = [fields.arguments_edit, fields.folder_edit, fields.browse_button]
    places = [reached.index(each) for each in wanted]
    assert places == sorted(places)
    assert all(each.accessibleName() for each in wanted)


def test_settings_of_another_day_may_hold_anything(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    for junk in ("[1]", '{"a": 3}', '{"a": ["x"]}', '{"a": ["x", 1]}', "{", '"a"'):
        settings._store.setValue("scenario/called", junk)
        assert settings.called("a") == ("", "")
    settings.set_called("a", "x y", "")
    settings.set_called("b", "", "/tmp")
    assert (settings.called("a"), settings.called("b")) == (("x y", ""), ("", "/tmp"))
    settings.set_called("a", "", "")
    assert settings.called("a") == ("", "")


def test_a_folder_and_an_archive_open_and_run_as_programs(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "tool"
    folder.mkdir()
    (folder / "__main__.py").write_text(SCRIPT)
    archive = tmp_path / "tool.pyz"
    zipapp.create_archive(folder, archive)
    for opened, begins in ((folder, folder), (archive, tmp_path)):
        window.open_path(opened)
        assert window.parameters.values() == {"COUNT": 3}
        assert run(qtbot, window) == [[], str(begins), 3]
    assert not window.files.is_modified
