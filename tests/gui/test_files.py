"""Scripts opened, edited, run, saved and changed behind the window's back: real files and keys."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

import main
from engine import scenario
from engine.kept_edits import KeptEdits
from engine.report import printed
from gui.compare import Compare
from gui.dropping import decide
from gui.main_window import MainWindow
from gui.recent import labels

NET = 60_000
MINE = "THREADS: int = 2  # 1..9\nprint('on disk', THREADS)\n"


@pytest.fixture
def mine(tmp_path: Path, window: MainWindow) -> Path:
    """A script of the person's own, shown in the window."""
    script = tmp_path / "mine.py"
    script.write_text(MINE)
    assert window.open_script(script)
    return script


def edit(window: MainWindow, text: str) -> None:
    """Switch to editing and put *text* in the place of all."""
    window.panes.code.header.edit_action.setChecked(True)
    window.panes.code.editor.replace_code(text)


def run(qtbot: QtBot, window: MainWindow) -> str:
    window.conductor.run()
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)
    return printed(window.bridge.trace, 1)


def shows(window: MainWindow, text: str) -> bool:
    return window.panes.code.text() == text


def banner(window: MainWindow) -> str:
    return window.panes.code.banner.text()


def choose(window: MainWindow, words: str) -> None:
    for button in window.panes.code.banner.buttons:
        if button.text() == words:
            button.click()
            return
    raise AssertionError(f"no choice {words!r} in {banner(window)!r}")


def answer(act: Callable[[object], None]) -> None:
    """Let *act* answer the next dialog, once it is shown."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(5, look)
        else:
            act(dialog)

    QTimer.singleShot(0, look)


def press(which: QMessageBox.StandardButton) -> Callable[[object], None]:
    def act(dialog: object) -> None:
        assert isinstance(dialog, QMessageBox)
        dialog.button(which).click()

    return act


def pick(path: Path) -> Callable[[object], None]:
    def act(dialog: object) -> None:
        assert isinstance(dialog, QFileDialog)
        dialog.selectFile(str(path))
        dialog.accept()

    return act


# ---- opening


def test_open_by_the_menu_remembers_the_folder_and_runs_nothing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    folder = tmp_path / "course"
    folder.mkdir()
    (folder / "one.py").write_text("print('one')\n")
    window.settings.folder = folder
    answer(pick(folder / "one.py"))
    window.files.ask_to_open()
    assert window.files.path == (folder / "one.py")
    assert window.bridge.state == "idle"
    assert window.settings.folder == folder
    assert window.settings.recent_scripts() == [folder / "one.py"]


def test_what_a_drop_means() -> None:
    here = Path(__file__)
    assert decide([here]).path == here
    both = decide([Path("notes.txt"), here, Path("other.py")])
    assert (both.path, both.words) == (here, "Open test_files.py; the other 2 are left alone")
    assert decide([here.parent]).path is None
    assert "is a folder" in decide([here.parent]).words
    assert "is no script (.py)" in decide([Path("picture.png")]).words
    assert decide([Path("a.txt"), Path("b.txt")]).path is None


def test_a_file_held_over_the_window_says_what_would_happen(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path))])
    move, no_key = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    left = Qt.MouseButton.LeftButton
    window.dragEnterEvent(QDragEnterEvent(QPoint(9, 9), move, data, left, no_key))
    assert window.overlay.isVisible()
    assert "is a folder" in window.overlay.drop.words
    assert not any(field.acceptDrops() for field in window.findChildren(QLineEdit))
    window.dragLeaveEvent(QDragLeaveEvent())
    assert not window.overlay.isVisible()
    shown = window.conductor.scenario
    window.dropEvent(QDropEvent(QPoint(9, 9).toPointF(), move, data, left, no_key))
    assert "is a folder" in banner(window)
    assert window.conductor.scenario is shown


def test_recent_files_are_told_apart_and_those_that_are_gone_can_be_removed(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    for name in ("a/main.py", "b/main.py", "gone.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("pass\n")
        window.open_script(tmp_path / name)
    (tmp_path / "gone.py").unlink()
    menu = window.file_menus.recent
    menu.aboutToShow.emit()
    texts = [action.text() for action in menu.actions() if action.text()]
    assert texts[0].endswith("gone.py  (gone)")
    assert texts[1].endswith("main.py in b")
    assert texts[2].endswith("main.py in a")
    menu.actions()[0].trigger()
    choose(window, "Take it from the list")
    menu.aboutToShow.emit()
    assert [path.name for path in window.settings.recent_files()] == ["main.py", "main.py"]
    menu.actions()[-1].trigger()  # clear the list
    assert window.settings.recent_files() == []


def test_labels_name_as_many_folders_as_it_takes() -> None:
    paths = [Path("/x/a/src/m.py"), Path("/x/b/src/m.py"), Path("/x/n.py")]
    assert labels(paths) == ["m.py in a/src", "m.py in b/src", "n.py"]


# ---- editing and running


def test_an_edited_preset_runs_and_its_file_is_kept(qtbot: QtBot, window: MainWindow) -> None:
    lock = scenario.find("lock")
    before = lock.path.read_bytes()
    edit(window, lock.text.replace("THREADS: int = 5", "THREADS: int = 2") + "print('edited')\n")
    assert window.panes.code.header.note() == "● modified"
    qtbot.waitUntil(lambda: window.parameters.values()["THREADS"] == 2, timeout=NET)
    window.parameters.field("TASK_SECONDS").set_value(0.01)
    assert run(qtbot, window).endswith("edited\n")
    assert len(window.bridge.trace.threads) == 3
    assert lock.path.read_bytes() == before
    assert not window.panes.code.is_editing  # a run is looked at in what was run
    assert "print('edited')" in window.panes.code.code.toPlainText()


def test_beside_a_run_stands_what_was_run_even_when_the_editor_has_gone_on(
    qtbot: QtBot, window: MainWindow, mine: Path
) -> None:
    view = window.panes.code
    edit(window, "print('first')\n")
    assert run(qtbot, window) == "first\n"
    edit(window, "\n\nprint('second')\n")
    view.header.edit_action.setChecked(False)
    assert view.code.toPlainText() == "print('first')\n"
    assert view.header.note() == "as it was run"
    view.header.edit_action.setChecked(True)
    assert view.editor.toPlainText() == "\n\nprint('second')\n"
    assert run(qtbot, window) == "second\n"
    assert view.code.toPlainText() == "\n\nprint('second')\n"
    assert mine.read_text() == MINE


def test_a_fault_is_shown_at_its_line_and_does_not_run(
    qtbot: QtBot, window: MainWindow, mine: Path
) -> None:
    edit(window, "x = 1\nif x\n    pass\n")
    editor = window.panes.code.editor
    qtbot.waitUntil(lambda: editor.marks.error == 2, timeout=NET)
    window.conductor.run()
    assert window.bridge.state == "idle"
    editor.replace_code("x = 1\nif x:\n    print('right')\n")
    qtbot.waitUntil(lambda: editor.marks.error == 0, timeout=NET)
    assert run(qtbot, window) == "right\n"


def test_a_file_that_cannot_run_can_be_mended_here(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    script = tmp_path / "broken.py"
    script.write_text("N: int = 3  # 1..5\ndef f(:\n    pass\n")
    assert not window.open_script(script)
    assert not window.transport.run_action.isEnabled()
    edit(window, "N: int = 3  # 1..5\nprint('mended', N)\n")
    qtbot.waitUntil(window.transport.run_action.isEnabled, timeout=NET)
    assert window.parameters.values() == {"N": 3}
    assert run(qtbot, window) == "mended 3\n"


def test_a_new_script_begins_with_a_template_and_needs_no_file(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.settings.folder = tmp_path
    window.files.new()
    assert window.panes.code.is_editing
    assert not window.files.is_modified
    assert run(qtbot, window).endswith("all done\n")
    answer(pick(tmp_path / "first.py"))
    assert window.files.save()
    assert "all done" in (tmp_path / "first.py").read_text()
    assert window.files.path == tmp_path / "first.py"
    assert [p.name for p in tmp_path.glob("*.py")] == ["first.py"]


# ---- saving and leaving


def test_save_writes_the_file_and_only_then(qtbot: QtBot, window: MainWindow, mine: Path) -> None:
    mine.write_bytes(MINE.replace("\n", "\r\n").encode())
    mine.chmod(0o700)
    window.files.reload()
    edit(window, MINE.replace("on disk", "saved ✓"))
    assert b"saved" not in mine.read_bytes()
    window.file_menus.save_action.trigger()
    assert mine.read_bytes() == MINE.replace("on disk", "saved ✓").replace("\n", "\r\n").encode()
    assert mine.stat().st_mode & 0o777 == 0o700
    assert not window.files.is_modified
    assert window.panes.code.header.note() == ""
    assert run(qtbot, window) == "saved ✓ 2\n"


def test_threadlabs_own_scenarios_are_not_overwritten(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    lock = scenario.find("lock")
    before = lock.path.read_bytes()
    edit(window, "print('mine now')\n")
    answer(pick(lock.path.parent / "mine_now.py"))
    assert not window.files.save()
    assert "not overwritten" in banner(window)
    assert not (lock.path.parent / "mine_now.py").exists()
    answer(pick(tmp_path / "mine_now.py"))
    assert window.files.save()
    assert (tmp_path / "mine_now.py").read_text() == "print('mine now')\n"
    assert lock.path.read_bytes() == before
    assert window.gallery.selected() == str(tmp_path / "mine_now.py")


def test_leaving_with_unsaved_edits_asks(qtbot: QtBot, window: MainWindow, mine: Path) -> None:
    edit(window, "print('edited')\n")
    answer(press(QMessageBox.StandardButton.Cancel))
    window.gallery.chosen.emit("deadlock")
    assert window.files.path == mine
    assert window.panes.code.editor.toPlainText() == "print('edited')\n"
    answer(press(QMessageBox.StandardButton.Cancel))
    assert not window.close()
    answer(press(QMessageBox.StandardButton.Save))
    window.gallery.chosen.emit("deadlock")
    assert mine.read_text() == "print('edited')\n"
    assert window.conductor.scenario is not None
    assert window.conductor.scenario.id == "deadlock"
    edit(window, "print('lost')\n")
    answer(press(QMessageBox.StandardButton.Discard))
    window.gallery.chosen.emit("lock")
    assert window.conductor.scenario.id == "lock"
    assert not window.files.is_modified


def test_revert_gives_the_original_back_and_can_be_undone(
    qtbot: QtBot, window: MainWindow, mine: Path
) -> None:
    edit(window, "print('edited')\n")
    window.file_menus.revert_action.trigger()
    assert window.panes.code.text() == MINE
    assert not window.files.is_modified
    window.panes.code.editor.undo()
    assert window.panes.code.editor.toPlainText() == "print('edited')\n"
    assert window.files.is_modified


# ---- the disk


@pytest.mark.parametrize("how", ["in place", "by renaming"])
def test_a_change_on_disk_is_shown_and_not_run(
    qtbot: QtBot, window: MainWindow, mine: Path, how: str
) -> None:
    for text in ("print('new')\n", "print('newer')\n"):
        if how == "in place":
            mine.write_text(text)
        else:
            (mine.parent / "mine.py~").write_text(text)
            os.replace(mine.parent / "mine.py~", mine)
        qtbot.waitUntil(partial(shows, window, text), timeout=NET)
        assert "was reloaded" in banner(window)
        assert window.bridge.state == "idle"
        assert not window.files.is_modified
    assert run(qtbot, window) == "newer\n"


def test_a_change_on_disk_beside_edits_asks(qtbot: QtBot, window: MainWindow, mine: Path) -> None:
    edit(window, "print('mine')\n")
    mine.write_text("print('theirs')\n")
    qtbot.waitUntil(lambda: "has changed on disk" in banner(window), timeout=NET)
    choose(window, "Show both")
    compare = window.findChild(Compare)
    assert compare is not None
    assert compare.left.toPlainText() == "print('theirs')\n"
    assert compare.right.toPlainText() == "print('mine')\n"
    assert set(compare.left.marks.chips) == {1}
    compare.close()
    assert not window.files.save()  # not before it is known which of the two
    choose(window, "Keep mine")
    assert window.files.save()
    assert mine.read_text() == "print('mine')\n"
    edit(window, "print('mine again')\n")
    mine.write_text("print('theirs again')\n")
    qtbot.waitUntil(lambda: "has changed on disk" in banner(window), timeout=NET)
    choose(window, "Reload")
    assert window.panes.code.text() == "print('theirs again')\n"


def test_a_file_that_was_deleted_keeps_its_text_and_runs(
    qtbot: QtBot, window: MainWindow, mine: Path
) -> None:
    mine.unlink()
    qtbot.waitUntil(lambda: "was deleted" in banner(window), timeout=NET)
    assert window.panes.code.text() == MINE
    assert window.files.is_modified  # so leaving it asks first
    mine.write_text(MINE)
    qtbot.waitUntil(lambda: not window.files.is_modified, timeout=NET)
    assert banner(window) == ""
    mine.unlink()
    qtbot.waitUntil(lambda: "was deleted" in banner(window), timeout=NET)
    assert run(qtbot, window) == "on disk 2\n"
    edit(window, "print('again')\n")
    assert window.files.save()
    assert mine.read_text() == "print('again')\n"


def test_a_change_that_was_not_seen_does_not_run_unseen(
    qtbot: QtBot, window: MainWindow, mine: Path
) -> None:
    mine.write_text("print('unseen')\n")
    window.conductor.run()  # before the watcher can have told anything
    assert window.bridge.state == "idle"
    assert "It has not run" in banner(window)
    assert window.panes.code.text() == "print('unseen')\n"
    assert run(qtbot, window) == "unseen\n"


# ---- a crash


def test_edits_of_a_window_that_crashed_are_offered_and_restored(
    qtbot: QtBot, window: MainWindow, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(window, "print('kept')\n")
    window.panes.code.editor.finish()
    window.files.runnable()
    kept = KeptEdits(window.settings.data_folder / "edits")
    assert [path.suffix for path in kept.folder.iterdir()] == [".json"]
    window.panes.code.editor.document().setModified(False)
    monkeypatch.setattr("engine.kept_edits._lives", lambda pid, began: False)
    window.show_scenario(scenario.find("lock"))
    window.files.offer_kept()
    assert "mine.py were not saved" in banner(window)
    choose(window, "Restore")
    assert window.files.path == mine
    assert window.panes.code.editor.toPlainText() == "print('kept')\n"
    assert window.files.is_modified
    assert window.bridge.state == "idle"
    assert mine.read_text() == MINE
    window.files.save()
    assert kept.abandoned() == []


def test_a_file_as_the_only_argument_is_opened(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text("pass\n")
    assert main._spelt_out(["mine.py"]) == ["open", "mine.py"]
    assert main._spelt_out(["--python", "3.13", str(script)]) == [
        "--python",
        "3.13",
        "open",
        str(script),
    ]
    for words in (["run", "mine.py"], ["list"], ["--version"], [], ["open", "mine.py"]):
        assert main._spelt_out(words) == words


def test_keys_go_to_the_editor_and_not_to_the_run(
    qtbot: QtBot, window: MainWindow, mine: Path
) -> None:
    view = window.panes.code
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert view.header.edit_action.isChecked()
    view.editor.go_to(3)
    qtbot.keyClicks(view.editor, "x = 1  # r w s d f m")
    assert view.editor.toPlainText() == MINE + "x = 1  # r w s d f m"
    assert window.bridge.state == "idle"
    qtbot.keyClick(view.editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert view.editor.toPlainText() != MINE + "x = 1  # r w s d f m"
    qtbot.keyClick(view.editor, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert view.find_bar.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert not view.header.edit_action.isChecked()
    text = view.text()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert view.text() == text  # what is not edited is not undone


def test_a_script_of_five_thousand_lines_can_be_edited(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    script = tmp_path / "long.py"
    script.write_text("def f(x):\n    return x  # why\n" * 2_500 + "print('end')\n")
    assert window.open_script(script)
    window.panes.code.header.edit_action.setChecked(True)
    window.panes.code.editor.go_to(2_500)
    qtbot.keyClick(window.panes.code.editor, Qt.Key.Key_Return)
    window.panes.code.editor.go_to(5_002)
    qtbot.keyClicks(window.panes.code.editor, "print('typed') #")
    window.panes.code.editor.finish()
    assert run(qtbot, window) == "typed\n"


def test_a_folder_is_edited_and_run_as_the_program_that_it_is(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    package = tmp_path / "tool"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "beside.py").write_text("answer = 42\n")
    (package / "__main__.py").write_text("from .beside import answer\nprint(answer)\n")
    assert decide([package]).path == package
    assert window.open_script(package)
    assert run(qtbot, window) == "42\n"
    edit(window, "from .beside import answer\nprint('edited', answer)\n")
    assert run(qtbot, window) == "edited 42\n"
    (package / "__main__.py").write_text("from .beside import answer\nprint('disk')\n")
    qtbot.waitUntil(lambda: "has changed on disk" in banner(window), timeout=NET)
    choose(window, "Reload")
    assert run(qtbot, window) == "disk\n"
    window.gallery.chosen.emit("lock")
    window.gallery.chosen.emit(window.conductor.ran.id if window.conductor.ran else "")
    assert run(qtbot, window) == "disk\n"


def test_an_archive_is_edited_without_being_changed(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    place = tmp_path / "tool.pyz"
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("__main__.py", "import beside\nprint(beside.answer)\n")
        archive.writestr("beside.py", "answer = 42\n")
    before = place.read_bytes()
    assert window.open_script(place)
    assert run(qtbot, window) == "42\n"
    edit(window, "import beside\nprint('edited', beside.answer)\n")
    assert run(qtbot, window) == "edited 42\n"
    assert place.read_bytes() == before
