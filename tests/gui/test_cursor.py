"""The cursor: following, seeking, playing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gui.cursor import FASTEST, SLOWEST, Cursor
from gui.selection import Selection


def _mode(cursor: Cursor) -> tuple[bool, bool]:
    return cursor.following, cursor.playing


def test_follows_the_end_until_somebody_seeks(qapp: object) -> None:
    cursor = Cursor()
    cursor.advance(16e6, 100)
    assert cursor.time == 100
    assert _mode(cursor) == (True, False)
    cursor.seek(40)
    cursor.advance(16e6, 200)
    assert cursor.time == 40
    assert _mode(cursor) == (False, False)
    cursor.follow()
    assert cursor.time == 200


def test_seek_stays_within_the_run(qapp: object) -> None:
    cursor = Cursor()
    cursor.advance(0, 1_000)
    cursor.seek(-5)
    assert cursor.time == 0
    cursor.seek(10_000)
    assert cursor.time == 1_000


def test_plays_at_its_speed_and_stops_at_the_end(qapp: object) -> None:
    cursor = Cursor()
    cursor.advance(0, 1_000_000)
    cursor.seek(0)
    cursor.speed = 0.5
    cursor.play()
    cursor.advance(400_000, 1_000_000)
    assert cursor.time == 200_000
    assert _mode(cursor) == (False, True)
    cursor.advance(10_000_000, 1_000_000)
    assert cursor.time == 1_000_000
    assert _mode(cursor) == (False, False)


def test_playing_from_the_end_begins_again(qapp: object) -> None:
    cursor = Cursor()
    cursor.advance(0, 500)
    cursor.play()
    assert cursor.time == 0


def test_slow_motion_loses_no_fraction_of_a_nanosecond(qapp: object) -> None:
    cursor = Cursor()
    cursor.advance(0, 10**9)
    cursor.seek(0)
    cursor.speed = SLOWEST
    cursor.play()
    for _ in range(1_000):
        cursor.advance(500, 10**9)  # half a nanosecond each
    assert cursor.time == 500


def test_speed_is_clamped(qapp: object) -> None:
    cursor = Cursor()
    cursor.speed = 1e9
    assert cursor.speed == FASTEST
    cursor.speed = 0
    assert cursor.speed == SLOWEST


def test_tells_only_what_has_changed(qapp: object) -> None:
    cursor = Cursor()
    moved: list[int] = []
    modes: list[bool] = []
    cursor.moved.connect(moved.append)
    cursor.mode_changed.connect(lambda: modes.append(cursor.following))
    cursor.advance(1, 5_000_000_000)  # more than 32 bits hold
    cursor.advance(1, 5_000_000_000)
    cursor.hold()
    cursor.hold()
    assert moved == [5_000_000_000]
    assert modes == [False]
    cursor.reset()
    assert cursor.time == 0
    assert cursor.following


@given(st.lists(st.tuples(st.integers(-10, 10**10), st.integers(0, 10**10)), max_size=20))
def test_time_never_leaves_the_run(moves: list[tuple[int, int]]) -> None:
    cursor = Cursor()
    end = 0
    for target, length in moves:
        end = max(end, length)
        cursor.advance(1e6, end)
        cursor.seek(target)
        assert 0 <= cursor.time <= end


@pytest.mark.parametrize("choice", [{"lane": 2}, {"lane": 1, "time": 5}, {"lock": 9}])
def test_selection_tells_of_each_change_once(qapp: object, choice: dict[str, int]) -> None:
    selection = Selection()
    told: list[None] = []
    selection.changed.connect(lambda: told.append(None))
    selection.choose(**choice)
    selection.choose(**choice)
    assert len(told) == 1
    selection.clear()
    assert (selection.lane, selection.time, selection.lock) == (None, None, None)
