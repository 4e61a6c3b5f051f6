"""Prints what threading promises, for a comparison of bare and probed: nothing may differ."""

import _thread
import copy
import pickle
import queue
import sys
import threading as t
import time
import weakref
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, as_completed, wait
from threading import *

print("-- subclasses")


class Worker(t.Thread):
    def __init__(self, n):
        super().__init__(name=f"worker-{n}", daemon=True)
        self.n = n

    def run(self):
        self.result = self.n * self.n, self.name, self.daemon, current_thread() is self


w = Worker(3)
w.start()
w.join()
print(w.result, w.is_alive(), w.ident is not None, w.native_id is not None)


class MyCond(t.Condition):
    def notify(self, n=1):
        print("my notify", n)
        super().notify(n)


class MyEvent(t.Event):
    def set(self):
        print("my set")
        super().set()


class MySem(t.BoundedSemaphore):
    pass


class MyBarrier(t.Barrier):
    def wait(self, timeout=None):
        print("my wait")
        return super().wait(timeout)


class MyTimer(t.Timer):
    def run(self):
        print("my run")
        super().run()


class MyQueue(queue.Queue):
    def _init(self, maxsize):
        self.queue = set()

    def _put(self, item):
        self.queue.add(item)

    def _get(self):
        return self.queue.pop()


class MySimple(queue.SimpleQueue):
    def put(self, item):
        super().put(item * 2)


c = MyCond()
with c:
    c.notify()
    c.notify_all()
with c:
    print(c.wait(0.001), c.wait_for(lambda: 5))
e = MyEvent()
e.set()
print(e.is_set(), e.wait(), isinstance(e, t.Event), type(e).__mro__[1] is t.Event)
s = MySem(2)
with s:
    print(s._value)
try:
    s.release()
except ValueError as error:
    print(error)
b = MyBarrier(1, action=lambda: print("action"))
print(b.wait(), b.n_waiting, b.parties, b.broken)
m = MyTimer(0.001, print, ["fired"])
m.start()
m.join()
print(m.finished.is_set())
q = MyQueue()
q.put(1)
q.put(1)
print(q.qsize(), q.get(), q.empty())
sq = MySimple()
sq.put(4)
print(sq.get(), sq.empty(), isinstance(sq, queue.SimpleQueue))


class Owner:
    def __init__(self):
        self.lock = t.RLock()
        self.items = []

    def add(self, x):
        with self.lock, self.lock:
            self.items.append(x)


o = Owner()
o.add(1)
print(o.items)

print("-- names and counts")
print(
    t.active_count(),
    [x.name for x in t.enumerate()],
    t.main_thread() is t.current_thread(),
    t.get_ident() == t.main_thread().ident,
    t.get_native_id() == t.main_thread().native_id,
)
th = Thread(target=print, args=("hello",))
print(th.name, repr(th), th.ident, th.native_id)
th.name = "renamed"
th.start()
th.join()
print(repr(th)[:25])
try:
    th.start()
except RuntimeError as error:
    print(error)
try:
    Thread().join()
except RuntimeError as error:
    print(error)
try:
    t.current_thread().join()
except RuntimeError as error:
    print(error)

print("-- local")


class Mine(t.local):
    x = 0

    def __init__(self, y):
        self.y = y


loc = Mine(7)
loc.x = 5


def see():
    print(loc.x, loc.y, hasattr(loc, "z"), loc.__dict__)


th = Thread(target=see)
th.start()
th.join()
see()

print("-- hooks")


def hook(args):
    print("hook", args.exc_type.__name__, args.exc_value, args.thread.name)


t.excepthook = hook
th = Thread(target=lambda: 1 / 0, name="failing")
th.start()
th.join()
t.excepthook = t.__excepthook__
th = Thread(target=lambda: 1 / 0, name="failing again")
th.start()
th.join()
th = Thread(target=sys.exit, args=(3,))
th.start()
th.join()

print("-- _thread")


class Callme:
    def __repr__(self):
        return "<callme>"

    def __call__(self, n):
        done.append(n)
        raise KeyError(n)


done = []
_thread.start_new_thread(Callme(), (1,))
while not done:
    time.sleep(0.001)
while _thread._count():
    time.sleep(0.001)
for args in ((1, ()), (print, []), (print, (), []), ()):
    try:
        _thread.start_new_thread(*args)
    except TypeError as error:
        print(error)
own = _thread.allocate_lock()
print(own.acquire(), own.locked(), own.acquire(False), own.release())
print(isinstance(own, type(t.Lock())), isinstance(t.Lock(), type(own)))

print("-- queues")
for make in (queue.Queue, queue.LifoQueue, queue.PriorityQueue):
    q = make(3)
    for i in (2, 3, 1):
        q.put(i)
    try:
        q.put(1, timeout=0.001)
    except queue.Full as error:
        print("full", error, error.__context__)
    print([q.get() for _ in range(3)], q.qsize(), q.full())
    try:
        q.get(timeout=0.001)
    except queue.Empty as error:
        print("empty", error, error.__context__)
    for _ in range(3):
        q.task_done()
    try:
        q.task_done()
    except ValueError as error:
        print(error)
    q.join()
sq = queue.SimpleQueue()
sq.put_nowait(1)
sq.put(2, False, 1)
print(sq.qsize(), sq.get_nowait(), sq.get(), sq.empty())
for call in (
    lambda: sq.get(timeout=-1),
    lambda: sq.get(True, "x"),
    lambda: sq.put(),
    lambda: sq.get(False),
    lambda: sq.get(timeout=0.001),
):
    try:
        call()
    except Exception as error:
        print(type(error).__name__, error if "put" not in str(error) else "", error.__context__)
if hasattr(queue, "ShutDown"):
    q = queue.Queue()
    q.put(1)
    q.shutdown()
    print(q.get())
    for call in (q.get, lambda: q.put(1)):
        try:
            call()
        except queue.ShutDown as error:
            print("shut down", error)

print("-- pools")


def initialise(x):
    print("init", x)


with ThreadPoolExecutor(1, initializer=initialise, initargs=(5,), thread_name_prefix="p") as pool:
    f = pool.submit(pow, 2, 5)
    print(f.result(), f.done())
    f.add_done_callback(lambda f: print("done", f.result()))
    gate = t.Event()
    first = pool.submit(gate.wait)
    second = pool.submit(pow, 2, 3)
    print(second.cancel(), second.cancelled())
    gate.set()
    try:
        second.result()
    except CancelledError:
        print("cancelled")
    bad = pool.submit(divmod, 1, 0)
    print(repr(bad.exception()))
    try:
        list(pool.map(divmod, [1, 1], [1, 0]))
    except ZeroDivisionError as error:
        print(error)
    done_, not_done = wait([pool.submit(abs, -n) for n in range(3)])
    print(sorted(f.result() for f in done_), not_done)
    print(sorted(f.result() for f in as_completed([pool.submit(abs, -n) for n in range(3)])))
    print(pool._thread_name_prefix, len(pool._threads))
try:
    pool.submit(abs, 1)
except RuntimeError as error:
    print(error)
f = Future()
f.set_running_or_notify_cancel()
f.set_exception(KeyError("k"))
print(repr(f.exception()), f.running())
f = Future()
f.add_done_callback(lambda f: print("ran"))
f.set_result(3)
f.add_done_callback(lambda f: print("ran at once", f.result()))


def boom(f):
    raise ValueError("in a callback")


print("-- life")
for make in (
    Condition,
    Event,
    Semaphore,
    lambda: Barrier(2),
    queue.Queue,
    queue.SimpleQueue,
    Future,
):
    thing = make()
    ref = weakref.ref(thing) if not isinstance(thing, queue.SimpleQueue) else None
    del thing
    # Whoever looks at the stack of a thread without the GIL holds what is in it for a moment.
    for _ in range(1000):
        if ref is None or ref() is None:
            break
        time.sleep(0.001)
    print(ref is None or ref() is None)
for thing in (
    Condition(),
    Event(),
    Semaphore(),
    queue.Queue(),
    queue.SimpleQueue(),
    Lock(),
    RLock(),
):
    for how in (pickle.dumps, copy.copy, copy.deepcopy):
        try:
            how(thing)
            print("fine")
        except Exception as error:
            print(type(error).__name__, error)
print([type(x).__name__ for x in (Condition(), Event(), Lock(), RLock(), queue.SimpleQueue())])
for x in (Semaphore(2), BoundedSemaphore(2), Event(), Barrier(2)):
    print(repr(x).split(" at ")[0], repr(x).split(":")[-1])
