"""Many may read at once, but a writer is alone: a lock of two kinds made of a condition."""

import threading
from contextlib import contextmanager


class ReadWriteLock:
    def __init__(self):
        self._condition = threading.Condition()
        self._readers = 0
        self._writing = False

    @contextmanager
    def reading(self):
        with self._condition:
            while self._writing:
                self._condition.wait()
            self._readers += 1
        try:
            yield
        finally:
            with self._condition:
                self._readers -= 1
                self._condition.notify_all()

    @contextmanager
    def writing(self):
        with self._condition:
            self._condition.wait_for(lambda: not (self._writing or self._readers))
            self._writing = True
        try:
            yield
        finally:
            with self._condition:
                self._writing = False
                self._condition.notify_all()


lock = ReadWriteLock()
page = ["old"] * 5
torn = []
together = threading.Barrier(3)


def read():
    with lock.reading():
        together.wait()  # nobody gets past here unless all three may read at once
        if len(set(page)) != 1:
            torn.append(list(page))


def write(text):
    with lock.writing():
        for place in range(len(page)):
            page[place] = text


threads = [threading.Thread(target=read) for _ in range(3)]
threads += [threading.Thread(target=write, args=(f"edition {n}",)) for n in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("torn pages seen:", torn)
print("one text on the page:", len(set(page)) == 1, page[0].startswith("edition"))
