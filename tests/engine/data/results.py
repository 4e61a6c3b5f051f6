"""Tasks of pools whose results are of every sort; one pool has a queue of its own making."""

import queue
from concurrent.futures import ThreadPoolExecutor


class Empty(ValueError):
    """An error that counts as false."""

    def __len__(self):
        return 0


class Orderly(ThreadPoolExecutor):
    """A pool whose tasks wait in a queue of another sort, as recipes for priorities have it."""

    def __init__(self):
        super().__init__(1)
        self._work_queue = queue.LifoQueue()


def give(value):
    if isinstance(value, Exception):
        raise value
    return value


with ThreadPoolExecutor(2) as pool:
    values = [7, -(2**70), 2**63, True, 1.5, "text", None, [1, 2], Empty("nothing")]
    futures = [pool.submit(give, value) for value in values]
with Orderly() as pool:
    print(pool.submit(give, 8).result())
