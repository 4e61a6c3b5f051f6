"""Sends the log to ThreadLab once a frame of the window, from a thread that the script cannot see.

Why a thread: packing in the hot path costs twice the probe itself. Guarantees:
- Nothing is dropped in silence: what is in the log is sent, or waits in the link's backlog (in
  memory, then on disk), or the process ends because nobody listens. Where the disk is full too,
  the log grows to its limit and then holds the script up, which is told.
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
import sys
import traceback
from _thread import LockType, allocate_lock, get_ident, get_native_id, start_new_thread
from collections.abc import Iterator
from time import perf_counter_ns, sleep  # the real ones, whatever the script puts there
from types import FrameType
from typing import Any

from ..events import QUIET, Kind, Message
from .link import Link
from .owner import Site, has_gil, is_user_frame
from .recorder import Recorder

INTERVAL = 0.016  # one frame of the window: more often costs both sides, and shows nothing sooner
LARGEST_BATCH = 4096
_current_frames = sys._current_frames  # `stacks` replaces it by one without ours
_LOOK_FOR_PARENT = 50  # intervals


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

    Attributes: running, whether the thread is there; threads, how many of ours `_thread` counts.
    """

    threads = 0

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
        self._told = (0, 0)
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
                sleep(0)

    def flush(self) -> None:
        """Send everything recorded up to now."""
        with self._one_at_a_time:
            self._send_all()

    def send(self, message: Message, content: dict[str, Any]) -> None:
        """Send one message of JSON behind everything recorded up to now."""
        with self._one_at_a_time:
            self._send_all()
            self._link.send_json(message, content)

    def _run(self, stop: LockType, stopped: LockType) -> None:
        Flusher.threads += 1
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
            Flusher.threads -= 1
            stopped.release()

    def _flush_or_say_quiet(self) -> None:
        with self._one_at_a_time:
            now = perf_counter_ns()
            new = self._send_all()
            self._tell_troubles()
            sent = self._link.push()
            if self._busy and not new and sent:
                self._link.offer(QUIET.pack(Message.QUIET, now))
            self._busy = new or not sent

    def _tell_troubles(self) -> None:
        """Say where the script was held up, or records lost, since this was said last."""
        held_up, lost = self._recorder.log.troubles()
        if (held_up, lost) == self._told:
            return
        self._told = (held_up, lost)
        self._link.offer_json(Message.TROUBLE, {"held_up": held_up, "lost": lost})

    def _send_all(self) -> bool:
        """Send what was recorded up to now; return whether there was any."""
        new = False
        while self._send_some():
            new = True
        return new

    def _send_some(self) -> bool:
        """Send one batch and the names it needs. The caller holds `_one_at_a_time`."""
        batch = self._recorder.log.take(LARGEST_BATCH)
        names = self._recorder.registry.take()
        if names is not None:
            self._link.offer_json(Message.NAMES, names)
        if batch is not None:
            self._link.offer(batch)
        return bool(batch or names)

    def _sample(self) -> None:
        """Note the user's line at which each thread is, where it has changed.

        Not without a GIL: what our thread is the last one to let go of (a frame's local variables)
        waits there for the thread that made it to run again, so its destructor came too late, or
        not at all while that thread was blocked (measured with two of CPython's tests: 4 of 12 runs
        failed, none of 12 without samples).
        """
        if not (has_gil() and _only_interpreter()):
            return
        recorder = self._recorder
        seen: dict[int, Site] = {}
        for ident, frame in _current_frames().items():
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
                recorder.seen(Kind.SAMPLE, number, site)
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
