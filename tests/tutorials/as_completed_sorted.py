"""Results as they come, first ones first, and the same results in the order of asking."""

import threading
import time
from concurrent.futures import (
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    ThreadPoolExecutor,
    as_completed,
    wait,
)

DELAYS = {"hare": 0.005, "tortoise": 0.03, "dog": 0.01}

hare_is_in = threading.Event()


def race(name):
    if name != "hare":
        hare_is_in.wait()
    time.sleep(DELAYS[name])
    return name


with ThreadPoolExecutor() as pool:
    runners = [pool.submit(race, name) for name in DELAYS]
    done, running = wait(runners, return_when=FIRST_COMPLETED)
    print("first:", sorted(job.result() for job in done), "still running:", len(running))
    hare_is_in.set()
    print("all, by name:", sorted(job.result() for job in as_completed(runners)))
    print("in order:", list(pool.map(race, sorted(DELAYS))))

    def fail():
        raise RuntimeError("fell")

    done, running = wait([pool.submit(fail)], return_when=FIRST_EXCEPTION)
    print("failed:", [str(job.exception()) for job in done])
    try:
        list(pool.map(race, ["tortoise"], timeout=0.001))
    except TimeoutError as error:
        print("too slow:", type(error).__name__)
try:
    pool.submit(race, "dog")
except RuntimeError as error:
    print(error)
