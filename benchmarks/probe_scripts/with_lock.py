"""A lock taken by `with` in a loop that does nothing else, by so many threads."""

import sys
import threading

from harness import run

THREADS = int(sys.argv[1])
TIMES = 400_000 // THREADS
lock = threading.Lock()


def work():
    for _ in range(TIMES):
        with lock:
            pass


run(THREADS, work)
