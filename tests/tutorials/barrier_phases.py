"""Runners wait for each other at a barrier, so that no one starts a lap before all are there."""

import random
import threading
import time

RUNNERS = 4
LAPS = 3

laps = []


def announce():
    laps.append([])
    print(f"lap {len(laps)} begins")


start = threading.Barrier(RUNNERS, action=announce)


def run(number):
    for lap in range(LAPS):
        start.wait()
        time.sleep(random.random() / 200)
        laps[lap].append(number)


runners = [threading.Thread(target=run, args=(n,)) for n in range(RUNNERS)]
for runner in runners:
    runner.start()
for runner in runners:
    runner.join()
for number, lap in enumerate(laps, 1):
    print(f"lap {number}: runners {sorted(lap)} were through")

broken = threading.Barrier(2)


def wait_and_tell():
    try:
        broken.wait()
    except threading.BrokenBarrierError:
        print("the barrier was broken by an abort")


waiting = threading.Thread(target=wait_and_tell)
waiting.start()
while not broken.n_waiting:
    time.sleep(0.001)
broken.abort()
waiting.join()
