"""One run from outside: start, pause, resume, stop, and how it ended.

Why: the script runs in a process of its own, so it can be stopped when it is deadlocked and may
crash without harm. This module owns that process tree and what its news mean; `connections` owns
the threads that read them. Whoever shows the run calls `pump` from one thread, and only there does
the trace change.

Guarantees: `stop` leaves no process behind; everything that a process sent before it died is in
the trace.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine import accelerator, cpu_reader, deadlock, ending, environment, standard_input, tree
from engine.connections import Connections
from engine.deadlock import Deadlock
from engine.intake import Intake, NameObject
from engine.outcome import Outcome
from engine.python_answers import gil_words
from engine.request import Request as Request
from engine.sources import known_until
from engine.standard_input import StandardInput
from engine.trace import Trace

BOOT = Path(__file__).resolve().parent / "probe" / "boot.py"
CPU_PERIOD = 0.05
#: A deadlock must have stood this long before a run is ended for it, so that it can be seen.
DEADLOCK_STANDS_NS = 600_000_000
#: How long a process may take to wake up and tell that another one has ended.
TOLD_SOON_NS = 400_000_000
#: How long the connections of a dead process may take to run dry.
DRAIN_SECONDS = 5.0

#: How a terminal shows the end of what was typed.
END_OF_INPUT = "^D\n"
#: The reason of a stop that we decided ourselves.
DEADLOCK = "deadlock"

State = Literal["idle", "running", "paused", "ended"]


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What a child said of itself: its version, whether it has a GIL, how it was built."""

    version: str
    gil: bool
    free_threaded: bool

    def __str__(self) -> str:
        return f"Python {self.version} · {gil_words(self.free_threaded, self.gil)}"


class StartError(RuntimeError):
    """The child could not be started; the text says why and what to do."""


class Session:
    """One child process, warm until `start`, and the run in it.

    Attributes: python (the path of the interpreter), trace, intake, outcome (None until it ended),
    state, interpreter (None until the child said hello), deadlock (the one found last, suspected
    or certain, or None).
    """

    def __init__(
        self,
        python: str = sys.executable,
        name_object: NameObject | None = None,
        *,
        stdin: standard_input.Source = "none",
        accelerated: bool = True,
    ) -> None:
        self.trace = Trace()
        self.intake = Intake(self.trace, name_object or (lambda file, line, ordinal: ""))
        self.outcome: Outcome | None = None
        self.state: State = "idle"
        self.deadlock: Deadlock | None = None
        self._exited_at: int | None = None
        self._stop_reason: str | None = None
        self._stopped_at = -1
        self._closing = False
        self._signals = False
        self._alone_since: int | None = None
        self._connections = Connections(self.intake)
        self._inbox = self._connections.inbox
        self.python = python
        built = accelerator.ready(python) if accelerated else None
        if built is not None:
            self._connections.rundir.offer(built)
        self._process = self._spawn(stdin)
        self._input = StandardInput(self._process.stdin)
        self._connections.begin()
        self._connections.thread("wait", self._wait)
        for stream, pipe in ((1, self._process.stdout), (2, self._process.stderr)):
            assert pipe is not None
            self._connections.read_stream(stream, pipe)

    # ---- commands

    @property
    def pid(self) -> int:
        """The root process's number."""
        return self._process.pid

    @property
    def interpreter(self) -> Interpreter | None:
        """What the child said of itself; None until it did."""
        said = self._connections.spare
        if said is None:
            return None
        version = ".".join(str(part) for part in said["version"][:3])
        return Interpreter(version, bool(said["gil"]), bool(said["free_threaded"]))

    @property
    def is_ready(self) -> bool:
        """Whether the child is warm, so that `start` does not block."""
        return self._connections.ready.is_set()

    def wait_ready(self, seconds: float = 30.0) -> None:
        """Wait until the child is warm. Raises StartError when it is not in time."""
        if not self._connections.ready.wait(seconds) or self._connections.root is None:
            raise StartError(
                "The child process did not answer. Is the chosen interpreter a working Python "
                "3.11 or later? Try it with --version."
            )

    def start(self, request: Request) -> None:
        """Run *request* in the warm child."""
        if self.state != "idle":
            raise RuntimeError("a session runs once")
        self.wait_ready()
        root = self._connections.root
        assert root is not None
        self.trace.values.expected = dict(request.expected)
        self.trace.values.watched = tuple(request.watch)
        text = request.source()
        self.trace.sources[str(request.script.resolve())] = text
        self._signals = "signal" in text
        if request.names is not None:
            self.intake.name_object = request.names
        self.trace.interpreter = str(self.interpreter)
        self.state = "running"
        try:
            root.send_bytes(request.message(environment.for_child(self.python)))
        except OSError as error:
            raise StartError(f"The child process ended before it could run: {error}") from error
        self._connections.thread("cpu", self._read_cpu)

    def pause(self) -> None:
        """Stop the whole process tree; the run's clock stands still."""
        if self.state == "running":
            tree.pause(self.pid)
            raw = time.perf_counter_ns()
            self._inbox.put(lambda: self._paused(raw))
            self.state = "paused"

    def resume(self) -> None:
        """Let the process tree go on."""
        if self.state == "paused":
            raw = time.perf_counter_ns()
            self._inbox.put(lambda: self._resumed(raw))
            tree.resume(self.pid)
            self.state = "running"

    @property
    def takes_input(self) -> bool:
        """Whether something typed would reach the script."""
        return self.state in ("running", "paused") and self._input.is_open

    def type(self, text: str) -> bool:
        """Give *text* to the script's standard input, and note it in the trace.

        False when it cannot be: the input was ended, or far more than the script reads is
        typed. Call it from the thread that pumps.
        """
        said = self._connections.spare or {}
        data = text.encode(str(said.get("stdin") or "utf-8"), "replace")
        raw = time.perf_counter_ns()  # before: the script may answer while we still write
        if not self.takes_input or not self._input.write(data):
            return False
        self.intake.typed(text, raw)
        return True

    def end_input(self) -> None:
        """Let the script read the end of its input, as Ctrl+D does in a terminal."""
        if self.takes_input:
            self._input.end()
            self.intake.typed(END_OF_INPUT, time.perf_counter_ns())

    def stop(self, reason: str = "") -> None:
        """Kill the whole tree; `pump` then gives the outcome *stopped*."""
        if self.state != "ended":
            if self._stop_reason is None:
                self._stop_reason = reason
                self._stopped_at = self.trace.now
            self.intake.stopping = True
            tree.kill(self.pid)

    def close(self) -> None:
        """End everything that this session owns: processes, threads, connections, files."""
        if self._closing:
            return
        self._closing = True
        tree.kill(self.pid)
        self._process.wait()
        self._connections.close()
        self._input.close()
        if self.state != "ended":
            self.state = "ended"

    # ---- the consumer's side

    def pump(self, seconds: float = 0.004) -> bool:
        """Take what has arrived into the trace, for at most about *seconds*.

        Returns whether the trace changed. Call it from one thread only.
        """
        until = time.perf_counter() + seconds
        self._input.flush()
        changed = False
        with self.intake.gathering():
            while self._inbox:
                self._inbox.take()()
                changed = True
                if time.perf_counter() + self.intake.seconds_due > until:
                    break
        going = self.state == "running" and self._stop_reason is None
        if going and self.intake.clock.origin is not None:
            self.trace.advance(self._complete_until())
            changed = True
            if not self._inbox:
                self._look_for_deadlock()
        if self.state in ("running", "paused") and not self._inbox:
            self._end_if_over()
        return changed

    @property
    def waiting(self) -> int:
        """How many messages have arrived that `pump` has not taken yet."""
        return len(self._inbox)

    def wait_for_more(self, seconds: float) -> None:
        """Block the calling thread until something arrived, at most *seconds*."""
        self._inbox.wait(seconds)

    @property
    def behind(self) -> float:
        """How many seconds have passed that are not shown, as their events wait to be taken in."""
        now = time.perf_counter_ns()
        return (now - self._known_until(now)) / 1e9

    def _complete_until(self) -> int:
        return self.intake.clock.at(self._known_until(time.perf_counter_ns()))

    def _known_until(self, now: int) -> int:
        return known_until(self.intake.sources.values(), now, more=bool(self._inbox))

    def _paused(self, raw: int) -> None:
        self.intake.clock.pause(raw)

    def _resumed(self, raw: int) -> None:
        start = self.intake.clock.at(raw)
        length = self.intake.clock.resume(raw)
        self.trace.gaps.append((start, length))

    def _look_for_deadlock(self) -> None:
        if self._stop_reason is not None or self._exited_at is not None:
            return
        sources = self.intake.sources.values()
        alive = [source for source in sources if source.process.end is None]
        quiet = bool(alive) and all(source.is_quiet for source in alive)
        if not quiet:
            self.deadlock, self._alone_since = None, None
            return
        # A process may be leaving, or another one starting, without an event in it: nothing must
        # have happened anywhere, and no process ended, for as long as a deadlock has to stand.
        ends = [source.process.end or 0 for source in sources]
        still = self.trace.now - max(self._last_moment(), *ends)
        if still < DEADLOCK_STANDS_NS:
            return
        since = time.perf_counter_ns() - DEADLOCK_STANDS_NS
        unseen = any(
            source.goodbye is not None or source.hidden_acts or source.helpers.ran > since
            for source in alive
        )
        self.deadlock = deadlock.find(self.trace, complete=not (self._signals or unseen))
        found = self.deadlock
        if found is None or not found.certain:
            return
        if tree.strangers(self.pid, {source.process.pid for source in alive}):
            self._alone_since = None
            self.deadlock = (
                None
                if not found.cycle
                else Deadlock(found.cycle, found.stuck, certain=False, since=found.since)
            )
            return
        # A program that the script waited for may have ended just now: its end is told soon.
        if self._alone_since is None:
            self._alone_since = self.trace.now
        if self.trace.now - self._alone_since < TOLD_SOON_NS:
            return
        self.stop(DEADLOCK)

    def _end_if_over(self) -> None:
        if self._exited_at is None or self._process.returncode is None:
            return
        waited = (time.perf_counter_ns() - self._exited_at) / 1e9
        if self._connections.is_running_dry() and waited < DRAIN_SECONDS:
            if waited > DRAIN_SECONDS / 2:
                self.intake.stopping = True
                tree.kill(self.pid)  # what the root left behind
            return
        if self._inbox:
            return
        self.intake.ended(self.pid, self._exited_at, self._process.returncode)
        self.intake.finish()
        self.outcome = self._outcome()
        # A run that was stopped ends just before that: its threads stood as they did then.
        still = -1 if self._stop_reason is None else self._stopped_at
        self.trace.now = max(0, still, self._last_moment())
        for pid in list(self.intake.sources):
            self.intake.ended(pid, self._exited_at)
        self.state = "ended"

    def _last_moment(self) -> int:
        outputs = self.trace.outputs[-1].time if self.trace.outputs else 0
        return max(outputs, *(lane.times.last() for lane in self.trace.lanes), 0)

    def _outcome(self) -> Outcome:
        root = self.intake.sources.get(self.pid)
        seconds = max(0, self.intake.clock.at(self._exited_at or 0)) / 1e9 if root else 0.0
        if self._stop_reason == DEADLOCK and self.deadlock is not None:
            reason = self.deadlock.sentence(self.trace)
            return Outcome("deadlocked", None, None, seconds, reason=reason)
        said = root.goodbye if root else self._connections.refusal(self.pid)
        return ending.outcome(said, self._process.returncode, seconds, self._stop_reason)

    # ---- threads

    def _spawn(self, stdin: standard_input.Source) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [self.python, str(BOOT), str(self._connections.rundir.path)],
                stdin=standard_input.handle(stdin),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=environment.for_child(self.python),
                start_new_session=True,
            )
        except OSError as error:
            self._connections.discard()
            reason = error.strerror or error
            raise StartError(f"{self.python} cannot be started: {reason}.") from error

    def _wait(self) -> None:
        self._process.wait()
        self._exited_at = time.perf_counter_ns()
        self._connections.ready.set()
        self._inbox.put(lambda: None)

    def _read_cpu(self) -> None:
        while self._exited_at is None and not self._closing:
            if self.state == "running":
                pids = [s.process.pid for s in list(self.intake.sources.values())]
                readings = cpu_reader.read(pids)
                self._inbox.put(lambda readings=readings: self._add_cpu(readings))  # type: ignore[misc]
            time.sleep(CPU_PERIOD)

    def _add_cpu(self, readings: list[cpu_reader.Reading]) -> None:
        for raw, pid, native, used in readings:
            source = self.intake.sources.get(pid)
            lane = source.native.get(native) if source else None
            if lane is not None:
                self.trace.cpu.add(lane, self.intake.clock.at(raw), used)
            elif source is not None:
                source.helpers.read(native, raw, used)
