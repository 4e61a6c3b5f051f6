"""What stands behind `--` on the command line is the script's, and it begins where the shell is."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NET = 90


def call(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *words],
        capture_output=True,
        text=True,
        timeout=NET,
        cwd=folder,
        check=False,
    )


def test_words_behind_two_dashes_are_the_scripts(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    script = tmp_path / "code" / "mine.py"
    script.write_text("import json, os, sys\nprint(json.dumps([sys.argv[1:], os.getcwd()]))\n")
    ended = call(tmp_path, "run", "code/mine.py", "--json", "--", "-x", "two words", "--json", "--")
    assert ended.returncode == 0, ended.stderr
    (line,) = json.loads(ended.stdout)["stdout"]
    assert json.loads(line) == [["-x", "two words", "--json", "--"], str(tmp_path)]


def test_words_for_nobody_are_refused(tmp_path: Path) -> None:
    ended = call(tmp_path, "list", "--", "a")
    assert ended.returncode == 2
    assert "run FILE -- ARGUMENTS" in ended.stderr


def test_a_package_runs_by_its_folder(tmp_path: Path) -> None:
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text("from . import __name__ as n\nprint('package', n)\n")
    ended = call(tmp_path, "run", "pack", "--json")
    assert json.loads(ended.stdout)["stdout"] == ["package pack"]
