"""Runs and files in the window: real widgets, real files, real runs."""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtWidgets import QFileDialog, QLabel, QMessageBox, QProgressDialog
from pytestqt.qtbot import QtBot

from engine import scenario
from engine.bookmarks import Bookmark
from engine.events import Kind
from engine.formats import csv_tables, keeping
from engine.formats.opening import open_run
from engine.formats.record import Record, ScenarioNote
from engine.formats.saving import save
from engine.interpreters import Python
from engine.launch import request
from engine.outcome import Outcome
from engine.session import Interpreter, Request
from engine.trace import Trace
from gui import figures, questions, theme
from gui.app import application
from gui.layout import TITLES
from gui.main_window import MainWindow
from gui.run_files import WINDOW, history_words
from gui.settings import Settings
from gui.views.story import Banner
from tests.engine import trace_events
from tests.gui.traces import TraceBuilder, lock_trace
from tests.gui.windows import quiet_window

NET = 60_000
TEXT = "{http://www.w3.org/2000/svg}text"


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    with quiet_window(qtbot, tmp_path / "settings.ini") as made:
        yield made


def a_run(folder: Path, name: str = "kept.threadlab", watch: tuple[str, ...] = ()) -> Path:
    """Save a run of the lock preset as another machine would have made it."""
    shown = scenario.find("lock")
    wanted = request(shown, {"THREADS": 7}, watch=watch)
    elsewhere = Request(Path("/elsewhere/lock.py"), values=wanted.values, watch=wanted.watch)
    trace = lock_trace()
    record = keeping.keep(
        shown, elsewhere, trace, Outcome("finished", 0, None, 1.2), None,
        Interpreter("3.13.5", gil=False, free_threaded=True),
    )  # fmt: skip
    save(record, folder / name)
    return folder / name


def opened(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    with qtbot.waitSignal(window.runs.done, timeout=NET):
        window.runs.open(path)


def run(qtbot: QtBot, window: MainWindow, preset: str, **values: float) -> None:
    window.show_scenario(scenario.find(preset))
    for name, value in values.items():
        window.parameters.field(name).set_value(value)
    with qtbot.waitSignal(window.runs.done, timeout=NET):  # kept in the history
        window.conductor.run()


def test_an_opened_run_is_shown_by_every_pane_and_the_badge(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    opened(qtbot, window, a_run(tmp_path))
    bridge = window.bridge
    assert bridge.state == "ended"
    assert bridge.session is None
    assert figures.badge(bridge, window.cursor_) == (
        "OPENED RUN · kept.threadlab · FREE RUN · Python 3.13.5 · free-threaded"
    )
    assert window.panes.code.code.toPlainText() == scenario.find("lock").text
    assert window.panes.code.path == Path("/elsewhere/lock.py")
    assert window.parameters.values()["THREADS"] == 7
    assert len(window.panes.notes.options) == len(scenario.find("lock").lesson.options) > 1
    qtbot.waitUntil(lambda: ("now", "5") in window.panes.value.figures(), timeout=NET)
    assert len(window.panes.activity.rows.order) == 6
    window.cursor_.seek(600_000_000)
    assert "replay at 0.6 s" in figures.badge(bridge, window.cursor_)
    qtbot.waitUntil(lambda: ("now", "5") not in window.panes.value.figures(), timeout=NET)


def test_opening_sets_nothing_for_the_preset_and_asks_no_interpreter_beside_the_script(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    asked: list[Path | None] = []

    def find(script: Path | None, **_more: object) -> list[Python]:
        asked.append(script)
        return []

    window.interpreters.find = find
    opened(qtbot, window, a_run(tmp_path))
    window.interpreters.look()
    qtbot.waitUntil(lambda: bool(asked), timeout=NET)
    assert asked == [None]
    window.conductor.remember()
    assert window.settings.parameters("lock") == {}
    assert window.settings.last_scenario == "start-and-join"
    assert window.gallery.selected() is None
    window.show_scenario(scenario.find("lock"))
    assert window.parameters.values()["THREADS"] == 5


def test_opening_starts_no_process_and_measures_nothing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    marker = tmp_path / "ran"
    build = TraceBuilder()
    main = build.thread("MainThread")
    build.at(0, main, Kind.THREAD_BEGIN).at(0.1, main, Kind.THREAD_END)
    script = f"open({str(marker)!r}, 'w')\n"
    lesson = scenario.find("free-threaded").path.with_suffix(".toml").read_text("utf-8")
    note = ScenarioNote("free-threaded", "Free", lesson=lesson)
    elsewhere = tmp_path / "there.py"
    elsewhere.write_text(script)
    ended = Outcome("finished", 0, None, 0.1)
    text = scenario.find("free-threaded").text
    kept = Record(build.build(0.2), Request(elsewhere), ended, scenario=note, script=text)
    save(kept, tmp_path / "run.threadlab")
    before = {child.pid for child in psutil.Process().children(recursive=True)}
    opened(qtbot, window, tmp_path / "run.threadlab")
    assert window.conductor.scenario is not None
    assert window.conductor.scenario.lesson.beside is not None
    for _ in range(5):
        window.bridge.tick()
    assert not window.side_by_side.going_on
    assert {child.pid for child in psutil.Process().children(recursive=True)} <= before
    assert not marker.exists()


def test_watches_that_were_added_come_with_the_run(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    opened(qtbot, window, a_run(tmp_path, watch=("total + 1",)))
    assert window.watches.added == ["total + 1"]


def test_what_is_typed_is_asked_for_before_a_run_takes_its_place(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def save_first(_parent: object, name: str, **_own: bool) -> str:
        asked.append(name)
        return "cancel"

    monkeypatch.setattr(questions, "save_first", save_first)
    window.panes.code.editor.document().setModified(True)
    window.runs.open(a_run(tmp_path))
    assert asked == [window.panes.code.path.name if window.panes.code.path else ""]
    assert not window.bridge.opened
    window.panes.code.editor.document().setModified(False)


def test_run_runs_the_saved_script_anew(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(qtbot, window, a_run(tmp_path))
    window.parameters.field("THREADS").set_value(2)
    window.parameters.field("TASK_SECONDS").set_value(0.01)
    with qtbot.waitSignal(window.runs.done, timeout=NET):
        window.conductor.run()
    assert window.bridge.outcome is not None
    assert window.bridge.outcome.ending == "finished"
    assert not window.bridge.opened
    assert len(window.bridge.trace.threads) == 3
    assert window.bridge.trace.values.series[0, "total"].last == 2
    site = window.bridge.trace.site_at(1, window.bridge.trace.now)
    assert site.file == "/elsewhere/lock.py"  # what the code view shows is what ran


def test_a_run_that_ended_is_kept_listed_and_opened_from_the_menu(
    qtbot: QtBot, window: MainWindow
) -> None:
    window.runs.fill_history()
    (nothing,) = window.runs.history_menu.actions()
    assert not nothing.isEnabled()
    run(qtbot, window, "lock", TASK_SECONDS=0.01, THREADS=3)
    window.runs.history_menu.aboutToShow.emit()
    newest = window.runs.history_menu.actions()[0]
    for words in ("Lock", "THREADS = 3", "TASK_SECONDS = 0.01", "finished"):
        assert words in newest.text()
    before = window.bridge.trace
    with qtbot.waitSignal(window.runs.done, timeout=NET):
        newest.trigger()
    assert window.bridge.opened
    assert list(window.bridge.trace.events()) == list(before.events())


def test_saved_by_the_menu_is_what_was_shown(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not window.runs.save_action.isEnabled()
    opened(qtbot, window, a_run(tmp_path))
    target = str(tmp_path / "again")
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *_: (target, "Runs of ThreadLab (*.threadlab)")
    )
    assert window.runs.save_action.isEnabled()
    with qtbot.waitSignal(window.runs.done, timeout=NET):
        window.runs.save_action.trigger()
    again = open_run(tmp_path / "again.threadlab").record
    assert list(again.trace.events()) == list(window.bridge.trace.events())
    assert again.interpreter == Interpreter("3.13.5", gil=False, free_threaded=True)
    assert again.scenario.title == "Lock"


def test_a_dropped_run_is_opened(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    path = a_run(tmp_path, "Dropped.THREADLAB")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    copy = Qt.DropAction.CopyAction
    entering = QDragEnterEvent(QPoint(9, 9), copy, data, buttons, keys)
    window.dragEnterEvent(entering)
    assert entering.isAccepted()
    with qtbot.waitSignal(window.runs.done, timeout=NET):
        window.dropEvent(QDropEvent(QPointF(9, 9), copy, data, buttons, keys))
    assert window.bridge.opened == "Dropped.THREADLAB"


def boxes(window: MainWindow) -> list[QMessageBox]:
    return [box for box in window.findChildren(QMessageBox) if box.isVisible()]


def test_a_file_that_is_no_run_is_refused_in_words_and_changes_nothing(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    opened(qtbot, window, a_run(tmp_path))
    shown = window.bridge.trace
    (tmp_path / "letter.threadlab").write_bytes(b"\x80\x04\x95 no run")
    window.runs.open(tmp_path / "letter.threadlab")
    qtbot.waitUntil(lambda: bool(boxes(window)), timeout=NET)
    (box,) = boxes(window)
    assert "no run that ThreadLab saved" in box.text()
    assert window.bridge.trace is shown
    box.close()


def test_a_file_that_was_cut_says_what_is_missing_and_claims_no_ending(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    build = TraceBuilder()
    main = build.thread("MainThread")
    for n in range(1_000):
        build.at(n / 1_000, main, Kind.SLEEP_BEGIN if n % 2 else Kind.SLEEP_END, 0, n * 7919 % 997)
    path = tmp_path / "cut.threadlab"
    wanted = Request(Path("x.py"))
    ended = Outcome("finished", 0, None, 1.0)
    save(Record(build.build(1.0), wanted, ended, script="x = 1\n"), path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 2 // 3])
    opened(qtbot, window, path)
    assert 0 < len(window.bridge.trace) < 1_000
    assert window.bridge.outcome is None
    assert window.status.verdict() == ("opened in part: see the story", "bad")
    banners = window.panes.story.findChildren(Banner)
    said = " ".join(label.text() for banner in banners for label in banner.findChildren(QLabel))
    assert "Opened in part" in said
    assert "events could not be read" in said


def test_a_script_that_cannot_run_is_shown_all_the_same(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    wanted = Request(Path("/x/odd.py"), ("-n", "two words"))
    save(Record(lock_trace(), wanted, None, script="def (:\n"), tmp_path / "odd.threadlab")
    opened(qtbot, window, tmp_path / "odd.threadlab")
    assert window.parameters.called()[0] == ("-n", "two words")
    assert window.panes.code.code.toPlainText() == "def (:\n"
    assert len(window.bridge.trace.threads) == 6


def test_exports_from_the_menu_are_read_back(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened(qtbot, window, a_run(tmp_path))
    chrome, tables, *_ = window.runs.export_menu.actions()
    names = iter([(str(tmp_path / "out"), "Chrome trace JSON (*.json)"), (str(tmp_path / "p"), "")])
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: next(names))
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "csv"))
    with qtbot.waitSignal(window.runs.done, timeout=NET):
        chrome.trigger()
    found = trace_events.parse((tmp_path / "out.json").read_text("ascii"))
    assert found.other["scenario"] == "Lock"
    with qtbot.waitSignal(window.runs.done, timeout=NET):
        tables.trigger()
    assert (tmp_path / "csv" / csv_tables.EVENTS).stat().st_size > 1_000
    with qtbot.waitSignal(window.runs.done, timeout=NET):
        window.runs.picture_menu.actions()[2].trigger()
    assert not QImage(str(tmp_path / "p.png")).isNull()


def test_every_pane_is_drawn_as_png_and_as_svg(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    opened(qtbot, window, a_run(tmp_path))
    for name in (*TITLES, WINDOW):
        window.runs.export_picture(name, tmp_path / f"{name}.png")
        picture = QImage(str(tmp_path / f"{name}.png"))
        assert picture.width() > 100, name
        across, down = range(0, picture.width(), 7), range(0, picture.height(), 5)
        assert len({picture.pixel(x, y) for x in across for y in down}) > 3, name
        window.runs.export_picture(name, tmp_path / f"{name}.svg")
        tree = ET.parse(tmp_path / f"{name}.svg")
        texts = [text for text in tree.iter(TEXT) if (text.text or "").strip()]
        assert texts, f"{name}: text is text"
        assert min(float(text.get("textLength", 0)) for text in texts) > 0, name
    words = {text.text for text in ET.parse(tmp_path / "activity.svg").iter(TEXT)}
    assert {"MainThread", "Thread-3"} <= words


def test_a_picture_without_a_kind_is_refused(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.runs.export_picture("code", tmp_path / "pane.gif")
    (box,) = boxes(window)
    assert ".png or .svg" in box.text()
    box.close()


def test_every_entry_of_the_menu_has_words_and_the_keys_are_nobody_elses(
    window: MainWindow,
) -> None:
    menus = [window.runs.export_menu, window.runs.picture_menu]
    for action in [window.runs.save_action, window.runs.open_action, *menus[0].actions()]:
        assert action.text().strip("&")
    actions = {id(action): action for action in window.findChildren(QAction)}
    keys = [key.toString() for action in actions.values() for key in action.shortcuts()]
    assert len(keys) == len(set(keys))


def test_no_sign_of_a_job_stays(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    opened(qtbot, window, a_run(tmp_path))
    qtbot.waitUntil(lambda: not window.findChildren(QProgressDialog), timeout=NET)


def test_closing_gives_up_what_takes_long_and_leaves_no_half_file(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    opened(qtbot, window, a_run(tmp_path))
    folder = tmp_path / "target"
    folder.mkdir()
    window.runs.save(folder / "late.threadlab")
    window.runs.close()
    assert [path.suffix for path in folder.iterdir()] in ([], [".threadlab"])


def test_a_window_without_a_history_keeps_nothing(qtbot: QtBot, tmp_path: Path) -> None:
    theme.apply(application(), theme.DARK)
    made = MainWindow(Settings(tmp_path / "settings.ini"), sys.executable, keep_runs=False)
    made.runs.fill_history()
    assert len(made.runs.history_menu.actions()) == 1
    assert made.runs.record() is None
    made.close()
    made.deleteLater()
    qtbot.wait(1)
    assert not (tmp_path / "runs").exists()
    assert Trace().threads == []


def test_a_long_name_ends_in_dots_in_the_badge_and_is_whole_beside_it(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    window.resize(1280, 720)
    opened(qtbot, window, a_run(tmp_path, f"{'a long name ' * 5}.threadlab"))
    badge = window.transport._badge
    assert badge.text().endswith("…")
    assert badge.width() >= badge.sizeHint().width()
    assert "a long name .threadlab" in badge.toolTip()
    assert "a long name .threadlab" in badge.accessibleName()


def test_bookmarks_are_kept_with_the_run_in_the_history(qtbot: QtBot, window: MainWindow) -> None:
    marks, history = window.axis.marks, window.runs.history
    assert history is not None
    run(qtbot, window, "start-and-join")
    marks.add(1_000_000, "<b>here</b>")
    opened(qtbot, window, history.files()[0])  # leaving the run writes them first
    qtbot.waitUntil(lambda: history.runs()[0].manifest.bookmarks != (), timeout=NET)
    assert history.runs()[0].manifest.bookmarks == (Bookmark(1_000_000, "<b>here</b>"),)
    assert history_words(history.runs()[0]).endswith(" · 1 bookmark")
    opened(qtbot, window, history.files()[0])
    assert [mark.note for mark in marks.bookmarks] == ["<b>here</b>"]
    marks.add(500_000)
    window.show_scenario(scenario.find("lock"))
    assert not marks.bookmarks
    qtbot.waitUntil(lambda: len(history.runs()[0].manifest.bookmarks) == 2, timeout=NET)


def test_bookmarks_travel_in_a_saved_run_which_is_not_written_unasked(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    path = a_run(tmp_path)
    opened(qtbot, window, path)
    before = path.read_bytes()
    window.axis.marks.add(300_000_000, "the wait")
    again = tmp_path / "again.threadlab"
    with qtbot.waitSignal(window.runs.done, timeout=NET):
        window.runs.save(again)
    assert not window.navigator.back_action.isEnabled(), "to open a run is no step of the view"
    assert open_run(again).record.bookmarks == (Bookmark(300_000_000, "the wait"),)
    assert path.read_bytes() == before
    button = window.navigator.bookmarks.save_button
    assert not button.isHidden()
    button.click()
    qtbot.waitUntil(lambda: path.read_bytes() != before, timeout=NET)
    assert open_run(path).record.bookmarks == (Bookmark(300_000_000, "the wait"),)
    assert not button.isEnabled()
    window.show_scenario(scenario.find("lock"))
    assert button.isHidden()
