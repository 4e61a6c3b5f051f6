"""Saved runs on the command line: real processes, without a screen."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

import main
from tests.engine import trace_events
from tests.test_cli import call


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs") / "lock run.threadlab"
    done = call("run", "lock", "--set", "TASK_SECONDS=0.02", "--json", "--save", str(path))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["outcome"] == "finished"
    return path


def test_a_saved_run_is_shown_as_text_where_there_is_no_display(saved: Path) -> None:
    done = call("open", str(saved))
    assert done.returncode == 0
    assert "Thread-5" in done.stdout
    assert "total = 5, expected 5" in done.stdout
    assert "Final total: 5" in done.stdout


def test_a_deadlock_keeps_its_status(tmp_path: Path) -> None:
    path = tmp_path / "deadlock.threadlab"
    done = call("run", "deadlock", "--set", "TASK_SECONDS=0.05", "--save", str(path))
    assert done.returncode == 3
    again = call("open", str(path))
    assert again.returncode == 3
    assert again.stdout.splitlines()[-1].startswith("deadlock: ")


def test_a_saved_run_is_drawn(saved: Path, tmp_path: Path) -> None:
    done = call("render", str(saved), "-o", str(tmp_path / "run.png"), "--size", "1280x720")
    assert done.returncode == 0, done.stderr
    assert set(done.stderr.splitlines()) <= {"This plugin does not support propagateSizeHints()"}
    assert (tmp_path / "run.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_a_saved_run_is_exported(saved: Path, tmp_path: Path) -> None:
    done = call("export", str(saved), "--to", "chrome", "-o", str(tmp_path / "run.json"))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    found = trace_events.parse((tmp_path / "run.json").read_text("ascii"))
    assert found.other["scenario"] == "Lock"
    assert call("export", str(saved), "--to", "csv", "-o", str(tmp_path / "csv")).returncode == 0
    with (tmp_path / "csv" / "values.csv").open(newline="") as text:
        assert [row["value"] for row in csv.DictReader(text)] == ["0", "1", "2", "3", "4", "5"]


def test_what_was_cut_is_told_and_shown_as_far_as_it_goes(saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.threadlab"
    path.write_bytes(saved.read_bytes()[:-900])
    done = call("open", str(path))
    assert "it was cut" in done.stderr
    assert "Thread-5" in done.stdout or "events could not be read" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        (("open", "{bad}"), 1, "no run that ThreadLab saved"),
        (("render", "{bad}", "-o", "x.png"), 1, "no run that ThreadLab saved"),
        (("export", "{bad}", "--to", "csv", "-o", "{folder}/x"), 1, "no run that ThreadLab saved"),
        (("open", "{folder}/none.threadlab"), 1, "no such file"),
        (("run", "{run}"), 2, "saved run: open, render and export take it"),
        (("render", "{run}", "-o", "x.png", "--set", "THREADS=2"), 2, "only shown"),
        (("export", "{run}", "--to", "chrome", "-o", "{folder}/no/x.json"), 1, "does not exist"),
        (("run", "lock", "--save", "{folder}/no/x.threadlab"), 2,
         "--save: the folder of"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said(
    saved: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: int,
    words: str,
) -> None:
    monkeypatch.setattr(main, "has_display", lambda: False)
    bad = tmp_path / "bad.threadlab"
    bad.write_text("no run")
    names = {"bad": bad, "folder": tmp_path, "run": saved}
    assert main.main([argument.format(**names) for argument in arguments]) == status
    said = capsys.readouterr()
    assert words in said.err
    assert said.out == ""
