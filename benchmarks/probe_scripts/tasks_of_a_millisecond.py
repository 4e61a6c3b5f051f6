"""Two threads of tasks that compute for about a millisecond, a lock around the result."""

import threading

from harness import run

TASKS = 250
lock = threading.Lock()
total = 0


def work():
    global total
    for _ in range(TASKS):
        found = 0
        for number in range(25_000):
            found += number
        with lock:
            total += found


run(2, work)
