"""The pyramid of a lane and the states of pixels, against a plain re-computation."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from engine.events import State
from engine.lanes import Lane
from engine.memory import Memory
from engine.pyramid import GROUP, HELD, STATES
from gui.painting.level_of_detail import pixel_states

Ints = npt.NDArray[np.int64]
_SHORT, _LONG = 300, 6_000_000_000  # ns: 16 groups of the long ones do not fit into 32 bits


class Made:
    """A lane of random slices, and the same as plain arrays."""

    def __init__(self, seed: int, count: int, piece: int, longest: int, memory: Memory) -> None:
        made = np.random.default_rng(seed)
        gaps = made.integers(0, 1 + made.integers(1, longest, count))
        self.starts: Ints = 50 + np.cumsum(gaps)
        self.states = made.integers(0, STATES, count).astype(np.uint8)
        self.helds = (made.integers(0, 4, count) // 2 * made.integers(1, 9, count)).astype(
            np.uint32
        )
        self.lane = Lane(memory)
        for begin in range(0, count, piece):
            part = slice(begin, begin + piece)
            starts, states, helds = self.starts[part], self.states[part], self.helds[part]
            firsts = np.arange(begin, begin + len(starts))
            self.lane.add_slices(starts, states, helds, helds, states, firsts)

    def spent(self, begin: int, end: int) -> Ints:
        """Return ns in each state within [begin, end), and in row `HELD` with a lock held."""
        edges = np.clip(np.append(self.starts, max(end, int(self.starts[-1]))), begin, end)
        lengths = np.diff(edges)
        spent = np.bincount(self.states, lengths, STATES).astype(np.int64)
        spent[HELD] = lengths[self.helds != 0].sum()
        return spent

    def locks_in(self, begin: int, end: int) -> set[int]:
        """Return the locks that were held at some time within [begin, end)."""
        ends = np.append(self.starts[1:], max(end, int(self.starts[-1])))
        inside = (self.starts < end) & ((ends > begin) | (self.starts >= begin))
        return set(self.helds[inside & (self.helds != 0)].tolist())


_MADE = st.builds(
    Made,
    seed=st.integers(0, 1 << 30),
    count=st.integers(1, 9_000),
    piece=st.integers(1, 5_000),
    longest=st.sampled_from((2, _SHORT, _LONG)),
    memory=st.builds(Memory),
)


@given(made=_MADE, at=st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_sums_are_those_of_the_slices(made: Made, at: list[float]) -> None:
    lane, pyramid = made.lane, made.lane.pyramid
    pyramid.catch_up(lane)
    assert len(pyramid) == (len(made.starts) - 1) // GROUP + 1
    first, last = int(made.starts[0]), int(made.starts[-1])
    times = np.sort(first + (np.array(at) * (last + 100 - first)).astype(np.int64))
    rows = pyramid.groups_before(times)
    sums, locks = pyramid.sums_at(lane, times, rows)
    for time, found, lock in zip(times.tolist(), sums, locks.tolist(), strict=True):
        assert found.tolist()[1:] == made.spent(first, time).tolist()[1:]
        assert found[HELD] == made.spent(first, time)[HELD]
        before = made.helds[(made.starts < time) & (made.helds != 0)]
        assert lock == (before[-1] if len(before) else 0)
    row = len(pyramid) // 2
    whole = pyramid.sums(np.array([row]))[0]
    assert whole.tolist() == made.spent(first, int(pyramid.starts[row])).tolist()


@given(made=_MADE, at=st.floats(-0.2, 1.2))
def test_what_a_lane_has_spent_is_the_sum_of_its_slices(made: Made, at: float) -> None:
    first, last = int(made.starts[0]), int(made.starts[-1])
    until = first + int(at * (last - first + 9))
    wanted = made.spent(first, until) if until > first else np.zeros(STATES, np.int64)
    assert made.lane.spent(until).tolist() == wanted.tolist()


@given(made=_MADE, begin=st.floats(-0.2, 1.1), span=st.floats(0.0, 1.0), width=st.integers(1, 60))
def test_a_pixel_shows_what_filled_most_of_it(
    made: Made, begin: float, span: float, width: int
) -> None:
    first, last = int(made.starts[0]), int(made.starts[-1])
    until = last + 5
    left = first + begin * (last - first)
    edges = np.rint(np.linspace(left, left + width + span**3 * (last - first), width + 1))
    edges = edges.astype(np.int64)
    pixels = pixel_states(made.lane, edges, until)
    for pixel, (a, b) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        known = max(a, first), max(first, min(b, until))
        spent = made.spent(*known) if known[0] < known[1] else np.zeros(STATES, np.int64)
        held = int(spent[HELD])
        spent[State.NONE] = (b - a) - int(spent[1:].sum())
        assert spent[pixels.states[pixel]] == spent.max()
        lock = int(pixels.locks[pixel])
        if lock:
            assert 2 * held > b - a
            assert lock in made.locks_in(*known)
        elif 2 * held > b - a:
            assert pixels.states[pixel] == State.NONE


def test_a_lane_costs_what_was_added_not_what_is_there() -> None:
    """Only the groups behind those that are there already are read."""
    made = Made(1, 40_000, 500, _SHORT, Memory())
    read: list[int] = []

    class Watched:
        starts: Any = made.lane.starts
        helds: Any = made.lane.helds

        @property
        def states(self) -> Any:
            return self

        def __getitem__(self, part: slice) -> Any:
            read.append(part.start)
            return made.lane.states[part]

        def slice_rows(self, groups: Ints) -> Any:
            return made.lane.slice_rows(groups)

    before = len(made.lane.pyramid)
    made.lane.pyramid.catch_up(Watched())
    assert len(made.lane.pyramid) > before
    assert min(read) >= (before - 1) * GROUP


def test_its_memory_is_in_the_account() -> None:
    memory = Memory()
    made = Made(2, 100_000, 700, _SHORT, memory)
    size = made.lane.pyramid.nbytes
    parts = sum(part.in_memory for part in made.lane._slices._parts)
    assert memory.used == parts + size
    assert size < 2.6 * 100_000
    memory.limit = 0
    memory.keep_to_limit()
    assert memory.used == size  # what is read in every frame stays
    assert memory.spilled == parts
