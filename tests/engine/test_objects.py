"""Objects in columns against a plain list: whatever a probe may say of one is kept."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import objects
from engine.events import ObjectKind
from engine.memory import Memory
from engine.objects import Object, ObjectTable

LABELS = ("task 0", "task 17", "task 007", "task ", "task", "17", "task 1²", "task -1", "a lambda")
EXTRAS = st.fixed_dictionaries(
    {},
    optional={
        "pool": st.sampled_from((0, 1, 5, -1, True, 1 << 40, "pool")),
        "label": st.sampled_from((*LABELS, 3)),
        "function": st.sampled_from(("work", "", "läuft", None)),
        "arguments": st.sampled_from(("", "1, 2", "ä\ud800", 7)),
        "shared": st.just("a:1"),
    },
)
USUAL = st.fixed_dictionaries(
    {
        "pool": st.integers(0, 9),
        "label": st.integers(0, 1 << 40).map(lambda number: f"task {number}"),
        "function": st.sampled_from(("work", "")),
        "arguments": st.text(max_size=5),
    }
)
DRAWN = st.lists(
    st.tuples(
        st.sampled_from((ObjectKind.TASK, ObjectKind.TASK, ObjectKind.LOCK)),
        st.sampled_from(("", "", "name")),
        st.integers(0, 2),
        st.one_of(EXTRAS, USUAL, USUAL),
    ),
    min_size=1,
    max_size=40,
)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pack after few objects, so that few meet every way."""
    monkeypatch.setattr(objects, "_NEWEST", 4)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DRAWN, st.lists(st.integers(0, 39), max_size=5))
def test_objects_are_a_list(
    few: None,
    drawn: list[tuple[ObjectKind, str, int, dict[str, object]]],
    changed: list[int],
) -> None:
    table, plain = ObjectTable(Memory()), list[Object]()
    for number, (kind, name, line, extra) in enumerate(drawn):
        made = Object(number, kind, 0, name, "script.py", line, extra)
        plain.append(dataclasses.replace(made, extra=dict(extra)))
        table.append(made)
    for number in changed:
        if number < len(plain):
            for thing in (table.changeable(number), plain[number]):
                thing.name = "new"
                thing.extra["pid"] = 7
    assert list(table) == table[:] == [table[number] for number in range(len(table))] == plain
    for mine, its in zip(table, plain, strict=True):
        assert [(key, type(value)) for key, value in sorted(mine.extra.items())] == [
            (key, type(value)) for key, value in sorted(its.extra.items())
        ]
    assert list(reversed(table)) == plain[::-1]
    assert table[-1] == plain[-1]
    for begin in (0, len(plain) // 2, len(plain)):
        assert table.kinds(begin).tolist() == [int(thing.kind) for thing in plain[begin:]]
    others = list(table.others())
    assert all(thing in others for thing in plain if thing.kind is not ObjectKind.TASK)
    assert all(thing in others for thing in plain if "shared" in thing.extra)
    assert all(thing in plain for thing in others)
    for number, thing in enumerate(plain):
        pool = thing.extra.get("pool")
        assert table.pool_of(number) == (pool if isinstance(pool, int) else 0)


def test_a_task_takes_few_bytes() -> None:
    memory = Memory()
    table = ObjectTable(memory)
    count = 50_000
    for number in range(count):
        extra: dict[str, object] = {
            "pool": 3,
            "label": f"task {number}",
            "function": "work",
            "arguments": str(number),
        }
        table.append(Object(number, ObjectKind.TASK, 0, "", "script.py", 9, extra))
    assert memory.used / count < 20
    assert not table._kept
