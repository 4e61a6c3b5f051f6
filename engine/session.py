"""One run from outside: start, pause, resume, stop, and how it ended.

Why: the script runs in a process of its own, so it can be stopped when it is deadlocked and may
crash without harm. This module owns that process tree, its connections and the threads that read
them; whoever shows the run calls `pump` from one thread, and only there does the trace change.

Guarantees: `stop` leaves no process behind; everything that a process sent before it died is in
the trace; a reader that is not pumped pushes back instead of filling the memory
(`INBOX_MESSAGES`); no pickle is read.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import IO, Any, Literal

from engine import cpu_reader, deadlock, ending, tree
from engine.deadlock import Deadlock
from engine.events import Message, WireError
from engine.intake import Intake, NameObject
from engine.outcome import Outcome
from engine.rundir import RunDirectory
from engine.trace import Trace

BOOT = Path(__file__).resolve().parent / "probe" / "boot.py"
#: A reader waits once this many messages (at most 4,096 events each) are unread.
INBOX_MESSAGES = 256
CPU_PERIOD = 0.05
#: A deadlock must have stood this long before a run is ended for it, so that it can be seen.
DEADLOCK_STANDS_NS = 600_000_000
#: How long the connections of a dead process may take to run dry.
DRAIN_SECONDS = 5.0

#: The reason of a stop that we decided ourselves.
DEADLOCK = "deadlock"

State = Literal["idle", "running", "paused", "ended"]


@dataclass(frozen=True, slots=True)
class Request:
    """What to run. *values* replace the script's constants; *watch* are names to record."""

    script: Path
    arguments: tuple[str, ...] = ()
    directory: Path | None = None
    values: dict[str, int | float | bool | str] = field(default_factory=dict)
    watch: tuple[str, ...] = ()
    expected: dict[str, float] = field(default_factory=dict)

    def message(self) -> bytes:
        """Return the go request for the child."""
        script = self.script.resolve()
        return json.dumps(
            {
                "script": str(script),
                "argv": [str(script), *self.arguments],
                "cwd": str(self.directory or Path.cwd()),
                "env": dict(os.environ),
                "values": self.values,
                "watch": list(self.watch),
                "sample_hz": 50,
            }
        ).encode()


@dataclass(frozen=True, slots=True)
class Interpreter:
    """What a child said of itself."""

    version: str
    gil: bool

    def __str__(self) -> str:
        return f"Python {self.version} · {'GIL' if self.gil else 'free-threaded'}"


class StartError(RuntimeError):
    """The child could not be started; the text says why and what to do."""


class Session:
    """One child process, warm until `start`, and the run in it.

    Attributes: trace, intake, outcome (None until it ended), state, interpreter (None until the
    child said hello), deadlock (the one found last, suspected or certain, or None).
    """

    def __init__(self, python: str = sys.executable, name_object: NameObject | None = None) -> None:
        self.trace = Trace()
        self.intake = Intake(self.trace, name_object or (lambda file, line, ordinal: ""))
        self.outcome: Outcome | None = None
        self.state: State = "idle"
        self.interpreter: Interpreter | None = None
        self.deadlock: Deadlock | None = None
        self._inbox: collections.deque[Callable[[], None]] = collections.deque()
        self._room = threading.Condition()
        self._readers: list[threading.Thread] = []
        self._root_events: Connection[Any, Any] | None = None
        self._early: dict[int, list[bytes]] = {}
        self._ready = threading.Event()
        self._exited_at: int | None = None
        self._stop_reason: str | None = None
        self._stopped_at = -1
        self._closing = False
        self._signals = False
        self._rundir = RunDirectory()
        self._listener = Listener(*self._rundir.listen_on(), authkey=self._rundir.key, backlog=64)
        self._rundir.publish(self._listener.address)
        self._process = self._spawn(python)
        self._thread("accept", self._accept)
        self._thread("wait", self._wait)
        for stream, pipe in ((1, self._process.stdout), (2, self._process.stderr)):
            assert pipe is not None
            self._thread(f"stream {stream}", self._read_pipe, stream, pipe)

    # ---- commands

    @property
    def pid(self) -> int:
        """The root process's number."""
        return self._process.pid

    @property
    def is_ready(self) -> bool:
        """Whether the child is warm, so that `start` does not block."""
        return self._ready.is_set()

    def wait_ready(self, seconds: float = 30.0) -> None:
        """Wait until the child is warm. Raises StartError when it is not in time."""
        if not self._ready.wait(seconds) or self._root_events is None:
            raise StartError(
                "The child process did not answer. Is the chosen interpreter a working Python "
                "3.11 or later? Try it with --version."
            )

    def start(self, request: Request) -> None:
        """Run *request* in the warm child."""
        if self.state != "idle":
            raise RuntimeError("a session runs once")
        self.wait_ready()
        assert self._root_events is not None
        self.trace.values.expected = dict(request.expected)
        with contextlib.suppress(OSError):
            text = request.script.read_text("utf-8", "replace")
            self._signals = "signal" in text
        self.state = "running"
        try:
            self._root_events.send_bytes(request.message())
        except OSError as error:
            raise StartError(f"The child process ended before it could run: {error}") from error
        self._thread("cpu", self._read_cpu)

    def pause(self) -> None:
        """Stop the whole process tree; the run's clock stands still."""
        if self.state == "running":
            tree.pause(self.pid)
            raw = time.perf_counter_ns()
            self._put(lambda: self._paused(raw))
            self.state = "paused"

    def resume(self) -> None:
        """Let the process tree go on."""
        if self.state == "paused":
            raw = time.perf_counter_ns()
            self._put(lambda: self._resumed(raw))
            tree.resume(self.pid)
            self.state = "running"

    def stop(self, reason: str = "") -> None:
        """Kill the whole tree; `pump` then gives the outcome *stopped*."""
        if self.state != "ended":
            if self._stop_reason is None:
                self._stop_reason = reason
                self._stopped_at = self.trace.now
            tree.kill(self.pid)

    def close(self) -> None:
        """End everything that this session owns: processes, threads, connections, files."""
        if self._closing:
            return
        self._closing = True
        tree.kill(self.pid)
        self._process.wait()
        self._wake_accept()
        with self._room:
            self._inbox.clear()
            self._room.notify_all()
        for thread in self._readers:
            while thread.is_alive():  # a reader may be waiting for room again
                with self._room:
                    self._inbox.clear()
                    self._room.notify_all()
                thread.join(0.05)
        if self._root_events is not None:
            self._root_events.close()
        with contextlib.suppress(OSError):
            self._listener.close()
        self._rundir.remove()
        if self.state != "ended":
            self.state = "ended"

    # ---- the consumer's side

    def pump(self, seconds: float = 0.004) -> bool:
        """Take what has arrived into the trace, for at most about *seconds*.

        Returns whether the trace changed. Call it from one thread only.
        """
        until = time.perf_counter() + seconds
        changed = False
        while self._inbox:
            with self._room:
                action = self._inbox.popleft()
                self._room.notify_all()
            action()
            changed = True
            if time.perf_counter() > until:
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

    def wait_for_more(self, seconds: float) -> None:
        """Block the calling thread until something arrived, at most *seconds*."""
        with self._room:
            if not self._inbox:
                self._room.wait(seconds)

    def _complete_until(self) -> int:
        """The run's time now; for lanes that go on in a state that was recorded."""
        return self.intake.clock.at(time.perf_counter_ns())

    def _paused(self, raw: int) -> None:
        self.intake.clock.pause(raw)

    def _resumed(self, raw: int) -> None:
        start = self.intake.clock.at(raw)
        length = self.intake.clock.resume(raw)
        self.trace.gaps.append((start, length))

    def _look_for_deadlock(self) -> None:
        if self._stop_reason is not None:
            return
        sources = self.intake.sources.values()
        alive = [source for source in sources if source.process.end is None]
        quiet = bool(alive) and all(source.is_quiet for source in alive)
        if not quiet:
            self.deadlock = None
            return
        # A process may be leaving, or another one starting, without an event in it: nothing must
        # have happened anywhere, and no process ended, for as long as a deadlock has to stand.
        ends = [source.process.end or 0 for source in sources]
        still = self.trace.now - max(self._last_moment(), *ends)
        if still < DEADLOCK_STANDS_NS:
            return
        leaving = any(source.goodbye is not None for source in alive)
        self.deadlock = deadlock.find(self.trace, complete=not (self._signals or leaving))
        found = self.deadlock
        if found is None or not found.certain:
            return
        if len(tree.members(self.pid)) > len(alive):
            self.deadlock = (
                None
                if not found.cycle
                else Deadlock(found.cycle, found.stuck, certain=False, since=found.since)
            )
            return
        if self._stop_reason is None:
            self._stop_reason = DEADLOCK
            self._stopped_at = self.trace.now
            tree.kill(self.pid)

    def _end_if_over(self) -> None:
        if self._exited_at is None or self._process.returncode is None:
            return
        readers = [t for t in self._readers if t.name.startswith(("connection", "stream"))]
        waited = (time.perf_counter_ns() - self._exited_at) / 1e9
        if any(t.is_alive() for t in readers) and waited < DRAIN_SECONDS:
            if waited > DRAIN_SECONDS / 2:
                tree.kill(self.pid)  # what the root left behind
            return
        if self._inbox:
            return
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
        said = root.goodbye if root else self._refusal()
        return ending.outcome(said, self._process.returncode, seconds, self._stop_reason)

    def _refusal(self) -> dict[str, Any] | None:
        """What a child said that refused the script, and so never said hello for a run."""
        for message in self._early.get(self.pid, ()):
            if message[:1] == bytes([Message.GOODBYE]):
                with contextlib.suppress(ValueError):
                    said: dict[str, Any] = json.loads(message[1:])
                    return said
        return None

    # ---- threads

    def _thread(self, name: str, run: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=run, args=arguments, name=name, daemon=True)
        with self._room:
            self._readers = [t for t in self._readers if t.is_alive() or t.ident is None]
            self._readers.append(thread)
        thread.start()

    def _put(self, action: Callable[[], None], *, wait: bool = False) -> None:
        with self._room:
            while wait and len(self._inbox) >= INBOX_MESSAGES and not self._closing:
                self._room.wait()
            self._inbox.append(action)
            self._room.notify_all()

    def _spawn(self, python: str) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [python, str(BOOT), str(self._rundir.path)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            self._listener.close()
            self._rundir.remove()
            raise StartError(f"{python} cannot be started: {error.strerror or error}.") from error

    def _wait(self) -> None:
        self._process.wait()
        self._exited_at = time.perf_counter_ns()
        self._ready.set()
        self._put(lambda: None)

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError, AuthenticationError):
                continue
            # Each connection says hello to its own thread: a process that opens its second
            # connection before it says hello on the first would otherwise wait for ever.
            self._thread("connection", self._serve, connection)

    def _serve(self, connection: Connection[Any, Any]) -> None:
        try:
            hello = connection.recv_bytes(1 << 20)
            said = json.loads(hello[1:]) if hello[:1] == bytes([Message.HELLO]) else {}
            pid, role = int(said["pid"]), said["role"]
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            connection.close()
            return
        if role == "spare":
            self._root_events = connection
            version = ".".join(str(part) for part in said["version"][:3])
            self.interpreter = Interpreter(version, bool(said["gil"]))
            self._ready.set()
        elif role == "run":
            self._put(lambda: self._hello(said))
        self._read(pid, connection, is_events=role != "output")

    def _wake_accept(self) -> None:
        """Unblock `accept`: closing a listener does not wake the thread that waits in it."""
        from multiprocessing.connection import Client

        with contextlib.suppress(OSError, EOFError):
            # Without the key: nobody may be left to shake hands with.
            Client(self._listener.address).close()

    def _hello(self, said: dict[str, Any]) -> None:
        pid = self.intake.hello(said).process.pid
        for message in self._early.pop(pid, ()):
            self._feed(pid, message)

    def _read(self, pid: int, connection: Connection[Any, Any], *, is_events: bool) -> None:
        while True:
            try:
                message = connection.recv_bytes()
            except (OSError, EOFError):
                break
            if message[:1] == bytes([Message.HELLO]):
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    said = json.loads(message[1:])
                    self._put(lambda said=said: self._hello(said), wait=True)  # type: ignore[misc]
                continue
            self._put(lambda message=message: self._feed(pid, message), wait=True)  # type: ignore[misc]
            if self._closing:
                break
        if is_events:
            raw = time.perf_counter_ns()
            self._put(lambda: self.intake.ended(pid, raw))
        if connection is not self._root_events:
            connection.close()

    def _feed(self, pid: int, message: bytes) -> None:
        if pid not in self.intake.sources:
            # Two connections, two readers: what is printed first may overtake the hello.
            self._early.setdefault(pid, []).append(message)
            return
        try:
            self.intake.feed(pid, message)
        except (WireError, KeyError, TypeError, ValueError) as error:
            self.intake.errors.append(f"a message of process {pid} was left out: {error}")

    def _read_pipe(self, stream: int, pipe: IO[bytes]) -> None:
        with pipe:
            while data := os.read(pipe.fileno(), 65536):
                raw = time.perf_counter_ns()
                self._put(
                    lambda data=data, raw=raw: self.intake.foreign_output(stream, data, raw),  # type: ignore[misc]
                    wait=True,
                )

    def _read_cpu(self) -> None:
        while self._exited_at is None and not self._closing:
            if self.state == "running":
                pids = [s.process.pid for s in list(self.intake.sources.values())]
                readings = cpu_reader.read(pids)
                self._put(lambda readings=readings: self._add_cpu(readings))  # type: ignore[misc]
            time.sleep(CPU_PERIOD)

    def _add_cpu(self, readings: list[cpu_reader.Reading]) -> None:
        for raw, pid, native, used in readings:
            source = self.intake.sources.get(pid)
            lane = source.native.get(native) if source else None
            if lane is not None:
                self.trace.cpu.add(lane, self.intake.clock.at(raw), used)
