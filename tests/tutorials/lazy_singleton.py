"""Made once, whoever asks first: a singleton with a checked lock, and a cache with one per key."""

import functools
import threading

built = []


class Connection:
    _instance = None
    _lock = threading.RLock()

    def __new__(cls):
        if cls._instance is None:
            with cls._lock:
                if cls._instance is None:
                    built.append(cls.__name__)
                    cls._instance = super().__new__(cls)
        return cls._instance


def once_per_key(function):
    locks, results, guard = {}, {}, threading.Lock()

    @functools.wraps(function)
    def wrapped(key):
        with guard:
            lock = locks.setdefault(key, threading.Lock())
        with lock:
            if key not in results:
                results[key] = function(key)
            return results[key]

    return wrapped


@once_per_key
def load(key):
    built.append(key)
    return key.upper()


found = []
start = threading.Barrier(5)


def ask():
    start.wait()
    found.append((id(Connection()), load("a"), load("b")))


threads = [threading.Thread(target=ask) for _ in range(5)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("answers:", len(found), "different:", len(set(found)))
print("built:", sorted(built))
