"""`time.sleep`: the lane shows a thread asleep.

Guarantees: a sleep offers the GIL where the bare one does, before and in it; the record of its
end adds no further place. Calls by library code go straight through, but for those that the script
asked for: `Thread(target=time.sleep)`, `pool.submit(time.sleep, 1)`.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import thread
from typing import Any

from ..events import Kind
from .owner import is_user_frame
from .recorder import recorder
from .stand_ins import replace

#: What calls the function that a thread or a pool was given; 3.14 has the last of them.
_RUN_FOR_THE_SCRIPT = tuple(
    made.run.__code__
    for made in (
        threading.Thread,
        threading.Timer,
        thread._WorkItem,
        getattr(thread, "WorkerContext", None),
    )
    if made is not None
)


def install() -> None:
    """Replace `time.sleep`."""
    native = recorder.accelerator
    if native is None:
        replace(time, "sleep", _in_python(time.sleep))
    else:
        kinds = Kind.SLEEP_BEGIN, Kind.SLEEP_END
        time.sleep = native.sleeper(time.sleep, _RUN_FOR_THE_SCRIPT, *kinds)


def _in_python(real: Callable[[float], None]) -> Callable[..., None]:
    """Return what records the sleeps of the user's code: see `native/sleep.c` for its like in C."""
    awake = recorder.pipe(Kind.SLEEP_END, site=1)

    def sleep(*arguments: Any, **named: Any) -> None:
        frame = sys._getframe(1)
        users = is_user_frame(frame) or frame.f_code in _RUN_FOR_THE_SCRIPT
        if named or len(arguments) != 1 or not users:
            return real(*arguments, **named)
        seconds = arguments[0]
        line = frame.f_code.co_filename, frame.f_lineno
        recorder.record(Kind.SLEEP_BEGIN, 0, _nanoseconds(seconds), line)
        try:
            return real(seconds)
        finally:
            None in awake  # noqa: B015 - one step of the pipe, without a call

    return sleep


def _nanoseconds(seconds: object) -> int:
    return int(seconds * 1e9) if isinstance(seconds, int | float) and abs(seconds) < 9e9 else 0
