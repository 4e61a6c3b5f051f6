"""What every script of the `probes` benchmark begins and ends with: it times itself.

The times are the script's own, from its first thread to its last, so that neither an
interpreter's start nor the saving of a trace is counted.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import threading
import time
from collections.abc import Callable


def _waits() -> int:
    """How often a thread had to wait for a lock so far; -1 where nobody counts."""
    try:
        return int(ctypes.CDLL(None).threadlab_waits())
    except (AttributeError, OSError):
        return -1


def run(threads: int, work: Callable[[], None]) -> None:
    """Run *work* in *threads* threads, and say on the last line of output how long it took."""
    team = [threading.Thread(target=work) for _ in range(threads)]
    waits, began = _waits(), time.perf_counter()
    for thread in team:
        thread.start()
    for thread in team:
        thread.join()
    seconds = time.perf_counter() - began
    said = {"seconds": seconds, "waits": _waits() - waits}
    print("measured", json.dumps(said), flush=True)
    if "viztracer" in sys.modules:
        os._exit(0)  # what was traced is not saved: that is no part of the measurement
