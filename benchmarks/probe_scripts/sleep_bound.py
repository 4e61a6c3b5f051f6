"""Twenty threads that sleep for a millisecond, a lock around a shared count."""

import threading
import time

from harness import run

TIMES = 150
lock = threading.Lock()
count = 0


def work():
    global count
    for _ in range(TIMES):
        time.sleep(0.001)
        with lock:
            count += 1


run(20, work)
