"""A lock, a counter, and 2,000 steps of work of one's own, four threads."""

import threading

from harness import run

TIMES = 2_000
lock = threading.Lock()
count = 0


def work():
    global count
    for _ in range(TIMES):
        with lock:
            count += 1
        for _ in range(2_000):
            pass


run(4, work)
