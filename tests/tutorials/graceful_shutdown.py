"""Workers look at an event between two steps, and leave their work in order when it is set."""

import threading
import time

stopping = threading.Event()
report = []
report_lock = threading.Lock()


def work(name):
    steps = 0
    try:
        while not stopping.is_set():
            steps += 1
            stopping.wait(0.001)
    finally:
        with report_lock:
            report.append((name, steps > 0))


def watch():
    time.sleep(0.02)
    print("time to stop")
    stopping.set()


workers = [threading.Thread(target=work, args=(f"worker {n}",)) for n in range(3)]
watcher = threading.Thread(target=watch, name="watcher")
for thread in (*workers, watcher):
    thread.start()
try:
    stopping.wait()
    raise KeyboardInterrupt  # as if somebody had pressed Ctrl+C
except KeyboardInterrupt:
    print("interrupted: waiting for the workers")
finally:
    stopping.set()
    for thread in workers:
        thread.join(timeout=10)
for name, worked in sorted(report):
    print(name, "worked" if worked else "never worked", "and is done")
print("still alive:", [thread.name for thread in workers if thread.is_alive()])
