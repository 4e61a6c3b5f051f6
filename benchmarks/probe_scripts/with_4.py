"""A lock taken by `with` in a loop that does nothing else, four threads."""

import threading

from harness import run

TIMES = 100_000
lock = threading.Lock()


def work():
    for _ in range(TIMES):
        with lock:
            pass


run(4, work)
