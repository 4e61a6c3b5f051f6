"""The columns of tasks against a plain walk over their events; rows that settle."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import settling
from engine.events import Flag, Kind, ObjectKind
from engine.memory import Memory
from engine.objects import ObjectTable
from engine.pool import STATES, Task, TaskTable, states_at
from engine.pool_moment import waiting_over_time
from engine.series import Steps
from engine.trace import Object

TEXTS = ["", "four", "five"]
POOLS = (1, 2)
TASKS = tuple(range(3, 40))
Row = tuple[int, Kind, int, int, int, int]  # time, kind, object, thread, value, flags

ROWS = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from((Kind.TASK_SUBMIT, Kind.TASK_BEGIN, Kind.TASK_END, Kind.TASK_CANCELLED)),
        st.sampled_from(TASKS),
        st.integers(0, 3),
        st.sampled_from(((0, 0), (7, 0), (1, Flag.TEXT), (2, Flag.TEXT | Flag.RAISED))),
        st.integers(0, 3),
    ),
    max_size=200,
)


def objects() -> list[Object]:
    made = [Object(0, ObjectKind.LOCK, 0, "", "", 0)]
    made += [Object(pool, ObjectKind.POOL, 0, f"pool {pool}", "", 0) for pool in POOLS]
    for number in TASKS:
        extra: dict[str, object] = {"pool": POOLS[number % 2], "label": f"task {number}"}
        made.append(Object(number, ObjectKind.TASK, 0, "", "", 0, extra if number % 5 else {}))
    return made


def table_of(made: list[Object]) -> ObjectTable:
    table = ObjectTable(Memory())
    table.extend(made)
    return table


@dataclass
class Plain:
    """What tasks are, told one event after the other."""

    objects: list[Object]
    tasks: dict[int, Task] = field(default_factory=dict)

    def add(self, row: Row) -> None:
        time, kind, obj, thread, value, flags = row
        known = self.objects[obj].extra
        pool, label = known.get("pool"), str(known.get("label") or self.objects[obj].name)
        task = self.tasks.get(obj)
        if task is None:
            number = pool if isinstance(pool, int) else 0
            task = Task(obj, number, label, time, thread, place=len(self.tasks))
        if kind is Kind.TASK_SUBMIT:
            task = dataclasses.replace(task, submitted=time, submitter=thread)
        elif kind is Kind.TASK_BEGIN:
            task = dataclasses.replace(task, taken=time, worker=thread)
        elif task.ended is None or task.ended_by is None or time < task.ended:
            cancelled = kind is Kind.TASK_CANCELLED
            result = TEXTS[value] if flags & Flag.TEXT else "" if cancelled else str(value)
            task = dataclasses.replace(
                task,
                ended=time,
                ended_by=thread,
                cancelled=cancelled,
                raised=bool(flags & Flag.RAISED),
                result=result,
            )
        self.tasks[obj] = task

    def end_unseen(self, obj: int, time: int) -> None:
        task = self.tasks.get(obj)
        if task is not None and task.ended is None:
            self.tasks[obj] = dataclasses.replace(task, ended=time, result="four", raised=True)


def batch(rows: list[Row], base: int) -> Steps:
    time, kind, obj, thread, value, flags = (np.array(c) for c in zip(*rows, strict=True))
    return Steps(
        np.arange(base, base + len(rows)),
        time.astype(np.int64),
        value.astype(np.int64),
        kind.astype(np.uint8),
        flags.astype(np.uint8),
        obj.astype(np.uint32),
        thread.astype(np.uint32),
    )


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let rows settle after few, so that few events meet every way."""
    monkeypatch.setattr(settling, "CHUNK", 4)
    monkeypatch.setattr(settling, "_ASIDE", 4)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.integers(1, 60), st.lists(st.sampled_from(TASKS), max_size=3))
def test_tasks_are_what_their_events_say_one_by_one(
    small_chunks: None,
    drawn: list[tuple[int, Kind, int, int, tuple[int, int], int]],
    size: int,
    unseen: list[int],
) -> None:
    rows: list[Row] = []
    clock = 0
    for gap, kind, obj, thread, (value, flags), back in drawn:
        clock += gap
        # Another process may tell later what was earlier; of one thread times ascend.
        rows.append((clock if kind is Kind.TASK_BEGIN else max(0, clock - back), kind, obj,
                     thread, value, int(flags)))  # fmt: skip
    known = objects()
    plain = Plain(known)
    table = TaskTable(table_of(known), TEXTS, Memory())
    for begin in range(0, len(rows), size):
        part = rows[begin : begin + size]
        table.extend(batch(part, begin))
        for row in part:
            plain.add(row)
        for obj in unseen:
            table.end_unseen(obj, clock, 1, Flag.TEXT | Flag.RAISED)
            plain.end_unseen(obj, clock)
    expected = list(plain.tasks.values())
    assert list(table) == table[:] == [table[place] for place in range(len(table))] == expected
    assert dict(table.tasks) == plain.tasks
    columns = table.columns(0, len(table))
    for t in range(0, clock + 2, 3):
        assert [STATES[state] for state in states_at(columns, t)] == [
            task.state_at(t) for task in expected
        ]
        for thread in range(4):
            mine = table.of_worker(thread, t)
            running = [x for x in expected if x.worker == thread and x.state_at(t) == "running"]
            assert (mine is None and not running) or mine in running
    for pool in POOLS:
        places = [task.place for task in expected if task.pool == pool]
        assert [table.before(pool, place) for place in places] == list(range(len(places)))
    times, waiting, _ = waiting_over_time(table)
    last = {int(t): int(count) for t, count in zip(times, waiting, strict=True)}
    for t, count in last.items():
        begun = (max(x.taken, x.submitted) if x.taken is not None
                 else x.ended if x.cancelled else None for x in expected)  # fmt: skip
        gone = sum(moment is not None and moment <= t for moment in begun)
        assert count == sum(x.submitted <= t for x in expected) - gone


def test_tasks_that_ended_take_few_bytes() -> None:
    count = 200_000
    memory = Memory()
    numbers = np.arange(count)
    known = table_of([Object(0, ObjectKind.LOCK, 0, "", "", 0)] * count)
    table = TaskTable(known, [""], memory)
    for begin in range(0, count, 5_000):
        some = numbers[begin : begin + 5_000]
        for kind, later in ((Kind.TASK_SUBMIT, 0), (Kind.TASK_BEGIN, 900), (Kind.TASK_END, 9_000)):
            rest = np.zeros(len(some), np.int64)
            table.extend(
                Steps(
                    some,
                    some * 1_000 + later,
                    rest,
                    np.full(len(some), int(kind), np.uint8),
                    rest.astype(np.uint8),
                    some.astype(np.uint32),
                    (some % 8).astype(np.uint32),
                )
            )
    assert len(table) == count
    assert memory.used / count < 25
