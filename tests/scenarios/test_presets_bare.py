"""Each preset, run alone as plain Python, does what its lesson says; on every Python found.

Nothing here waits for luck: where an outcome hangs on who comes first, the script's own
`time.sleep` becomes a barrier at which all threads meet, so the race is lost every time.
"""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from engine.probe.source import Value, parse, replace_constants
from engine.scenario import find
from tests.pythons import found_pythons

pytestmark = pytest.mark.parametrize("python", found_pythons().values(), ids=found_pythons())

_MEET = "import threading, time\n_all = threading.Barrier({})\ntime.sleep = lambda _: _all.wait()\n"


def _script(folder: Path, preset: str, before: str = "", **values: Value) -> list[str]:
    tree = parse(find(preset).text)
    replace_constants(tree, values)
    path = folder / f"{preset.replace('-', '_')}.py"
    path.write_text(before + ast.unparse(tree), encoding="utf-8")
    return ["-X", "utf8", "-W", "error", "-u", str(path)]


def _run(python: str, folder: Path, preset: str, before: str = "", **values: Value) -> str:
    command = [python, *_script(folder, preset, before, **values)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    return run.stdout


def test_start_and_join(python: str, tmp_path: Path) -> None:
    out = _run(python, tmp_path, "start-and-join", COUNTS=3, PAUSE_SECONDS=0.01, WORKERS=2)
    for who in ("Main", "Worker 1", "Worker 2"):
        places = [out.index(f"{who} counts {step}") for step in (1, 2, 3)]
        assert places == sorted(places)
        assert out.count(f"{who} counts") == 3
    assert out.endswith("Everyone has counted to 3\n")


def test_start_and_join_counts_side_by_side(python: str, tmp_path: Path) -> None:
    out = _run(python, tmp_path, "start-and-join", _MEET.format(2), COUNTS=4)
    for step in (1, 2, 3):
        latest = max(out.index(f"{who} counts {step}") for who in ("Main", "Worker 1"))
        assert latest < min(out.index(f"{who} counts {step + 1}") for who in ("Main", "Worker 1"))


def test_lost_update(python: str, tmp_path: Path) -> None:
    out = _run(python, tmp_path, "lost-update", _MEET.format(5))
    assert out == "Counted 2 of 10 visits; 8 are lost\n"


def test_lost_update_loses_as_shipped(python: str, tmp_path: Path) -> None:
    out = _run(python, tmp_path, "lost-update")
    match = re.fullmatch(r"Counted (\d+) of 10 visits; (\d+) are lost\n", out)
    assert match is not None
    assert 2 <= int(match[1]) < 10
    assert int(match[1]) + int(match[2]) == 10


def test_lock(python: str, tmp_path: Path) -> None:
    out = _run(python, tmp_path, "lock", THREADS=4, INCREMENTS=5, TASK_SECONDS=0.001)
    # Each line is printed under the lock, so even the order of the totals is certain.
    assert re.findall(r"makes the total (\d+)\n", out) == [str(n) for n in range(1, 21)]
    assert out.endswith("Final total: 20, expected: 20\n")


def test_lock_left_out(python: str, tmp_path: Path) -> None:
    out = _run(python, tmp_path, "lock", _MEET.format(5), USE_LOCK=False)
    assert out.endswith("Final total: 1, expected: 5\n")


def test_deadlock(python: str, tmp_path: Path) -> None:
    command = [python, *_script(tmp_path, "deadlock", _MEET.format(2))]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        said = ""
        while not ("Ana takes" in said and "Ben takes" in said):
            letter = process.stdout.read(1)
            assert letter, said
            said += letter
        # The one wait in this file: that nothing more happens is the outcome.
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=0.8)
    finally:
        process.kill()
        rest, errors = process.communicate()
    assert "cooks" not in rest
    assert errors == ""


def test_deadlock_in_the_same_order(python: str, tmp_path: Path) -> None:
    out = _run(python, tmp_path, "deadlock", TASK_SECONDS=0.001, MEALS=3, SAME_ORDER=True)
    assert out.endswith("Meals ready: 6\n")


def test_deadlock_fixed(python: str, tmp_path: Path) -> None:
    out = _run(python, tmp_path, "deadlock-fixed", TASK_SECONDS=0.001, MEALS=3)
    assert out.count("has both tools and cooks") == 6
    assert out.endswith("Meals ready: 6\n")


def test_producer_consumer(python: str, tmp_path: Path) -> None:
    out = _run(
        python,
        tmp_path,
        "producer-consumer",
        BAKERS=2,
        SHOPPERS=3,
        LOAVES=10,
        CAPACITY=2,
        BAKE_SECONDS=0.001,
        EAT_SECONDS=0.001,
    )
    taken = re.findall(r"takes loaf (\d)\.(\d+)", out)
    assert sorted(taken) == sorted((b, str(n)) for b in "12" for n in range(1, 11))
    assert out.endswith("20 of 20 loaves were eaten\n")


def test_thread_pool(python: str, tmp_path: Path) -> None:
    out = _run(python, tmp_path, "thread-pool", WORKERS=2, TASKS=5, TASK_SECONDS=0.01)
    places = [out.index(f"Page {number} has arrived") for number in range(5)]
    assert places == sorted(places)
    assert set(re.findall(r"fetched by (pool_\d)", out)) <= {"pool_0", "pool_1"}
    assert out.count("is fetched by") == 5
    assert out.endswith("All pages are here\n")


def test_thread_pool_has_no_more_workers_than_it_is_given(python: str, tmp_path: Path) -> None:
    # All three must be inside at once to get past the barrier, and six jobs pass it twice.
    out = _run(python, tmp_path, "thread-pool", _MEET.format(3), WORKERS=3, TASKS=6)
    assert set(re.findall(r"fetched by (pool_\d)", out)) == {"pool_0", "pool_1", "pool_2"}


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_threads_or_processes(python: str, method: str, tmp_path: Path) -> None:
    choose = (
        "import multiprocessing, sys\n"
        f"if __name__ == '__main__' and {method!r} in multiprocessing.get_all_start_methods():\n"
        f"    multiprocessing.set_start_method({method!r})\n"
    )
    out = _run(python, tmp_path, "threads-or-processes", choose, WORKERS=2, ROUNDS=2)
    assert "the shared count says 4\n" in out
    assert out.count("counted 2 rounds in its own copy") == 2
    assert "the count here still says 0\n" in out
    assert re.search(r"Speed-up by processes: \d+\.\d times\n$", out)


def test_free_threaded(python: str, tmp_path: Path) -> None:
    # A GIL build loses none. Without a GIL it takes luck to lose none, and here it takes it often.
    for _ in range(20):
        out = _run(python, tmp_path, "free-threaded", THREADS=4, UPDATES=200_000, ROUNDS=1)
        lost = int(re.search(r"Updates lost: ([\d,]+)\n$", out)[1].replace(",", ""))  # type: ignore[index]
        final = int(re.search(r"Final counter: ([\d,]+)\n", out)[1].replace(",", ""))  # type: ignore[index]
        assert lost + final == 800_000
        assert re.search(r"Speed-up: \d+\.\d\d times\n", out)
        if "Build: with a GIL\n" in out:
            assert lost == 0
            return
        assert "Build: free-threaded, no GIL\n" in out
        if lost:
            return
    raise AssertionError("a free-threaded build lost no update in twenty runs")
