"""A script whose text was edited runs as if it were the file, and the file is left alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from engine import headless, scenario
from engine.launch import request
from engine.outcome import Outcome
from engine.report import printed
from engine.session import Session
from tests.pythons import found_pythons

NET = 60

EDITS = {
    "names": "import sys\nprint(__name__, __file__, sys.argv, sys.path[0])\nimport beside\n",
    "traceback": "def edited():\n    return 1 / 0  # the edited line\n\n\nedited()\n",
    "in a thread": (
        "import threading\n\n\ndef edited():\n    raise ValueError('x')  # the edited line\n\n\n"
        "t = threading.Thread(target=edited)\nt.start()\nt.join()\n1 / 0  # and this one\n"
    ),
    "source": "import inspect\n\n\ndef edited(): pass\n\n\nprint(inspect.getsource(edited))\n",
    "without a line end": "print('here')\n1 / 0  # the last line",
    "spawned": (
        "import multiprocessing\n\nFACTOR: int = 2\n\n\n"
        "def times(n):\n    print('child', n * FACTOR, __name__)\n    if n == 4: 1 / 0\n\n\n"
        "if __name__ == '__main__':\n"
        "    for n in 3, 4:\n"
        "        p = multiprocessing.get_context('spawn').Process(target=times, args=(n,))\n"
        "        p.start()\n        p.join()\n"
    ),
    "fork server": (
        "import multiprocessing\n\n\n"
        "def edited():\n    print('child', __name__)\n\n\n"
        "if __name__ == '__main__':\n"
        "    p = multiprocessing.get_context('forkserver').Process(target=edited)\n"
        "    p.start()\n    p.join()\n"
    ),
}
ON_DISK = "this is no Python at all (\n" * 40


def drive(script: Path, text: str, python: str, folder: Path) -> tuple[Session, Outcome]:
    chosen = scenario.with_text(scenario.new(script), text)
    return headless.drive(request(chosen, directory=folder), python, NET)


EVERYWHERE = ("in a thread", "spawned")
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.mark.parametrize(
    ("name", "python"),
    [(n, p) for n in EDITS for p in found_pythons() if n in EVERYWHERE or p == HERE],
)
def test_an_edited_script_is_the_file(tmp_path: Path, name: str, python: str) -> None:
    script = tmp_path / "script.py"
    (tmp_path / "beside.py").write_text("print('beside', __name__)\n")
    script.write_text(EDITS[name], "utf-8")
    interpreter = found_pythons()[python]
    command = [interpreter, str(script)]
    bare = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, timeout=NET, check=False
    )
    script.write_text(ON_DISK)
    session, outcome = drive(script, EDITS[name], interpreter, tmp_path)
    assert printed(session.trace, 1) == bare.stdout
    assert printed(session.trace, 2) == bare.stderr
    assert outcome.exit == bare.returncode
    assert session.intake.errors == []
    assert session.trace.sources == {str(script): EDITS[name]}
    assert script.read_text() == ON_DISK


def test_a_new_script_needs_no_file(tmp_path: Path) -> None:
    script = tmp_path / "untitled.py"
    (tmp_path / "beside.py").write_text("answer = 42\n")
    session, outcome = drive(
        script, "import beside\nprint(beside.answer)\n", sys.executable, tmp_path
    )
    assert (printed(session.trace, 1), outcome.ending) == ("42\n", "finished")
    assert not script.exists()


def test_an_edited_preset_keeps_its_lesson_and_gets_its_new_constants(tmp_path: Path) -> None:
    lock = scenario.find("lock")
    before = lock.path.read_bytes()
    text = lock.text.replace("THREADS: int = 5", "EXTRA: int = 7  # 1..9\nTHREADS: int = 3")
    edited = scenario.with_text(lock, text)
    assert (edited.id, edited.edited, edited.lesson) == (lock.id, True, lock.lesson)
    assert edited.defaults["THREADS"] == 3
    assert edited.defaults["EXTRA"] == 7
    assert edited.parameter("THREADS").label == lock.parameter("THREADS").label
    session, outcome = headless.drive(request(edited, {"TASK_SECONDS": 0.01}), limit=NET)
    assert outcome.ending == "finished"
    assert len(session.trace.threads) == 4
    assert lock.path.read_bytes() == before
    names = {thing.name for thing in session.trace.objects if thing.line}
    assert "total_lock" in names
