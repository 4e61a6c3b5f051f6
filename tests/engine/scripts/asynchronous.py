import asyncio
import threading
import time


def block(n):
    time.sleep(0.001)
    return n * 2, threading.current_thread().name.rpartition("_")[0]


async def main():
    print(await asyncio.gather(*(asyncio.to_thread(block, n) for n in range(3))))
    loop = asyncio.get_running_loop()
    print((await loop.run_in_executor(None, block, 7))[0])
    lock = asyncio.Lock()
    async with lock:
        await asyncio.sleep(0)
    process = await asyncio.create_subprocess_exec("true")
    print(await process.wait())
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(0))
        group.create_task(fail())


async def fail():
    raise ValueError("in a task")


asyncio.run(main())
