"""The details: what is said of a slice and of a lock, and where that leads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from engine.causes import Cause
from engine.events import STATE_AFTER, WAIT_KINDS, Flag, Kind, ObjectKind, State
from engine.statistics import statistics
from engine.trace import Trace
from gui.facts import MOST_LOCKS, NOT_FAIR, core_words, slice_facts
from gui.main_window import MainWindow
from gui.painting.ruler import RULER
from gui.slice_tip import slice_tip
from gui.tips import plain
from gui.views.details import CHOSEN, LOCKS, THREADS
from tests.engine.traces import run_once
from tests.gui.details_stage import S, Stage, cell
from tests.gui.test_window import run
from tests.gui.traces import TraceBuilder, cpu_trace, deadlock_trace, lock_trace, pool_trace

WAITING = (State.WAITS_LOCK, State.WAITS_OTHER)


# --- what is chosen


def test_an_empty_pane_says_what_to_do(qtbot: QtBot) -> None:
    stage = Stage(qtbot, Trace(), 0)
    assert stage.view.note.isVisible()
    assert "Click on a slice, or Shift-drag over a stretch." in stage.view.note.accessibleName()
    stage.view.show_page(THREADS)
    assert stage.view.about.full_text() == "nothing has run yet"


def test_a_wait_for_a_lock_tells_all_that_is_known(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.selection.choose(3, int(0.3 * S))
    said = stage.say()
    assert said["Thread"] == "Thread-3  in process main, 4000"
    assert said["State"] == "waiting for a lock: acquire()"
    assert said["Span"].endswith("0.30 s")
    assert said["On a core"] == "not measured"
    assert said["Lock"] == "lock"
    assert said["Held by"].startswith("Thread-1  since 0.")
    assert said["Queue"].startswith("Thread-2, Thread-3, Thread-4, Thread-5, in the order")
    assert said["Queue"].endswith(NOT_FAIR)
    assert said["Ended by"].startswith("Thread-2 released lock at 0.")
    assert stage.view.accessibleDescription() == stage.view.facts.plain_text()


def test_what_is_not_over_is_told_so_far(qtbot: QtBot) -> None:
    stage = Stage(qtbot, deadlock_trace(), 1)
    stage.selection.choose(1, int(0.9 * S))
    said = stage.say()
    assert said["Span"] == "since 0.394000 s, 0.73 s so far"
    assert said["Ended by"] == "nobody yet: it goes on"
    assert said["Holds"] == "alice"
    assert said["Held by"].startswith("Thread-2 ")


def test_a_thread_without_a_moment_is_told_of_at_the_cursor(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(), 0.1)
    stage.selection.choose(1)
    assert stage.say()["State"] == "sleeping: sleep(0.2)"
    stage.show(0.3)
    assert stage.say()["State"] == "running"
    stage.show(1.1)
    assert stage.say()["State"].startswith("has ended, at 0.")


def test_time_on_a_core_is_what_the_readings_bear_out(qtbot: QtBot) -> None:
    stage = Stage(qtbot, cpu_trace(), 1)
    stage.selection.choose(0, S)
    assert "24 %" in stage.say()["On a core"] or "to" in stage.say()["On a core"]
    assert core_words(None, S) == "not measured"


def test_the_line_leads_to_the_code(qtbot: QtBot) -> None:
    build = TraceBuilder()
    lane = build.thread("MainThread")
    build.trace.sources["script.py"] = "one = 1\n\nif one:\n    lock.acquire()"
    build.at(0, lane, Kind.THREAD_BEGIN, site=build.site(4))
    stage = Stage(qtbot, build.build(1))
    stage.selection.choose(0, S // 2)
    assert stage.say()["Line"] == "script.py:4  lock.acquire()"
    with qtbot.waitSignal(stage.view.line_asked) as asked:
        stage.view.facts.asked.emit(stage.links("Line")[0])
    assert asked.args == [4, "script.py"]


def test_a_workers_task_its_pool_and_who_gave_it_are_told(qtbot: QtBot) -> None:
    trace = pool_trace()
    stage = Stage(qtbot, trace, 1)
    stage.selection.choose(1, S)
    said = stage.say()
    assert said["Task"].startswith("task 0  of pool, submitted by MainThread")
    stage.selection.choose(0, S)
    assert stage.say()["State"] == "waiting: result() of task 0"
    assert "finished task 0" in stage.say()["Ended by"]


@pytest.mark.parametrize(
    ("end", "flags", "value", "words"),
    [
        (Kind.WAIT_END, int(Flag.TIMED_OUT), 0, "its time was up"),
        (Kind.WAIT_END, 0, 0, "what ended it was not seen"),
    ],
)
def test_only_what_was_seen_ends_a_wait(
    qtbot: QtBot, end: Kind, flags: int, value: int, words: str
) -> None:
    build = TraceBuilder()
    lane = build.thread("MainThread")
    event = build.object(ObjectKind.EVENT, "ready")
    build.at(0, lane, Kind.THREAD_BEGIN).at(1, lane, Kind.WAIT_BEGIN, event, 2 * S)
    build.at(3, lane, end, event, value, flags=flags)
    stage = Stage(qtbot, build.build(4))
    stage.selection.choose(0, 2 * S)
    assert stage.say()["Ended by"] == words
    assert stage.say()["State"] == "waiting: wait() for ready to be set, for 2.00 s at most"


FAILING = """
    import threading

    def work():
        raise ValueError("no such number")

    thread = threading.Thread(target=work, name="worker")
    thread.start()
    thread.join()
"""


def test_a_thread_that_an_exception_ended_shows_it_with_its_traceback() -> None:
    ran = run_once(FAILING, "3.11")
    lane = next(t.index for t in ran.trace.threads if t.name == "worker")
    said = {fact.label: fact for fact in slice_facts(ran.trace, lane, ran.trace.now)}
    assert "no such number" in said["Exception"].text
    assert any(piece.link.startswith("line:5:") for piece in said["Exception"].pieces)
    assert said["Traceback"].text.endswith("ValueError: no such number")
    main = {fact.label for fact in slice_facts(ran.trace, 0, ran.trace.now)}
    assert "Exception" not in main


def test_a_task_that_raised_says_what(qtbot: QtBot) -> None:
    build = TraceBuilder()
    main, worker = build.thread("MainThread"), build.thread("pool_0")
    pool = build.object(ObjectKind.POOL, "pool")
    task = build.object(ObjectKind.TASK, "read(7)", pool=pool)
    build.at(0, main, Kind.THREAD_BEGIN).at(0, worker, Kind.THREAD_BEGIN)
    build.at(1, main, Kind.TASK_SUBMIT, task, 1).at(2, worker, Kind.TASK_BEGIN, task)
    build.at(3, worker, Kind.TASK_END, task, "OSError: gone", flags=int(Flag.RAISED))
    stage = Stage(qtbot, build.build(4))
    stage.selection.choose(worker, int(2.5 * S))
    assert stage.say()["Task"].endswith(", raised OSError: gone")


def test_a_lock_tells_its_holder_its_queue_and_its_numbers_so_far(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(), 0.3)
    lock = next(iter(stage.trace.locks.histories))
    stage.selection.choose(lock=lock)
    said = stage.say()
    assert said["Lock"] == "lock  Lock"
    assert said["Made at"] == "script.py:1"
    assert said["Held by"].startswith("Thread-1")
    assert said["Queue"].startswith("Thread-2, Thread-3")
    assert said["Taken so far"].startswith("once")
    stage.show(1.2)
    said = stage.say()
    assert said["Taken so far"] == "5 times, 4 of them (80 %) after a wait"
    assert said["Held so far"].startswith("0.78 s in all, 0.15 s at the longest by ")
    assert "at the longest by Thread-5" in said["Waited for"]
    assert said["Queue"] == "nobody waits"


def test_among_very_many_locks_the_one_taken_last_is_told() -> None:
    build = TraceBuilder()
    lane = build.thread("MainThread")
    locks = [build.object(ObjectKind.LOCK, f"lock {n}") for n in range(MOST_LOCKS + 1)]
    for n, lock in enumerate(locks):
        build.at(n, lane, Kind.LOCK_ACQUIRED, lock)
    trace = build.build(1_000)
    said = {f.label: f.text for f in slice_facts(trace, lane, MOST_LOCKS * S)}
    assert said["Holds"] == f"lock {MOST_LOCKS}, which it took last"


def test_what_a_script_named_cannot_become_markup(qtbot: QtBot) -> None:
    build = TraceBuilder()
    lane = build.thread("<b>bold</b><img src='file:///etc/passwd'>")
    build.at(0, lane, Kind.THREAD_BEGIN)
    stage = Stage(qtbot, build.build(1))
    stage.selection.choose(0, S // 2)
    assert "<b>bold</b>" in stage.view.facts.toPlainText()


def test_a_path_of_any_letters_leads_to_its_file(qtbot: QtBot) -> None:
    build = TraceBuilder()
    lane = build.thread("MainThread")
    path = '/my files/50%20 "x" #1?.py'
    build.at(0, lane, Kind.THREAD_BEGIN, site=build.site(4, path))
    stage = Stage(qtbot, build.build(1))
    stage.selection.choose(0, S // 2)
    stage.view.facts.setFocus()
    qtbot.keyClick(stage.view.facts, Qt.Key.Key_Tab)
    qtbot.keyClick(stage.view.facts, Qt.Key.Key_Tab)
    with qtbot.waitSignal(stage.view.line_asked) as asked:
        qtbot.keyClick(stage.view.facts, Qt.Key.Key_Return)
    assert asked.args == [4, path]


# --- where it leads


def test_names_choose_and_moments_move_the_cursor(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.selection.choose(3, int(0.3 * S))
    stage.view.facts.asked.emit(stage.links("Held by")[0])
    assert (stage.selection.lane, stage.selection.time) == (1, int(0.3 * S))
    stage.selection.choose(3, int(0.3 * S))
    stage.view.facts.asked.emit(stage.links("Ended by")[-1])
    assert stage.selection.lane == 2
    assert stage.cursor.time == stage.selection.time
    assert "released" not in stage.say().get("Ended by", "")
    stage.selection.choose(3, int(0.3 * S))
    stage.view.facts.asked.emit(stage.links("Lock")[0])
    assert stage.selection.lock in stage.trace.locks.histories
    assert stage.selection.lane is None


def test_links_are_walked_and_followed_by_keys(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace())
    stage.selection.choose(3, int(0.3 * S))
    facts = stage.view.facts
    facts.setFocus()
    followed: list[str] = []
    facts.asked.connect(followed.append)
    qtbot.keyClick(facts, Qt.Key.Key_Tab)
    qtbot.keyClick(facts, Qt.Key.Key_Return)
    lock = next(iter(stage.trace.locks.histories))
    assert followed == [f"lock:{lock}"]
    assert stage.say()["Lock"] == "lock  Lock"


def test_the_view_keeps_its_place_while_the_run_goes_on(qtbot: QtBot) -> None:
    stage = Stage(qtbot, deadlock_trace(), 1)
    stage.selection.choose(1, int(0.9 * S))
    facts = stage.view.facts
    stage.view.resize(480, 130)
    facts.setFocus()
    qtbot.keyClick(facts, Qt.Key.Key_Tab)
    before = facts.textCursor().selectedText()
    facts.verticalScrollBar().setValue(20)
    stage.trace.advance(2 * S)
    stage.show(2)
    assert "1.61 s so far" in stage.say()["Span"]
    assert facts.verticalScrollBar().value() == 20
    assert facts.textCursor().selectedText() == before != ""


def test_those_that_wait_for_the_same_thing_are_named(qtbot: QtBot) -> None:
    build = TraceBuilder()
    queue = build.object(ObjectKind.QUEUE, "jobs")
    for n in range(3):
        lane = build.thread(f"worker-{n}")
        build.at(0, lane, Kind.THREAD_BEGIN).at(1 - n / 10, lane, Kind.GET_WAIT, queue, -1)
    stage = Stage(qtbot, build.build(2))
    stage.selection.choose(0, int(1.5 * S))
    assert stage.say()["Also waiting"] == "worker-2, worker-1"
    assert stage.say()["State"] == "waiting: get(): jobs is empty"


# --- a resting pointer


def test_a_tip_tells_state_length_reason_holder_and_who_ended_it() -> None:
    trace = lock_trace()
    at = int(0.3 * S)
    piece = trace.state_at(3, at)
    assert piece is not None
    lines = slice_tip(trace, 3, piece, at).splitlines()
    assert lines[0] == "Thread-3: waiting for lock"
    assert re.fullmatch(r"for 0\.\d\d s, until 0\.\d\d s", lines[1])
    assert lines[2] == "held by Thread-1 at this moment"
    assert lines[3] == "ended when Thread-2 released lock"


@pytest.mark.parametrize("kind", sorted(k for k, s in STATE_AFTER.items() if s in WAITING))
def test_every_wait_has_a_tip_that_says_for_what_and_how_it_ended(kind: Kind) -> None:
    build = TraceBuilder()
    lane = build.thread("waiter")
    thing = build.object(ObjectKind.EVENT, "thing")
    line = build.site(7)
    build.at(0, lane, Kind.THREAD_BEGIN).at(1, lane, kind, thing, 5 * S, site=line)
    trace = build.build(2)
    piece = trace.state_at(lane, S)
    assert piece is not None
    lines = slice_tip(trace, lane, piece, S).splitlines()
    assert len(lines[0].removeprefix("waiter: ")) > 5
    assert lines[1].startswith("1.00 s so far")
    assert (": " in lines[0], lines[-1]) == (True, "script.py, line 7")
    build.at(3, lane, Kind.WAIT_END if kind is Kind.WAIT_BEGIN else Kind.SLEEP_END, thing)
    trace = build.build(4)
    piece = trace.state_at(lane, S)
    assert piece is not None
    lines = slice_tip(trace, lane, piece, S).splitlines()
    assert lines[1].startswith("for 2.00 s, until 3.00 s")
    assert lines[-2] == "what ended it was not seen"
    if kind in WAIT_KINDS:
        assert lines[1].endswith("; at most 5.00 s asked for")


def test_a_name_is_never_markup_in_a_tip() -> None:
    assert plain("a\nb & c") == "a\nb & c"
    assert plain("<b>x\ny") == "<qt>&lt;b&gt;x<br>y</qt>"


# --- in the window


def test_a_click_on_a_slice_fills_the_details_and_shows_line_and_lock(
    qtbot: QtBot, window: MainWindow
) -> None:
    run(qtbot, window, "lock", TASK_SECONDS=0.02)
    window.workspace.raise_pane("details")
    trace, activity = window.bridge.trace, window.panes.activity
    waits = [use.longest for use in statistics(trace).threads if Cause.LOCK in use.by_cause]
    wait = max((each for each in waits if each), key=lambda each: each.length)
    lane, at = wait.thread, wait.start + wait.length // 2
    row = activity.rows.row_of(lane)
    assert row is not None
    x = activity._gestures.scale.x(at)
    place = QPoint(int(x) + 1, RULER + row.top + row.height // 2)
    qtbot.mouseClick(activity, Qt.MouseButton.LeftButton, pos=place)
    details, code = window.panes.details, window.panes.code
    assert details.isVisible()
    said = {fact.label: fact.text for fact in details.facts.facts}
    assert said["State"] == "waiting for a lock: acquire()"
    assert window.selection.lock in trace.locks.histories
    line = trace.site_at(lane, window.selection.time or 0).line
    assert code.code.marks.chosen == line
    assert code.code.is_visible_line(line)
    code.code.verticalScrollBar().setValue(0)
    link = next(p.link for f in details.facts.facts for p in f.pieces if p.link.startswith("line"))
    details.facts.asked.emit(link)
    assert code.code.textCursor().blockNumber() + 1 == line
    window.selection.clear()
    assert code.code.marks.chosen == 0


def test_a_pane_that_comes_to_the_front_shows_the_run(qtbot: QtBot, window: MainWindow) -> None:
    run(qtbot, window, "lock", TASK_SECONDS=0.02)
    window.panes.details.show_page(LOCKS)
    window.workspace.raise_pane("details")
    window.panes.details.measuring.finish()
    assert cell(window.panes.details.locks, 0, "Taken") == "5"


def test_the_script_of_another_file_is_told_to_be_another(window: MainWindow) -> None:
    window.panes.details.line_asked.emit(3, str(Path("elsewhere") / "module.py"))
    assert window.status.verdict()[0] == "module.py is not the script shown"


def test_a_key_brings_the_details_to_the_front(qtbot: QtBot, window: MainWindow) -> None:
    details = window.panes.details
    window.activateWindow()
    qtbot.keyClick(
        window,
        Qt.Key.Key_D,
        Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier,
    )
    assert details.isVisible()
    assert details.pages.button(CHOSEN).hasFocus()
    qtbot.keyClick(details.pages.button(CHOSEN), Qt.Key.Key_Right)
    assert details.page != CHOSEN
    window.navigator.details_action.trigger()
    assert details.threads.hasFocus() or details.locks.hasFocus()
