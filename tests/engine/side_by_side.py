"""A script run bare and under probes, so that a test can hold the two side by side.

What is compared is what a person sees: every byte of both streams, and the exit status. Bytes that
are no UTF-8 stand as `\\xff` in the trace, so the bare ones are read the same way.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from engine import headless
from engine.outcome import Outcome
from engine.report import printed
from engine.session import Request, Session

NET = 90
MODULES = Path(__file__).parent / "scripts" / "modules"


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run printed on each stream, and its exit status."""

    stdout: str
    stderr: str
    exit: int | None


def prepare(script: Path, folder: Path) -> Path:
    """Copy *script* and the modules beside it into *folder*, which it may then write to."""
    shutil.copytree(MODULES, folder, dirs_exist_ok=True)
    return Path(shutil.copy(script, folder))


def run_bare(interpreter: str, script: Path, arguments: tuple[str, ...] = ()) -> Ran:
    """Run *script* as a person does at a shell."""
    ended = subprocess.run(
        [interpreter, str(script), *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=NET,
        cwd=script.parent if script.is_file() else script,
        check=False,
    )
    return Ran(text_of(ended.stdout), text_of(ended.stderr), ended.returncode)


def run_probed(
    interpreter: str, script: Path, arguments: tuple[str, ...] = ()
) -> tuple[Ran, Session, Outcome]:
    """Run *script* under probes, in its folder."""
    wanted = Request(script, arguments, script.parent if script.is_file() else script)
    session, outcome = headless.drive(wanted, interpreter, NET)
    trace = session.trace
    return Ran(printed(trace, 1), printed(trace, 2), outcome.exit), session, outcome


def run_both(
    interpreter: str, script: Path, arguments: tuple[str, ...] = ()
) -> tuple[Ran, Ran, Session, Outcome]:
    """Run *script* bare and under probes at the same time; return both `alike`, and the run."""
    with ThreadPoolExecutor(1) as pool:
        bare = pool.submit(run_bare, interpreter, script, arguments)
        ran, session, outcome = run_probed(interpreter, script, arguments)
        return alike(bare.result()), alike(ran), session, outcome


def alike(ran: Ran) -> Ran:
    """Return *ran* without what differs between any two runs: addresses and process numbers."""
    return Ran(_tidy(ran.stdout), _tidy(ran.stderr), ran.exit)


def _tidy(text: str) -> str:
    text = re.sub(r"\b0x[0-9a-f]{6,}\b", "0xADDRESS", text)
    return re.sub(r"\bpid=\d+", "pid=PID", text)


def text_of(data: bytes) -> str:
    """Return *data* as the trace shows it."""
    return data.decode("utf-8", "backslashreplace")
