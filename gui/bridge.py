"""The one way from the engine to the window, and the one road back.

Why: reader threads must never touch a widget, and a signal an event costs three times as much as
draining on a timer. So the frame timer takes a bounded amount from the session into the trace,
moves the cursor, and tells the window once a frame that there is something new to draw.

Guarantees: the trace changes only here, in the window's thread; a frame takes at most
`DRAIN_SECONDS` for events, whatever the script does; a warm child stands ready for the next run;
`close` leaves no process and no thread.
"""

from __future__ import annotations

import contextlib
import threading
import time
from typing import Literal

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from engine import accelerator, standard_input
from engine.deadlock import Deadlock
from engine.formats.record import Record
from engine.launch import object_namer
from engine.outcome import Failure, Outcome
from engine.session import Interpreter, Request, Session, StartError
from engine.trace import Trace
from gui.cursor import Cursor

FRAME_MS = 16
DRAIN_SECONDS = 0.005
NUMBERS_EVERY_NS = 250_000_000
SPARE_AFTER_MS = 400

State = Literal["idle", "starting", "running", "paused", "ended"]


class Bridge(QObject):
    """Drives sessions for the window.

    Attributes: trace (of the run shown), outcome (None until it ended), state, request (the run
    shown, or None), python (the interpreter of the next run), interpreter (what its warm child
    said of itself; None until it did), stdin (what scripts read). Which Python the run shown was
    made with, its trace says; opened is the name of the file that it came from, or ''; elapsed is
    the time from the frame before to this one, in ns.
    Signals: frame (something to draw, at most once a frame), numbers (four times a second, and at
    the end), state_changed.
    """

    frame = Signal()
    numbers = Signal()
    state_changed = Signal()

    def __init__(self, cursor: Cursor, python: str, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.cursor = cursor
        self.trace = Trace()
        self.outcome: Outcome | None = None
        self.state: State = "idle"
        self.request: Request | None = None
        self.interpreter: Interpreter | None = None
        self.python = python
        self.stdin: standard_input.Source = "pipe"
        self.opened = ""
        self._kept_deadlock: Deadlock | None = None
        self._memory_limit: int | None = None
        self._session: Session | None = None
        self._spare: Session | None = None
        self._closers: list[threading.Thread] = []
        self._built_for: set[str] = set()
        self._built = threading.Event()  # a spare that was started before records without it
        self.elapsed = 0
        self._last_frame = time.perf_counter_ns()
        self._last_numbers = 0
        self._numbers_due = False
        self._drawn: tuple[int, int, int] | None = None
        self._timer = QTimer(self)
        self._timer.setObjectName("frame clock")
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.tick)
        self._warmer = QTimer(self)
        self._warmer.setObjectName("warm spare")
        self._warmer.setSingleShot(True)
        self._warmer.timeout.connect(self._warm)

    @property
    def session(self) -> Session | None:
        """The session of the run shown, or None."""
        return self._session

    @property
    def behind(self) -> float:
        """How many seconds late the run is shown, as more happens than can be taken in."""
        return self._session.behind if self._session and self.state == "running" else 0.0

    @property
    def deadlock(self) -> Deadlock | None:
        """The deadlock of the run shown, suspected or certain, or None."""
        return self._session.deadlock if self._session else self._kept_deadlock

    @property
    def has_warm_child(self) -> bool:
        """Whether the next run can start at once."""
        return self._spare is not None and self._spare.is_ready

    @property
    def timer_type(self) -> Qt.TimerType:
        """How exact the frame clock is."""
        return self._timer.timerType()

    def begin(self) -> None:
        """Start the frame clock and warm the first child."""
        self.watch_time()
        self._warmer.start(0)

    def watch_time(self) -> None:
        """Start the frame clock alone: enough to show a run that is over."""
        self._timer.start(FRAME_MS)

    def set_python(self, python: str) -> None:
        """Make the next runs with *python*; a run that goes on is left alone."""
        if python == self.python:
            return
        self.python, self.interpreter = python, None
        self._renew_spare()
        self.state_changed.emit()

    def set_memory_limit(self, limit: int) -> None:
        """Keep the records of this run and the next ones to *limit* bytes each."""
        self._memory_limit = limit
        self._limit_memory()

    def _limit_memory(self) -> None:
        self.trace.memory.limit = self._memory_limit
        self.trace.memory.keep_to_limit()

    def run(self, request: Request) -> None:
        """Run *request*; a run that is still going is stopped first, and its trace is let go."""
        self._dismiss()
        self.request, self.outcome = request, None
        try:
            self._session = self._spare or Session(self.python, object_namer(), stdin=self.stdin)
        except StartError as error:
            self._refuse(str(error))
            return
        self._spare = None
        self.trace = self._session.trace
        self._limit_memory()
        self.cursor.reset()
        self._set_state("starting")
        self._start_if_ready()

    def pause(self) -> None:
        """Stop the run's whole process tree where it is."""
        if self._session and self.state == "running":
            self._session.pause()
            self._set_state("paused")

    def resume(self) -> None:
        """Let it go on."""
        if self._session and self.state == "paused":
            self._session.resume()
            self._set_state("running")

    def stop(self) -> None:
        """End the run; what was recorded stays."""
        if self._session and self.state in ("starting", "running", "paused"):
            self._session.stop("by the Stop button")
            if self.state == "starting":
                self._refuse("stopped before it began", ending="stopped")

    def clear(self) -> None:
        """Show nothing: the next run has not begun."""
        self._dismiss()
        self.trace, self.outcome, self.request = Trace(), None, None
        self.cursor.reset()
        self._set_state("idle")

    def show(self, record: Record, name: str, *, whole: bool = True) -> None:
        """Show a run that was kept in the file *name*; nothing runs.

        One that is not *whole* has no outcome: how it ended is not what the trace shows.
        """
        self._dismiss()
        self.trace, self.request = record.trace, record.request
        self._limit_memory()
        self.outcome = record.outcome if whole else None
        self.opened, self._kept_deadlock = name, record.deadlock
        self.cursor.reset()
        self._set_state("ended")

    def draw_again(self) -> None:
        """Draw the next frame too, also where nothing comes in."""
        self._drawn = None

    def close(self) -> None:
        """End every child and wait for every thread of ours."""
        self._timer.stop()
        self._warmer.stop()
        self._dismiss()
        if self._spare is not None:
            self._spare.close()
            self._spare = None
        for closer in self._closers:
            closer.join()
        self._closers.clear()

    def tick(self) -> None:
        """Do one frame's work."""
        now = time.perf_counter_ns()
        elapsed = self.elapsed = now - self._last_frame
        self._last_frame = now
        if self.state == "starting":
            self._start_if_ready()
        if self._built.is_set():
            self._built.clear()
            self._renew_spare()
        session = self._session
        if session is not None and self.state in ("running", "paused"):
            session.pump(DRAIN_SECONDS)
            if session.outcome is not None:
                self.outcome = session.outcome
                self.cursor.advance(elapsed, self.trace.now)
                self._set_state("ended")
        if self.interpreter is None and self._spare is not None and self._spare.interpreter:
            self.interpreter = self._spare.interpreter
            self.state_changed.emit()
        self.cursor.advance(elapsed, self.trace.now)
        drawn = (id(self.trace), len(self.trace) + len(self.trace.outputs), self.cursor.time)
        if drawn != self._drawn:
            self._drawn = drawn
            self._numbers_due = True
            self.frame.emit()
        if self._numbers_due and now - self._last_numbers > NUMBERS_EVERY_NS:
            self._last_numbers, self._numbers_due = now, False
            self.numbers.emit()

    def _start_if_ready(self) -> None:
        session, request = self._session, self.request
        if session is None or request is None or not session.is_ready:
            return
        try:
            session.start(request)
        except StartError as error:
            self._refuse(str(error))
            return
        if session.python == self.python:
            self.interpreter = session.interpreter
        self._set_state("running")
        self._warmer.start(SPARE_AFTER_MS)

    def _warm(self) -> None:
        """Start the child for the next run. One that cannot start is told when Run is pressed."""
        if self._spare is None:
            try:
                self._spare = Session(self.python, object_namer(), stdin=self.stdin)
            except StartError:
                self._spare = None
        self._build_accelerator()

    def _build_accelerator(self) -> None:
        """Build the probes' C form for this interpreter, once, off the window's thread.

        It takes two seconds; a run until then records without it.
        """
        python = self.python
        if python in self._built_for or accelerator.ready(python):
            return
        self._built_for.add(python)

        def build() -> None:
            with contextlib.suppress(accelerator.NoAccelerator):
                accelerator.build(python)
                self._built.set()

        builder = threading.Thread(target=build, name="build accelerator")
        self._closers.append(builder)
        builder.start()

    def _refuse(self, why: str, ending: Literal["refused", "stopped"] = "refused") -> None:
        failure = Failure("StartError", why, None) if ending == "refused" else None
        self.outcome = Outcome(ending, None, failure, 0.0)
        self._set_state("ended")

    def _dismiss(self) -> None:
        """Let go of the session shown."""
        session, self._session = self._session, None
        self.opened, self._kept_deadlock = "", None
        self._close(session)

    def _renew_spare(self) -> None:
        """Let go of the warm child, and start another one."""
        spare, self._spare = self._spare, None
        self._close(spare)
        if self._timer.isActive():
            self._warmer.start(0)

    def _close(self, session: Session | None) -> None:
        """Close *session* off the window's thread: joining its readers may take time."""
        if session is not None:
            closer = threading.Thread(target=session.close, name="close session")
            self._closers = [t for t in self._closers if t.is_alive()]
            self._closers.append(closer)
            closer.start()

    def _set_state(self, state: State) -> None:
        self.state = state
        self._drawn = None
        self.state_changed.emit()
        self.numbers.emit()
