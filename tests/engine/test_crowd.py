"""How many threads of a group were in which state: against looking at every slice."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.columns import Ints
from engine.crowd import crowd, time_in_states
from engine.events import State
from engine.lanes import Lane
from tests.gui.traces import crowded_trace

S = 1_000_000_000
TRACE = crowded_trace(4, 600)


def plainly(lane: Lane, edges: list[int], until: int) -> Ints:
    found = np.zeros((len(edges) - 1, len(State)), np.int64)
    starts = lane.starts.tolist()
    for begin, stop, state in zip(starts, [*starts[1:], until], lane.states.tolist(), strict=True):
        for part, (left, right) in enumerate(itertools.pairwise(edges)):
            inside = min(stop, right, until) - max(begin, left)
            found[part, state] += max(0, inside)
    found[:, State.NONE] = 0
    return found


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 3),
    st.lists(st.integers(-S, 12 * S), min_size=2, max_size=12),
    st.integers(9 * S, 11 * S),
)
def test_time_in_states_is_that_of_every_slice(lane: int, edges: list[int], until: int) -> None:
    edges.sort()
    found = time_in_states(TRACE.lanes[lane], np.array(edges), until)
    assert np.array_equal(found, plainly(TRACE.lanes[lane], edges, until))


def test_a_crowd_is_the_sum_of_its_threads_and_rests_after_each() -> None:
    edges = np.arange(0, 11 * S, S // 2)
    pieces = crowd([(lane, TRACE.now) for lane in TRACE.lanes], edges)
    for _ in range(4):
        assert next(pieces) is None
    with pytest.raises(StopIteration) as done:
        next(pieces)
    parts = [time_in_states(lane, edges, TRACE.now) for lane in TRACE.lanes]
    assert np.array_equal(done.value.value, sum(parts))


def test_a_lane_without_slices_did_nothing() -> None:
    assert not time_in_states(Lane(TRACE.memory), np.array([0, S]), S).any()
