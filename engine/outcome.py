"""How a run ended, in one record and in one sentence."""

from __future__ import annotations

import signal
from dataclasses import dataclass
from typing import Literal

Ending = Literal["finished", "raised", "exited", "killed", "deadlocked", "stopped", "refused"]


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception: its type's name, its text, the line of the script (None: not in it)."""

    type: str
    message: str
    line: int | None
    thread: str = ""
    traceback: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    *exit* is the exit code, or minus the signal's number; None where there is none. *cut* says
    that the process was killed, so that the record ends at its last flush. *seconds* is the run's
    own clock (pauses subtracted).
    """

    ending: Ending
    exit: int | None
    error: Failure | None
    seconds: float
    cut: bool = False
    reason: str = ""

    @property
    def signal_name(self) -> str:
        """The name of the signal that killed the process, or an empty string."""
        if self.exit is None or self.exit >= 0:
            return ""
        try:
            return signal.Signals(-self.exit).name
        except ValueError:
            return f"signal {-self.exit}"

    @property
    def status(self) -> int:
        """The exit status of a headless run: 0 finished, 1 failed, 3 deadlock, 4 stopped."""
        if self.ending == "deadlocked":
            return 3
        if self.ending == "stopped":
            return 4
        if self.ending == "finished" or (self.ending == "exited" and not self.exit):
            return 0
        return 1

    def sentence(self) -> str:
        """Say how it ended."""
        where = f" in line {self.error.line}" if self.error and self.error.line else ""
        match self.ending:
            case "finished" if self.error:
                text = f"finished; {self.error.thread or 'a thread'} died: {self.error.type}"
                return f"{text}: {self.error.message}{where}"
            case "finished":
                return "finished"
            case "raised" if self.error:
                return f"ended by {self.error.type}: {self.error.message}{where}"
            case "exited":
                return f"exited with status {self.exit}{'; ' + self.reason if self.reason else ''}"
            case "killed":
                return f"killed by {self.signal_name}; the record ends at its last flush"
            case "deadlocked":
                return f"deadlock: {self.reason}" if self.reason else "deadlock"
            case "stopped":
                return f"stopped{': ' + self.reason if self.reason else ''}"
            case "refused" if self.error:
                return f"not run: {self.error.message}{where}"
        return self.ending
