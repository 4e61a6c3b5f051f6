"""Three stages joined by queues: read, convert, write; each works while the others do."""

import threading
from queue import SimpleQueue

LINES = """3 4
10 20
7 x
100 -1
"""
STOP = None


def stage(work, inlet, outlet):
    while (item := inlet.get()) is not STOP:
        for made in work(item):
            outlet.put(made)
    outlet.put(STOP)


def split(line):
    yield line.split()


def multiply(words):
    try:
        left, right = map(int, words)
    except ValueError as error:
        yield f"left out: {error}"
    else:
        yield f"{left} x {right} = {left * right}"


def number(text, counter=iter(range(1, 1000))):
    yield f"{next(counter)}. {text}"


pipes = [SimpleQueue() for _ in range(4)]
stages = [split, multiply, number]
threads = [
    threading.Thread(target=stage, args=(work, pipes[n], pipes[n + 1]), name=work.__name__)
    for n, work in enumerate(stages)
]
for thread in threads:
    thread.start()
for line in LINES.splitlines():
    pipes[0].put(line)
pipes[0].put(STOP)
while (result := pipes[-1].get()) is not STOP:
    print(result)
for thread in threads:
    thread.join()
print("all stages have ended:", not any(thread.is_alive() for thread in threads))
