"""A ring buffer for one writer and several readers, made of a lock and two conditions."""

import threading


class Buffer:
    def __init__(self, size):
        self._items = [None] * size
        self._first = self._count = 0
        lock = threading.Lock()
        self._not_full = threading.Condition(lock)
        self._not_empty = threading.Condition(lock)

    def put(self, item):
        with self._not_full:
            self._not_full.wait_for(lambda: self._count < len(self._items))
            self._items[(self._first + self._count) % len(self._items)] = item
            self._count += 1
            self._not_empty.notify()

    def get(self, timeout=None):
        with self._not_empty:
            if not self._not_empty.wait_for(lambda: self._count, timeout):
                raise TimeoutError("the buffer stayed empty")
            item = self._items[self._first]
            self._first = (self._first + 1) % len(self._items)
            self._count -= 1
            self._not_full.notify()
            return item


buffer = Buffer(3)
taken = {name: [] for name in ("left", "right")}


def read(name):
    while (item := buffer.get()) is not None:
        taken[name].append(item)


readers = [threading.Thread(target=read, args=(name,), name=name) for name in taken]
for reader in readers:
    reader.start()
for number in range(20):
    buffer.put(number)
for _ in readers:
    buffer.put(None)
for reader in readers:
    reader.join()

both = sorted(taken["left"] + taken["right"])
print("nothing lost, nothing twice:", both == list(range(20)))
print("each in the order written:", all(items == sorted(items) for items in taken.values()))
try:
    buffer.get(timeout=0.01)
except TimeoutError as error:
    print(error)
