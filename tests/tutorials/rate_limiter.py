"""At most three requests at a time: a semaphore counts the free places."""

import threading
import time

PLACES = 3
REQUESTS = 10

places = threading.BoundedSemaphore(PLACES)
guard = threading.Lock()
busy = most = 0


def request(number):
    global busy, most
    with places:
        with guard:
            busy += 1
            most = max(most, busy)
        time.sleep(0.002)
        with guard:
            busy -= 1


threads = [threading.Thread(target=request, args=(n,)) for n in range(REQUESTS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("never more than", PLACES, "at a time:", 1 <= most <= PLACES)
print("busy at the end:", busy)

try:
    places.release()
except ValueError as error:
    print("one release too many:", error)
for _ in range(PLACES):
    places.acquire()
print("a place is free:", places.acquire(blocking=False))
print("after a while:", places.acquire(timeout=0.01))
places.release()
print("now:", places.acquire(blocking=False))
