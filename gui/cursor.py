"""The one moment that every view shows.

Why: live, replay, scrubbing and stepping differ only in how this moment moves, so the views need
not know which of them is going on.

Guarantees: `time` never leaves [0, end]; `moved` is emitted only when the time has changed;
nothing here owns a timer, the frame clock calls `advance`.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

SLOWEST = 1 / 1000
FASTEST = 10.0


class Cursor(QObject):
    """The cursor of the trace.

    Attributes:
        time: the moment shown, in ns since the run's start.
        end: the latest moment known, in ns.
        following: it sticks to the end, whatever comes.
        playing: it moves by itself at `speed`.
        by_itself: it is the clock that moves it just now, and no person.

    Signals:
        moved(int): the new time (an object: ns do not fit in Qt's 32 bits).
        mode_changed(): following, playing or speed have changed.
    """

    moved = Signal(object)
    mode_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.time = 0
        self.end = 0
        self.following = True
        self.playing = False
        self.by_itself = False
        self._speed = 1.0
        self._rest = 0.0  # the part of a nanosecond that a slow frame did not use up

    @property
    def speed(self) -> float:
        """How many seconds of the run pass in one second, 1/1000 to 10."""
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        speed = min(FASTEST, max(SLOWEST, speed))
        if speed != self._speed:
            self._speed = speed
            self.mode_changed.emit()

    def seek(self, t: float) -> None:
        """Show *t* (ns, clamped) and stop following; a replay goes on from there."""
        self._mode(following=False, playing=self.playing)
        self._move(int(t))

    def hold(self) -> None:
        """Stop following, and stay at the moment that is shown."""
        self._mode(following=False, playing=self.playing)

    def follow(self) -> None:
        """Stick to the end."""
        self._mode(following=True, playing=False)
        self._move(self.end)

    def play(self) -> None:
        """Move by itself from here, or from the start when the end was reached."""
        if self.time >= self.end:
            self._move(0)
        self._rest = 0.0
        self._mode(following=False, playing=True)

    def stop(self) -> None:
        """Stay where it is."""
        self._mode(following=False, playing=False)

    def reset(self) -> None:
        """Go back to 0 and follow: a new run begins."""
        self.end = 0
        self._mode(following=True, playing=False)
        self._move(0)

    def advance(self, elapsed: float, end: int) -> None:
        """Take one frame: *elapsed* ns of real time have passed, the trace now ends at *end*."""
        self.end = end
        self.by_itself = True
        try:
            self._advance(elapsed, end)
        finally:
            self.by_itself = False

    def _advance(self, elapsed: float, end: int) -> None:
        if self.following:
            self._move(end)
        elif self.playing:
            step = elapsed * self._speed + self._rest
            self._rest = step - int(step)
            self._move(self.time + int(step))
            if self.time >= end:
                self._mode(following=False, playing=False)

    def _move(self, t: int) -> None:
        t = min(max(0, t), self.end)
        if t != self.time:
            self.time = t
            self.moved.emit(t)

    def _mode(self, *, following: bool, playing: bool) -> None:
        if (following, playing) != (self.following, self.playing):
            self.following, self.playing = following, playing
            self.mode_changed.emit()
