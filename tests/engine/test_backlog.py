"""A reader that stalls: nothing is lost, memory stays bounded, and what it costs is told."""

from __future__ import annotations

import os
import random
import time
from pathlib import Path

import pytest

from engine.events import Kind, Message
from engine.intake import Intake
from engine.probe import backlog
from engine.probe.backlog import Backlog, FullError
from engine.trace import Trace
from tests.engine import child


def drained(held: Backlog, most: int) -> bytes:
    """Take everything out of *held*, as a socket does: some bytes at a time."""
    parts = []
    while len(held):
        part = bytes(held.head()[:most])
        held.advance(len(part))
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("seed", range(5))
def test_bytes_come_out_as_they_went_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(backlog, "MEMORY", 1000)
    chance = random.Random(seed)
    held, put, taken = Backlog(str(tmp_path)), b"", b""
    for _ in range(300):
        piece = chance.randbytes(chance.randrange(1, 400))
        held.put(piece)
        put += piece
        assert len(held) == len(put) - len(taken)
        for _ in range(chance.randrange(3)):
            part = bytes(held.head()[: chance.randrange(1, 700)])
            if part:
                held.advance(len(part))
            taken += part
    taken += drained(held, 333)
    assert taken == put
    assert held.spilled > 0
    assert not held.head()
    assert os.listdir(tmp_path) == []
    held.close()


def test_a_full_disk_takes_nothing_in_and_keeps_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backlog, "MEMORY", 10)
    held = Backlog(str(tmp_path / "there is no such folder"))
    held.put(b"0123456789")
    with pytest.raises(FullError):
        held.put(b"more")
    assert drained(held, 3) == b"0123456789"
    held.put(b"again")
    assert drained(held, 9) == b"again"


STORM = """
import threading
lock = threading.Lock()
for _ in range(350_000):
    with lock:
        pass
print("over", flush=True)
"""


def spills(pid: int) -> bool:
    """Whether process *pid* has a file for what nobody reads."""
    folder = Path(f"/proc/{pid}/fd")
    return any("backlog-" in os.readlink(entry) for entry in folder.iterdir())


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="asks Linux what files are open")
@pytest.mark.parametrize("accelerated", [True, False])
def test_a_reader_that_stalls_loses_nothing_and_fills_no_memory(
    tmp_path: Path, accelerated: bool
) -> None:
    script = tmp_path / "storm.py"
    script.write_text(STORM)
    started = child.Child(accelerated=accelerated)
    started.stall_events()
    started.go(script)
    # The script comes to its end while nobody reads what it recorded: 22 MB of events, of which
    # 16 may be in memory.
    started.wait_for(lambda: any(process.printed for process in started.processes))
    until = time.monotonic() + child.SAFETY
    while not spills(started.popen.pid) and time.monotonic() < until:
        os.sched_yield()
    assert spills(started.popen.pid)
    started.read_on()
    run = started.finish()
    assert run.code == 0
    assert sum(what & 0xFF == Kind.LOCK_ACQUIRED for _, _, what, _, _ in run.root.raw) == 350_000
    assert sum(what & 0xFF == Kind.LOCK_RELEASED for _, _, what, _, _ in run.root.raw) == 350_000
    assert run.root.errors == []


def test_what_held_the_script_up_is_told() -> None:
    intake = Intake(Trace(), lambda *_: "")
    intake.hello({"pid": 7, "name": "main", "started": 0})
    intake.feed(7, bytes([Message.TROUBLE]) + b'{"held_up": 12, "lost": 0}')
    intake.feed(7, bytes([Message.TROUBLE]) + b'{"held_up": 1200, "lost": 3}')
    told = list(intake.trace.remarks.values())
    assert len(told) == 2
    assert "held up 1,200 times" in told[0]
    assert told[1].startswith("3 events of main are not here")


def test_a_defect_of_ours_is_told() -> None:
    intake = Intake(Trace(), lambda *_: "")
    intake.hello({"pid": 7, "name": "main", "started": 0})
    intake.feed(7, bytes([Message.ERROR]) + b'{"message": "Traceback"}')
    assert intake.errors == ["Traceback"]
    assert "defect of ThreadLab" in next(iter(intake.trace.remarks.values()))
