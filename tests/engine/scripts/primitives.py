import copy
import pickle
import threading

a = threading.Lock()
print(a.acquire(), a.acquire(False), a.acquire(timeout=0.01), a.locked(), a.release(), a.locked())
print(repr(a)[:24], type(a).__name__, type(a).__module__, callable(threading.Lock))
for wrong in (lambda: a.acquire(False, 1), lambda: a.acquire(timeout=-2), lambda: a.release(), lambda: a.acquire("x", "y"),
              lambda: copy.copy(a), lambda: pickle.dumps(a), lambda: threading.Lock(1), lambda: a.acquire(timeout=1e300),
              lambda: threading.Semaphore(-1), lambda: threading.BoundedSemaphore(1).release(), lambda: threading.Condition().wait(),
              lambda: threading.Condition().notify(), lambda: threading.Thread(target=1, group=1), lambda: threading.Thread().join(),
              lambda: threading.current_thread().join(), lambda: threading.Barrier(0) and threading.Barrier(2).wait(0.01)):
    try:
        print(wrong())
    except Exception as error:
        print(type(error).__name__, error)
r = threading.RLock()
with r, r:
    print(r._is_owned(), repr(r)[:22])
print(threading.Thread(name="n", target=print).name, threading.Thread(target=len).name, threading.Thread().name)
t = threading.Thread(target=a.acquire)
t.start()
t.join()
print(t.is_alive(), t.daemon, repr(t)[:8], a.locked(), t.ident is None)
try:
    t.start()
except RuntimeError as error:
    print(error)
timer = threading.Timer(100, print)
timer.start()
timer.cancel()
timer.join()
print(timer.finished.is_set())
barrier = threading.Barrier(2, action=lambda: print("action"))
t = threading.Thread(target=barrier.wait)
t.start()
barrier.wait()
t.join()
print(barrier.n_waiting, barrier.parties, barrier.broken, threading.stack_size())
threading.settrace(lambda *_: None)
threading.setprofile(None)
threading.settrace(None)
print(threading.get_native_id() > 0, threading.excepthook is threading.__excepthook__)
print([n for n in threading.__all__ if not hasattr(threading, n)])
