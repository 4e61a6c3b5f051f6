"""Both builds side by side: planned, measured bare, given up; with what this machine has."""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from engine import headless, scenario
from engine.aside import Cancelled
from engine.interpreters import Python, look_at
from engine.launch import request
from engine.lesson import Beside
from engine.session import Interpreter
from engine.side_by_side import WALL, Comparison, compare, plan, stopped
from tests.pythons import found_pythons

BESIDE = Beside("other-build", ("Sum", "Name", "Gone"), ("Sum",))
SCRIPT = """
import sys, threading
NUMBER: int = 1
NAME: str = "x"
threads = [threading.Thread(target=int) for _ in range(NUMBER)]
for t in threads: t.start()
for t in threads: t.join()
print("Sum:", sum(range(NUMBER)))
print("Name:  %s " % NAME)
print("said", len(threading.enumerate()), threading.Lock, sys.argv, __file__, file=sys.stderr)
"""


def python(path: str, *, free: bool, env: str = "", version: str = "3.13.0") -> Python:
    return Python(
        path=path,
        where=("PATH",),
        release=version,
        implementation="cpython",
        free_threaded=free,
        gil=not free,
        environment=env,
    )


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "script.py"
    path.write_text(SCRIPT)
    return path


ORDINARY = Interpreter("3.12.4", gil=True, free_threaded=False)
FREE = Interpreter("3.13.5", gil=False, free_threaded=True)


def planned(said: Interpreter, *found: Python) -> Comparison:
    return plan(BESIDE, sys.executable, said, found)


def test_the_ordinary_build_stands_left() -> None:
    for said, other in ((ORDINARY, python("/t", free=True)), (FREE, python("/g", free=False))):
        left, right = planned(said, other).columns
        assert (left.heading, right.heading) == ("Ordinary build", "Free-threaded build")
        assert {left.path, right.path} == {sys.executable, other.path}
        assert (left.state, right.state) == ("waits", "waits")


def test_a_project_s_environment_is_the_last_resort() -> None:
    env = python("/env", free=True, env=".venv")
    plain = python("/plain", free=True, version="3.14.0")
    assert planned(ORDINARY, env, plain).columns[1].path == "/plain"
    assert planned(ORDINARY, env).columns[1].path == "/env"


def test_none_found_says_so_and_how_to_get_one(script: Path) -> None:
    """A machine without the other build, whatever this one has."""
    said = Interpreter(".".join(map(str, sys.version_info[:3])), gil=True, free_threaded=False)
    before = plan(BESIDE, sys.executable, said, [python("/g", free=False)])
    assert before.columns[1].state == "missing"
    done = compare(before, script, {"NUMBER": 4}, limit=60)
    assert done.over
    assert done.rows[0] == ("Sum", "6", "–")
    assert "No free-threaded Python was found here" in done.advice
    assert "3.13t" in done.text()
    assert "none found here" in done.text()
    alone = planned(FREE)
    assert "No ordinary Python" in alone.advice
    looking = plan(BESIDE, sys.executable, said, None)
    assert not looking.over
    assert "looking for one" in looking.text()


def test_what_is_measured_is_bare_and_printed(script: Path) -> None:
    steps: list[tuple[str, str]] = []

    def news(step: Comparison) -> None:
        left, right = step.columns
        steps.append((left.state, right.state))

    done = compare(
        planned(ORDINARY, python(sys.executable, free=True)),
        script,
        {"NUMBER": 5, "NAME": "abc"},
        limit=60,
        news=news,
    )
    assert steps == [("runs", "waits"), ("done", "waits"), ("done", "runs"), ("done", "done")]
    rows = {name: values for name, *values in done.rows}
    assert rows["Sum"] == ["10", "10"]
    assert rows["Name"] == ["abc", "abc"]
    assert rows["Gone"] == ["not printed", "not printed"]
    assert all(value.endswith(" s") for value in rows[WALL])
    assert done.over
    assert not done.advice or "cores busy" in done.advice
    assert json.loads(json.dumps(done.to_json()))["columns"][0]["figures"]["Sum"] == "10"


def test_a_bare_run_has_no_probe(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "import _thread, sys, threading, time\n"
        "print('Sum:', threading.Lock is _thread.allocate_lock or threading.Lock is _thread.lock,"
        " type(time.sleep).__name__, len(threading.enumerate()), sys.argv == [__file__])\n"
    )
    done = compare(planned(ORDINARY), script, {}, limit=60)
    assert done.columns[0].figures["Sum"] == "True builtin_function_or_method 1 True"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("print('Sum: 3')\nraise LookupError('x')", "ended with status 1: LookupError: x"),
        ("import sys; sys.exit(3)", "ended with status 3"),
        ("while True: pass", "was ended after"),
        ("while True: print('x' * 1000)", "was ended after"),
    ],
)
def test_a_run_that_fails_says_how(tmp_path: Path, text: str, problem: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(text)
    limit = 1.0 if "pass" in text else 60.0
    done = compare(planned(ORDINARY), script, {}, limit=limit)
    assert done.columns[0].state == "failed"
    assert problem in done.advice
    assert done.rows[0][1] == ("3" if "Sum" in text else "not printed")


def test_an_interpreter_that_is_gone_is_told(script: Path) -> None:
    before = planned(ORDINARY)
    gone = dataclasses.replace(before.columns[0], path="/nowhere/python")
    before = dataclasses.replace(before, columns=(gone, before.columns[1]))
    assert "does not start" in compare(before, script, {}).advice


def test_other_programs_on_the_cores_are_told(script: Path) -> None:
    done = compare(planned(ORDINARY), script, {}, limit=60)
    left, right = done.columns
    assert left.others is None or left.others >= 0

    def told(others: float | None) -> str:
        columns = (dataclasses.replace(left, others=others), right)
        return dataclasses.replace(done, columns=columns).advice

    cores = os.cpu_count() or 1
    assert f"{cores * 0.75:.1f} of {cores} cores busy" in told(cores * 0.75)
    assert "cores busy" not in told(cores * 0.2)
    assert "cores busy" not in told(None)


def test_giving_up_leaves_no_process(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    note = tmp_path / "pid"
    script.write_text(
        f"import os\nopen({str(note)!r} + 'x', 'w').write(str(os.getpid()))\n"
        f"os.rename({str(note)!r} + 'x', {str(note)!r})\nwhile True: pass\n"
    )
    with pytest.raises(Cancelled):
        compare(planned(ORDINARY), script, {}, cancelled=note.exists)
    assert not psutil.pid_exists(int(note.read_text()))


def test_what_was_stopped_keeps_what_was_measured(script: Path) -> None:
    done = compare(planned(ORDINARY), script, {}, limit=60)
    half = dataclasses.replace(
        done, columns=(done.columns[0], dataclasses.replace(done.columns[1], state="runs"))
    )
    assert not half.over
    assert stopped(half).over
    assert stopped(half).rows[0] == ("Sum", "0", "stopped")


def run(find: Callable[[], list[Python]], path: str) -> Comparison:
    shown = scenario.find("free-threaded")
    wanted = request(shown, {"UPDATES": 1000, "ROUNDS": 2, "THREADS": 2})
    session, outcome = headless.drive(wanted, path, 60)
    assert outcome.ending == "finished"
    compared = headless.beside(shown, wanted, session, 60, find)
    assert compared is not None
    return compared


def test_the_preset_with_what_this_machine_has() -> None:
    """Both builds where there are both; where not, what is said then."""
    machine = [look_at(path) for path in found_pythons().values()]
    own = look_at(sys.executable)
    compared = run(lambda: machine, sys.executable)
    other = [python for python in machine if python.free_threaded != own.free_threaded]
    states = {column.state for column in compared.columns}
    if not other:
        assert states == {"done", "missing"}
        assert "was found here" in compared.advice
        return
    assert states == {"done"}
    for column in compared.columns:
        assert set(column.figures) == set(compared.figures)
        assert column.figures["Expected counter"] == "2,000"
    free = compared.columns[1]
    assert "free-threaded" in free.python


def test_the_preset_on_a_machine_without_the_other_build() -> None:
    own = look_at(sys.executable)
    compared = run(lambda: [own], sys.executable)
    assert {column.state for column in compared.columns} == {"done", "missing"}
    assert "was found here" in compared.advice


def test_a_lesson_that_asks_for_nothing_gets_nothing() -> None:
    shown = scenario.find("lock")
    wanted = request(shown, {"TASK_SECONDS": 0.01})
    session, _ = headless.drive(wanted, sys.executable, 60)
    assert headless.beside(shown, wanted, session, 60, list) is None
