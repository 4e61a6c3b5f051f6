"""The pool view: queue, workers, futures."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from engine.events import Flag, Kind, ObjectKind
from engine.pool_moment import LOOKED_AT, pools_at
from engine.trace import Trace
from gui.cursor import Cursor
from gui.selection import Selection
from gui.theme import DARK, LIGHT
from gui.views.pool import MOST, Card, PoolView
from tests.gui.traces import TraceBuilder, lock_trace, pool_trace

S = 1_000_000_000


def make(qtbot: QtBot, trace: Trace, t: float) -> PoolView:
    view = PoolView(DARK, Cursor(), Selection())
    qtbot.addWidget(view)
    view.resize(720, 300)
    view.show()
    view.show_moment(trace, int(t * S))
    return view


def many(tasks: int, pools: int = 1) -> Trace:
    build = TraceBuilder()
    main = build.thread("MainThread")
    numbers = [build.object(ObjectKind.POOL, f"pool{n}") for n in range(pools)]
    for n in range(tasks):
        task = build.object(ObjectKind.TASK, f"task {n}", pool=numbers[n % pools])
        build.at(0.1, main, Kind.TASK_SUBMIT, task, n + 1)
    return build.build(1.0)


def test_the_scene_of_the_mock(qtbot: QtBot) -> None:
    view = make(qtbot, pool_trace(), 2.65)
    (section,) = view.board.sections
    queue, workers, futures = section.columns
    assert section.title == ""
    assert queue == (Card("", "empty"),)
    assert [(card.chip, card.name, card.text, card.more) for card in workers] == [
        (1, "task 3", "", "0.6 s"),
        (2, "task 4", "", "0.5 s"),
        (3, "", "idle for 0.5 s", ""),
    ]
    assert [(card.name, card.text, card.more, card.chip) for card in futures] == [
        ("task 0", "done", "task 0 is done", -1),
        ("task 1", "done", "task 1 is done", -1),
        ("task 2", "done", "task 2 is done", -1),
        ("task 3", "running", "", 1),
        ("task 4", "running", "", 2),
    ]
    assert view.accessibleDescription() == (
        "pool: 0 waiting, pool_0 runs task 3; pool_1 runs task 4, 1 idle, 3 done"
    )


def test_the_past_has_another_queue(qtbot: QtBot) -> None:
    trace = pool_trace()
    view = make(qtbot, trace, 2.65)
    now = view.board.sections
    view.show_moment(trace, S)
    queue, workers, futures = view.board.sections[0].columns
    assert [card.name for card in queue] == ["task 3", "task 4"]
    assert [card.name for card in workers] == ["task 0", "task 1", "task 2"]
    assert [card.dot for card in futures] == ["running"] * 3 + ["waiting"] * 2
    view.show_moment(trace, int(2.65 * S))
    assert view.board.sections == now


def test_exceptions_and_cancelled_tasks(qtbot: QtBot) -> None:
    build = TraceBuilder()
    main, worker = build.thread("MainThread"), build.thread("pool_0")
    pool = build.object(ObjectKind.POOL, "pool")
    bad, gone = (build.object(ObjectKind.TASK, name, pool=pool) for name in ("bad", "gone"))
    build.at(0.1, main, Kind.TASK_SUBMIT, bad).at(0.1, main, Kind.TASK_SUBMIT, gone)
    build.at(0.2, worker, Kind.TASK_BEGIN, bad)
    build.at(0.3, worker, Kind.TASK_END, bad, "ValueError:\nno", flags=Flag.RAISED)
    build.at(0.4, main, Kind.TASK_CANCELLED, gone)
    view = make(qtbot, build.build(1.0), 0.9)
    futures = view.board.sections[0].columns[2]
    assert [(card.dot, card.text, card.more) for card in futures] == [
        ("raised", "raised", "ValueError: no"),
        ("cancelled", "cancelled", ""),
    ]


def test_several_pools_have_a_section_each(qtbot: QtBot) -> None:
    view = make(qtbot, many(6, pools=2), 0.9)
    assert [section.title for section in view.board.sections] == ["pool0", "pool1"]


def test_many_tasks_are_folded_and_counted(qtbot: QtBot) -> None:
    view = make(qtbot, many(MOST + 120), 0.9)
    queue, _, futures = view.board.sections[0].columns
    assert len(queue) == len(futures) == MOST + 1
    assert queue[-1] == futures[-1] == Card("", "120 more")
    assert view.board.verticalScrollBar().maximum() > 0
    view.board.verticalScrollBar().setValue(view.board.verticalScrollBar().maximum())
    view.board.grab()


def test_a_flood_of_tasks_is_looked_at_in_part_only() -> None:
    trace = many(LOOKED_AT + 500)
    (pool,) = pools_at(trace, S)
    assert len(pool.tasks) == LOOKED_AT
    assert pool.earlier == 500


def test_an_empty_pool_pane_says_why(qtbot: QtBot) -> None:
    view = make(qtbot, Trace(), 0)
    assert "Nothing has run yet." in view._note.accessibleName()
    view.show_moment(lock_trace(), S)
    assert "used no pool" in view._note.accessibleName()
    view.show_moment(pool_trace(), 0)
    assert "No task has been submitted yet" in view._note.accessibleName()
    assert view._note.isVisible()


def test_every_width_and_both_themes_draw(qtbot: QtBot) -> None:
    view = make(qtbot, pool_trace(), 2.65)
    for width in (180, 400, 1200):
        view.resize(width, 200)
        assert not view.board.grab().isNull()
    dark = view.board.grab().toImage()
    view.set_theme(LIGHT)
    assert view.board.grab().toImage() != dark
