"""Pools of threads: what a task gave is shown as Python writes it, whatever it is."""

from __future__ import annotations

import pytest

from engine.events import ObjectKind
from tests.engine.whole_runs import DATA, FORM_NAMES, FORMS, whole_run

GIVEN = ["7", str(-(2**70)), str(2**63), "True", "1.5", "'text'", "None", "[1, 2]"]
RESULTS = [*GIVEN, "Empty: nothing", "8"]


@pytest.mark.parametrize("form", FORMS, ids=FORM_NAMES)
def test_each_task_has_its_arguments_and_its_result(form: tuple[str, bool]) -> None:
    trace, outcome = whole_run(DATA / "results.py", form)
    assert outcome.ending == "finished"
    made = [made for made in trace.objects if made.kind is ObjectKind.TASK]
    tasks = [trace.tasks.tasks[task.number] for task in made]
    assert [task.result for task in tasks] == RESULTS
    assert [task.state_at(trace.now) for task in tasks] == ["done"] * 8 + ["raised", "done"]
    assert [task.label for task in tasks] == [*(f"task {n}" for n in range(9)), "task 0"]
    assert {str(task.extra["function"]) for task in made} == {"give"}
    assert [task.extra["arguments"] for task in made] == [*GIVEN, "<Empty>", "8"]
    pools = [task.pool for task in tasks]
    assert len(set(pools[:9])) == 1
    assert pools[9] not in (0, pools[0])
