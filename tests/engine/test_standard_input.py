"""What a script reads from its standard input: typed, piped, ended, and seen while it waits."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import pytest

from engine import scenario
from engine.deadlock import find
from engine.events import Kind
from engine.formats.keeping import keep
from engine.formats.opening import open_run
from engine.formats.saving import save
from engine.launch import object_namer, request
from engine.report import printed
from engine.session import Request, Session
from engine.standard_input import MOST_KEPT
from gui.labels import state_words
from tests.engine.driving import pump_to_end, pump_until
from tests.pythons import found_pythons

NET = 60


def started(folder: Path, text: str, python: str = sys.executable) -> Session:
    script = folder / "script.py"
    script.write_text(text, "utf-8")
    session = Session(python, object_namer(), stdin="pipe")
    session.start(Request(script))
    return session


def waiting(session: Session) -> list[int]:
    """The lanes that wait for input now."""
    trace = session.trace
    states = [trace.state_at(lane, trace.now) for lane in range(len(trace.lanes))]
    return [lane for lane, state in enumerate(states) if state and state.kind is Kind.INPUT_WAIT]


def test_input_is_answered_and_the_wait_has_a_name_and_an_end(tmp_path: Path) -> None:
    session = started(tmp_path, "name = input('Name? ')\nprint('Hello', name)\n")
    try:
        pump_until(session, lambda: bool(waiting(session)))
        assert state_words(session.trace, 0, session.trace.now) == "waits for input"
        assert printed(session.trace, 1) == "Name? "
        assert session.type("Zoë ✓\n")
        assert pump_to_end(session).ending == "finished"
        assert printed(session.trace, 1) == "Name? Hello Zoë ✓\n"
        pieces = [(output.stream, output.text) for output in session.trace.outputs]
        typed = pieces.index((0, "Zoë ✓\n"))
        assert "".join(text for _, text in pieces[:typed]) == "Name? "
        lane = session.trace.lanes[0]
        kinds = [session.trace.event(int(event)).kind for event in lane.events.view]
        assert kinds.count(Kind.INPUT_WAIT) == kinds.count(Kind.INPUT_END) == 1
    finally:
        session.close()


def test_a_line_that_was_typed_ahead_is_no_wait(tmp_path: Path) -> None:
    session = started(
        tmp_path, "import time\nfirst = input()\nsecond = input()\nprint(first, second)\n"
    )
    try:
        pump_until(session, lambda: bool(waiting(session)))
        session.type("a\nb\n")
        pump_to_end(session)
        kinds = [
            session.trace.event(int(event)).kind for event in session.trace.lanes[0].events.view
        ]
        assert printed(session.trace, 1) == "a b\n"
        assert kinds.count(Kind.INPUT_WAIT) == 1
    finally:
        session.close()


def has_lines(session: Session, number: int) -> bool:
    return printed(session.trace, 1).count("\n") == number


READERS = {
    "readline": "import sys\nprint(repr(sys.stdin.readline()), repr(sys.stdin.readline()))",
    "loop": "import sys\nfor line in sys.stdin: print('got', line, end='')",
    "read": "import sys\nprint(repr(sys.stdin.read()))",
    "bytes": "import sys\nprint(sys.stdin.buffer.readline(), sys.stdin.buffer.read())",
    "lines": "import sys\nprint(sys.stdin.readlines())",
    "end": "input()\ninput()\ninput()",
    "stream": "import sys\ns = sys.stdin\nprint(s.name, s.mode, s.encoding, s.errors, s.isatty(), "
    "s.fileno(), s.newlines, s.line_buffering, s is sys.__stdin__)",
    "threads": (
        "import threading\n"
        "ts = [threading.Thread(target=lambda: print(input())) for _ in range(2)]\n"
        "for t in ts: t.start(); t.join()\n"
    ),
    "child process": (
        "import multiprocessing\n"
        "def f():\n"
        "    try: input('?')\n"
        "    except EOFError as error: print('child', error)\n"
        "if __name__ == '__main__':\n"
        "    p = multiprocessing.get_context('spawn').Process(target=f)\n"
        "    p.start()\n    p.join()\n    print(input('mine '))\n"
    ),
}


EVERYWHERE = ("end", "stream", "child process")
HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


@pytest.mark.parametrize(
    ("name", "python"),
    [(n, p) for n in READERS for p in found_pythons() if n in EVERYWHERE or p == HERE],
)
def test_a_pipe_is_read_as_plain_python_reads_it(tmp_path: Path, name: str, python: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(READERS[name] + "\n", "utf-8")
    interpreter, given = found_pythons()[python], "one é\r\ntwo\n"
    bare = subprocess.run(
        [interpreter, script], input=given.encode(), capture_output=True, timeout=NET, check=False
    )
    session = started(tmp_path, READERS[name] + "\n", interpreter)
    try:
        session.type(given)
        session.end_input()
        outcome = pump_to_end(session)
        assert printed(session.trace, 1) == bare.stdout.decode()
        assert printed(session.trace, 2) == bare.stderr.decode()
        assert outcome.exit == bare.returncode
        assert session.intake.errors == []
    finally:
        session.close()


def test_threads_that_wait_behind_the_one_that_reads_are_seen_to_wait(tmp_path: Path) -> None:
    session = started(
        tmp_path,
        "import threading\n"
        "for _ in range(3): threading.Thread(target=lambda: print(input())).start()\n",
    )
    try:
        pump_until(session, lambda: len(waiting(session)) == 3)
        assert find(session.trace, complete=True) is None  # all wait, and none for ever
        for number, line in enumerate("abc", 1):  # all at once, the first would take the others'
            session.type(line + "\n")
            pump_until(session, partial(has_lines, session, number))
        pump_to_end(session)
        assert sorted(printed(session.trace, 1).split()) == ["a", "b", "c"]
    finally:
        session.close()


def test_a_script_that_does_not_read_never_holds_the_writer_up(tmp_path: Path) -> None:
    session = started(tmp_path, "print('on', flush=True)\nwhile True: pass\n")
    try:
        pump_until(session, lambda: bool(session.trace.outputs))
        line = "x" * 65_535 + "\n"
        taken = 0
        while session.type(line):  # ends: what is kept has a bound
            taken += len(line)
        assert MOST_KEPT - len(line) <= taken < 4 * MOST_KEPT
        session.stop("enough")
        assert pump_to_end(session).ending == "stopped"
        assert not session.takes_input
    finally:
        session.close()


def test_more_than_the_pipe_takes_arrives_whole(tmp_path: Path) -> None:
    session = started(tmp_path, "import sys\nprint(len(sys.stdin.read()))\n")
    try:
        pump_until(session, lambda: bool(waiting(session)))
        for _ in range(5):
            assert session.type("x" * 100_000 + "\n")
        session.end_input()
        assert not session.type("late\n")
        pump_to_end(session)
        assert printed(session.trace, 1) == "500005\n"
    finally:
        session.close()


def test_the_headless_run_reads_threadlabs_own_input(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("print(int(input('n ')) * 2)\n")
    root = Path(__file__).resolve().parents[2]
    command = [sys.executable, str(root / "main.py"), "run", "--json", str(script)]
    for given, status in (("21\n", 0), ("", 1)):
        done = subprocess.run(
            command, input=given, capture_output=True, text=True, timeout=NET, check=False
        )
        assert done.returncode == status
        assert ("42" if given else "EOFError") in done.stdout


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal of POSIX")
def test_at_a_terminal_the_question_is_seen_before_it_is_answered(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("print('Hello', input('Name? '))\n")
    root = Path(__file__).resolve().parents[2]
    ours, theirs = os.openpty()
    child = subprocess.Popen(
        [sys.executable, str(root / "main.py"), "run", str(script)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    assert child.stderr is not None
    asked = b""
    while not asked.endswith(b"Name? "):
        asked += child.stderr.read(1)
    os.write(ours, b"Ada\n")
    printed_text, _ = child.communicate(timeout=NET)
    os.close(ours)
    assert b"Hello Ada" in printed_text


def test_what_was_typed_and_the_text_that_ran_are_kept_with_the_run(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    chosen = scenario.new(script, "print(input('? '))\n")
    session = Session(sys.executable, object_namer(), stdin="pipe")
    try:
        wanted = request(chosen)
        session.start(wanted)
        session.type("kept\n")
        outcome = pump_to_end(session)
        save(keep(chosen, wanted, session.trace, outcome), tmp_path / "run.threadlab")
    finally:
        session.close()
    trace = open_run(tmp_path / "run.threadlab").record.trace
    assert trace.sources == {str(script): chosen.text}
    typed = [output for output in trace.outputs if output.stream == 0]
    assert [(output.thread, output.text) for output in typed] == [(-1, "kept\n")]
