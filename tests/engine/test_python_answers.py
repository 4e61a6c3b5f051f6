"""Asking one interpreter: those that hang, crash, lie and print without end; and remembering."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from engine.python_answers import Answer, Memory, NoAnswer, ask, checked
from tests.engine.fake_pythons import SAID, fake, posix_only


@posix_only
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("exit 3", "does not start: exit status 3"),
        ("echo 'libpython3.12.so: cannot open' >&2; exit 127", "does not start: libpython3.12.so"),
        ("kill -SEGV $$", "does not start: killed by SIGSEGV"),
        ("echo hello", "is no Python: it said 'hello'"),
        (":", "is no Python: it said nothing"),
        ("echo 'threadlab-python:{\"version\": [3,'", "is no Python"),
        ("echo 'threadlab-python:[1, 2]'", "is no Python"),
        ("head -c 100000 /dev/zero", "is no Python"),
        ("printf '\\033]0;owned\\007\\n'; exit 1", "does not start: �]0;owned�"),
    ],
)
def test_what_does_not_answer_says_why(tmp_path: Path, body: str, reason: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        ask(str(fake(tmp_path / "python3", body)), 60)
    assert str(refused.value).startswith(reason)


@pytest.mark.parametrize("name", ["missing", "folder"])
def test_what_is_no_program_says_why(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(NoAnswer, match="does not start"):
        ask(str(tmp_path / name), 60)


@posix_only
@pytest.mark.parametrize("body", ["sleep 1000 & echo $! > pid; wait", "yes threadlab"])
def test_what_hangs_or_never_stops_is_ended_with_all_it_started(tmp_path: Path, body: str) -> None:
    started = tmp_path / "pid"
    path = fake(tmp_path / "python3", f"cd {tmp_path}\n{body}")
    seconds = 0.5 if "sleep" in body else 60
    with pytest.raises(NoAnswer, match="did not answer"):
        ask(str(path), seconds)
    if started.exists():
        pid = int(started.read_text())
        gone, _ = psutil.wait_procs([psutil.Process(pid)] if psutil.pid_exists(pid) else [], 60)
        assert not psutil.pid_exists(pid) or gone


@pytest.mark.parametrize(
    "change",
    [
        {"version": [3, 12]},
        {"version": [3, 12, True]},
        {"version": [3, 12, -1]},
        {"version": "3.12.4"},
        {"release": "9.9.9"},
        {"release": 3},
        {"gil": 1},
        {"free_threaded": None},
        {"executable": "a\0b"},
        {"prefix": "x" * 5000},
        {"extra": 1},
    ],
)
def test_a_lie_is_no_answer(change: dict[str, object]) -> None:
    assert isinstance(checked(SAID), Answer)
    with pytest.raises(ValueError, match=r"is none|are not|is not"):
        checked({**SAID, **change})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"edition": 1, "answers": 3}',
        '{"edition": 1, "answers": [1, {}, {"path": 2, "stamp": []}]}',
        '{"edition": 99, "answers": []}',
        "[" * 100_000,
        "\0\xff",
    ],
)
def test_a_damaged_memory_is_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "interpreters.json"
    file.write_text(text, encoding="latin-1")
    memory = Memory(file)
    assert memory.get(sys.executable) is None
    memory.put(sys.executable, ask(sys.executable))
    memory.save()
    assert Memory(file).get(sys.executable) is not None


def test_a_memory_that_cannot_be_written_is_let_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = Memory(tmp_path / "file" / "interpreters.json")
    memory.put(sys.executable, ask(sys.executable))
    memory.save()
