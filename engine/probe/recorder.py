"""What the probes record, and how it leaves the process.

Why: the hot path must cost little and must not offer the GIL, so a probe only appends one tuple
to one list, in C; a flusher thread packs the tuples by column, in C as well, and sends them.

Guarantees: with a GIL the list is in the order of what happened; anything that a batch refers
to was announced before it; nothing is dropped (a reader that stalls makes the flusher wait);
when the window is gone, the process ends rather than run on unseen.

The flusher is a bare `_thread` thread: `threading.enumerate()` does not show it, and it does not
keep the interpreter alive.
"""

from __future__ import annotations

import _thread
import json
import os
import struct
import sys
import time
from array import array
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import repeat, starmap
from multiprocessing.connection import Client, Connection
from operator import attrgetter, itemgetter
from typing import Any

from ..events import (
    HEADER,
    OUTPUT_HEADER,
    QUIET,
    Flag,
    Kind,
    Message,
    ObjectKind,
    pack_batch,
    what,
)
from . import owner

FLUSH_SECONDS = 0.01
BATCH = 4096
LONGEST_TEXT = 10_000

Record = tuple[Any, int, int, int, "tuple[str, int] | None"]
_EMPTY: Iterator[tuple[()]] = repeat(())
_now = time.perf_counter_ns
_ident = _thread.get_ident


class _Numbers(dict[int, int]):
    """Thread idents to our numbers; a thread that no probe started gets one when first seen."""

    def __missing__(self, ident: int) -> int:
        return recorder.new_thread(ident, f"thread {ident}", daemon=True)


class _Sites(dict[Any, int]):
    """(file, line) to our numbers; the flusher meets a new one when it packs."""

    def __missing__(self, site: tuple[str, int]) -> int:
        return recorder.new_site(site)


class Recorder:
    """This process's log and connections. There is one: `recorder`.

    Attributes: log (the tuples not yet sent), numbers (thread ident to number), active (whether
    probes should record at all).
    """

    def __init__(self) -> None:
        self.log: list[Record] = []
        self.numbers = _Numbers()
        self.active = False
        self.unhandled: list[dict[str, Any]] = []
        self.goodbye: dict[str, Any] = {"how": "finished", "code": 0, "error": None}
        self.sample_hz = 0
        self.rundir = ""
        self._sites = _Sites({None: 0})
        self._texts: dict[str, int] = {"": 0}
        self._objects = 0
        self._threads = 0
        self._new: dict[str, list[dict[str, Any]]] = {}
        self._announced: list[bytes] = []
        self._events: Connection[Any, Any] | None = None
        self._output: Connection[Any, Any] | None = None
        self._guard = _thread.allocate_lock()
        self._output_guard = _thread.allocate_lock()
        self._naming = _thread.RLock()
        self._wake = _thread.allocate_lock()
        self._gone = _thread.allocate_lock()
        self._stopping = False
        self._flushing = False
        self._said_quiet = False
        self._seen: dict[int, tuple[str, int] | None] = {}
        self._last_sample = 0
        self._finished = False

    # ---- connections

    def connect(self, rundir: str, events: Connection[Any, Any] | None = None) -> None:
        """Open this process's connections (the events one may be open already)."""
        self.rundir = rundir
        self._events = events or dial(rundir)
        self._output = dial(rundir)
        self._output.send_bytes(hello("output"))

    def begin(self, name: str | None = None) -> None:
        """Announce this process, make its main thread number 0 and start recording."""
        started = _now()
        self._send(hello("run", name=name, started=started))
        self.numbers.clear()
        self._threads = 0
        self.new_thread(_ident(), "MainThread", native=_thread.get_native_id())
        for message in self._announced:
            self._send(message)
        self.active = True
        self.add(Kind.THREAD_BEGIN, site=None)
        self.start_flusher()

    def _send(self, message: bytes) -> None:
        try:
            assert self._events is not None
            self._events.send_bytes(message)
        except OSError:
            os.kill(os.getpid(), 9) if os.name == "posix" else leave(70)

    # ---- what probes call

    def add(
        self,
        kind: Kind,
        obj: int = 0,
        value: Any = 0,
        flags: int = 0,
        site: tuple[str, int] | None | bool = True,
    ) -> None:
        """Record one event of the calling thread. For places that block anyway, not hot paths."""
        if not self.active:
            return
        where = owner.user_site(sys._getframe(1)) if site is True else (site or None)
        self.log.append((value, _now(), self.numbers[_ident()], what(kind, obj, flags), where))

    def pipe(
        self,
        kind: Kind,
        obj: int = 0,
        values: Iterator[Any] | None = None,
        site: tuple[str, int] | None = None,
        depth: int = 0,
        flags: int = 0,
    ) -> Iterator[None]:
        """Return an iterator; each step records one event and gives None, without Python code.

        *values* is stepped first, so a value is read before the time is. *depth* says how many
        Python frames above the code that steps it the line to note is; *site* fixes the line.
        """
        lines: Iterator[Any] = (
            repeat(site)
            if site is not None
            else map(
                attrgetter("f_code.co_filename", "f_lineno"),
                starmap(sys._getframe, repeat((depth,) if depth else ())),
            )
        )
        return map(
            self.log.append,
            zip(
                values if values is not None else repeat(0),
                starmap(_now, _EMPTY),
                map(self.numbers.__getitem__, starmap(_ident, _EMPTY)),
                repeat(what(kind, obj, flags)),
                lines,
            ),
        )

    def new_object(self, kind: ObjectKind, name: str | None = None, **extra: Any) -> int:
        """Announce an object and return its number."""
        site = extra.pop("made", None) or owner.user_site(sys._getframe(1))
        with self._naming:
            self._objects += 1
            number = self._objects
            entry = {"number": number, "kind": int(kind), "name": name, "site": self._sites[site]}
            self._announce("objects", {**entry, **extra})
        return number

    def rename_object(self, number: int, kind: ObjectKind, name: str) -> None:
        """Announce a new name of an object."""
        self._announce("objects", {"number": number, "kind": int(kind), "name": name, "site": 0})

    def new_thread(
        self,
        ident: int,
        name: str,
        *,
        native: int = 0,
        daemon: bool = False,
        obj: int = 0,
        hidden: bool = False,
    ) -> int:
        """Give the thread *ident* a number of its own and announce it."""
        with self._naming:
            number = self._threads
            self._threads += 1
            self.numbers[ident] = number
            self.name_thread(number, name, ident, native, daemon=daemon, obj=obj, hidden=hidden)
        return number

    def name_thread(
        self,
        number: int,
        name: str,
        ident: int,
        native: int,
        *,
        daemon: bool,
        obj: int = 0,
        hidden: bool = False,
    ) -> None:
        """Announce what is known of a thread."""
        entry = {"number": number, "name": name, "ident": ident, "native_id": native}
        self._announce(
            "threads", {**entry, "daemon": daemon, "object": obj, "hidden": hidden}
        )

    def new_site(self, site: tuple[str, int]) -> int:
        """Give a line of a file its number and announce it."""
        with self._naming:
            number = self._sites[site] = len(self._sites)
            self._announce("sites", {"number": number, "file": site[0], "line": site[1]})
        return number

    def text(self, text: str) -> int:
        """Give *text* its number and announce it."""
        if len(text) > LONGEST_TEXT:
            text = f"{text[:LONGEST_TEXT]}… ({len(text)} characters)"
        with self._naming:
            number = self._texts.get(text)
            if number is None:
                number = self._texts[text] = len(self._texts)
                self._announce("texts", {"number": number, "text": text})
        return number

    def printed(self, stream: int, data: bytes) -> None:
        """Send a printed piece at once; a reader that stalls makes the printer wait."""
        if self._output is None:
            return
        header = OUTPUT_HEADER.pack(Message.OUTPUT, stream, self.numbers[_ident()], _now())
        with self._output_guard:
            try:
                self._output.send_bytes(header + data)
            except OSError:
                leave(70)

    def _announce(self, table: str, entry: dict[str, Any]) -> None:
        with self._naming:
            self._new.setdefault(table, []).append(entry)

    # ---- flushing

    def rename_process(self, name: str) -> None:
        """Say what multiprocessing calls this process."""
        self._announce("processes", {"name": name})

    def flush(self) -> None:
        """Send everything recorded so far."""
        with self._guard:
            now = _now()
            if not self.log and not self._new:
                if not self._said_quiet:
                    self._said_quiet = True
                    self._send(QUIET.pack(Message.QUIET, now))
                return
            self._said_quiet = False
            while True:
                chunk = self.log[:BATCH]
                del self.log[: len(chunk)]
                message = self._packed(chunk, now) if chunk else None
                self._send_names()
                if message is None:
                    return
                self._send(message)

    def _send_names(self) -> None:
        with self._naming:
            new, self._new = self._new, {}
        if new:
            kept = {table: entries for table, entries in new.items() if table != "threads"}
            if kept:
                self._announced.append(_json(Message.NAMES, kept))
            self._send(_json(Message.NAMES, new))

    def _packed(self, chunk: list[Record], now: int) -> bytes:
        whats = array("Q", map(itemgetter(3), chunk))
        try:
            values = array("q", map(itemgetter(0), chunk))
        except (TypeError, OverflowError):
            values = array("q", bytes(8 * len(chunk)))
            for index, record in enumerate(chunk):
                values[index], flags = self._encoded(record[0])
                whats[index] |= flags << 8
        columns: dict[str, array[int]] = {
            "value": values,
            "time": array("Q", map(itemgetter(1), chunk)),
            "what": whats,
            "thread": array("I", map(itemgetter(2), chunk)),
            "site": array("I", map(self._sites.__getitem__, map(itemgetter(4), chunk))),
        }
        return pack_batch(columns, now)

    def _encoded(self, value: Any) -> tuple[int, int]:
        kind = type(value)
        if kind is int and -(2**63) <= value < 2**63:
            return value, 0
        if kind is float:
            return struct.unpack("<q", struct.pack("<d", value))[0], Flag.FLOAT
        return self.text(short(value)), Flag.TEXT

    def start_flusher(self) -> None:
        """Start the flusher thread, unless it runs."""
        if self._flushing:
            return
        self._flushing, self._stopping = True, False
        self._wake.acquire(False)
        self._gone.acquire(False)
        _thread.start_new_thread(self._flush_for_ever, ())

    def stop_flusher(self) -> None:
        """Stop the flusher thread and wait until it has left."""
        if not self._flushing:
            return
        self._stopping = True
        self._wake.release()
        self._gone.acquire()
        self._flushing = False

    def _flush_for_ever(self) -> None:
        me = _ident()
        try:
            while not self._stopping:
                self._wake.acquire(True, FLUSH_SECONDS)
                if self._stopping:
                    break
                self._sample(me)
                self.flush()
        finally:
            self._gone.release()

    def _sample(self, me: int) -> None:
        """Note the lines at which threads are seen: between synchronisations nobody else does."""
        now = _now()
        if not self.sample_hz or now - self._last_sample < 1_000_000_000 // self.sample_hz:
            return
        self._last_sample = now
        code = what(Kind.SAMPLE)
        for ident, frame in sys._current_frames().items():
            number = dict.get(self.numbers, ident)
            if number is None or ident == me:
                continue
            site = owner.user_site(frame)
            if site is not None and self._seen.get(ident) != site:
                self._seen[ident] = site
                self.log.append((0, now, number, code, site))

    # ---- the end, and fork

    def finish(self) -> None:
        """Send all that is left and say goodbye. Nothing is recorded afterwards."""
        if self._finished or self._events is None:
            return
        self._finished = True
        self.stop_flusher()
        self.flush()
        self.active = False
        goodbye = {**self.goodbye, "unhandled": self.unhandled}
        self._send(_json(Message.GOODBYE, goodbye))

    def before_fork(self) -> None:
        """Have nobody hold a lock of ours, and nothing unsent that the child would send again."""
        if self.active:
            self.stop_flusher()
            self.flush()
            self._guard.acquire()
            self._output_guard.acquire()

    def after_fork_in_parent(self) -> None:
        """Go on."""
        if self.active:
            self._output_guard.release()
            self._guard.release()
            self.start_flusher()

    def after_fork_in_child(self) -> None:
        """Be a process of the run with empty buffers and connections of its own."""
        if not self.active:
            return
        self.log.clear()
        self._new = {}
        self._guard = _thread.allocate_lock()
        self._output_guard = _thread.allocate_lock()
        self._naming = _thread.RLock()
        self._wake = _thread.allocate_lock()
        self._gone = _thread.allocate_lock()
        self._flushing = self._said_quiet = self._finished = False
        self._seen = {}
        self.unhandled = []
        self.goodbye = {"how": "finished", "code": 0, "error": None}
        for old in (self._events, self._output):
            if old is not None:
                old.close()
        self.connect(self.rundir)
        self.begin("forked")


def dial(rundir: str) -> Connection[Any, Any]:
    """Connect to ThreadLab."""
    with open(os.path.join(rundir, "address"), encoding="utf-8") as file:
        address = file.read()
    with open(os.path.join(rundir, "key"), "rb") as key:
        connection: Connection[Any, Any] = Client(address, authkey=key.read())
    return connection


def hello(role: str, **more: Any) -> bytes:
    """Return the message that says who is calling."""
    return _json(Message.HELLO, {"pid": os.getpid(), "ppid": os.getppid(), "role": role, **more})


def short(value: Any) -> str:
    """Return *value* as text without running code of the script: no `__repr__` of its classes."""
    kind = type(value)
    if kind in (str, bool, type(None), bytes, int, float, complex):
        return value if kind is str else repr(value)
    if kind is tuple and all(type(item) in (str, bool, int, float, type(None)) for item in value):
        return repr(value)
    return f"<{kind.__name__}>"


def _json(kind: Message, said: dict[str, Any]) -> bytes:
    return bytes([kind]) + json.dumps(said).encode()


leave: Callable[[int], Any] = partial(os._exit)
recorder = Recorder()
__all__ = ["HEADER", "Recorder", "dial", "hello", "leave", "recorder", "short"]
