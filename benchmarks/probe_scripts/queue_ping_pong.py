"""One item goes to and fro between two threads, over two queues."""

import queue

from harness import run

TIMES = 20_000
there, back = queue.Queue(), queue.Queue()
turn = iter(((there, back), (back, there)))


def work():
    mine, other = next(turn)
    if mine is there:
        there.put(0)
    for _ in range(TIMES):
        other.put(mine.get())


run(2, work)
