"""A child process of the tests: started as the session starts it, and read to its end.

Everything here waits for bytes, for the end of a connection or of a process, never for time; the
time-outs only end a test that hangs.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import textwrap
import threading
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Client, Connection, Listener
from pathlib import Path
from typing import Any

from engine import accelerator
from engine.events import (
    COLUMNS,
    OUTPUT_HEADER,
    QUIET,
    Flag,
    Kind,
    Message,
    ObjectKind,
    batch_layout,
)

BOOT = Path(__file__).parents[2] / "engine" / "probe" / "boot.py"
SAFETY = 30.0


@dataclass(frozen=True)
class Event:
    """One event of one process, its numbers replaced by what they stand for."""

    kind: Kind
    thread: str
    object: str | None
    value: int | float | str
    line: int
    time: int
    raised: bool = False


@dataclass
class Process:
    """What one process of the run said."""

    pid: int
    hellos: list[dict[str, Any]] = field(default_factory=list)
    threads: dict[int, dict[str, Any]] = field(default_factory=dict)
    objects: dict[int, dict[str, Any]] = field(default_factory=dict)
    sites: dict[int, dict[str, Any]] = field(default_factory=dict)
    texts: dict[int, str] = field(default_factory=dict)
    raw: list[tuple[int, int, int, int, int]] = field(default_factory=list)
    printed: list[tuple[int, int, int, bytes]] = field(default_factory=list)
    goodbye: dict[str, Any] | None = None
    errors: list[dict[str, Any]] = field(default_factory=list)
    quiet: int = 0

    def event(self, record: tuple[int, int, int, int, int]) -> Event:
        value, time, what, thread, site = record
        flags, number = Flag(what >> 8 & 0xFF), what >> 16
        shown: int | float | str = value
        if flags & Flag.TEXT:
            shown = self.texts[value]
        elif flags & Flag.FLOAT:
            shown = struct.unpack("<d", struct.pack("<q", value))[0]
        made = self.objects[number] if number else None
        return Event(
            Kind(what & 0xFF),
            self.threads[thread]["name"],
            None if made is None else made["name"] or f"{made['kind']}",
            shown,
            self.sites[site]["line"] if site else 0,
            time,
            bool(flags & Flag.RAISED),
        )

    def events(self, *kinds: Kind, thread: str | None = None) -> list[Event]:
        """Return the events of *kinds* (all but SAMPLE without any), of *thread* or of all."""
        found = map(self.event, self.raw)
        return [
            event
            for event in found
            if (event.kind in kinds if kinds else event.kind is not Kind.SAMPLE)
            and thread in (None, event.thread)
        ]

    def steps(self, *kinds: Kind, thread: str | None = None) -> list[tuple[str, str | None, int]]:
        """Return (kind, object, line) of `events`."""
        return [
            (event.kind.name, event.object, event.line)
            for event in self.events(*kinds, thread=thread)
        ]

    def text(self, stream: int = 1) -> str:
        return b"".join(data for s, _, _, data in self.printed if s == stream).decode()


@dataclass
class Run:
    """What one run said, process by process; the first is the script's own."""

    processes: list[Process]
    code: int
    stdout: str
    stderr: str

    @property
    def root(self) -> Process:
        return self.processes[0]


class Child:
    """Starts a script under probes and collects what it says."""

    def __init__(self, python: str = sys.executable, *, accelerated: bool = True) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="threadlab-test-")
        self.rundir = Path(self._folder.name)
        self._address = str(self.rundir / "socket")
        self._key = os.urandom(16)
        self._listener = Listener(self._address, "AF_UNIX", backlog=64, authkey=self._key)
        (self.rundir / "address").write_text(self._address)
        (self.rundir / "key").write_bytes(self._key)
        if accelerated:
            with contextlib.suppress(accelerator.NoAccelerator):
                (self.rundir / "accelerator").write_text(str(accelerator.build(python)))
        self._ending = False
        self._by_pid: dict[int, Process] = {}
        self._changed = threading.Condition()
        self._reading = threading.Event()
        self._reading.set()
        self._readers: list[threading.Thread] = []
        self._go: Connection | None = None
        self._accepter = threading.Thread(target=self._accept, name="accept")
        self._accepter.start()
        self.popen = subprocess.Popen(
            [python, str(BOOT), str(self.rundir)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def go(self, script: Path, **order: Any) -> None:
        """Send the order, once the child has said that it is ready."""
        content: dict[str, Any] = {
            "script": str(script),
            "argv": [],
            "cwd": None,
            "env": None,
            "values": {},
        }
        content |= {"watch": [], "sample_hz": 0, **order}
        self.wait_for(lambda: self._go is not None)
        assert self._go is not None
        self._go.send_bytes(json.dumps(content).encode())

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Wait until what the child has said makes *condition* true."""
        with self._changed:
            assert self._changed.wait_for(condition, SAFETY), "the child never said it"

    def stall_events(self) -> None:
        """Read no events from here on (what is printed is still read)."""
        self._reading.clear()

    def read_on(self) -> None:
        """Read events again."""
        self._reading.set()

    @property
    def processes(self) -> list[Process]:
        return list(self._by_pid.values())

    def finish(self) -> Run:
        """Wait for the end of every process and return everything that was said."""
        stdout, stderr = self.popen.communicate(timeout=SAFETY)
        # Whoever belongs to the run connected before its parent went on, so all are known now.
        for reader in list(self._readers):
            reader.join(SAFETY)
        self._ending = True
        Client(self._address, authkey=self._key).close()
        self._accepter.join(SAFETY)
        self._listener.close()
        self._folder.cleanup()
        return Run(self.processes, self.popen.returncode, stdout.decode(), stderr.decode())

    def _accept(self) -> None:
        while True:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError):  # killed while it was shaking hands
                continue
            if self._ending:
                connection.close()
                return
            reader = threading.Thread(target=self._read, args=(connection,), name="read")
            self._readers.append(reader)
            reader.start()

    def _read(self, connection: Connection) -> None:
        process: Process | None = None
        try:
            while True:
                message = connection.recv_bytes()
                is_output = message[:1] == bytes([Message.OUTPUT])
                if process is not None and not is_output:
                    self._reading.wait()
                with self._changed:
                    if process is None:
                        hello = json.loads(message[1:])
                        process = self._by_pid.setdefault(hello["pid"], Process(hello["pid"]))
                        if hello["role"] == "spare":
                            self._go = connection
                    _take(process, message)
                    self._changed.notify_all()
        except (EOFError, OSError):
            connection.close()
            with self._changed:
                self._changed.notify_all()


def run(
    script: Path | str,
    folder: Path | None = None,
    python: str = sys.executable,
    *,
    accelerated: bool = True,
    **order: Any,
) -> Run:
    """Run a script (a path, or its text to be written in *folder*) to its end."""
    if isinstance(script, str):
        assert folder is not None
        path = folder / "script.py"
        path.write_text(textwrap.dedent(script))
        script = path
    child = Child(python, accelerated=accelerated)
    child.go(script, **order)
    return child.finish()


def _take(process: Process, message: bytes) -> None:
    kind = Message(message[0])
    if kind is Message.BATCH:
        process.raw += _records(message)
    elif kind is Message.OUTPUT:
        _, stream, thread, time = OUTPUT_HEADER.unpack_from(message)
        process.printed.append((stream, thread, time, message[OUTPUT_HEADER.size :]))
    elif kind is Message.QUIET:
        process.quiet = QUIET.unpack(message)[1]
    else:
        _note(process, kind, json.loads(message[1:]))


def _note(process: Process, kind: Message, content: dict[str, Any]) -> None:
    assert process.goodbye is None or content.get("role") == "output", "said after GOODBYE"
    if kind is Message.HELLO:
        process.hellos.append(content)
    elif kind is Message.NAMES:
        for group in ("threads", "objects", "sites"):
            getattr(process, group).update({entry["number"]: entry for entry in content[group]})
        for number, *_ in content["tasks"]:
            process.objects[number] = {"number": number, "kind": ObjectKind.TASK, "name": None}
        process.texts.update({entry["number"]: entry["text"] for entry in content["texts"]})
    elif kind is Message.GOODBYE:
        process.goodbye = content
    elif kind is Message.ERROR:
        process.errors.append(content)


def _records(message: bytes) -> list[tuple[int, int, int, int, int]]:
    _, _, layout = batch_layout(message)
    columns = []
    for name, code, _ in COLUMNS:
        offset, size = layout[name]
        columns.append(array(code, message[offset : offset + size]))
    return list(zip(*columns, strict=True))
