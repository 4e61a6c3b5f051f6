"""Printed pieces in columns against a plain list; past the limit they are on disk, whole."""

from __future__ import annotations

import itertools
from bisect import bisect_right
from operator import attrgetter

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import outputs
from engine.memory import Memory
from engine.outputs import Output, OutputTable

PIECES = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.integers(0, 9),  # how late it comes
        st.integers(-1, 3),
        st.integers(0, 2),
        st.sampled_from(("a\n", "", "half", "two\nlines\n", "ä€\ud800\n", "x" * 50 + "\n")),
    ),
    max_size=60,
)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pack after few pieces, so that few meet every way."""
    monkeypatch.setattr(outputs, "_NEWEST", 5)
    monkeypatch.setattr(outputs, "_NEWEST_TEXT", 60)
    monkeypatch.setattr(outputs, "_LARGE", 20)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(PIECES, st.sampled_from((None, 0)))
def test_pieces_are_a_list_in_order_of_time(
    few: None, drawn: list[tuple[int, int, int, int, str]], limit: int | None
) -> None:
    table, plain = OutputTable(Memory(limit)), list[Output]()
    clock = 0
    for gap, late, thread, stream, text in drawn:
        clock += gap
        piece = Output(max(0, clock - (late if late > 6 else 0)), thread, stream, text)
        table.add(piece)
        plain.insert(bisect_right(plain, piece.time, key=attrgetter("time")), piece)
    assert list(table) == table[:] == [table[n] for n in range(len(plain))] == plain
    assert table[-7:] == plain[-7:]
    assert table[1:40:3] == plain[1:40:3]
    assert list(itertools.islice(table.backwards(len(plain)), 20)) == plain[::-1][:20]
    ends = [0, *itertools.accumulate(piece.text.count("\n") for piece in plain)]
    assert [table.line_ends(count) for count in range(len(plain) + 1)] == ends
    for t in range(-1, clock + 2):
        assert table.index_at(t) == sum(piece.time <= t for piece in plain)
    for line in range(ends[-1]):
        before = table.piece_of_line(line)
        assert ends[before] <= line < ends[before + 1]


def test_endless_printing_keeps_to_the_limit_and_is_read_from_disk() -> None:
    memory = Memory(100_000)
    table = OutputTable(memory)
    for number in range(60_000):
        table.add(Output(number, 0, 1, f"line number {number}\n"))
    assert memory.used <= 100_000
    assert memory.spilled > 60_000 * 18
    assert not memory.trouble
    for number in (0, 1, 30_000, 59_999):
        assert table[number] == Output(number, 0, 1, f"line number {number}\n")
    assert table.line_ends(len(table)) == 60_000


def test_a_piece_costs_what_was_printed_and_little_more() -> None:
    memory = Memory()
    table = OutputTable(memory)
    for number in range(100_000):
        table.add(Output(number * 1_000, number % 8, 1, f"{number:09}\n"))
    assert memory.used / 100_000 < 10 + 12
