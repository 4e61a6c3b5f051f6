"""Four workers of a pool, tasks that take some microseconds."""

from concurrent.futures import ThreadPoolExecutor

from harness import run

TASKS = 10_000


def task(number):
    return number + 1


def work():
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(task, range(TASKS)):
            pass


run(1, work)
