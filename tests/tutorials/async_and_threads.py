"""asyncio hands what blocks to threads, and threads hand results back to the loop."""

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor


def block(number):
    time.sleep(0.002)
    return number, threading.current_thread() is not threading.main_thread()


async def tick(ticks):
    while True:
        ticks.append(None)
        await asyncio.sleep(0.001)


async def main():
    ticks = []
    ticker = asyncio.create_task(tick(ticks))
    print(await asyncio.gather(*(asyncio.to_thread(block, n) for n in range(4))))
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as pool:
        print(await loop.run_in_executor(pool, block, 9))
    ticker.cancel()
    print("the loop went on meanwhile:", len(ticks) > 0)

    queue = asyncio.Queue()

    def feed():
        for number in range(3):
            loop.call_soon_threadsafe(queue.put_nowait, number)

    thread = threading.Thread(target=feed)
    thread.start()
    print([await queue.get() for _ in range(3)])
    await asyncio.to_thread(thread.join)
    future = asyncio.run_coroutine_threadsafe
    answer = await asyncio.to_thread(
        lambda: future(asyncio.sleep(0, "from a thread"), loop).result()
    )
    print(answer)


asyncio.run(main())
