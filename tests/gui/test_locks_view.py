"""The locks view: drawing, list, explanation; nothing overlaps at any size."""

from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from engine.events import Kind, ObjectKind
from engine.trace import Trace
from engine.waits import graph_at, lock_node, thread_node
from gui.cursor import Cursor
from gui.lock_scene import MOST_NODES, Scene, lay_out
from gui.selection import Selection
from gui.theme import DARK, LIGHT
from gui.views.locks import LocksView
from tests.gui.traces import TraceBuilder, deadlock_trace, lock_trace

S = 1_000_000_000


def held_locks(locks: int, waiters: int) -> Trace:
    build = TraceBuilder()
    build.thread("MainThread")
    objects = [build.object(ObjectKind.LOCK, f"a_lock_{n}") for n in range(locks)]
    for n, lock in enumerate(objects):
        build.at(0.1, build.thread(f"Holder-{n}"), Kind.LOCK_ACQUIRED, lock)
    for n in range(waiters):
        lane = build.thread(f"Waiter-{n}")
        build.at(0.2, lane, Kind.LOCK_WAIT, objects[n % locks], -1)
    return build.build(0.5)


def ring(threads: int) -> Trace:
    build = TraceBuilder()
    locks = [build.object(ObjectKind.LOCK, f"fork_{n}") for n in range(threads)]
    for n in range(threads):
        lane = build.thread(f"Philosopher-{n}")
        build.at(0.1, lane, Kind.LOCK_ACQUIRED, locks[n])
        build.at(0.2, lane, Kind.LOCK_WAIT, locks[(n + 1) % threads], -1)
    return build.build(0.5)


def make(qtbot: QtBot, trace: Trace, t: float, size: tuple[int, int] = (520, 340)) -> LocksView:
    view = LocksView(DARK, Cursor(), Selection())
    qtbot.addWidget(view)
    view.resize(*size)
    view.show()
    view.show_moment(trace, int(t * S))
    return view


def assert_tidy(scene: Scene, size: QSizeF) -> None:
    picture = QRectF(0, 0, size.width(), size.height())
    boxes = [placed.box for placed in scene.nodes] + [words.box for words in scene.words]
    assert all(picture.contains(box) for box in boxes)
    for one, other in combinations(boxes, 2):
        assert not one.intersects(other)
    for words in scene.words:
        for _, line in scene.lines:
            assert not any(words.box.contains(line.pointAt(step / 50)) for step in range(51))


SCENES = {
    "one lock": held_locks(1, 0),
    "one lock, three wait": held_locks(1, 3),
    "one lock, eight wait": held_locks(1, 8),
    "two locks": held_locks(2, 3),
    "five locks": held_locks(5, 2),
    "two in a circle": ring(2),
    "five in a circle": ring(5),
    "one that waits for itself": ring(1),
    "preset": lock_trace(),
}


@pytest.mark.parametrize("name", list(SCENES))
@pytest.mark.parametrize(
    "size", [(260, 180), (320, 400), (420, 260), (520, 340), (700, 300), (1400, 900)]
)
def test_nothing_overlaps_and_nothing_is_clipped(
    qtbot: QtBot, name: str, size: tuple[int, int]
) -> None:
    trace = SCENES[name]
    room = QSizeF(*size)
    scene = lay_out(trace, graph_at(trace, S * 4 // 10), room)
    if scene is not None:
        assert_tidy(scene, room)


@pytest.mark.parametrize("name", list(SCENES))
def test_the_usual_pane_has_room_for_a_drawing(qtbot: QtBot, name: str) -> None:
    trace = SCENES[name]
    scene = lay_out(trace, graph_at(trace, S * 4 // 10), QSizeF(640, 440))
    assert scene is not None
    assert scene.lines


def test_the_holder_stands_above_its_lock_and_the_waiters_below(qtbot: QtBot) -> None:
    trace = lock_trace()
    view = make(qtbot, trace, 0.48)
    scene = view.drawing.scene
    assert scene is not None
    lock = next(iter(trace.locks.histories))
    boxes = [scene.box(node) for node in (thread_node(2), lock_node(lock), thread_node(4))]
    heights = [box.center().y() for box in boxes if box]
    assert heights == sorted(heights)
    assert len(heights) == 3
    assert "Thread-2 holds it · 0.10 s" in {words.text for words in scene.words}


def test_a_deadlock_is_named_in_the_middle(qtbot: QtBot) -> None:
    view = make(qtbot, deadlock_trace(), 1.1)
    scene = view.drawing.scene
    assert scene is not None
    assert "deadlock" in {words.text for words in scene.words}
    words = [words.text for words in scene.words]
    assert words.count("held by") == 2
    assert words.count("waits for") == 2
    assert view.accessibleDescription().startswith("Deadlock of Thread-1 and Thread-2")


def test_a_circle_is_no_deadlock_while_somebody_could_end_it(qtbot: QtBot) -> None:
    build = TraceBuilder()
    locks = [build.object(ObjectKind.LOCK, name) for name in "ab"]
    free = build.thread("MainThread")
    build.at(0.0, free, Kind.THREAD_BEGIN)
    for n in range(2):
        lane = build.thread(f"T{n}")
        build.at(0.1, lane, Kind.LOCK_ACQUIRED, locks[n])
        build.at(0.2, lane, Kind.LOCK_WAIT, locks[1 - n], -1)
    scene = make(qtbot, build.build(0.5), 0.4).drawing.scene
    assert scene is not None
    assert "deadlock" not in {words.text for words in scene.words}
    assert "a circle of waits" in {words.text for words in scene.words}


def test_the_past_shows_the_past(qtbot: QtBot) -> None:
    trace = lock_trace()
    view = make(qtbot, trace, 0.48)
    then = view.drawing.grab().toImage()
    view.show_moment(trace, S)
    view.show_moment(trace, int(0.48 * S))
    assert view.drawing.grab().toImage() == then


def test_empty_panes_say_why(qtbot: QtBot) -> None:
    trace = lock_trace()
    view = make(qtbot, Trace(), 0)
    assert "Nothing has run yet." in view.note.accessibleName()
    view.show_moment(trace, 0)
    assert "No lock has been taken yet" in view.note.accessibleName()
    view.show_moment(trace, int(1.19 * S))
    assert "No thread holds a lock" in view.note.accessibleName()
    build = TraceBuilder()
    build.at(0.1, build.thread("MainThread"), Kind.THREAD_BEGIN)
    view.show_moment(build.build(1.0), S)
    assert "No lock has been used" in view.note.accessibleName()
    assert view.note.isVisible()


def test_many_locks_are_a_list_that_scrolls(qtbot: QtBot) -> None:
    view = make(qtbot, held_locks(30, 40), 0.4)
    assert view.rows.isVisible()
    assert not view.drawing.isVisible()
    assert view.rows.verticalScrollBar().maximum() > 0
    assert view.rows.grab().toImage() != make(qtbot, held_locks(20, 0), 0.4).rows.grab().toImage()
    assert MOST_NODES < 70


def test_a_narrow_pane_is_a_list_and_a_wide_one_a_drawing(qtbot: QtBot) -> None:
    view = make(qtbot, held_locks(1, 8), 0.4, (220, 200))
    assert view.rows.isVisible()
    view.resize(700, 400)
    assert view.drawing.isVisible()


def test_a_click_chooses_a_thread_a_lock_or_nothing(qtbot: QtBot) -> None:
    trace = lock_trace()
    selection = Selection()
    view = LocksView(DARK, Cursor(), selection)
    qtbot.addWidget(view)
    view.resize(520, 340)
    view.show()
    view.show_moment(trace, int(0.48 * S))
    scene = view.drawing.scene
    assert scene is not None
    lock = next(iter(trace.locks.histories))
    for node, chosen in ((thread_node(2), (2, None)), (lock_node(lock), (None, lock))):
        box = scene.box(node)
        assert box is not None
        qtbot.mouseClick(view.drawing, Qt.MouseButton.LeftButton, pos=box.center().toPoint())
        assert (selection.lane, selection.lock) == chosen
    qtbot.mouseClick(view.drawing, Qt.MouseButton.LeftButton, pos=QPoint(3, 3))
    assert (selection.lane, selection.lock) == (None, None)


def test_arrow_keys_walk_from_node_to_node(qtbot: QtBot) -> None:
    selection = Selection()
    view = LocksView(DARK, Cursor(), selection)
    qtbot.addWidget(view)
    view.resize(520, 340)
    view.show()
    view.show_moment(deadlock_trace(), S)
    seen = set()
    for _ in range(4):
        qtbot.keyClick(view.drawing, Qt.Key.Key_Right)
        seen.add((selection.lane, selection.lock))
    assert len(seen) == 4


def test_both_themes_draw(qtbot: QtBot) -> None:
    view = make(qtbot, lock_trace(), 0.48)
    view.set_theme(LIGHT)
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    image.fill(LIGHT.pane)
    view.render(image)
    scene = view.drawing.scene
    assert scene is not None
    box = scene.box(thread_node(2))
    assert box is not None
    edge = image.pixelColor(int(box.left()) + 4, int(box.center().y()))
    assert edge == QColor(LIGHT.thread_color(2))


@pytest.mark.parametrize("is_list", [True, False])
def test_the_chosen_lock_is_marked_in_the_list_and_in_the_drawing(
    qtbot: QtBot, is_list: bool
) -> None:
    selection = Selection()
    view = LocksView(DARK, Cursor(), selection)
    qtbot.addWidget(view)
    view.resize(520, 340)
    view.show()
    trace = held_locks(12, 24) if is_list else held_locks(1, 2)
    view.show_moment(trace, S // 3)
    assert view.rows.isVisible() == is_list
    before = view.grab().toImage()
    selection.choose(lock=next(iter(trace.locks.histories)))
    assert view.grab().toImage() != before
    selection.clear()
    assert view.grab().toImage() == before


def test_where_no_lock_is_held_the_note_leads_to_the_other_waits(qtbot: QtBot) -> None:
    build = TraceBuilder()
    main = build.thread("MainThread")
    line = build.object(ObjectKind.QUEUE, "line")
    build.at(0, main, Kind.THREAD_BEGIN).at(0.2, main, Kind.GET_WAIT, line, -1)
    view = make(qtbot, build.build(1), 0.1)
    assert "Contention" not in view.note.accessibleName()
    view.show_moment(view._trace, S // 2)
    assert "What threads wait for instead stands in Contention" in view.note.accessibleName()
