"""The environment of a child: the person's own, on every Python found, with nothing installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine import environment, headless
from engine.interpreters import look_at
from engine.session import Request
from tests.pythons import found_pythons


class TestEnvironment:
    """A child gets the person's environment, without what is ThreadLab's own."""

    def test_what_the_person_set_stays(self) -> None:
        given = {"PYTHONPATH": f"/mine{os.pathsep}", "LANG": "C", "PYTHONHOME": "/x"}
        assert environment.for_child(sys.executable, given) == given

    def test_a_home_of_ours_goes_to_no_other(self) -> None:
        given = {"PYTHONHOME": "/x", "PYTHONPATH": str(environment.ROOT)}
        assert environment.for_child("/another/python", given) == {}

    def test_our_own_environment_is_taken_out(self, monkeypatch: pytest.MonkeyPatch) -> None:
        ours = "/opt/threadlab/.venv"
        monkeypatch.setattr(sys, "prefix", ours)
        given = {
            "VIRTUAL_ENV": ours,
            "VIRTUAL_ENV_PROMPT": "x",
            "PATH": os.pathsep.join([f"{ours}/bin", "/usr/bin"]),
            "PYTHONPATH": f"{ours}/lib",
            "__PYVENV_LAUNCHER__": "x",
        }
        assert environment.for_child("/usr/bin/python3", given) == {"PATH": "/usr/bin"}
        assert environment.for_child(f"{ours}/bin/python", given)["VIRTUAL_ENV"] == ours

    def test_what_is_set_for_us_is_not_passed_on(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(environment, "_ours", {})
        monkeypatch.setenv("TL_SET", "before")
        monkeypatch.delenv("TL_NEW", raising=False)
        environment.set_for_us("TL_SET", "ours")
        environment.set_for_us("TL_NEW", "ours")
        monkeypatch.setenv("TL_NEW", "ours")  # so that it is taken back
        found = environment.for_child(sys.executable)
        assert os.environ["TL_SET"] == "ours"
        assert found["TL_SET"] == "before"
        assert "TL_NEW" not in found


@pytest.mark.parametrize("name", found_pythons())
def test_a_child_needs_nothing_installed(name: str, tmp_path: Path) -> None:
    """An environment without pip, and a ThreadLab whose own PYTHONHOME fits no other Python."""
    base = found_pythons()[name]
    env = tmp_path / "bare"
    subprocess.run([base, "-m", "venv", "--without-pip", str(env)], check=True, timeout=90)
    python = look_at(str(env))
    assert python.environment == "bare"
    script = tmp_path / "script.py"
    script.write_text(
        "import os, sys, threading\n"
        "t = threading.Thread(target=print, args=('hello',)); t.start(); t.join()\n"
        "print(sys.prefix, sorted(n for n in os.environ if n.startswith('PYTHON')))\n"
    )
    program = (
        "import os, sys\nfrom pathlib import Path\n"
        "os.environ['PYTHONHOME'] = sys.base_prefix\n"
        "os.environ['PYTHONPATH'] = sys.argv[3]\n"
        "from engine import headless, report\nfrom engine.session import Request\n"
        "session, outcome = headless.drive(Request(Path(sys.argv[1])), sys.argv[2], 60)\n"
        "print(report.printed(session.trace, 1), outcome.sentence())\n"
    )
    root = str(environment.ROOT)
    clean = {n: v for n, v in os.environ.items() if not n.startswith("PYTHON")}
    done = subprocess.run(
        [sys.executable, "-c", program, str(script), python.path, root],
        cwd=root,
        env=clean,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    # Only where it is the same interpreter does PYTHONHOME mean the same, and is the person's.
    kept = ["PYTHONHOME"] if os.path.realpath(base) == os.path.realpath(sys.executable) else []
    assert done.stdout.splitlines() == ["hello", f"{env} {kept}", " finished"], done.stderr


@pytest.mark.parametrize("name", found_pythons())
def test_a_free_threaded_build_says_whether_its_gil_is_on(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PYTHON_GIL=1 turns it on where there was a choice, and changes nothing elsewhere."""
    monkeypatch.setenv("PYTHON_GIL", "1")
    script = tmp_path / "script.py"
    script.write_text("")
    session, _ = headless.drive(Request(script), found_pythons()[name], 60)
    words = "free-threaded build, GIL on" if name.endswith("t") else "GIL"
    assert session.trace.interpreter.endswith(f" · {words}")
