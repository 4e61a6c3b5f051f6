from threading import *
from threading import Lock as L, Thread as T
import threading as t
from queue import *
from concurrent.futures import *
from time import *

a, b, c = Lock(), L(), t.Lock()
for lock in (a, b, c):
    with lock:
        print(lock.locked(), lock.acquire(False))
q = Queue()
threads = [T(target=q.put, args=(n,), name=f"w{n}") for n in range(3)] + [Thread(target=q.put, args=(3,))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(sorted(q.get() for _ in range(4)), active_count(), current_thread() is t.main_thread())
with ThreadPoolExecutor(2, thread_name_prefix="pool") as pool:
    print(list(pool.map(pow, (1, 2, 3), (2, 2, 2))))
sleep(0)
try:
    q.get_nowait()
except Empty as error:
    print(repr(error))
