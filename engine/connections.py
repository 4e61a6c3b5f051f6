"""The connections of a run, and the threads that read them.

Why apart from the session: a session decides what a run's news mean; this module only takes care
that news arrive, from however many processes, and that the one who takes them is never flooded.

Guarantees: what is read is handed to the consumer as actions in an `Inbox`, so the trace changes
in the consumer's thread only; a reader whose news are not taken waits (`INBOX_MESSAGES`), which
pushes back on the child instead of filling the memory; `close` leaves no thread and no file; no
pickle is read. What the run prints stands in the inbox in the order in which it was printed, be it
by `print`, which comes over a connection, or by a subprocess or C code, which write to a pipe:

1. The child sends a piece only when the pipe is empty, and here a pipe is emptied and its bytes put
   in one step, so what came through the pipe before stands before.
2. Before a pipe is emptied, what has arrived on the connections is put: what was sent before those
   bytes were written stands before them. What the pipe held when that began is all that is taken:
   later bytes may have been written after a piece that is still to come.
"""

from __future__ import annotations

import collections
import contextlib
import json
import os
import selectors
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from typing import IO, Any

from engine.events import Message, WireError
from engine.intake import Intake
from engine.rundir import RunDirectory

#: A reader waits once this many messages (at most 4,096 events each) are unread.
INBOX_MESSAGES = 256

#: What is printed is put in handfuls of some of this many bytes.
LARGEST_HANDFUL = 16_384

Action = Callable[[], None]


class Inbox:
    """Actions for the consumer's thread, in the order in which they were put."""

    def __init__(self) -> None:
        self._actions: collections.deque[Action] = collections.deque()
        self._room = threading.Condition()
        self._closed = False

    def __len__(self) -> int:
        return len(self._actions)

    def put(self, action: Action, *, wait: bool = False) -> None:
        """Add *action*; with *wait*, once there is room or the inbox is closed."""
        with self._room:
            while wait and len(self._actions) >= INBOX_MESSAGES and not self._closed:
                self._room.wait()
            self._actions.append(action)
            self._room.notify_all()

    def put_at_once(self, make: Callable[[], Action | None]) -> bool:
        """Add what *make* returns, before anything that others put meanwhile; wait for room.

        *make* must not block. Returns whether there was something.
        """
        with self._room:
            while len(self._actions) >= INBOX_MESSAGES and not self._closed:
                self._room.wait()
            action = make()
            if action is not None:
                self._actions.append(action)
                self._room.notify_all()
            return action is not None

    def take(self) -> Action:
        """Return the oldest action; IndexError if there is none."""
        with self._room:
            action = self._actions.popleft()
            self._room.notify_all()
        return action

    def wait(self, seconds: float) -> None:
        """Block until something is in it, at most *seconds*."""
        with self._room:
            if not self._actions:
                self._room.wait(seconds)

    def close(self) -> None:
        """Forget what is in it, and let whoever waits for room go on."""
        with self._room:
            self._closed = True
            self._actions.clear()
            self._room.notify_all()


class Connections:
    """Where the processes of one run connect to.

    Attributes: inbox; rundir; ready (set once the child is warm, or gone); root (the connection
    on which the order goes to the child, None until it is warm); spare (what the warm child said
    of itself, None until then).
    """

    def __init__(self, intake: Intake) -> None:
        self.inbox = Inbox()
        self.rundir = RunDirectory()
        self.ready = threading.Event()
        self.root: Connection[Any, Any] | None = None
        self.spare: dict[str, Any] | None = None
        self._intake = intake
        self._early: dict[int, list[bytes]] = {}
        self._threads: list[threading.Thread] = []
        self._guard = threading.Lock()
        self._closing = False
        self._printing: list[_Printing] = []
        #: Processes that said hello on the first connection, and those whose second one is read.
        self._speaking: set[int] = set()
        self._heard: set[int] = set()
        self._listener = Listener(*self.rundir.listen_on(), authkey=self.rundir.key, backlog=64)
        self.rundir.publish(self._listener.address)

    def begin(self) -> None:
        """Let processes connect from now on."""
        self.thread("accept", self._accept)

    def discard(self) -> None:
        """Remove what was made, when no process could be started; no thread has begun."""
        self._listener.close()
        self.rundir.remove()

    def thread(self, name: str, run: Callable[..., None], *arguments: object) -> None:
        """Start a thread that `close` waits for."""
        thread = threading.Thread(target=run, args=arguments, name=name, daemon=True)
        with self._guard:
            self._threads = [t for t in self._threads if t.is_alive() or t.ident is None]
            self._threads.append(thread)
        thread.start()

    def read_stream(self, stream: int, pipe: IO[bytes]) -> None:
        """Read the child's own standard output (1) or error (2), in a thread."""
        self.thread(f"stream {stream}", self._read_pipe, stream, pipe)

    def is_running_dry(self) -> bool:
        """Whether something may still arrive: a connection or a stream is open, or is to be.

        A process makes both its connections before it says a word on either, but whoever accepts
        them may come to the second only when the process is over: what it printed is in there.
        """
        with self._guard:
            threads, expected = list(self._threads), self._speaking - self._heard
        names = ("connection", "stream")
        open_ = any((t.is_alive() or t.ident is None) and t.name.startswith(names) for t in threads)
        return open_ or bool(expected)

    def refusal(self, pid: int) -> dict[str, Any] | None:
        """What a child said that refused the script, and so never said hello for a run."""
        for message in self._early.get(pid, ()):
            if message[:1] == bytes([Message.GOODBYE]):
                with contextlib.suppress(ValueError):
                    said: dict[str, Any] = json.loads(message[1:])
                    return said
        return None

    def close(self) -> None:
        """End every thread and close everything; the processes have been killed before."""
        self._closing = True
        self._wake_accept()
        for thread in self._threads:
            while thread.is_alive():  # a reader may be waiting for room again
                self.inbox.close()
                thread.join(0.05)
        self.inbox.close()
        if self.root is not None:
            self.root.close()
        with contextlib.suppress(OSError):
            self._listener.close()
        self.rundir.remove()

    # ---- the consumer's thread

    def _hello(self, said: dict[str, Any]) -> None:
        pid = self._intake.hello(said).process.pid
        for message in self._early.pop(pid, ()):
            self._feed(pid, message)

    def _feed_all(self, pid: int, messages: list[bytes]) -> None:
        for message in messages:
            self._feed(pid, message)

    def _feed(self, pid: int, message: bytes) -> None:
        if pid not in self._intake.sources:
            # Two connections, two readers: what is printed first may overtake the hello.
            self._early.setdefault(pid, []).append(message)
            return
        try:
            self._intake.feed(pid, message)
        except (WireError, KeyError, TypeError, ValueError) as error:
            self._intake.errors.append(f"a message of process {pid} was left out: {error}")

    # ---- the readers' threads

    def _accept(self) -> None:
        while not self._closing:
            try:
                connection = self._listener.accept()
            except (OSError, EOFError, AuthenticationError):
                continue
            # Each connection says hello to its own thread: a process that opens its second
            # connection before it says hello on the first would otherwise wait for ever.
            self.thread("connection", self._serve, connection)

    def _wake_accept(self) -> None:
        """Unblock `accept`: closing a listener does not wake the thread that waits in it."""
        with contextlib.suppress(OSError, EOFError):
            # Without the key: nobody may be left to shake hands with.
            Client(self._listener.address).close()

    def _serve(self, connection: Connection[Any, Any]) -> None:
        try:
            hello = connection.recv_bytes(1 << 20)
            said = json.loads(hello[1:]) if hello[:1] == bytes([Message.HELLO]) else {}
            pid, role = int(said["pid"]), said["role"]
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            connection.close()
            return
        with self._guard:
            (self._heard if role == "output" else self._speaking).add(pid)
        if role == "spare":
            self.root, self.spare = connection, said
            self.ready.set()
        elif role == "run":
            self.inbox.put(lambda: self._hello(said))
        if role == "output":
            self._read_printed(pid, connection)
        else:
            self._read_events(pid, connection)

    def _read_printed(self, pid: int, connection: Connection[Any, Any]) -> None:
        def put(messages: list[bytes]) -> None:
            self.inbox.put(lambda: self._feed_all(pid, messages), wait=True)

        printing = _Printing(connection, put)
        with self._guard:
            self._printing.append(printing)
        while not self._closing and printing.wait():
            printing.put_arrived()
        with self._guard:
            self._printing.remove(printing)
        printing.close()

    def _read_events(self, pid: int, connection: Connection[Any, Any]) -> None:
        put = self.inbox.put
        while True:
            try:
                message = connection.recv_bytes()
            except (OSError, EOFError):
                break
            if message[:1] == bytes([Message.HELLO]):
                with contextlib.suppress(ValueError, KeyError, TypeError):
                    said = json.loads(message[1:])
                    put(lambda said=said: self._hello(said), wait=True)  # type: ignore[misc]
                continue
            put(lambda message=message: self._feed(pid, message), wait=True)  # type: ignore[misc]
            if self._closing:
                break
        raw = time.perf_counter_ns()
        put(lambda: self._intake.ended(pid, raw))
        if connection is not self.root:
            connection.close()

    def _read_pipe(self, stream: int, pipe: IO[bytes]) -> None:
        descriptor = pipe.fileno()

        def take() -> Action | None:
            raw = time.perf_counter_ns()  # before the pipe is empty and the child prints on
            data = os.read(descriptor, size)
            return (lambda: self._intake.foreign_output(stream, data, raw)) if data else None

        with pipe:
            while True:
                size = _wait_for_bytes(descriptor)
                with self._guard:
                    printing = list(self._printing)
                for each in printing:
                    each.put_arrived()
                if not self.inbox.put_at_once(take):
                    return


class _Printing:
    """A connection over which a process prints; two threads read it, one at a time."""

    def __init__(
        self, connection: Connection[Any, Any], put: Callable[[list[bytes]], None]
    ) -> None:
        self._connection = connection
        self._put = put
        self._reading = threading.Lock()
        self._ended = False

    def wait(self) -> bool:
        """Wait for a message; False when none will come any more."""
        if not self._ended:
            with contextlib.suppress(OSError, EOFError):
                self._connection.poll(None)
        return not self._ended

    def put_arrived(self) -> None:
        """Put all that has arrived; when the call is over, nothing of it is on the way."""
        with self._reading:
            while not self._ended:
                messages = self._take()
                if not messages:
                    return
                self._put(messages)

    def _take(self) -> list[bytes]:
        """Return some of the messages that have arrived, together no more than a handful."""
        messages: list[bytes] = []
        size = 0
        try:
            descriptor = self._connection.fileno()
            # Asking for the number of bytes costs a hundredth of a `poll`; none: it may have ended.
            while size < LARGEST_HANDFUL and (
                _held(descriptor) or (not messages and self._connection.poll(0))
            ):
                messages.append(self._connection.recv_bytes())
                size += len(messages[-1])
        except (OSError, EOFError):
            self._ended = True
        return messages

    def close(self) -> None:
        """Close the connection; nobody reads it any more."""
        with self._reading:
            self._ended = True
            self._connection.close()


if sys.platform == "win32":

    def _held(descriptor: int) -> int:
        """Return 0: how much can be read is not told there."""
        return 0

else:
    import fcntl
    import termios

    def _held(descriptor: int) -> int:
        """Return how many bytes can be read from a pipe or a socket at once."""
        answer = fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4))
        return int.from_bytes(answer, sys.byteorder)


def _wait_for_bytes(descriptor: int) -> int:
    """Wait until a pipe holds something or has ended; how many bytes it holds, from 1 up."""
    if sys.platform == "win32":
        return 65536  # reading is what waits there
    waiting = selectors.DefaultSelector()
    with waiting:
        waiting.register(descriptor, selectors.EVENT_READ)
        waiting.select()
    return min(max(_held(descriptor), 1), 1 << 20)
