"""A script whose event loop waits for threads, and that starts threads with `_thread`."""

import _thread
import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor


def slow(number):
    time.sleep(0.03)
    return number


def raw(number, *, text):
    print("raw", number, text)
    done.release()


def fails():
    began.append(True)
    raise KeyError("raw")


async def main():
    loop = asyncio.get_running_loop()
    print(await asyncio.to_thread(slow, 1))
    print(await loop.run_in_executor(None, slow, 2))
    await asyncio.sleep(0.02)
    with ThreadPoolExecutor(2, "mine") as own:
        print(await asyncio.gather(*[loop.run_in_executor(own, slow, n) for n in range(3)]))


asyncio.run(main())
done = _thread.allocate_lock()
done.acquire()
_thread.start_new_thread(raw, (1,), {"text": "thread"})
with done:
    print("got it")
began = []
_thread.start_new_thread(fails, ())
while not began or _thread._count() > 0:
    time.sleep(0.001)
print(threading.active_count())
