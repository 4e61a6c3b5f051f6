"""The command line, as a person types it: real processes, without a screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
NET = 90


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    clean.pop("QT_QPA_PLATFORM", None)
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *arguments],
        capture_output=True,
        text=True,
        timeout=NET,
        encoding="utf-8",
        env={**clean, "PYTHONIOENCODING": "utf-8", **environment},
        check=False,
    )


def run_json(*arguments: str) -> tuple[dict[str, Any], int]:
    done = call("run", *arguments, "--json")
    return json.loads(done.stdout), done.returncode


def test_list_names_every_preset_with_its_parameters() -> None:
    done = call("list", "--json")
    listed = json.loads(done.stdout)
    lock = next(entry for entry in listed if entry["id"] == "lock")
    assert {"id", "title", "group", "level", "parameters"} <= set(lock)
    threads = next(p for p in lock["parameters"] if p["name"] == "THREADS")
    assert (threads["default"], threads["minimum"]) == (5, 1)
    assert "lock" in call("list").stdout


@pytest.mark.parametrize("buffered", ["", "1"])
def test_whoever_reads_no_further_is_no_failure(buffered: str) -> None:
    # `list | head`: the pipe is closed before anything is written to it.
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "wb") as closed:
        done = subprocess.run(
            [sys.executable, str(ROOT / "main.py"), "list"],
            stdout=closed,
            stderr=subprocess.PIPE,
            timeout=NET,
            env={**os.environ, "PYTHONUNBUFFERED": buffered},
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_run_prints_a_lane_a_thread_and_the_outcome() -> None:
    done = call("run", "lock", "--set", "TASK_SECONDS=0.02")
    assert done.returncode == 0
    assert "Thread-5" in done.stdout
    assert "Final total: 5" in done.stdout
    assert "finished" in done.stdout


def test_run_json_has_every_field() -> None:
    said, status = run_json("lock", "--set", "TASK_SECONDS=0.01", "--set", "THREADS=3")
    assert status == 0
    assert set(said) == {
        "python",
        "outcome",
        "exit",
        "error",
        "seconds",
        "events",
        "threads",
        "values",
        "watches",
        "expected",
        "lost_updates",
        "stale_writes",
        "unseen",
        "deadlock",
        "remarks",
        "stdout",
    }
    assert said["remarks"] == []
    assert said["values"] == said["expected"] == {"total": 3}
    assert said["watches"]["total"] == {"value": 3, "minimum": 0, "maximum": 3, "stores": 4}
    assert len(said["threads"]) == 4
    assert {"name", "process", "state", "cpu_seconds", "lock_wait_seconds"} == set(
        said["threads"][0]
    )


def test_a_deadlock_has_status_three_and_its_cycle() -> None:
    said, status = run_json("deadlock", "--set", "TASK_SECONDS=0.05")
    assert (status, said["outcome"]) == (3, "deadlocked")
    assert len(said["deadlock"]["threads"]) == len(said["deadlock"]["locks"]) == 2


@pytest.mark.parametrize(
    ("text", "status", "outcome"),
    [
        ("raise LookupError('x')", 1, "raised"),
        ("import sys; sys.exit(3)", 1, "exited"),
        ("def broken(:", 1, "refused"),
        ("\0", 1, "refused"),
        ("while True: pass", 4, "stopped"),
    ],
)
def test_a_script_that_fails(tmp_path: Path, text: str, status: int, outcome: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(text)
    said, found = run_json(str(script), "--seconds", "2")
    assert (found, said["outcome"]) == (status, outcome)


@pytest.mark.parametrize(
    "arguments",
    [
        ["run"],
        ["run", "no-such-preset"],
        ["run", "nowhere.py"],
        ["run", "lock", "--set", "THREADS"],
        ["run", "lock", "--set", "THREADS=many"],
        ["run", "lock", "--set", "THREADS=1000"],
        ["run", "lock", "--set", "NOTHING=1"],
        ["run", "lock", "--seconds", "-1"],
        ["run", "lock", "--python", "/nowhere/python"],
        ["render", "lock", "-o", "x.png", "--size", "big"],
        ["dance"],
    ],
)
def test_wrong_usage_has_status_two_and_says_why(arguments: list[str]) -> None:
    done = call(*arguments)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_pythons_lists_the_one_that_runs_this(tmp_path: Path) -> None:
    done = call("pythons", "--json", XDG_CACHE_HOME=str(tmp_path))
    listed = json.loads(done.stdout)
    mine = [one for one in listed if Path(one["path"]).resolve() == Path(sys.executable).resolve()]
    assert done.returncode == 0
    assert {"name", "path", "version", "free_threaded", "gil", "found", "usable"} <= set(mine[0])
    text = call("pythons", XDG_CACHE_HOME=str(tmp_path)).stdout
    for one in listed:
        assert one["path"] in text
        assert (one["problem"] or one["version"]) in text


def test_a_python_is_chosen_by_path_version_and_name(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys; print(*sys.version_info[:3], sep='.')")
    listed = json.loads(call("pythons", "--json").stdout)
    usable = [one for one in listed if one["usable"]]
    oldest = usable[-1]
    for wanted in (oldest["path"], oldest["name"]):
        said, status = run_json(str(script), "--python", wanted)
        assert (status, said["stdout"]) == (0, [oldest["version"]])
        assert said["python"].startswith(f"Python {oldest['version']} · ")
    for one in usable:
        version = one["version"] + ("t" if one["free_threaded"] else "")
        done = call("--python", version, "run", str(script), "--json")
        assert json.loads(done.stdout)["stdout"] == [one["version"]]


def test_a_python_that_is_not_there_lists_those_that_are() -> None:
    done = call("run", "lock", "--python", "3.99")
    assert done.returncode == 2
    assert sys.executable in done.stderr
    assert "'3.99'" in done.stderr


def test_help_and_version_need_no_qt() -> None:
    for arguments in (["--help"], ["--version"], ["run", "--help"]):
        program = (
            "import sys, runpy; sys.modules['PySide6'] = None;"
            f"sys.argv = ['main.py', *{arguments!r}];"
            f"runpy.run_path({str(ROOT / 'main.py')!r}, run_name='__main__')"
        )
        done = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=NET,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these have a display always")
def test_without_a_display_it_says_so_and_runs_the_lock_preset() -> None:
    done = call()
    assert done.returncode == 0
    assert "no display" in done.stdout
    assert "render" in done.stdout
    assert "Final total: 5" in done.stdout


def test_render_draws_the_window(tmp_path: Path) -> None:
    picture = tmp_path / "lock.png"
    done = call(
        "render",
        "lock",
        "--set",
        "TASK_SECONDS=0.02",
        "-o",
        str(picture),
        "--size",
        "1280x720",
        "--theme",
        "light",
        "--at",
        "0.05",
    )
    assert done.returncode == 0, done.stderr
    head = picture.read_bytes()[:24]
    assert head.startswith(b"\x89PNG")
    assert (int.from_bytes(head[16:20]), int.from_bytes(head[20:24])) == (1280, 720)


WATCHED = """
class Account:
    def __init__(self): self.balance = 0
account = Account()
seen = {}
for n in range(3):
    account.balance += 2
    seen[n] = "word"
seen["last"] = "done"
"""


def test_watches_are_told_with_their_least_and_greatest(tmp_path: Path) -> None:
    script = tmp_path / "watched.py"
    script.write_text(WATCHED)
    said, status = run_json(
        str(script), "--watch", "account.balance", "--watch", "len( seen )",
        "--watch", 'seen["last"]',
    )  # fmt: skip
    assert status == 0
    assert said["watches"] == {
        "account.balance": {"value": 6, "minimum": 0, "maximum": 6, "stores": 4},
        "len(seen)": {"value": 4, "minimum": 0, "maximum": 4, "stores": 5},
        "seen['last']": {"value": "'done'", "minimum": None, "maximum": None, "stores": 1},
    }
    assert said["lost_updates"]["account.balance"] == 0
    assert said["unseen"] == []
    text = call("run", str(script), "--watch", "account.balance", "--watch", "seen").stdout
    assert "account.balance = 6, lost updates 0 · 4 stores, from 0 to 6" in text
    assert "seen = {0: 'word', 1: 'word', 2: 'word', 'last': 'done'} · 4 items · 5 stores" in text


def test_what_no_probe_sees_is_told(tmp_path: Path) -> None:
    script = tmp_path / "unseen.py"
    script.write_text("total = 0\nglobals()['total'] = 5\n")
    said, _ = run_json(str(script), "--watch", "total")
    assert [each["line"] for each in said["unseen"]] == [2]
    told = call("run", str(script), "--watch", "total").stdout
    assert "may be stored unseen: line 2: globals()['total'] is stored by its name." in told


def test_a_bad_watch_says_what_would_work() -> None:
    done = call("run", "lock", "--watch", "total()")
    assert done.returncode == 2
    assert "Only len() can be watched" in done.stderr
