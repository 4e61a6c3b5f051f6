"""The same arithmetic, first in threads, then in processes: time and memory compared."""

import multiprocessing
import os
import threading
import time

WORKERS: int = 2  # 1..8 workers
ROUNDS: int = 40  # 1..400 rounds  of arithmetic for each worker

rounds_done = 0
rounds_lock = threading.Lock()


def calculate():
    global rounds_done
    for _ in range(ROUNDS):
        total = 0
        for number in range(200_000):
            total += number * number
        with rounds_lock:
            rounds_done += 1


def calculate_in_process():
    calculate()
    print(f"{multiprocessing.current_process().name} counted {rounds_done} rounds in its own copy")


def run_all(workers):
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return time.perf_counter() - began


def main():
    global rounds_done
    print(f"{WORKERS} workers, {os.cpu_count()} processor cores")

    in_threads = run_all([threading.Thread(target=calculate) for _ in range(WORKERS)])
    print(f"Threads took {in_threads:.2f} s; the shared count says {rounds_done}")

    rounds_done = 0
    in_processes = run_all(
        [multiprocessing.Process(target=calculate_in_process) for _ in range(WORKERS)]
    )
    print(f"Processes took {in_processes:.2f} s; the count here still says {rounds_done}")
    print(f"Speed-up by processes: {in_threads / in_processes:.1f} times")


if __name__ == "__main__":  # a process may import this file again; it must not start more
    main()
