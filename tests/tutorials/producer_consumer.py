"""Producers put orders into a queue; consumers take them out until each has met the end."""

import queue
import threading

PRODUCERS = 3
CONSUMERS = 2
ORDERS_EACH = 5
END = object()

orders = queue.Queue(maxsize=4)
done = []
done_lock = threading.Lock()


def produce(number):
    for step in range(ORDERS_EACH):
        orders.put((number, step))


def consume():
    count = 0
    while True:
        order = orders.get()
        if order is END:
            orders.task_done()
            return count
        with done_lock:
            done.append(order)
        count += 1
        orders.task_done()


producers = [
    threading.Thread(target=produce, args=(number,), name=f"producer-{number}")
    for number in range(PRODUCERS)
]
consumers = [threading.Thread(target=consume, name=f"consumer-{n}") for n in range(CONSUMERS)]
for thread in producers + consumers:
    thread.start()
for thread in producers:
    thread.join()
print("every order is in the queue")
for _ in consumers:
    orders.put(END)
orders.join()
for thread in consumers:
    thread.join()

print(f"{len(done)} orders were handled, {orders.qsize()} are left")
for number in range(PRODUCERS):
    steps = [step for who, step in done if who == number]
    print(f"producer {number}: {sorted(steps)}")
