import _thread
import sys
import threading
import time

made = []
original = threading.Lock


def make():
    made.append(1)
    return original()


threading.Lock = make
with threading.Lock():
    pass
event = threading.Event()
threading.Thread(target=event.set).start()
print(event.wait(5), len(made))
threading.Thread.start, saved = (lambda self: print("not started")), threading.Thread.start
threading.Thread(target=print).start()
threading.Thread.start = saved
time.sleep, kept = (lambda seconds: print("slept", seconds)), time.sleep
time.sleep(1000)
time.sleep = kept
for name in list(sys.modules):
    if name.startswith(("threading", "queue", "concurrent", "multiprocessing", "_threadlab")):
        del sys.modules[name]
import threading as again
import queue

with again.Lock():
    q = queue.Queue()
    q.put(1)
    print(q.get())
t = again.Thread(target=print, args=("in a fresh module's thread",))
t.start()
t.join()
