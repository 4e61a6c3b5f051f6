"""What the probes cost and whether they change what they watch: bare, probed, and VizTracer.

For each Python of this machine and each script of `probe_scripts`, by turns in one run: the time
that the script measures of itself, and how often its threads waited for a lock (counted below
Python, by a preloaded `sem_wait`, in all three alike). ThreadLab records every acquisition, wait
and release; VizTracer, which records calls, knows neither waits nor holders.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import viztracer
from benchmarks.table import Row, median
from engine import accelerator, environment, interpreters
from engine.accelerator import NoAccelerator
from engine.headless import take_in
from engine.launch import object_namer
from engine.report import printed
from engine.session import Request, Session

FOLDER = Path(__file__).parent / "probe_scripts"
RUNS = 5
#: Each with its arguments.
SCRIPTS = (
    "with_lock 1",
    "with_lock 4",
    "acquire_lock 1",
    "acquire_lock 4",
    "lock_with_work",
    "queue_ping_pong",
    "pool_of_short_tasks",
    "sleep_bound",
    "tasks_of_a_millisecond",
)
#: Where tasks take a millisecond or more, recording may cost this much.
SMALL = 1.02
LONG_TASKS = ("sleep_bound", "tasks_of_a_millisecond")
#: Fewer waits than this, in hundreds of thousands of acquisitions, are chance.
FEW_WAITS = 100


@dataclass(slots=True)
class Measured:
    """What the runs of one script in one way gave."""

    seconds: list[float] = field(default_factory=list)
    waits: list[int] = field(default_factory=list)
    events: list[int] = field(default_factory=list)

    def add(self, text: str, events: int = 0) -> None:
        """Take what the script said of itself."""
        said = json.loads(text.rpartition("measured ")[2].splitlines()[0])
        self.seconds.append(float(said["seconds"]))
        self.waits.append(int(said["waits"]))
        self.events.append(events)

    @property
    def time(self) -> float:
        """The median, in seconds."""
        return median(self.seconds)


def measure() -> list[Row]:
    """Return the rows of every Python found."""
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as folder, _counting_waits(Path(folder)):
        for python in _pythons():
            rows += _of_python(python)
    return rows


def _pythons() -> list[interpreters.Python]:
    """Return one interpreter of each version and build, the oldest first."""
    found: dict[tuple[int, int, bool], interpreters.Python] = {}
    for python in interpreters.find():
        if python.usable and not python.environment:
            found.setdefault((*python.version[:2], python.free_threaded), python)
    return [found[key] for key in sorted(found)]


def _of_python(python: interpreters.Python) -> list[Row]:
    label = ".".join(map(str, python.version[:2])) + ("t" if python.free_threaded else "")
    form = "C"
    try:
        accelerator.build(python.path)
    except NoAccelerator as error:
        form = f"Python ({error})"
    tracer = viztracer.python_with(python.path, label)
    rows: list[Row] = []
    for name in SCRIPTS:
        ways = {"bare": Measured(), "probed": Measured(), "viztracer": Measured()}
        for _ in range(RUNS):
            _bare(python.path, name, ways["bare"])
            _probed(python.path, name, ways["probed"])
            if tracer:
                _traced(tracer, name, ways["viztracer"])
        rows += _rows(f"{label} {name}", name, form, ways)
    return rows


def _rows(what: str, name: str, form: str, ways: dict[str, Measured]) -> list[Row]:
    bare, probed, traced = ways["bare"], ways["probed"], ways["viztracer"]
    ours = probed.time / bare.time
    theirs = traced.time / bare.time if traced.seconds else None
    events = median(probed.events)
    cost = (probed.time - bare.time) / events * 1e9 if events else 0.0
    note = (
        f"probes in {form}; bare {bare.time * 1e3:.1f} ms, {events:.0f} events, {cost:.0f} ns each"
    )
    if theirs is None:
        note += "; VizTracer could not be had"
    rows = [Row(f"{what}: slow-down", ours, theirs, "x bare", 1.0 if theirs else None, note)]
    if name in LONG_TASKS:
        rows.append(Row(f"{what}: slow-down", probed.time, bare.time, "s", SMALL, "against bare"))
    if min(bare.waits) >= 0:
        rows.append(_waits_row(f"{what}: lock waits", bare, probed, traced))
    return rows


def _waits_row(what: str, bare: Measured, probed: Measured, traced: Measured) -> Row:
    ours, other = median(probed.waits), median(bare.waits)
    note = f"bare {min(bare.waits)} to {max(bare.waits)}"
    if traced.waits:
        note += f", VizTracer {median(traced.waits):.0f}"
    if max(ours, other) < FEW_WAITS:
        return Row(what, ours, other, "waits", None, note + "; too few to compare")
    # The goal is a band: at most twice, and at least half. A row has one bound, so what is below
    # half is shown the other way round.
    if ours < other:
        return Row(f"{what} (bare over probed)", other, ours, "waits", 2.0, note)
    return Row(what, ours, other, "waits", 2.0, note)


def _bare(python: str, name: str, measured: Measured) -> None:
    measured.add(_output([python, *_words(name)], environment.for_child(python)))


def _traced(tracer: str, name: str, measured: Measured) -> None:
    words = [
        tracer,
        "-m",
        "viztracer",
        "--quiet",
        "--tracer_entries",
        "20000000",
        "-o",
        f"{tracer}.json",
    ]
    measured.add(_output([*words, *_words(name)], environment.for_child(tracer)))


def _words(name: str) -> list[str]:
    """Return the path of a script, and its arguments."""
    script, *arguments = name.split()
    return [str(FOLDER / f"{script}.py"), *arguments]


def _output(words: list[str], environ: dict[str, str]) -> str:
    return subprocess.run(words, env=environ, capture_output=True, text=True, check=True).stdout


def _probed(python: str, name: str, measured: Measured) -> None:
    session = Session(python, object_namer())
    try:
        script, *arguments = _words(name)
        session.start(Request(Path(script), tuple(arguments)))
        while session.outcome is None:
            take_in(session)  # as `main.py run` does
        assert session.outcome.ending == "finished", session.outcome
        measured.add(printed(session.trace, 1), len(session.trace))
    finally:
        session.close()


@contextlib.contextmanager
def _counting_waits(folder: Path) -> Iterator[None]:
    """While it lasts, every program that is started counts its waits for locks (Linux)."""
    library = folder / "waits.so"
    compiler = shutil.which("cc") or shutil.which("gcc")
    if sys.platform != "linux" or compiler is None:
        yield
        return
    source = str(FOLDER / "waits.c")
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", source, "-o", str(library)], check=True)
    os.environ["LD_PRELOAD"] = str(library)
    try:
        yield
    finally:
        del os.environ["LD_PRELOAD"]
