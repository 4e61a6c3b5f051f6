"""A lock taken by `with` in a loop that does nothing else, one thread."""

import threading

from harness import run

TIMES = 400_000
lock = threading.Lock()


def work():
    for _ in range(TIMES):
        with lock:
            pass


run(1, work)
