"""The shared axis of time, and the ticks upon it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pytestqt.qtbot import QtBot

from gui.painting.ruler import nice_step, ticks, time_label
from gui.time_axis import LABEL_WIDTH, LIVE_EDGE, LONGEST, SHORTEST, Scale, TimeAxis


@given(
    st.floats(0, 1e13), st.floats(SHORTEST, LONGEST), st.floats(0, 1), st.floats(LABEL_WIDTH, 4e3)
)
def test_conversion_goes_both_ways(start: float, span: float, share: float, width: float) -> None:
    scale = Scale(start, start + span, LABEL_WIDTH, LABEL_WIDTH + width)
    t = start + share * span
    assert scale.t(scale.x(t)) == pytest.approx(t, abs=span * 1e-6)


def test_zoom_keeps_the_moment_under_the_pointer(qapp: object) -> None:
    axis = TimeAxis()
    axis.fit(10e9)
    x = axis.scale(1_000).x(4e9)
    axis.zoom(0.25, 4e9)
    assert axis.scale(1_000).x(4e9) == pytest.approx(x)


@given(st.lists(st.tuples(st.floats(0.01, 100), st.floats(-1e9, 1e12)), max_size=30))
def test_span_stays_within_bounds(zooms: list[tuple[float, float]]) -> None:
    axis = TimeAxis()
    for factor, at in zooms:
        axis.zoom(factor, at)
        assert SHORTEST * 0.999 <= axis.span <= LONGEST * 1.001


def test_a_zoom_factor_is_positive(qapp: object) -> None:
    with pytest.raises(ValueError, match="positive"):
        TimeAxis().zoom(0, 0)


def test_live_window_grows_first_and_glides_then(qapp: object) -> None:
    axis = TimeAxis()
    axis.follow(5e9)
    assert axis.start <= 0
    assert axis.end > 5e9
    axis.follow(60e9)
    assert (60e9 - axis.start) / axis.span == pytest.approx(LIVE_EDGE, abs=0.03)
    span = axis.span
    axis.follow(61e9)
    assert axis.span == pytest.approx(span)


def test_after_a_zoom_the_live_window_keeps_its_length(qapp: object) -> None:
    axis = TimeAxis()
    axis.zoom(0.5, 0)
    span = axis.span
    axis.follow(9e9)
    assert axis.span == pytest.approx(span)
    assert axis.end > 9e9


def test_pan_cannot_lose_the_run(qapp: object) -> None:
    axis = TimeAxis()
    axis.fit(2e9)
    for _ in range(50):
        axis.pan(-1)
    assert axis.end > 0
    for _ in range(50):
        axis.pan(1)
    assert axis.start < 2e9


def test_keep_visible_moves_only_when_needed(qapp: object) -> None:
    axis = TimeAxis()
    axis.fit(10e9)
    changes: list[None] = []
    axis.changed.connect(lambda: changes.append(None))
    axis.keep_visible(5e9)
    assert not changes
    axis.zoom(0.01, 0)
    axis.keep_visible(9e9)
    assert axis.start < 9e9 < axis.end


@given(st.floats(SHORTEST, LONGEST), st.floats(1, 40))
def test_steps_are_round_and_few(span: float, count: float) -> None:
    step = nice_step(span, count)
    assert span / step <= count * 1.001
    assert f"{step:.0e}"[0] in "125"


@pytest.mark.parametrize(
    ("t", "step", "text"),
    [
        (2e8, 2e8, "0.2 s"),
        (0, 1e9, "0 s"),
        (1.5e8, 5e7, "150 ms"),
        (2.5e6, 5e5, "2.5 ms"),
        (2e3, 1e3, "2 µs"),
        (150, 50, "150 ns"),
    ],
)
def test_labels_have_the_digits_that_the_step_needs(t: float, step: float, text: str) -> None:
    assert time_label(t, step) == text


def test_no_tick_before_the_run(qapp: object) -> None:
    assert min(ticks(Scale(-5e8, 1e9, 0, 1_000))[1]) == 0


FRAME = 16_000_000.0


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from([0.5e6, 4e6, 15e6, 16e6, 17e6, 40e6, 60e6]), min_size=8, max_size=40),
    st.sampled_from([2e9, 9e9, 30e9]),
)
def test_a_window_glides_through_batches_that_come_in_jerks(
    batches: list[float], begin: float
) -> None:
    """However the present jerks, no frame moves the window by more than a few frames' worth."""
    axis = TimeAxis()
    axis.motion = True
    axis.follow(begin)
    span, clock, told, place = axis.span, begin, begin, 0
    steps = []
    while place < len(batches):
        clock += FRAME
        while place < len(batches) and told + batches[place] <= clock:
            told += batches[place]
            place += 1
        before = axis.end
        axis.glide(told, FRAME)
        steps.append(axis.end - before)
        assert axis.start <= told <= axis.end
    assert axis.span >= span
    assert max(steps) <= 3 * FRAME * axis.span / span + 1
    assert min(steps) >= 0


def test_with_an_even_present_the_window_moves_with_the_clock(qapp: object) -> None:
    axis = TimeAxis()
    axis.motion = True
    axis.follow(60e9)
    for frame in range(1, 100):
        before = axis.start
        axis.glide(60e9 + frame * FRAME, FRAME)
        assert axis.start - before == pytest.approx(FRAME, rel=1e-6)


def test_to_the_present_it_travels_and_is_there_soon(qapp: object) -> None:
    axis = TimeAxis()
    axis.motion = True
    axis.follow(100e9)
    axis.zoom(0.2, 100e9)
    axis.pan(-20)
    away = 100e9 - axis.end
    axis.glide(100e9, FRAME)
    assert 0 < 100e9 - axis.end < away, "not in one jump"
    for _ in range(15):
        axis.glide(100e9, FRAME)
    assert axis.end > 100e9


def test_without_motion_it_is_there_at_once(qapp: object) -> None:
    axis = TimeAxis()
    axis.follow(100e9)
    axis.pan(-20)
    axis.glide(100e9, FRAME)
    assert axis.end > 100e9
    axis.show(1e9, 2e9)
    assert (axis.start, axis.end) == axis.aim
    assert axis.start < 1e9 < 2e9 < axis.end


def test_with_motion_it_travels_and_arrives(qtbot: QtBot) -> None:
    axis = TimeAxis()
    axis.fit(100e9)
    axis.motion = True
    axis.show(1e9, 2e9)
    assert axis.is_travelling
    aim = axis.aim
    qtbot.waitUntil(lambda: not axis.is_travelling)
    assert (axis.start, axis.end) == pytest.approx(aim)


def test_a_gesture_on_the_way_goes_on_from_where_the_way_leads(qapp: object) -> None:
    axis = TimeAxis()
    axis.fit(100e9)
    axis.motion = True
    axis.show_range(10e9, 12e9)
    axis.pan(0.5)
    assert (axis.start, axis.end) == pytest.approx((11e9, 13e9))


def test_a_replay_glides_once_it_is_late_in_view(qapp: object) -> None:
    axis = TimeAxis()
    axis.fit(100e9)
    axis.motion = True
    axis.motion = False
    axis.show_range(10e9, 20e9)
    axis.motion = True
    t = 15e9
    while t < 40e9:
        before = axis.start
        t += FRAME
        axis.accompany(t, FRAME)
        assert 0 <= axis.start - before <= 1.01 * FRAME
        assert axis.start < t < axis.end


def test_where_the_present_comes_to_a_stop_the_window_does_too(qapp: object) -> None:
    axis = TimeAxis()
    axis.motion = True
    axis.follow(60e9)
    for frame in range(40):
        axis.glide(60e9 + frame * FRAME, FRAME)
    now = 60e9 + 39 * FRAME
    places = []
    for _ in range(40):
        axis.glide(now, FRAME)
        places.append((now - axis.start) / axis.span)
    assert places[-1] == pytest.approx(places[-2], abs=1e-4)
    assert places[-1] == pytest.approx(LIVE_EDGE, abs=0.021)


def test_a_window_that_grows_by_a_leap_grows_smoothly(qapp: object) -> None:
    axis = TimeAxis()
    axis.motion = True
    axis.follow(0.1e9)
    spans, there = [axis.span], False
    for frame in range(80):
        there = axis.glide(8e9 + frame * FRAME, FRAME)
        spans.append(axis.span)
    assert there
    assert max(b / a for a, b in itertools.pairwise(spans)) < 2.6
    assert axis.start <= 0 < 8e9 + 79 * FRAME < axis.end
