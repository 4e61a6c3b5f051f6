"""A scheduler that does the most urgent job first, with a queue that sorts."""

import itertools
import queue
import threading
from dataclasses import dataclass, field


@dataclass(order=True)
class Job:
    priority: int
    number: int = field(default_factory=itertools.count().__next__)
    name: str = field(compare=False, default="")


jobs = queue.PriorityQueue()
for priority, name in [
    (5, "water plants"),
    (1, "put out the fire"),
    (3, "answer letters"),
    (1, "call the fire brigade"),
    (9, "rest"),
]:
    jobs.put(Job(priority, name=name))
print("urgent ones first:")


def work():
    while True:
        try:
            job = jobs.get(block=False)
        except queue.Empty:
            return
        print(f"  {job.priority} {job.name}")
        jobs.task_done()


worker = threading.Thread(target=work, name="worker")
worker.start()
worker.join()
jobs.join()

stack = queue.LifoQueue(maxsize=2)
stack.put("first")
stack.put("second")
try:
    stack.put_nowait("third")
except queue.Full:
    print("the stack is full:", stack.qsize())
print(stack.get(), "came out before", stack.get())
try:
    stack.get(timeout=0.01)
except queue.Empty:
    print("nothing left")
