"""The code view: lines, chips, notes, errors, and when it scrolls by itself."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from engine.events import Kind, ObjectKind
from engine.probe.source import Parameter
from engine.trace import Object, Trace
from gui.cursor import Cursor
from gui.highlight import role_colors, spans
from gui.selection import Selection
from gui.theme import CODE_LINE_PIXELS, DARK, LIGHT, contrast
from gui.views.code import CodeView
from tests.gui.traces import TraceBuilder

S = 1_000_000_000
SCRIPT = "import threading\n\nTHREADS: int = 5  # 1..9\ntotal = 0\n" + "".join(
    f"step({n})\n" for n in range(5, 200)
)


def trace_at(lines: dict[int, list[float]], threads: int = 3) -> Trace:
    """Return threads 0.. that are at each line from each of its times on."""
    build = TraceBuilder()
    for n in range(threads):
        lane = build.thread("MainThread" if n == 0 else f"Thread-{n}")
        build.at(0.0, lane, Kind.THREAD_BEGIN)
    for line, times in lines.items():
        site = build.site(line)
        for n, when in enumerate(times):
            build.at(when, n % threads, Kind.SAMPLE, site=site)
    return build.build(10.0)


def make(qtbot: QtBot, cursor: Cursor | None = None) -> CodeView:
    view = CodeView(DARK, cursor or Cursor(), Selection())
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    view.set_script("script.py", SCRIPT)
    return view


def test_chips_stand_where_the_threads_are_at_that_moment(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = trace_at({5: [1.0, 1.0], 7: [2.0]})
    view.show_moment(trace, int(1.5 * S))
    assert view.code.marks.chips == {5: (0, 1)}
    view.show_moment(trace, int(2.5 * S))
    assert view.code.marks.chips == {5: (1,), 7: (0,)}
    assert view.code.marks.running == {5, 7}
    assert "line 7: MainThread" in view.accessibleDescription()
    view.show_moment(trace, int(1.5 * S))
    assert view.code.marks.chips == {5: (0, 1)}


def test_threads_that_ended_and_other_files_have_no_chip(qtbot: QtBot) -> None:
    view = make(qtbot)
    build = TraceBuilder()
    main, one = build.thread("MainThread"), build.thread("Thread-1")
    build.at(0.0, main, Kind.THREAD_BEGIN).at(0.0, one, Kind.THREAD_BEGIN)
    build.at(0.1, main, Kind.SAMPLE, site=build.site(3, "other.py"))
    build.at(0.1, one, Kind.SAMPLE, site=build.site(3)).at(0.2, one, Kind.THREAD_END)
    trace = build.build(1.0)
    view.show_moment(trace, int(0.15 * S))
    assert view.code.marks.chips == {3: (1,)}
    view.show_moment(trace, int(0.5 * S))
    assert view.code.marks.chips == {}


def test_a_thread_that_waits_is_at_its_line_without_running(qtbot: QtBot) -> None:
    view = make(qtbot)
    build = TraceBuilder()
    main = build.thread("MainThread")
    lock = build.object(ObjectKind.LOCK, "lock")
    build.at(0.1, main, Kind.LOCK_WAIT, lock, -1, site=build.site(4))
    view.show_moment(build.build(1.0), S)
    assert view.code.marks.chips == {4: (0,)}
    assert view.code.marks.running == frozenset()


def test_a_worker_without_work_is_nowhere_in_the_script(qtbot: QtBot) -> None:
    view = make(qtbot)
    build = TraceBuilder()
    worker = build.thread("pool_0")
    build.at(0.1, worker, Kind.THREAD_BEGIN, site=build.site(5))
    build.at(0.2, worker, Kind.IDLE_BEGIN, build.object(ObjectKind.POOL, "pool"), -1)
    trace = build.build(1.0)
    view.show_moment(trace, int(0.15 * S))
    assert view.code.marks.chips == {5: (0,)}
    view.show_moment(trace, S)
    assert view.code.marks.chips == {}


def test_many_threads_at_one_line_are_drawn_and_named(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = trace_at({5: [1.0] * 9}, threads=9)
    before = view.code.grab().toImage()
    view.show_moment(trace, 2 * S)
    assert view.code.marks.chips == {5: tuple(range(9))}
    assert view.code.grab().toImage() != before
    assert "Thread-8" in view.code.tip(5)


def test_a_replaced_parameter_is_noted_at_its_line(qtbot: QtBot) -> None:
    view = make(qtbot)
    parameter = Parameter("THREADS", "int", 5, line=3)
    view.set_values([parameter], {"THREADS": 8})
    assert view.code.marks.notes == {3: "= 8"}
    changed = view.code.grab().toImage()
    view.set_values([parameter], {"THREADS": 5})
    assert view.code.marks.notes == {}
    assert view.code.grab().toImage() != changed


def test_lines_that_store_a_watched_value_are_marked(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = trace_at({5: [1.0]})
    trace.objects.append(
        Object(
            len(trace.objects),
            ObjectKind.STORE_POINT,
            0,
            "total",
            "script.py",
            4,
            {"variable": "total"},
        )
    )
    view.show_moment(trace, 2 * S)
    assert view.code.marks.stores == {4: "total"}
    assert "stores total" in view.code.tip(4)


def test_a_syntax_error_is_shown_at_its_line(qtbot: QtBot) -> None:
    view = make(qtbot)
    view.set_script("broken.py", "x = 1\n" * 100 + "print(\n")
    view.show_error(101, "'(' was never closed.")
    assert view.code.marks.error == 101
    assert view.code.is_visible_line(101)
    assert view._error.isVisible()
    assert view._error.text() == "Line 101: '(' was never closed."
    view.set_script("fixed.py", "x = 1\n")
    assert view.code.marks.error == 0
    assert not view._error.isVisible()


def test_an_error_is_gone_with_the_next_run_and_stays_while_there_is_none(qtbot: QtBot) -> None:
    view = make(qtbot)
    view.show_moment(trace_at({5: [1.0]}), S)
    view.show_error(5, "division by zero")
    view.show_moment(Trace(), 0)
    assert view.code.marks.error == 5
    view.show_moment(trace_at({5: [1.0]}), S)
    assert view.code.marks.error == 0
    assert not view._error.isVisible()


def test_it_follows_only_when_no_running_line_is_in_sight(qtbot: QtBot) -> None:
    cursor = Cursor()
    view = make(qtbot, cursor)
    bar = view.code.verticalScrollBar()
    trace = trace_at({6: [1.0], 150: [2.0], 152: [3.0]}, threads=1)
    view.show_moment(trace, int(1.5 * S))
    assert bar.value() == 0
    view.show_moment(trace, int(2.5 * S))
    assert view.code.is_visible_line(150)
    there = bar.value()
    view.show_moment(trace, int(3.5 * S))
    assert bar.value() == there


def test_it_stays_where_a_person_has_scrolled(qtbot: QtBot) -> None:
    view = make(qtbot)
    trace = trace_at({6: [1.0], 150: [2.0]}, threads=1)
    view.show_moment(trace, int(1.5 * S))
    down = QWheelEvent(
        QPointF(50, 50),
        QPointF(view.code.viewport().mapToGlobal(QPoint(50, 50))),
        QPoint(0, 0),
        QPoint(0, -240),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view.code.viewport(), down)
    there = view.code.verticalScrollBar().value()
    assert there > 0
    view.show_moment(trace, 3 * S)
    assert view.code.verticalScrollBar().value() == there
    view.show_moment(trace_at({150: [1.0]}), 2 * S)  # another run: it may follow again
    assert view.code.is_visible_line(150)


def test_it_stays_when_the_cursor_is_held(qtbot: QtBot) -> None:
    cursor = Cursor()
    view = make(qtbot, cursor)
    cursor.hold()
    view.show_moment(trace_at({150: [1.0]}), 2 * S)
    assert view.code.verticalScrollBar().value() == 0


def test_lines_are_25_pixels_high_and_found_by_place(qtbot: QtBot) -> None:
    view = make(qtbot)
    layout = view.code.document().documentLayout()
    tops = [
        layout.blockBoundingRect(view.code.document().findBlockByNumber(n)).top() for n in (0, 1, 9)
    ]
    assert tops[1] - tops[0] == CODE_LINE_PIXELS
    assert tops[2] - tops[0] == 9 * CODE_LINE_PIXELS
    for line in (1, 2, 7):
        assert view.code.line_at(view.code.line_top(line) + 1) == line
    assert view.code.line_at(-20) == 0


def test_the_text_is_the_file_and_can_be_copied(qtbot: QtBot) -> None:
    view = make(qtbot)
    view.set_values([Parameter("THREADS", "int", 5, line=3)], {"THREADS": 8})
    assert view.code.toPlainText() == SCRIPT
    assert view.code.isReadOnly()


def test_python_is_told_apart_by_its_own_tokenizer() -> None:
    found = spans('def go(x):\n    return "if" + str(12)  # note\n')
    assert [(s.start, s.end, s.role) for s in found[1]] == [(0, 3, "keyword"), (4, 6, "name")]
    assert [s.role for s in found[2]] == ["keyword", "string", "number", "comment"]


def test_a_string_of_several_lines_and_a_fault_keep_their_colours() -> None:
    found = spans('x = """a\nb\nc"""\ny = (\n')
    assert [found[line][0].role for line in (1, 2, 3)] == ["string"] * 3
    assert [span.role for span in spans("if x:\n  y\n z\n")[1]] == ["keyword"]


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_code_can_be_read_in_both_themes(theme: object) -> None:
    look = DARK if theme is DARK else LIGHT
    for color in role_colors(look).values():
        assert contrast(color, look.pane) >= 4.5


def test_the_theme_can_change(qtbot: QtBot) -> None:
    view = make(qtbot)
    dark = view.code.grab().toImage()
    view.set_theme(LIGHT)
    assert view.code.grab().toImage() != dark
