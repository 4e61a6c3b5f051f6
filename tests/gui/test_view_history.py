"""Back and forward through what was looked at."""

from __future__ import annotations

import pytest

from gui.cursor import Cursor
from gui.marks import Marks
from gui.selection import Selection
from gui.time_axis import TimeAxis
from gui.view_history import MOST, ViewHistory

S = 1_000_000_000


class Stage:
    """A history over a run of ten seconds."""

    def __init__(self) -> None:
        self.cursor, self.selection = Cursor(), Selection()
        self.axis = TimeAxis(None, Marks(self.selection))
        self.axis.fit(10 * S)
        self.cursor.advance(0, 10 * S)
        self.history = ViewHistory(self.cursor, self.axis, self.selection)

    def look(self) -> tuple[object, ...]:
        chosen = self.selection
        times = (self.cursor.time, chosen.lane, chosen.stretch)
        return (round(self.axis.start), round(self.axis.end), *times, self.cursor.following)

    def steps(self) -> int:
        count = 0
        while self.history.can_go_back:
            self.history.back()
            count += 1
        return count


@pytest.fixture
def stage(qapp: object) -> Stage:
    """A history."""
    return Stage()


def test_a_drag_is_one_step(stage: Stage) -> None:
    before = stage.look()
    for _ in range(50):
        stage.axis.pan(0.01)
    stage.history.settle()
    assert stage.steps() == 1
    assert stage.look() == before


def test_back_and_forward_end_where_one_was(stage: Stage) -> None:
    looks = [stage.look()]
    for number in range(4):
        stage.cursor.seek((2 + number) * S)
        stage.selection.choose(number, (2 + number) * S)
        stage.selection.measure(0, (1 + number) * S)
        stage.axis.zoom(0.5, (2 + number) * S)
        stage.history.settle()
        looks.append(stage.look())
    for look in reversed(looks[:-1]):
        stage.history.back()
        assert stage.look() == look
    assert not stage.history.can_go_back
    for look in looks[1:]:
        stage.history.forward()
        assert stage.look() == look
    assert not stage.history.can_go_forward


def test_going_elsewhere_ends_the_way_forward(stage: Stage) -> None:
    stage.axis.zoom(0.5, S)
    stage.history.settle()
    stage.history.back()
    assert stage.history.can_go_forward
    stage.axis.pan(0.2)
    assert not stage.history.can_go_forward


def test_what_moves_by_itself_is_no_step(stage: Stage) -> None:
    for second in range(11, 40):
        stage.cursor.advance(S, second * S)
        stage.axis.glide(second * S, S)
    assert not stage.history.can_go_back
    stage.cursor.play()
    stage.history.settle()
    assert stage.steps() == 1, "to begin a replay is one"
    stage.history.reset()
    stage.cursor.play()
    stage.history.reset()
    for _ in range(20):
        stage.cursor.advance(S, 40 * S)
        stage.axis.accompany(stage.cursor.time, S)
    assert not stage.history.can_go_back


def test_a_step_taken_while_following_leads_back_to_following(stage: Stage) -> None:
    stage.cursor.hold()
    stage.axis.pan(-0.3)
    stage.history.settle()
    stage.history.back()
    assert stage.cursor.following


def test_another_run_begins_anew(stage: Stage) -> None:
    stage.axis.pan(0.1)
    stage.history.reset()
    assert not stage.history.can_go_back
    assert not stage.history.can_go_forward


def test_steps_are_bounded(stage: Stage) -> None:
    for number in range(MOST + 30):
        stage.cursor.seek(number * 1_000)
        stage.history.settle()
    assert stage.steps() == MOST
