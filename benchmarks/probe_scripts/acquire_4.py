"""A lock taken by `acquire()` in a loop that does nothing else, four threads."""

import threading

from harness import run

TIMES = 100_000
lock = threading.Lock()


def work():
    for _ in range(TIMES):
        lock.acquire()
        lock.release()


run(4, work)
