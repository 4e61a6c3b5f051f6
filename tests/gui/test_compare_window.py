"""Two runs in one window: one axis, one cursor, and the numbers of both."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox
from pytestqt.qtbot import QtBot
from shiboken6 import isValid

from engine import scenario
from engine.events import Kind
from engine.formats import keeping
from engine.formats.record import Record
from engine.formats.saving import save
from engine.launch import request
from engine.outcome import Outcome
from engine.session import Interpreter
from engine.trace import Trace
from gui import theme
from gui.compare import Compare
from gui.compare_window import ROOM_FOR_VALUES, SIZE, CompareWindow, Shown
from gui.linked_time import LinkedTime, first_start
from gui.main_window import MainWindow
from gui.settings import Settings
from tests.gui.traces import TraceBuilder, lock_trace, race_trace
from tests.gui.windows import quiet_window

NET = 60_000
S = 1_000_000_000


def record(trace: Trace, seconds: float, **values: int) -> Record:
    made = Interpreter("3.13.5", gil=True, free_threaded=False)
    trace.interpreter = str(made)
    shown = scenario.find("lock")
    outcome = Outcome("finished", 0, None, seconds)
    return keeping.keep(shown, request(shown, values), trace, outcome, None, made)


@pytest.fixture
def both(qtbot: QtBot, tmp_path: Path) -> Iterator[CompareWindow]:
    one, other = record(lock_trace(5), 1.2, THREADS=5), record(lock_trace(2, now=0.6), 0.6)
    made = CompareWindow(Shown.of(one, other), Settings(tmp_path / "settings.ini"))
    made.resize(1440, 880)
    made.show()
    yield made
    if isValid(made):
        made.close()


def cells(window: CompareWindow) -> dict[str, list[str]]:
    table = window.numbers
    found = {}
    for row in range(table.rowCount()):
        items = [table.item(row, column) for column in range(table.columnCount())]
        texts = [item.text() if item else "" for item in items]
        found[texts[0]] = texts[1:]
    return found


def test_parameters_outcome_and_numbers_stand_beside_each_other(both: CompareWindow) -> None:
    a, b = both.cards
    assert "Run A: Lock, Python 3.13.5 · GIL, free run, THREADS 5" in a.accessibleName()
    assert a.accessibleName().endswith("finished, 1.2 s")
    assert b.accessibleName().endswith("finished, 0.6 s")
    said = cells(both)
    assert said["Elapsed"] == ["1.2 s", "0.6 s", "−0.6 s", "2.0 times faster"]
    assert said["Waits for locks"] == ["4", "1", "−3", "75 % fewer"]
    assert said["CPU time used"][:2] == ["not recorded", "not recorded"]
    assert said["shared_resource"] == ["5", "2", "−3", "3 less"]
    item = both.numbers.item(0, 2)
    assert item is not None
    assert item.data(Qt.ItemDataRole.AccessibleTextRole) == "Elapsed, B: 0.6 s"


def test_both_share_the_axis_and_the_cursor(both: CompareWindow) -> None:
    a, b = both.times.a, both.times.b
    a.cursor.seek(0.3 * S)
    assert b.cursor.time == 0.3 * S
    b.cursor.seek(0.2 * S)
    assert a.cursor.time == 0.2 * S
    b.axis.zoom(0.5, 0.2 * S)
    assert (a.axis.start, a.axis.end) == pytest.approx((b.axis.start, b.axis.end))
    assert a.axis.scale(800).x(0.2 * S) == pytest.approx(b.axis.scale(800).x(0.2 * S))
    a.cursor.seek(1.1 * S)  # B was over by then: its cursor goes on
    assert b.cursor.time == a.cursor.time
    lanes = both.lanes[0]
    lanes.setFocus()
    QTest.keyClick(lanes, Qt.Key.Key_Home)
    assert b.cursor.time == 0


def begun_at(seconds: float) -> Trace:
    build = TraceBuilder()
    main, worker = build.thread("MainThread"), build.thread("Thread-1")
    build.at(0, main, Kind.THREAD_BEGIN).at(seconds, worker, Kind.THREAD_BEGIN)
    build.at(seconds + 1, worker, Kind.THREAD_END)
    return build.build(seconds + 1.5)


def test_runs_are_aligned_by_the_start_of_their_first_thread() -> None:
    one, other = begun_at(0.25), begun_at(2.0)
    linked = LinkedTime(one, other)
    assert linked.align_starts(first_threads=True)
    for t in (0.25 * S, 0.5 * S, 1.25 * S):
        linked.a.cursor.seek(t)
        assert linked.b.cursor.time == t + 1.75 * S
    scales = (linked.a.axis.scale(900), linked.b.axis.scale(900))
    assert [first_start(trace) for trace in (one, other)] == [S // 4, 2 * S]
    assert scales[0].x(0.25 * S) == pytest.approx(scales[1].x(2 * S))
    linked.a.axis.zoom(0.3, 0.5 * S)
    scales = (linked.a.axis.scale(900), linked.b.axis.scale(900))
    assert scales[0].x(0.5 * S) == pytest.approx(scales[1].x(2.25 * S))
    assert linked.align_starts(first_threads=False)
    assert linked.offset == 0
    alone = TraceBuilder()
    alone.at(0, alone.thread("MainThread"), Kind.THREAD_BEGIN)
    lonely = LinkedTime(one, alone.build(1.0))
    assert not lonely.align_starts(first_threads=True)


def test_both_runs_are_seen_as_a_whole(both: CompareWindow) -> None:
    for button in (both.start_button, both.thread_button):
        button.click()
        both.times.a.axis.zoom(0.1, 0)
        both.fit_button.click()
        for times, shown in ((both.times.a, both.shown.a), (both.times.b, both.shown.b)):
            assert times.axis.start <= 0
            assert times.axis.end >= shown.trace.now


def test_values_stand_there_where_both_watched_one_and_there_is_room(
    both: CompareWindow, qtbot: QtBot, tmp_path: Path
) -> None:
    assert all(view.isVisible() for view in both.values)
    both.resize(1280, ROOM_FOR_VALUES - 80)
    assert not any(view.isVisible() for view in both.values)
    both.values_button.click()
    assert all(view.isVisible() for view in both.values)
    other = record(race_trace(), 0.7)  # its value has another name
    made = CompareWindow(Shown.of(both.shown.a, other), Settings(tmp_path / "other.ini"))
    made.show()
    assert not any(view.isVisible() for view in made.values)
    assert not made.values_button.isEnabled()
    made.close()


def test_numbers_are_copied_and_the_window_is_saved_as_a_picture(
    both: CompareWindow, tmp_path: Path
) -> None:
    both.copy_button.click()
    rows = list(csv.reader(io.StringIO(QApplication.clipboard().text()), delimiter="\t"))
    assert rows[0] == ["figure", "a", "b", "difference", "words"]
    assert ["Elapsed", "1.2 s", "0.6 s", "−0.6 s", "2.0 times faster"] in rows
    both.save_picture(tmp_path / "runs.png")
    assert not QImage(str(tmp_path / "runs.png")).isNull()
    both.save_picture(tmp_path / "runs.svg")
    assert "2.0 times faster" in (tmp_path / "runs.svg").read_text("utf-8")


def test_scripts_that_differ_are_shown(both: CompareWindow, qtbot: QtBot, tmp_path: Path) -> None:
    assert not both.script_button.isEnabled()
    changed = dataclasses.replace(both.shown.b, script=both.shown.b.script + "print()\n")
    made = CompareWindow(Shown.of(both.shown.a, changed), Settings(tmp_path / "other.ini"))
    made.show()
    assert made.script_button.text() == "Scripts differ: 0 lines out, 1 in…"
    made.script_button.click()
    (dialog,) = made.findChildren(Compare)
    assert dialog.left.accessibleName() == "The script of A"
    assert "print()" in dialog.right.toPlainText()
    dialog.close()
    made.close()


def test_the_theme_and_the_size_are_taken_and_remembered(
    both: CompareWindow, tmp_path: Path
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    look = theme.current()
    before = both.grab().toImage()
    other = theme.LIGHT if look.is_dark else theme.DARK
    theme.apply(application, other)
    assert both.grab().toImage() != before
    theme.apply(application, look)
    both.resize(1300, 700)
    both.close()
    again = CompareWindow(both.shown, Settings(tmp_path / "settings.ini"))
    assert again.height() < SIZE[1]  # as wide as the screen of the test allows
    again.close()


# ---- from the main window


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    with quiet_window(qtbot, tmp_path / "settings.ini") as made:
        yield made


def run(qtbot: QtBot, window: MainWindow, threads: int) -> None:
    window.show_scenario(scenario.find("lock"))
    window.parameters.field("THREADS").set_value(threads)
    window.parameters.field("TASK_SECONDS").set_value(0.01)
    with qtbot.waitSignal(window.runs.done, timeout=NET):  # kept in the history
        window.conductor.run()


def opened(args: list[object] | None) -> CompareWindow:
    """Return the window that the signal `opened` was sent for."""
    assert args is not None
    assert isinstance(args[0], CompareWindow)
    return args[0]


def warnings_of(window: MainWindow) -> list[str]:
    """Close what is said to the person, and return its words."""
    boxes = [box for box in window.findChildren(QMessageBox) if box.isVisible()]
    for box in boxes:
        box.close()
    return [box.text() for box in boxes]


def test_a_run_that_is_kept_and_the_previous_one_are_compared_with_the_next(
    qtbot: QtBot, window: MainWindow
) -> None:
    comparing = window.comparing
    comparing.with_kept()
    assert warnings_of(window) == ["No run was kept for comparing."]
    run(qtbot, window, 2)
    comparing.keep_action.trigger()
    run(qtbot, window, 4)
    for ask in (comparing.kept_action, comparing.previous_action):
        with qtbot.waitSignal(comparing.opened, timeout=NET) as found:
            ask.trigger()
        made = opened(found.args)
        said = made.shown.comparison
        assert (said.a.values["THREADS"], said.b.values["THREADS"]) == (2, 4)
        assert cells(made)["Threads"][:2] == ["3", "5"]
        made.close()
    comparing.fill()
    listed = [action for action in comparing.menu.actions() if action.toolTip().endswith("lab")]
    assert len(listed) == 2
    assert [action.isEnabled() for action in listed] == [False, True]


def test_saved_runs_are_compared_and_change_places(
    qtbot: QtBot, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [str(tmp_path / name) for name in ("a.threadlab", "b.threadlab")]
    for name, threads in zip(names, (5, 2), strict=True):
        save(record(lock_trace(threads), 0.3 * threads, THREADS=threads), Path(name))
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (names, ""))
    with qtbot.waitSignal(window.comparing.opened, timeout=NET) as found:
        window.comparing.two_action.trigger()
    made = opened(found.args)
    assert cells(made)["Elapsed"][3] == "2.5 times faster"
    with qtbot.waitSignal(window.comparing.opened, timeout=NET) as found:
        made.swap_button.click()
    swapped = opened(found.args)
    assert cells(swapped)["Elapsed"][3] == "2.5 times slower"
    assert [each is swapped for each in window.comparing.windows if each.isVisible()] == [True]


def test_a_damaged_file_is_told_of(qtbot: QtBot, window: MainWindow, tmp_path: Path) -> None:
    good, cut, wrong = (tmp_path / name for name in ("good.threadlab", "cut.threadlab", "no.txt"))
    save(record(lock_trace(), 1.2), good)
    cut.write_bytes(good.read_bytes()[:-3000])
    wrong.write_bytes(b"nothing of the kind")
    with qtbot.waitSignal(window.comparing.opened, timeout=NET) as found:
        window.comparing.two_files(good, cut)
    made = opened(found.args)
    assert cells(made)["Elapsed"][1] == "not recorded"
    assert warnings_of(window) == ["A run could not be read whole."]
    window.comparing.two_files(good, wrong)
    said: list[str] = []

    def has_said() -> bool:
        said.extend(warnings_of(window))
        return bool(said)

    qtbot.waitUntil(has_said, timeout=NET)
    assert "no run that ThreadLab saved" in said[0]
