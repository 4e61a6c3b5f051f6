"""A pool of a few threads works off more jobs than it has threads."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

WORKERS: int = 3  # 1..32 threads
TASKS: int = 5  # 1..100 jobs
TASK_SECONDS: float = 2.0  # 0..10 s  time for each job


def fetch_page(number):
    print(f"Page {number} is fetched by {threading.current_thread().name}")
    time.sleep(TASK_SECONDS)  # as if a slow server answered
    return f"Page {number} has arrived"


with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="pool") as pool:
    orders = [pool.submit(fetch_page, number) for number in range(TASKS)]
    for order in orders:  # in the order of asking, whichever is done first
        print(order.result())

print("All pages are here")
