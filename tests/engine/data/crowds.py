"""A script whose threads wait for each other a thousand times, many of them at once."""

import queue
import threading

TURNS = 60
WORKERS = 4
tiny = queue.Queue(1)
simple = queue.SimpleQueue()
answers = queue.SimpleQueue()
changed = threading.Condition()
gate = threading.Barrier(WORKERS)
turn = 0


def produce():
    for item in range(TURNS):
        tiny.put(item)


def consume():
    for _ in range(TURNS):
        tiny.get()
        tiny.task_done()


def ask():
    for item in range(TURNS):
        simple.put(item)
        answers.get()


def answer():
    for _ in range(TURNS):
        answers.put(simple.get())


def play(me):
    global turn

    def mine():
        return turn == me

    for _ in range(TURNS):
        with changed:
            changed.wait_for(mine)
            turn = (me + 1) % WORKERS
            changed.notify_all()


def meet():
    for _ in range(TURNS):
        gate.wait()


jobs = [produce, consume, ask, answer, meet] * WORKERS
threads = [threading.Thread(target=job) for job in jobs]
threads += [threading.Thread(target=play, args=(me,)) for me in range(WORKERS)]
for thread in threads:
    thread.start()
tiny.join()
for thread in threads:
    thread.join()
print(tiny.unfinished_tasks, tiny.qsize(), simple.qsize(), answers.qsize(), turn)
