"""A script with a trace function, then a profile function: it prints what each of them was told."""

import queue
import sys
import threading
import time

names = []


def is_sure(frame):
    """Tell whether *frame* runs in every run: `start` waits only for a thread that is slow."""
    chain = set()
    while frame is not None:
        chain.add(frame.f_code.co_name)
        frame = frame.f_back
    mine = threading.get_ident() == main or "run" in chain
    return mine and not chain & {"start", "_remove", "_find_and_load"}


def note(frame, event, arg):
    if not is_sure(frame):
        return None
    what = f" {arg.__name__}" if event.startswith("c_") else ""
    names.append((threading.get_ident() == main, f"{frame.f_code.co_name}:{event}{what}"))
    return local


def local(frame, event, arg):
    if frame.f_code.co_filename == __file__:
        names.append(
            (threading.get_ident() == main, f"{frame.f_code.co_name}:{event}:{frame.f_lineno}")
        )
    return local


main = threading.get_ident()


def work(lock, q, e, c):
    with lock:
        pass
    e.wait()
    q.put(1)
    with c:
        c.notify_all()


def run():
    lock, q, e, c, s, b = (
        threading.Lock(),
        queue.Queue(),
        threading.Event(),
        threading.Condition(threading.RLock()),
        threading.Semaphore(1),
        threading.Barrier(1),
    )
    r = threading.RLock()
    lock.acquire()
    lock.release()
    with r:
        pass
    with s:
        pass
    b.wait()
    t = threading.Thread(target=work, args=(lock, q, e, c))
    e.set()
    t.start()
    t.join()
    q.get()
    q.task_done()
    q.join()
    with c:
        c.wait(0.001)
    e.wait()
    time.sleep(0.001)
    q2 = queue.SimpleQueue()
    q2.put(1)
    q2.get()
    m = threading.Timer(0.001, int)
    m.start()
    m.join()
    m.cancel()
    t.name, t.name, t.is_alive()
    t.name = "new"
    try:
        q.get(timeout=0.001)
    except queue.Empty:
        pass


for set_, setall, get in (
    (sys.settrace, threading.settrace, sys.gettrace),
    (sys.setprofile, threading.setprofile, sys.getprofile),
):
    names.clear()
    setall(note)
    set_(note)
    same = get() is note
    run()
    set_(None)
    setall(None)
    print("--", set_.__name__, same, get(), len(names))
    for ours in (True, False):
        for n in names:
            if n[0] == ours:
                print(*n)
