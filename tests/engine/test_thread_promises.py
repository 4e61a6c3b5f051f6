"""What `threading`, `queue` and the pools promise holds under the probes: real children."""

from __future__ import annotations

import functools
import re
import subprocess
from pathlib import Path

import pytest

from engine import accelerator
from engine.events import Kind, ObjectKind
from engine.report import printed
from engine.trace import Trace
from engine.wakers import ending
from gui.labels import slice_label
from tests.engine.whole_runs import DATA, FORM_NAMES, FORMS, NET, whole_run
from tests.pythons import found_pythons

Form = tuple[str, bool]
_ADDRESS = re.compile(r"0x[0-9a-f]+")


def told(text: str) -> str:
    return _ADDRESS.sub("0x", text)


def probed(script: Path, form: Form) -> tuple[str, str, Trace]:
    trace, outcome = whole_run(script, form)
    assert outcome.ending == "finished"
    assert not outcome.cut
    return told(printed(trace, 1)), told(printed(trace, 2)), trace


@functools.cache
def bare(script: Path, python: str) -> tuple[str, str]:
    command = [found_pythons()[python], str(script)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=NET, check=True)
    return told(done.stdout), told(done.stderr)


@pytest.mark.parametrize("form", FORMS, ids=FORM_NAMES)
@pytest.mark.parametrize("script", ["promises.py", "traced.py", "loops.py"])
def test_a_script_sees_what_it_sees_alone(script: str, form: Form) -> None:
    alone, (output, errors, _) = bare(DATA / script, form[0]), probed(DATA / script, form)
    lines, lines_alone = output.splitlines(), alone[0].splitlines()
    if script == "traced.py" and not (form[1] and accelerator.ready(found_pythons()[form[0]])):
        # A probed lock in Python has methods that are no built-in functions.
        lines, lines_alone = up_to_profile(lines), up_to_profile(lines_alone)
    assert lines == lines_alone
    assert errors.splitlines() == alone[1].splitlines()


def up_to_profile(lines: list[str]) -> list[str]:
    return lines[: next(i for i, line in enumerate(lines) if line.startswith("-- setprofile"))]


@pytest.mark.parametrize("form", FORMS, ids=FORM_NAMES)
def test_what_asyncio_and_bare_threads_do_is_seen(form: Form) -> None:
    _, _, trace = probed(DATA / "loops.py", form)
    names = {thread.name for thread in trace.threads}
    assert {"MainThread", "asyncio_0", "mine_0", "raw", "fails"} <= names
    pools = [thing for thing in trace.objects if thing.kind is ObjectKind.POOL]
    assert [pool.name for pool in pools] == ["asyncio's pool", "own"]
    ends = loop_waits(trace)
    assert ("woken", "asyncio_0", "called into event loop") in ends
    assert ("timed out", "", "") in ends
    raised = [event for event in trace.events() if event.kind is Kind.RAISED]
    assert [(trace.threads[event.thread].name, event.value) for event in raised] == [
        ("fails", "KeyError: 'raw'")
    ]
    locks = [thing.name for thing in trace.objects if thing.kind is ObjectKind.LOCK]
    assert "done" in locks


def loop_waits(trace: Trace) -> list[tuple[str, str, str]]:
    found: list[tuple[str, str, str]] = []
    for number in range(len(trace.lanes[0].starts)):
        piece = trace.lanes[0].slice(number)
        if piece is None or piece.kind is not Kind.LOOP_WAIT:
            continue
        assert slice_label(trace, 0, piece) == "event loop: nothing to run"
        end = ending(trace, 0, piece)
        who = "" if end.thread is None else trace.threads[end.thread].name
        found.append((end.how, who, end.words))
    return found


def test_an_interpreter_pool_of_python_3_14_is_seen(tmp_path: Path) -> None:
    # As 3.14 has it: a kind of thread pool, whose work items are given one tuple.
    script = tmp_path / "interpreters.py"
    script.write_text(
        "from concurrent.futures import Future, thread\n"
        "class InterpreterPoolExecutor(thread.ThreadPoolExecutor):\n"
        "    pass\n"
        "with InterpreterPoolExecutor(1) as pool:\n"
        "    print(pool.submit(pow, 2, 3).result())\n"
        "import sys\n"
        "class Item:\n"
        "    def __init__(self, future, task):\n"
        "        self.made_of = future, task\n"
        "sys.modules['_threadlab.probe.pools']._watch_items(Item)\n"
        "print(Item('future', (abs, (1,), {})).made_of)\n"
    )
    trace, _ = whole_run(script, FORMS[0])
    (pool,) = (thing for thing in trace.objects if thing.kind is ObjectKind.POOL)
    assert (pool.name, pool.extra["flavour"]) == ("pool", "interpreter")
    assert printed(trace, 1).splitlines() == [
        "8",
        "('future', (<built-in function abs>, (1,), {}))",
    ]


@pytest.mark.parametrize("form", FORMS, ids=FORM_NAMES)
def test_callbacks_are_told_by_the_thread_that_runs_them(tmp_path: Path, form: Form) -> None:
    script = tmp_path / "callbacks.py"
    script.write_text(
        "import threading\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "def in_worker(future): print(threading.current_thread().name)\n"
        "def at_once(future): print(threading.current_thread().name)\n"
        "go = threading.Event()\n"
        "with ThreadPoolExecutor(1, 'worker') as pool:\n"
        "    task = pool.submit(go.wait)\n"
        "    task.add_done_callback(in_worker)\n"
        "    go.set()\n"
        "task.add_done_callback(at_once)\n"
    )
    trace, _ = whole_run(script, form)
    told = [
        (trace.threads[event.thread].name, event.value)
        for event in trace.events()
        if event.kind is Kind.CALLBACKS
    ]
    assert told == [("worker_0", "in_worker"), ("MainThread", "at_once")]
    assert printed(trace, 1).split() == ["worker_0", "MainThread"]


@pytest.mark.parametrize("form", FORMS, ids=FORM_NAMES)
def test_a_sleep_that_is_handed_to_a_thread_or_a_pool_is_seen(tmp_path: Path, form: Form) -> None:
    script = tmp_path / "sleeps.py"
    script.write_text(
        "import threading, time\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "threading.Thread(target=time.sleep, args=(0.02,), name='sleeper').start()\n"
        "with ThreadPoolExecutor(1, 'worker') as pool:\n"
        "    pool.submit(time.sleep, 0.03)\n"
    )
    trace, _ = whole_run(script, form)
    slept = {
        (trace.threads[event.thread].name, event.value)
        for event in trace.events()
        if event.kind is Kind.SLEEP_BEGIN
    }
    assert slept == {("sleeper", 20_000_000), ("worker_0", 30_000_000)}
