"""Several threads count visits without a lock, and visits get lost."""

import threading
import time

THREADS: int = 5  # 1..64 threads
UPDATES: int = 2  # 1..1000  visits that each thread counts
TASK_SECONDS: float = 0.2  # 0..10 s  time between reading and writing

visits = 0  # expected: THREADS * UPDATES


def count_visits():
    global visits
    for _ in range(UPDATES):
        seen = visits  # read
        time.sleep(TASK_SECONDS)  # the others read the same number now
        visits = seen + 1  # write: what they wrote meanwhile is gone


doors = [threading.Thread(target=count_visits) for _ in range(THREADS)]
for door in doors:
    door.start()
for door in doors:
    door.join()

expected = THREADS * UPDATES
print(f"Counted {visits} of {expected} visits; {expected - visits} are lost")
