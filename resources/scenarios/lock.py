"""Several threads add to one total; a lock lets them in one at a time."""

import threading
import time

THREADS: int = 5  # 1..64 threads
INCREMENTS: int = 1  # 1..1000  additions by each thread
TASK_SECONDS: float = 0.2  # 0..10 s  time between reading and writing
USE_LOCK: bool = True  # take the lock around each addition

total = 0  # expected: THREADS * INCREMENTS
total_lock = threading.Lock()


def add_points():
    global total
    for _ in range(INCREMENTS):
        if USE_LOCK:
            total_lock.acquire()
        try:
            seen = total
            time.sleep(TASK_SECONDS)
            total = seen + 1
            print(f"{threading.current_thread().name} makes the total {seen + 1}")
        finally:
            if USE_LOCK:
                total_lock.release()


players = [threading.Thread(target=add_points) for _ in range(THREADS)]
for player in players:
    player.start()
for player in players:
    player.join()

print(f"Final total: {total}, expected: {THREADS * INCREMENTS}")
