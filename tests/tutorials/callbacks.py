"""Futures tell by a callback when they are done, whatever they came to."""

import threading
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor

told = {}
gate = threading.Event()


def square(number):
    gate.wait()
    if number < 0:
        raise ValueError(f"{number} is below zero")
    return number * number


def tell(number):
    def callback(future):
        if future.cancelled():
            told[number] = "cancelled"
        elif future.exception():
            told[number] = f"failed: {future.exception()}"
        else:
            told[number] = f"gave {future.result()}"

    return callback


with ThreadPoolExecutor(max_workers=1) as pool:
    jobs = [pool.submit(square, number) for number in (3, -1, 5, 8)]
    for number, job in zip((3, -1, 5, 8), jobs, strict=True):
        job.add_done_callback(tell(number))
    while not jobs[0].running():
        pass
    print("the last one could be cancelled:", jobs[3].cancel())
    print("the first one is too far:", jobs[0].cancel())
    gate.set()
for number in (3, -1, 5, 8):
    print(number, told[number])
try:
    jobs[3].result()
except CancelledError as error:
    print("asking for it raises", type(error).__name__)

promise = Future()
threading.Timer(0.01, promise.set_result, ["kept"]).start()
print("a promise", promise.result(timeout=5))
