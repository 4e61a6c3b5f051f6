"""Workers and the main thread count side by side; join() waits for the workers."""

import threading
import time

COUNTS: int = 5  # 1..50  how far everyone counts
PAUSE_SECONDS: float = 1.0  # 0..5 s  rest after each count
WORKERS: int = 1  # 1..8 threads


def count_aloud(who):
    for step in range(1, COUNTS + 1):
        print(f"{who} counts {step}")
        time.sleep(PAUSE_SECONDS)
    print(f"{who} is done")


workers = []
for number in range(1, WORKERS + 1):
    worker = threading.Thread(target=count_aloud, args=(f"Worker {number}",))
    worker.start()
    workers.append(worker)

count_aloud("Main")  # the workers count at the same time

for worker in workers:
    worker.join()

print("Everyone has counted to", COUNTS)
