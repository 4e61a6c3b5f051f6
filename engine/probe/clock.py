"""`time.sleep`, seen."""

from __future__ import annotations

import functools
import sys
import time

from ..events import Kind
from . import owner
from .recorder import recorder


def install() -> None:
    """Wrap `time.sleep`; callers in the standard library get the bare one."""
    bare = time.sleep
    ended = recorder.pipe(Kind.SLEEP_END, depth=1)

    @functools.wraps(bare)
    def sleep(seconds: float, /) -> None:
        if not owner.is_user(sys._getframe(1)):
            return bare(seconds)
        asked = int(seconds * 1e9) if isinstance(seconds, (int, float)) and seconds >= 0 else 0
        recorder.add(Kind.SLEEP_BEGIN, value=min(asked, 2**62))
        try:
            bare(seconds)
        finally:
            None in ended  # noqa: B015 - one step: records, makes no call
        return None

    time.sleep = sleep
