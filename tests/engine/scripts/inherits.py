import queue
import threading
from concurrent.futures import Future, ThreadPoolExecutor


class Worker(threading.Thread):
    def __init__(self, n):
        super().__init__(name=f"worker-{n}", daemon=False)
        self.n = n
        self.result = None

    def run(self):
        self.result = self.n**2

    def join(self, timeout=None):
        super().join(timeout)
        return self.result


class Latch(threading.Condition):
    def __init__(self, count):
        super().__init__()
        self.count = count

    def down(self):
        with self:
            self.count -= 1
            self.notify_all()

    def wait_zero(self):
        with self:
            self.wait_for(lambda: self.count == 0)


class Named(threading.Event):
    def set(self):
        print("set")
        super().set()


class Counting(threading.Semaphore):
    taken = 0

    def acquire(self, *args, **named):
        self.taken += 1
        return super().acquire(*args, **named)


class Unique(queue.Queue):
    def _init(self, maxsize):
        self.queue = set()

    def _put(self, item):
        self.queue.add(item)

    def _get(self):
        return self.queue.pop()


class Repeating(threading.Timer):
    def run(self):
        for _ in range(2):
            self.finished.wait(self.interval)
            self.function(*self.args, **self.kwargs)


class Pool(ThreadPoolExecutor):
    def submit(self, function, /, *args, **named):
        print("submit", function.__name__)
        return super().submit(function, *args, **named)


class Local(threading.local):
    kind = "local"

    def __init__(self, start):
        self.value = start


workers = [Worker(n) for n in range(3)]
for worker in workers:
    worker.start()
print([worker.join() for worker in workers], [worker.name for worker in workers])
latch = Latch(2)
for _ in range(2):
    threading.Thread(target=latch.down).start()
latch.wait_zero()
event = Named()
event.set()
print(event.is_set(), event.wait(1))
counting = Counting(2)
with counting:
    print(counting.taken, counting.acquire(blocking=False), counting.acquire(timeout=0.01))
unique = Unique()
for item in (1, 1, 2):
    unique.put(item)
print(unique.qsize(), sorted((unique.get(), unique.get())))
timer = Repeating(0.01, print, ["tick"], {"end": "!\n"})
timer.start()
timer.join()
with Pool(1) as pool:
    print(pool.submit(abs, -4).result())
local = Local(3)
thread = threading.Thread(target=lambda: print(local.value, local.kind))
local.value = 9
thread.start()
thread.join()
print(local.value, sorted(local.__dict__))
for base in (threading.Lock, threading.RLock):
    try:
        class Impossible(base):
            pass
    except TypeError as error:
        print("cannot inherit")
future = Future()
future.set_result(5)
print(future.result(), isinstance(timer, threading.Timer), isinstance(timer, threading.Thread))
print(threading.Thread.__mro__, threading.Timer.__bases__, issubclass(Worker, threading.Thread))
