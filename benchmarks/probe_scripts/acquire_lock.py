"""A lock taken by `acquire()` in a loop that does nothing else, by so many threads."""

import sys
import threading

from harness import run

THREADS = int(sys.argv[1])
TIMES = 400_000 // THREADS
lock = threading.Lock()


def work():
    for _ in range(TIMES):
        lock.acquire()
        lock.release()


run(THREADS, work)
