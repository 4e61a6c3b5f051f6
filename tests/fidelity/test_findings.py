"""What CPython's suites and looking by hand have found: each in the smallest program that shows it.

Every program runs bare and probed; what they print and how they end must be the same.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from engine import headless
from engine.events import ObjectKind
from engine.report import printed
from engine.session import Request, Session
from tests.pythons import found_pythons

NET = 90


def both(tmp_path: Path, python: str, program: str) -> Session:
    """Run *program* both ways; compare what it prints and how it ends; return the session."""
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(program), "utf-8")
    interpreter = found_pythons()[python]
    bare = subprocess.run(
        [interpreter, str(script)], capture_output=True, timeout=NET, cwd=tmp_path, check=False
    )
    session, outcome = headless.drive(Request(script, (), tmp_path), interpreter, NET)
    assert printed(session.trace, 1) == bare.stdout.decode()
    assert printed(session.trace, 2) == bare.stderr.decode()
    assert outcome.exit == bare.returncode, outcome.sentence()
    assert session.intake.errors == []
    return session


every_python = pytest.mark.parametrize("python", found_pythons())


@every_python
def test_a_sub_interpreter_with_a_thread_ends_unharmed(tmp_path: Path, python: str) -> None:
    program = """
        import os
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        code = "import threading, time; threading.Thread(target=time.sleep, args=(0.1,)).start()"
        made = interpreters.create()
        try:
            interpreters.run_string(made, code)
        except Exception as error:  # not on 3.11
            print(type(error).__name__)
        interpreters.destroy(made)
        print("done")
    """
    both(tmp_path, python, program)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_callback_in_a_hidden_thread_is_no_deadlock(tmp_path: Path) -> None:
    """All that is seen waits without a time-out; what will end it runs in a pool's helper."""
    program = """
        import multiprocessing, threading, time
        from concurrent.futures import ProcessPoolExecutor
        over = threading.Event()
        def callback(future):
            time.sleep(1.5)
            over.set()
        if __name__ == "__main__":
            fork = multiprocessing.get_context("fork")
            with ProcessPoolExecutor(1, mp_context=fork) as pool:
                pool.submit(abs, -1).add_done_callback(callback)
                over.wait()
            print("done")
    """
    python = next(name for name, path in found_pythons().items() if path == sys.executable)
    both(tmp_path, python, program)


@pytest.mark.skipif(sys.platform == "win32", reason="forks")
def test_a_fork_is_not_told_of_tasks_that_are_over(tmp_path: Path) -> None:
    program = """
        import os
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(2) as pool:
            print(sum(pool.map(abs, range(300))))
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
    """
    python = next(name for name, path in found_pythons().items() if path == sys.executable)
    session = both(tmp_path, python, program)
    tasks = [made.process for made in session.trace.objects if made.kind is ObjectKind.TASK]
    assert tasks == [0] * 300
