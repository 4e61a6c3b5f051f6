"""Sends the log to ThreadLab every 10 ms, from a thread that the script cannot see.

Why a thread: packing in the hot path costs twice the probe itself. Guarantees:
- Nothing is dropped: what is in the log is sent, or the process ends because nobody listens.
- Names travel before the events that use them; QUIET(t) is sent once nothing new came for a
  whole interval, and then everything recorded up to t has been sent.
- The thread is not in `threading.enumerate()`, is never waited for at exit, and can be stopped
  and started again around a fork.
- A log that grows faster than it is read is sent in a row of full batches without a pause in
  between; the writers are not held up, as that would change what is watched. Measured: 4 threads
  that do nothing but take a lock leave at most some ten thousand records unsent.
"""

from __future__ import annotations

import contextlib
import os
import signal
import struct
import sys
import time
import traceback
from _thread import LockType, allocate_lock, get_ident, start_new_thread
from array import array
from collections.abc import Iterator
from operator import itemgetter
from types import FrameType
from typing import Any

from ..events import QUIET, Flag, Kind, Message, pack_batch, what
from .link import Link
from .owner import Site, is_user_frame
from .reading import computed
from .recorder import Record, Recorder
from .texts import value_text

INTERVAL = 0.010
LARGEST_BATCH = 4096
_LOOK_FOR_PARENT = 50  # intervals

_value, _time, _thread, _what, _site = map(itemgetter, range(5))
_DOUBLE = struct.Struct("<d")
_AS_INT = struct.Struct("<q")
_INT64 = range(-(2**63), 2**63)


@contextlib.contextmanager
def _without_signals() -> Iterator[None]:
    """Start a thread that no signal is delivered to.

    A thread inherits its starter's mask. With another mask than the script's threads have, ours
    would take what they block for `sigwait`, and the process would die of it.
    """
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class Flusher:
    """Packs and sends what `recorder` holds, over `link`.

    Attributes: running, whether the thread is there.
    """

    def __init__(self, recorder: Recorder, link: Link, sample_hz: float) -> None:
        self._recorder = recorder
        self._link = link
        self._every = max(1, round(1 / (sample_hz * INTERVAL))) if sample_hz > 0 else 0
        self._one_at_a_time = allocate_lock()
        self._stop = allocate_lock()
        self._stopped = allocate_lock()
        self._ident = 0
        self._native_id = 0
        self._seen: dict[int, Site] = {}
        self._busy = True
        self.running = False

    def start(self) -> None:
        """Start the thread."""
        self.running = True
        self._stop = allocate_lock()
        self._stopped = allocate_lock()
        self._stop.acquire()
        self._stopped.acquire()
        with _without_signals():
            start_new_thread(self._run, (self._stop, self._stopped))

    def stop(self) -> None:
        """End the thread, and wait until the system has forgotten it too."""
        if not self.running:
            return
        self.running = False
        self._stop.release()
        self._stopped.acquire()
        if sys.platform == "linux":
            # `os.fork` counts the threads of the process to warn about them; ours must be gone.
            path = f"/proc/self/task/{self._native_id}"
            while self._native_id and os.path.exists(path):
                time.sleep(0)

    def flush(self) -> None:
        """Send everything recorded up to now."""
        with self._one_at_a_time:
            while self._send_some():
                pass

    def send(self, message: Message, content: dict[str, Any]) -> None:
        """Send one message of JSON behind everything recorded up to now."""
        with self._one_at_a_time:
            while self._send_some():
                pass
            self._link.send_json(message, content)

    def _run(self, stop: LockType, stopped: LockType) -> None:
        from threading import get_native_id

        self._ident, self._native_id = get_ident(), get_native_id()
        tick = 0
        try:
            while not stop.acquire(timeout=INTERVAL):
                tick += 1
                if self._every and tick % self._every == 0:
                    self._sample()
                if tick % _LOOK_FOR_PARENT == 0:
                    self._link.look_for_parent()
                self._flush_or_say_quiet()
        except Exception:  # noqa: BLE001 - a defect of ours: shown as such, the script goes on
            with contextlib.suppress(Exception):
                self._link.send_json(Message.ERROR, {"message": traceback.format_exc()})
        finally:
            stopped.release()

    def _flush_or_say_quiet(self) -> None:
        with self._one_at_a_time:
            now = time.perf_counter_ns()
            new = False
            while self._send_some():
                new = True
            if self._busy and not new:
                self._link.send(QUIET.pack(Message.QUIET, now))
            self._busy = new

    def _send_some(self) -> bool:
        """Send one batch and the names it needs. The caller holds `_one_at_a_time`."""
        log = self._recorder.log
        now = time.perf_counter_ns()
        chunk = log[:LARGEST_BATCH]
        del log[: len(chunk)]  # atomic, as the slice is; new records stand behind it
        batch = self._pack(chunk, now) if chunk else None
        names = self._recorder.registry.take()
        if names is not None:
            self._link.send_json(Message.NAMES, names)
        if batch is not None:
            self._link.send(batch)
        return bool(batch or names)

    def _pack(self, chunk: list[Record], now: int) -> bytes:
        registry = self._recorder.registry
        values = list(map(_value, chunk))
        whats = list(map(_what, chunk))
        if set(map(type, values)) != {int}:
            self._encode(values, whats)
        try:
            packed = array("q", values)
        except OverflowError:
            self._encode(values, whats)
            packed = array("q", values)
        columns = {
            "value": packed,
            "time": array("Q", map(_time, chunk)),
            "what": array("Q", whats),
            "thread": array("I", map(_thread, chunk)),
            "site": array("I", map(registry.sites.__getitem__, map(_site, chunk))),
        }
        return pack_batch(columns, now)

    def _encode(self, values: list[Any], whats: list[int]) -> None:
        """Turn what is no 64-bit integer into a float's bits or the number of a text."""
        texts = self._recorder.registry.texts
        for index, read in enumerate(values):
            value = values[index] = computed(read)
            if type(value) is int and value in _INT64:
                continue
            if type(value) is float:
                values[index] = _AS_INT.unpack(_DOUBLE.pack(value))[0]
                whats[index] |= Flag.FLOAT << 8
            else:
                values[index] = texts[value_text(value)]
                whats[index] |= Flag.TEXT << 8

    def _sample(self) -> None:
        """Note the user's line at which each thread is, where it has changed."""
        if not _only_interpreter():
            return
        recorder = self._recorder
        now = time.perf_counter_ns()
        seen: dict[int, Site] = {}
        for ident, frame in sys._current_frames().items():
            number = recorder.registry.numbers.get(ident)
            if number is None or ident == self._ident:
                continue
            at: FrameType | None = frame
            while at is not None and not is_user_frame(at):
                at = at.f_back
            if at is None:
                continue
            site = seen[number] = (at.f_code.co_filename, at.f_lineno or 0)
            if site != self._seen.get(number):
                recorder.log.append((0, now, number, what(Kind.SAMPLE), site))
        self._seen = seen


def _only_interpreter() -> bool:
    """Whether the process has no sub-interpreters.

    From 3.12 on `sys._current_frames` makes frame objects for their threads too, with memory that
    is not theirs: the process then dies of "free(): invalid pointer" when they end.
    """
    for name in ("_interpreters", "_xxsubinterpreters"):
        module = sys.modules.get(name)
        if module is not None and len(module.list_all()) > 1:
            return False
    return True
