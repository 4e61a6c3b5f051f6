"""Runs one suite on one Python, bare or probed, and collects what became of each test.

Guarantees: a test that hangs or crashes the interpreter is reported as such, and the tests behind
it run nevertheless; no process is left behind.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from engine.session import Request, Session
from tests.fidelity.suites import Python

INSIDE = Path(__file__).resolve().parent / "inside.py"
#: A test that says nothing for so long hangs.
SILENCE = 240.0
MOST_STARTS = 8


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a test: ok, failed, error, skipped, altered, hung or crashed; and why."""

    status: str
    why: str = ""

    @property
    def passed(self) -> bool:
        """Whether it passed, and left nothing behind."""
        return self.status == "ok"


Results = dict[str, Result]
#: Plain Python, or the form of the probes: with the accelerator in C, or in Python alone.
Form = Literal["bare", "C", "Python"]


def run(
    python: Python,
    suite: str,
    *,
    form: Form,
    folders: Sequence[str] = (),
    only: Sequence[str] = (),
    skip: str = "",
) -> Results:
    """Return the results by test id; of the tests *only*, and of none whose id has *skip* in it."""
    results: Results = {}
    left, starts = list(only), 0
    while starts < MOST_STARTS:
        starts += 1
        plan, over = _run_once(python, suite, form, folders, left, skip, results)
        left = [name for name in plan if name not in results]
        if over or not left:
            break
    return results


def _run_once(
    python: Python,
    suite: str,
    form: Form,
    folders: Sequence[str],
    only: Sequence[str],
    skip: str,
    results: Results,
) -> tuple[list[str], bool]:
    """Add to *results*; return the ids that were to run, and whether the run came to its end."""
    with TemporaryDirectory(prefix="threadlab-fidelity-") as folder:
        home = Path(folder)
        (home / "cwd").mkdir()
        lines, order = home / "lines", home / "order.json"
        lines.touch()
        content = {"suite": suite, "results": str(lines), "folders": list(folders)}
        order.write_text(json.dumps({**content, "only": list(only), "skip": skip}))
        claimed = (Path(python.folder), *map(Path, folders))
        said = ""
        with _start(form, python.path, order, home / "cwd", claimed) as going:
            ending = _watch(lines, going)
            said = going.said() if ending else ""
        return _take(lines, results, ending, said)


def _take(lines: Path, results: Results, ending: str, said: str) -> tuple[list[str], bool]:
    plan: list[str] = []
    open_test, over = "", False
    for line in lines.read_text("utf-8").splitlines():
        content = json.loads(line)
        plan = content.get("plan", plan)
        over = content.get("over", over)
        open_test = content.get("begin", open_test)
        if "end" in content:
            results[content["end"]] = Result(content["status"], content["why"])
            open_test = ""
    if ending and not over:
        if not open_test and not plan:
            raise RuntimeError(f"the suite did not begin: {ending}\n{said}")
        results[open_test or "(end)"] = Result(ending, said[-4000:])
    return plan, over or (bool(ending) and not open_test)


class Going:
    """A run that is under way."""

    def alive(self) -> bool:
        """Whether it is still under way; called a few times a second."""
        raise NotImplementedError

    def said(self) -> str:
        """What it printed, and how it ended."""
        raise NotImplementedError


def _watch(lines: Path, going: Going) -> str:
    """Wait for the end; return '' or 'hung' or 'crashed' (also when it ended before its time)."""
    size, since = 0, time.monotonic()
    while going.alive():
        now = lines.stat().st_size
        if now != size:
            size, since = now, time.monotonic()
        elif time.monotonic() - since > SILENCE:
            return "hung"
    return "" if b'{"over": true}' in lines.read_bytes() else "crashed"


class _Bare(Going):
    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self._process, self._log = process, log

    def alive(self) -> bool:
        try:
            self._process.wait(0.1)
        except subprocess.TimeoutExpired:
            return True
        return False

    def said(self) -> str:
        text = self._log.read_text("utf-8", "replace")
        return f"{text}\nexit status {self._process.returncode}"


def _start(
    form: Form, python: str, order: Path, cwd: Path, claimed: Sequence[Path]
) -> AbstractContextManager[Going]:
    if form == "bare":
        return _bare(python, order, cwd)
    return _probed(python, order, cwd, claimed, accelerated=form == "C")


@contextmanager
def _bare(python: str, order: Path, cwd: Path) -> Iterator[Going]:
    log = cwd.parent / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [python, str(INSIDE), str(order)],
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield _Bare(process, log)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Probed(Going):
    def __init__(self, session: Session) -> None:
        self._session = session

    def alive(self) -> bool:
        self._session.wait_for_more(0.1)
        self._session.pump(0.25)
        return self._session.outcome is None

    def said(self) -> str:
        trace, outcome = self._session.trace, self._session.outcome
        text = "".join(output.text for output in trace.outputs)
        complaints = "\n".join(self._session.intake.errors)
        return f"{text}\n{outcome.sentence() if outcome else 'still running'}\n{complaints}"


@contextmanager
def _probed(
    python: str, order: Path, cwd: Path, claimed: Sequence[Path], *, accelerated: bool
) -> Iterator[Going]:
    session = Session(python, accelerated=accelerated)
    try:
        session.start(Request(INSIDE, (str(order),), cwd, own=tuple(claimed)))
        yield _Probed(session)
    finally:
        session.close()
