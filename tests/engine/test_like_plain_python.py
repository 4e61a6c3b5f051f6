"""A script must print, fail and end as it does without ThreadLab: bare and probed, side by side.

Each file in `scripts/` is one program; the first lines may say `# arguments: ...`, `# posix` (it
needs signals or `fork`) or `# near: why` (its numbers may differ by three).
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.engine.side_by_side import NET, Ran, prepare, run_both
from tests.pythons import found_pythons

FOLDER = Path(__file__).parent / "scripts"
SCRIPTS = sorted(path.name for path in FOLDER.glob("*.py"))
#: What may differ on one Python, and why. It shrinks.
DIFFERS = {
    ("exit_destructors.py", "3.13t"): "what only a cycle holds is freed after the streams are gone",
}
#: These depend on the interpreter's inside. Without --every-python the others run on this one only.
ON_EVERY_PYTHON = {
    "error_in_thread.py",
    "exit_destructors.py",
    "inherits.py",
    "low_level_threads.py",
    "main_module.py",
    "output_descriptor.py",
    "primitives.py",
    "processes.py",
    "signals.py",
    "stack.py",
    "star_imports.py",
    "unusual.py",
}
#: As where nothing was set: buffered, UTF-8.
ENVIRONMENT = {"PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": ""}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "python" not in metafunc.fixturenames:
        return
    everywhere = metafunc.config.getoption("every_python")
    metafunc.parametrize(
        ("name", "python"),
        [
            (name, python)
            for name in SCRIPTS
            for python, interpreter in found_pythons().items()
            if (name, python) not in DIFFERS
            and (everywhere or name in ON_EVERY_PYTHON or interpreter == sys.executable)
        ],
    )


def _notes(script: Path) -> dict[str, str]:
    lines = script.read_text("utf-8").splitlines()[:3]
    found = (re.match(r"# (arguments|posix|near)\b:?\s*(.*)", line) for line in lines)
    return {note[1]: note[2] for note in found if note}


def _without_numbers(ran: Ran) -> Ran:
    return Ran(re.sub(r"\d+", "N", ran.stdout), re.sub(r"\d+", "N", ran.stderr), ran.exit)


def _numbers(ran: Ran) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", ran.stdout + ran.stderr)]


def test_prints_and_ends_as_plain_python_does(
    tmp_path: Path,
    name: str,
    python: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    interpreter = found_pythons()[python]
    script = prepare(FOLDER / name, tmp_path)
    notes = _notes(script)
    if "posix" in notes and sys.platform == "win32":
        pytest.skip("signals and fork are POSIX")
    arguments = tuple(shlex.split(notes.get("arguments", "")))
    for variable, value in ENVIRONMENT.items():
        monkeypatch.setenv(variable, value)
    bare, probed, session, _ = run_both(interpreter, script, arguments)
    if "near" in notes:
        pairs = zip(_numbers(bare), _numbers(probed), strict=True)
        assert all(abs(one - other) <= 3 for one, other in pairs), (bare, probed)
        bare, probed = _without_numbers(bare), _without_numbers(probed)
    assert probed.stdout == bare.stdout
    assert probed.stderr == bare.stderr
    assert probed.exit == bare.exit
    assert session.intake.errors == []


@pytest.mark.skipif(sys.platform == "win32", reason="asks the parent's death of POSIX")
def test_a_child_ends_when_the_window_is_gone(tmp_path: Path) -> None:
    script = tmp_path / "endless.py"
    script.write_text("print('on')\nwhile True:\n    pass\n")
    program = (
        "import os, sys\nfrom pathlib import Path\nfrom engine.session import Request, Session\n"
        "s = Session(sys.executable)\ns.start(Request(Path(sys.argv[1])))\n"
        "while not s.trace.outputs:\n    s.wait_for_more(1)\n    s.pump()\n"
        "print(s.pid, flush=True)\nos.kill(os.getpid(), 9)\n"
    )
    root = Path(__file__).resolve().parents[2]
    dead = subprocess.run(
        [sys.executable, "-c", program, str(script)],
        capture_output=True,
        timeout=NET,
        cwd=root,
        text=True,
        check=False,
    )
    import psutil

    try:
        child = psutil.Process(int(dead.stdout))
        if child.status() != psutil.STATUS_ZOMBIE:
            child.wait(NET)
    except psutil.NoSuchProcess:
        pass
