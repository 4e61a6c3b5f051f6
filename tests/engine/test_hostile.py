"""Scripts that go too far, by mistake or on purpose: each is shown as what it is, and can be ended.

Nothing here is timed: a time-out is only a net for a broken build.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from engine import headless, tree
from engine.events import Kind
from engine.outcome import Outcome
from engine.report import printed
from engine.session import Request, Session
from engine.trace import Trace
from tests.engine.driving import pump_to_end, pump_until

NET = 90.0
posix = pytest.mark.skipif(sys.platform == "win32", reason="descriptors, fork and signals")


def run(folder: Path, text: str) -> tuple[Session, Outcome]:
    script = folder / "script.py"
    script.write_text(text, "utf-8")
    return headless.drive(Request(script, (), folder), limit=NET)


def run_until(folder: Path, text: str, seen: Callable[[Session], bool]) -> Session:
    """Run *text* until *seen*, then stop it: it must end as stopped, and leave no process."""
    script = folder / "script.py"
    script.write_text(text, "utf-8")
    session = Session(sys.executable)
    try:
        session.start(Request(script, (), folder))
        pump_until(session, lambda: seen(session))
        session.stop()
        outcome = pump_to_end(session)
    finally:
        session.close()
    assert outcome.ending == "stopped"
    assert tree.members(session.pid) == []
    assert session.intake.errors == []
    return session


def counts(trace: Trace, *kinds: Kind) -> list[list[int]]:
    """Return how many events of each of *kinds* each lane has."""
    size = int(max(Kind)) + 1
    table = np.zeros((len(trace.threads), size), np.int64)
    events = trace.columns()
    np.add.at(table, (events.thread, events.kind), 1)
    return [table[:, kind].tolist() for kind in kinds]


def test_no_event_of_a_thousand_threads_is_lost(tmp_path: Path) -> None:
    threads, rounds = 1000, 20
    session, outcome = run(
        tmp_path,
        "import threading\n"
        "lock, own = threading.Lock(), threading.local()\n"
        "total = 0\n"
        "def work():\n"
        "    global total\n"
        "    mine = threading.RLock()\n"
        f"    for _ in range({rounds}):\n"
        "        with lock:\n"
        "            total += 1\n"
        "        mine.acquire()\n"
        "        mine.release()\n"
        f"threads = [threading.Thread(target=work) for _ in range({threads})]\n"
        "for t in threads: t.start()\n"
        "for t in threads: t.join()\n"
        "print(total)\n",
    )
    assert outcome.ending == "finished", outcome
    assert printed(session.trace, 1) == f"{threads * rounds}\n"
    begun, ended, acquired, released, stored = counts(
        session.trace,
        Kind.THREAD_BEGIN,
        Kind.THREAD_END,
        Kind.LOCK_ACQUIRED,
        Kind.LOCK_RELEASED,
        Kind.STORE,
    )
    assert begun == ended == [1] * (threads + 1)
    assert acquired[1:] == released[1:] == [2 * rounds] * threads
    assert stored[1:] == [rounds] * threads
    assert session.trace.values.series[0, "total"].last == threads * rounds
    assert session.intake.errors == []


def test_sixty_four_threads_that_never_end_are_stopped(tmp_path: Path) -> None:
    text = (
        "import threading\n"
        "go = threading.Event()\n"
        "def spin():\n    go.wait()\n    while True: pass\n"
        "for _ in range(64): threading.Thread(target=spin).start()\n"
        "go.set()\n"
        "spin()\n"
    )
    session = run_until(tmp_path, text, lambda s: sum(counts(s.trace, Kind.WAIT_END)[0]) > 1)
    assert len(session.trace.threads) == 65


def test_one_endless_line_is_stopped(tmp_path: Path) -> None:
    text = "import sys\nwhile True:\n    sys.stdout.write('x' * 5000)\n"
    session = run_until(tmp_path, text, lambda s: len(printed(s.trace, 1)) > 1_000_000)
    assert set(printed(session.trace, 1)) == {"x"}


@posix
def test_what_ignores_every_signal_is_stopped(tmp_path: Path) -> None:
    text = (
        "import signal, time\n"
        "for n in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:\n"
        "    try: signal.signal(n, signal.SIG_IGN)\n"
        "    except (OSError, ValueError): pass\n"
        "print('deaf', flush=True)\n"
        "while True:\n"
        "    try: time.sleep(1000)\n"
        "    except BaseException: pass\n"
    )
    run_until(tmp_path, text, lambda s: "deaf" in printed(s.trace, 1))


@posix
def test_thirty_forks_are_thirty_processes(tmp_path: Path) -> None:
    session, outcome = run(
        tmp_path,
        "import os, threading\n"
        "lock = threading.Lock()\n"
        "first = os.getpid()\n"
        "for _ in range(5): os.fork()\n"
        "if os.getpid() != first:\n"
        "    with lock: pass\n"
        "try:\n"
        "    while True: os.wait()\n"
        "except ChildProcessError: pass\n",
    )
    assert outcome.ending == "finished", outcome
    assert len(session.trace.processes) == 2**5
    ours = [thread.process for thread in session.trace.threads]
    assert sorted(ours) == list(range(2**5))
    (acquired,) = counts(session.trace, Kind.LOCK_ACQUIRED)
    assert sum(acquired) == 2**5 - 1
    assert session.intake.errors == []


@posix
def test_a_fork_bomb_is_stopped(tmp_path: Path) -> None:
    text = (
        "import os, time\n"
        "made = 0\n"
        "while made < 6:\n"  # 64 in all, each waiting for ever
        "    os.fork()\n"
        "    made += 1\n"
        "print('there', flush=True)\n"
        "while True: time.sleep(1000)\n"
    )
    session = run_until(tmp_path, text, lambda s: printed(s.trace, 1).count("there") > 20)
    assert len(session.trace.processes) > 20


def test_a_recursion_without_end_is_told_with_its_line(tmp_path: Path) -> None:
    session, outcome = run(tmp_path, "def f(n):\n    return f(n + 1)\nf(0)\n")
    assert outcome.ending == "raised"
    assert outcome.error is not None
    assert (outcome.error.type, outcome.error.line) == ("RecursionError", 2)
    assert "Previous line repeated" in printed(session.trace, 2)


@posix
def test_memory_without_end_is_told(tmp_path: Path) -> None:
    _, outcome = run(
        tmp_path,
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))\n"
        "grown = []\n"
        "while True:\n    grown.append(bytearray(50_000_000))\n",
    )
    assert outcome.ending == "raised"
    assert outcome.error is not None
    assert (outcome.error.type, outcome.error.line) == ("MemoryError", 5)


@posix
def test_a_script_that_closes_every_descriptor_goes_on_unseen(tmp_path: Path) -> None:
    session, outcome = run(
        tmp_path,
        "import os, threading\n"
        "lock = threading.Lock()\n"
        "print('before', flush=True)\n"
        "os.closerange(3, 65536)\n"
        "with lock: print('after', flush=True)\n"
        "thread = threading.Thread(target=print, args=('in a thread',))\n"
        "thread.start()\n"
        "thread.join()\n"
        "raise SystemExit(3)\n",
    )
    assert printed(session.trace, 1) == "before\nafter\nin a thread\n"
    assert (outcome.ending, outcome.exit, outcome.cut) == ("exited", 3, True)
    assert "closed the connection" in outcome.sentence()


@posix
def test_the_habit_of_closing_descriptors_closes_none_of_ours(tmp_path: Path) -> None:
    session, outcome = run(
        tmp_path,
        "import os, threading\n"
        "os.closerange(3, 1024)\n"
        "with threading.Lock(): print(os.open('/dev/null', os.O_RDONLY))\n",
    )
    assert (outcome.ending, outcome.cut) == ("finished", False)
    assert printed(session.trace, 1) == "3\n"


@posix
def test_a_script_that_breaks_our_connection_is_ended_with_the_reason(tmp_path: Path) -> None:
    session, outcome = (
        run(
            tmp_path,
            "import os, socket, stat\n"
            "print('before', flush=True)\n"
            "for name in os.listdir('/proc/self/fd'):\n"
            "    try:\n"
            "        if stat.S_ISSOCK(os.stat(int(name)).st_mode):\n"
            "            socket.socket(fileno=os.dup(int(name))).shutdown(socket.SHUT_RDWR)\n"
            "    except OSError: pass\n"
            "while True: print('after', flush=True)\n",
        )
        if Path("/proc/self/fd").exists()
        else pytest.skip("looks for sockets as Linux shows them")
    )
    assert printed(session.trace, 1) == "before\n"
    assert (outcome.ending, outcome.exit) == ("exited", 113)
    assert "connection to ThreadLab" in outcome.sentence()


@posix
def test_another_program_in_its_place_is_told(tmp_path: Path) -> None:
    session, outcome = run(
        tmp_path,
        "import os, threading\n"
        "with threading.Lock(): print('before', flush=True)\n"
        "try: os.execlp('no-such-program-anywhere', 'x')\n"
        "except OSError as error: print(type(error).__name__, flush=True)\n"
        "with threading.Lock(): pass\n"
        "os.execlp('sh', 'sh', '-c', 'echo new; exit 4')\n",
    )
    assert printed(session.trace, 1) == "before\nFileNotFoundError\nnew\n"
    assert (outcome.ending, outcome.exit) == ("exited", 4)
    assert "become another program" in outcome.sentence()
    (released,) = counts(session.trace, Kind.LOCK_RELEASED)
    assert released == [2]


def test_whatever_a_script_replaces_the_rest_is_recorded(tmp_path: Path) -> None:
    session, outcome = run(
        tmp_path,
        "import builtins, sys, threading, time, os\n"
        "lock = threading.Lock()\n"
        "threading.Lock = threading.Thread.join = time.sleep = None\n"
        "builtins.print = builtins.open = builtins.input = None\n"
        "time.perf_counter_ns = os.getpid = os._exit = None\n"
        "threading.current_thread = threading.get_ident = None\n"
        "sys.modules.clear()\n"
        "for _ in range(3):\n"
        "    with lock: pass\n"
        "sys.stdout.write('done\\n')\n",
    )
    assert printed(session.trace, 1) == "done\n"
    (acquired,) = counts(session.trace, Kind.LOCK_ACQUIRED)
    assert acquired[0] == 3
    assert session.intake.errors == []
    assert outcome.exit in (0, 1)
