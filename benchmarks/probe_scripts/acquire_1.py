"""A lock taken by `acquire()` in a loop that does nothing else, one thread."""

import threading

from harness import run

TIMES = 400_000
lock = threading.Lock()


def work():
    for _ in range(TIMES):
        lock.acquire()
        lock.release()


run(1, work)
