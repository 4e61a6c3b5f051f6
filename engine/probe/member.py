"""This process as a part of the run: its connections, its flusher, and its farewell.

Guarantees: HELLO is the first and GOODBYE the last message on the events connection of a process
that ends in an orderly way; a copy that a fork made says nothing on its parent's connections.
"""

from __future__ import annotations

import json
import os
import sys
from _thread import allocate_lock
from dataclasses import dataclass, field, fields
from os import getpid
from time import perf_counter_ns
from typing import Any, NoReturn

from ..events import Kind, Message
from . import output, standard_input
from .failures import unhandled
from .flusher import Flusher
from .link import Link
from .owner import has_gil
from .recorder import NOWHERE, recorder
from .source import SourceError


@dataclass(slots=True)
class Ending:
    """How the script ended in this process: finished, raised, exited or refused."""

    how: str = "finished"
    code: int | None = 0
    error: dict[str, Any] | None = None


@dataclass(slots=True)
class Order:
    """What ThreadLab asks for; kept in the run's folder for the processes that follow.

    *text* runs in place of what the file *script* holds (None: the file as it is). *root* is the
    folder or archive in which Python finds *module* (empty: its `__main__`); None for a plain file.
    """

    script: str
    argv: list[str] = field(default_factory=list)
    cwd: str | None = None
    env: dict[str, str] | None = None
    values: dict[str, Any] = field(default_factory=dict)
    watch: list[str] = field(default_factory=list)
    own: list[str] = field(default_factory=list)
    sample_hz: float = 50
    text: str | None = None
    root: str | None = None
    module: str = ""


class Member:
    """This process, as a part of the run.

    Attributes: rundir; order (None until told); events, outputs (connections); flusher; ending
    (None: not known yet); pid, to notice that a fork has made a copy that is not connected;
    forking (a lock that is held by a thread that is about to fork, and until it has).
    """

    def __init__(self, rundir: str) -> None:
        self.rundir = rundir
        self.order: Order | None = None
        self.ending: Ending | None = None
        self.pid = 0
        self.forking = allocate_lock()
        self._started = 0

    def connect(self) -> None:
        """Make this process's own two connections; the caller says HELLO on the first."""
        self.pid = getpid()
        self.events = Link(self.rundir)
        self.outputs = Link(self.rundir)
        self.outputs.send_json(Message.HELLO, {"pid": self.pid, "role": "output"})

    def wait_for_order(self) -> Order | None:
        """Say that a spare child is ready, and wait; None when it is not needed any more."""
        self.events.send_json(
            Message.HELLO,
            {
                "pid": self.pid,
                "ppid": os.getppid(),
                "role": "spare",
                "version": list(sys.version_info[:3]),
                "implementation": sys.implementation.name,
                "gil": has_gil(),
                "free_threaded": "free-threading build" in sys.version,
                "accelerated": recorder.accelerator is not None,
                "executable": sys.executable,
                "stdin": standard_input.encoding(),
                "flags": {name: getattr(sys.flags, name) for name in ("optimize", "dev_mode")},
            },
        )
        try:
            content = json.loads(self.events.receive())
        except (EOFError, OSError):
            return None
        with open(_order_path(self.rundir), "w", encoding="utf-8") as file:
            json.dump(content, file)
        self.order = _order(content)
        return self.order

    def read_order(self) -> None:
        """Take the order from the run's folder, where the script's own process left it."""
        with open(_order_path(self.rundir), encoding="utf-8") as file:
            self.order = _order(json.load(file))

    def is_connected(self) -> bool:
        """Whether this very process is a part of the run, and has not said goodbye."""
        return self.pid == getpid() and self._started != 0

    def flush(self) -> None:
        """Send what was recorded up to now; nothing in a process that is no part of the run."""
        if self.is_connected():
            self.flusher.flush()

    def go_on(self) -> None:
        """Let the flusher run again after a fork.

        Not while another thread is about to fork: it has just stopped the flusher, and waits for
        that thread to be gone.
        """
        with self.forking:
            if self.is_connected() and not self.flusher.running:
                self.flusher.start()

    def join_as(self, name: str | None) -> None:
        """Become a part of the run, if this process is none yet: it was spawned."""
        if not self.is_connected():
            self.connect()
            output.connect(self.outputs)
            self.begin(name)

    def become_child(self, name: str | None) -> None:
        """Become a part of the run of one's own: this process is a fork's child.

        Only the thread that forked has gone on; it is the child's main thread.
        """
        self.events.forget()
        self.outputs.forget()
        self._started = 0
        unhandled.clear()
        recorder.registry.start_again()
        self.join_as(name)

    def begin(self, name: str | None) -> None:
        """Say that this process is a part of the run from now on, and start recording."""
        assert self.order is not None
        self._started = perf_counter_ns()
        self.events.send_json(
            Message.HELLO,
            {
                "pid": self.pid,
                "ppid": os.getppid(),
                "role": "run",
                "name": name,
                "started": self._started,
            },
        )
        self.ending = None
        recorder.record(Kind.THREAD_BEGIN, site=NOWHERE)
        self.flusher = Flusher(recorder, self.events, self.order.sample_hz)
        self.flusher.flush()  # a process that is killed at once has been there all the same
        self.flusher.start()

    def say_goodbye(self) -> None:
        """Send what is left and GOODBYE, once; nothing is recorded afterwards."""
        if not self.is_connected():
            return
        recorder.record(Kind.THREAD_END, site=NOWHERE)
        seconds = (perf_counter_ns() - self._started) / 1e9
        self._started = 0
        ending = self.ending or Ending()
        self.flusher.stop()
        self.flusher.send(
            Message.GOODBYE,
            {
                "how": ending.how,
                "code": ending.code,
                "error": ending.error,
                "unhandled": [failure.as_json() for failure in unhandled],
                "seconds": seconds,
            },
        )

    def say_replaced(self, program: str) -> None:
        """Say that this process becomes *program* now; with none, that it has not."""
        self.flusher.send(Message.GOODBYE, {"how": "replaced", "program": program})

    def refuse(self, error: SourceError) -> NoReturn:
        """Say why the script cannot be run, and end."""
        kind = "SyntaxError" if error.line else "SourceError"
        self.events.send_json(
            Message.GOODBYE,
            {
                "how": "refused",
                "code": 1,
                "error": {
                    "type": kind,
                    "message": str(error),
                    "line": error.line or 0,
                    "file": self.order.script if self.order else "",
                    "traceback": "",
                    "thread": "",
                },
                "unhandled": [],
                "seconds": 0.0,
            },
        )
        sys.exit(1)


def _order_path(rundir: str) -> str:
    """Return where the order lies for the processes that the script starts."""
    return os.path.join(rundir, "order.json")


def _order(content: dict[str, Any]) -> Order:
    known = {item.name for item in fields(Order)}
    return Order(**{name: value for name, value in content.items() if name in known})
