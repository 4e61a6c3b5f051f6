"""The extremes of stretches of a column, against a plain re-computation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from hypothesis import given
from hypothesis import strategies as st

from engine.extremes import GROUP, Extremes
from engine.memory import Memory
from engine.table import Table

Floats = npt.NDArray[np.float64]


def _column(seed: int, count: int) -> Floats:
    made = np.random.default_rng(seed)
    numbers = np.round(made.normal(0, 1000, count), 1)
    odd = made.random(count)
    numbers[odd < 0.02] = np.nan
    numbers[(odd > 0.97) & (odd < 0.98)] = np.inf
    numbers[odd > 0.99] = -np.inf
    return numbers


def _table(memory: Memory) -> Table:
    return Table((("time", np.int64), ("value", np.float64)), memory)


def _plain(numbers: Floats) -> tuple[float, float]:
    finite = numbers[np.isfinite(numbers)]
    return (float(finite.min()), float(finite.max())) if len(finite) else (np.inf, -np.inf)


@given(
    seed=st.integers(0, 1 << 30),
    count=st.integers(1, 9_000),
    piece=st.integers(1, 4_000),
    cuts=st.lists(st.floats(0, 1), min_size=2, max_size=40),
    replaced=st.floats(0, 1),
)
def test_extremes_are_those_of_the_entries(
    seed: int, count: int, piece: int, cuts: list[float], replaced: float
) -> None:
    numbers = _column(seed, count)
    table = _table(memory := Memory())
    extremes = Extremes(table["time"], table["value"], memory)
    for begin in range(0, count, piece):
        part = numbers[begin : begin + piece]
        table.extend(np.arange(begin, begin + len(part)), part)
        extremes.catch_up()
    # A late entry near the end, as a queue tells it: what was known from there on is forgotten.
    place = max(0, count - 1 - int(replaced * 300))
    table.insert(place, place, 5_000.0)
    extremes.cut(place)
    numbers = np.insert(numbers, place, 5_000.0)
    extremes.catch_up()
    edges = np.sort((np.array(cuts) * len(numbers)).astype(np.int64))
    low, high = extremes.of(edges[:-1], edges[1:])
    stretches = zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)
    for number, (begin, end) in enumerate(stretches):
        assert (low[number], high[number]) == _plain(numbers[begin:end])
    assert extremes.whole() == _plain(numbers)
    whole = numbers[: len(numbers) // GROUP * GROUP]
    assert extremes.has_gaps or not np.isnan(whole).any()


def test_a_stretch_costs_its_pixels_and_a_batch_costs_itself() -> None:
    """Of a million entries, 500 stretches look at a fiftieth."""
    table = _table(memory := Memory())
    extremes = Extremes(table["time"], column := table["value"], memory)
    for begin in range(0, 1_000_000, 50_000):
        numbers = np.arange(begin, begin + 50_000)
        table.extend(numbers, numbers)
        extremes.catch_up()
    assert extremes.nbytes < 2.5 * 1_000_000
    read: list[int] = []

    class Watched(Extremes):
        def _read_groups(self, number: int, groups: npt.NDArray[np.int64]) -> tuple[Floats, Floats]:
            read.append(len(groups) * GROUP)
            return super()._read_groups(number, groups)

        def _read(self, number: int, part: slice) -> tuple[Floats, Floats]:
            read.append(part.stop - part.start)
            return super()._read(number, part)

    watched = Watched(table["time"], column, memory)
    watched.catch_up()
    edges = np.linspace(3, 999_991, 501).astype(np.int64)
    low, high = watched.of(edges[:-1], edges[1:])
    assert low.tolist() == edges[:-1].tolist()
    assert high.tolist() == (edges[1:] - 1).tolist()
    assert sum(read) < 60_000
    read.clear()
    table.extend(np.arange(100), np.arange(100))
    watched.catch_up()
    assert not read
    assert watched.pending() < GROUP


def test_its_memory_is_in_the_account() -> None:
    table = _table(memory := Memory())
    extremes = Extremes(table["time"], table["value"], memory)
    table.extend(np.arange(10_000), np.arange(10_000))
    before = memory.used
    extremes.catch_up()
    assert memory.used - before == extremes.nbytes > 0
