"""Arithmetic in threads, then a counter without a lock: what the GIL does to both."""

import sys
import threading
import time

THREADS: int = 4  # 2..16 threads
UPDATES: int = 100_000  # 1000..1000000  additions by each thread
ROUNDS: int = 40  # 1..400 rounds  of arithmetic, shared out among the threads

counter = 0  # expected: THREADS * UPDATES


def calculate(rounds):
    for _ in range(rounds):
        total = 0
        for number in range(200_000):
            total += number * number


def count(start):
    global counter
    start.wait()  # all begin at once
    for _ in range(UPDATES):
        counter += 1  # read, add, write: and no lock


def run_all(threads):
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - began


def has_gil():
    # Before Python 3.13 there was no choice, and nothing to ask.
    return not hasattr(sys, "_is_gil_enabled") or sys._is_gil_enabled()


print("Build:", "with a GIL" if has_gil() else "free-threaded, no GIL")

alone = run_all([threading.Thread(target=calculate, args=(ROUNDS,))])
shares = [ROUNDS // THREADS + (number < ROUNDS % THREADS) for number in range(THREADS)]
together = run_all([threading.Thread(target=calculate, args=(share,)) for share in shares])
print(f"Time in 1 thread: {alone:.2f} s")
print(f"Time in all threads: {together:.2f} s")
print(f"Speed-up: {alone / together:.2f} times")

start = threading.Barrier(THREADS)
run_all([threading.Thread(target=count, args=(start,)) for _ in range(THREADS)])
expected = THREADS * UPDATES
print(f"Expected counter: {expected:,}")
print(f"Final counter: {counter:,}")
print(f"Updates lost: {expected - counter:,}")
