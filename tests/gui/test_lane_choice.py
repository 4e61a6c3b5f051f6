"""What is chosen for lanes: by menus and keys, while a run goes on, from one run to the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import (
    QContextMenuEvent,
    QGuiApplication,
    QImage,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from engine.events import Kind
from gui.painting.rows import LOWEST
from gui.painting.ruler import RULER
from gui.settings import Settings
from gui.time_axis import LABEL_WIDTH
from tests.gui.lane_stage import DOWN, RIGHT, S, Stage, many
from tests.gui.traces import TraceBuilder, cpu_trace, lock_trace
from tests.gui.windows import whole_window

# ---- menus


def entry(menu: QMenu, words: str) -> Callable[[], None]:
    for action in menu.actions():
        if action.text().startswith(words):
            assert action.isEnabled(), words
            return action.trigger
    raise AssertionError([action.text() for action in menu.actions()])


def test_the_menu_of_a_lane_does_what_the_keys_do(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(5), 0.3)
    actions, board = stage.view._actions, stage.board
    menu = actions.menu(stage.view, board.row_of(2), int(0.3 * S))
    entry(menu, "Copy name")()
    assert QGuiApplication.clipboard().text() == "Thread-2"
    entry(menu, "Only lanes that touch lock")()
    stage.show()
    assert stage.choice.filter.lock_name == "lock"
    assert board.rows.order == [1, 2, 3, 4, 5]
    entry(actions.menu(stage.view, None, 0), "Show all lanes")()
    entry(menu, "Pin to the top")()
    assert stage.choice.pinned == [2]
    entry(actions.menu(stage.view, None, 0), "Unpin all")()
    assert stage.choice.pinned == []
    entry(menu, "Hide this lane")()
    assert 2 not in board.rows.order
    general = actions.menu(stage.view, None, 0)
    assert not next(a for a in general.actions() if a.text().startswith("Expand")).isEnabled()


def test_the_right_button_asks_for_the_menu_and_a_drag_does_not(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(qtbot, many(6))
    asked: list[QMenu] = []
    monkeypatch.setattr(QMenu, "popup", lambda menu, at: asked.append(menu))
    stage.mouse(QEvent.Type.MouseButtonPress, QPointF(500, 100), RIGHT)
    stage.mouse(QEvent.Type.MouseMove, QPointF(430, 100), RIGHT)
    stage.mouse(QEvent.Type.MouseButtonRelease, QPointF(430, 100), RIGHT)
    assert asked == []
    stage.click(QPointF(60, 100), RIGHT)
    stage.selection.choose(2)
    reason = QContextMenuEvent.Reason.Keyboard
    QApplication.sendEvent(stage.view, QContextMenuEvent(reason, QPoint(), QPoint()))
    assert [menu.actions()[0].text() for menu in asked] == ["Pin to the top\tP"] * 2


def test_processes_are_folded_together_and_back(qtbot: QtBot) -> None:
    stage = Stage(qtbot, cpu_trace(2, 3))
    entry(stage.view._actions.menu(stage.view, None, 0), "Collapse all")()
    assert stage.board.rows.order == []
    assert stage.choice.folded == {0, 1, 2}
    assert stage.view._nothing.isHidden()
    entry(stage.view._actions.menu(stage.view, None, 0), "Expand all")()
    assert len(stage.board.rows.order) == 6


# ---- live, and from run to run


def test_new_threads_do_not_move_what_is_pointed_at(qtbot: QtBot) -> None:
    build = TraceBuilder()
    build.process("worker")
    for number in range(4):
        build.at(0, build.thread(f"Thread-{number}", number % 2), Kind.THREAD_BEGIN)
    stage = Stage(qtbot, build.build(0.1))
    row = stage.board.row_of(3)
    assert row is not None
    stage.mouse(QEvent.Type.MouseMove, QPointF(300, RULER + row.top + 5), Qt.MouseButton.NoButton)
    for number in range(4, 40):
        build.at(0.2, build.thread(f"Thread-{number}", number % 2), Kind.THREAD_BEGIN)
        build.build(0.3)
        stage.show()
        now = stage.board.row_of(3)
        assert now is not None
        assert (now.top, now.height) == (row.top, row.height)
    stage.view.leaveEvent(QEvent(QEvent.Type.Leave))
    stage.show()
    assert stage.board.rows.lane_height == LOWEST


def test_the_same_script_run_again_is_shown_the_same_way(qtbot: QtBot) -> None:
    stage = Stage(qtbot, many(8, 2))
    stage.choice.fold([1], folded=True)
    stage.choice.pin(4)
    stage.choice.find("Thread")
    stage.trace = many(6, 2)
    stage.show()
    assert stage.choice.folded == {1}
    assert stage.choice.pinned == [4]
    assert stage.choice.filter.text == "Thread"
    kept = stage.choice.state()
    stage.choice.restore({})
    stage.trace = many(8, 2)
    stage.show()
    assert (stage.choice.pinned, stage.choice.folded) == ([], set())
    assert not stage.choice.is_filtering
    stage.choice.restore(kept)
    stage.trace = many(8, 2)
    stage.show()
    assert (stage.choice.pinned, stage.choice.folded) == ([4], {1})


def test_the_choice_is_kept_in_the_settings(tmp_path: Path) -> None:
    kept = Settings(tmp_path / "settings.ini")
    kept.set_lanes("lock", {"pinned": ["main/Thread-1#1"], "folded": []})
    assert kept.lanes("lock") == {"pinned": ["main/Thread-1#1"], "folded": []}
    kept.set_lanes("lock", {})
    assert kept.lanes("lock") == {}


def test_in_the_window_keys_reach_the_lanes_and_are_remembered(
    qtbot: QtBot, tmp_path: Path
) -> None:
    settings = tmp_path / "settings" / "settings.ini"
    with whole_window(qtbot, settings) as window:
        view = window.panes.activity
        window.bridge.trace = many(12, 2)
        view.show_moment(window.bridge.trace, S)
        view.setFocus()
        for key in (DOWN, Qt.Key.Key_P, DOWN, DOWN, Qt.Key.Key_H):
            QTest.keyClick(view, key)
        assert window.panes.lanes.pinned == [0]
        assert len(window.panes.lanes.hidden) == 1
        assert not window.panes.lane_strip.count.isHidden()
        window.panes.lanes.fold([1], folded=True)
        window.panes.lane_strip.action.trigger()
        assert window.focusWidget() is window.panes.lane_strip.field
    with whole_window(qtbot, settings) as window:
        window.bridge.trace = many(12, 2)
        window.panes.activity.show_moment(window.bridge.trace, S)
        assert window.panes.lanes.pinned == [0]
        assert window.panes.lanes.folded == {1}
        assert not window.panes.lanes.is_filtering


def test_the_right_button_beside_the_plot_does_not_stop_following(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QMenu, "popup", lambda menu, at: None)
    stage = Stage(qtbot, many(6))
    stage.cursor.follow()
    stage.click(QPointF(60, 100), RIGHT)
    assert stage.cursor.following


def test_the_corner_says_what_makes_the_lanes_others(qtbot: QtBot) -> None:
    stage = Stage(qtbot, lock_trace(5))

    def corner() -> QImage:
        return stage.view.grab(QRect(0, 0, LABEL_WIDTH, RULER)).toImage()

    plain = corner()
    stage.choice.sort_by_waiting(True)
    stage.show()
    sorted_ = corner()
    stage.choice.hide(1)
    assert plain != sorted_ != corner() != plain
