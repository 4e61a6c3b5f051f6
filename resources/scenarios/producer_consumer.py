"""Bakers put loaves on a shelf with little room; shoppers take them off."""

import queue
import threading
import time

BAKERS: int = 1  # 1..16 threads
SHOPPERS: int = 2  # 1..16 threads
LOAVES: int = 8  # 1..200  that each baker bakes
CAPACITY: int = 3  # 1..50 loaves  room on the shelf
BAKE_SECONDS: float = 0.1  # 0..5 s  time to bake a loaf
EAT_SECONDS: float = 0.4  # 0..5 s  time a shopper needs for a loaf

CLOSED = None  # on the shelf, it tells one shopper to go home
shelf = queue.Queue(maxsize=CAPACITY)
eaten = 0  # expected: BAKERS * LOAVES
eaten_lock = threading.Lock()


def bake(baker):
    for number in range(1, LOAVES + 1):
        time.sleep(BAKE_SECONDS)
        shelf.put(f"loaf {baker}.{number}")  # waits while the shelf is full
        print(f"Baker {baker} puts out loaf {baker}.{number}")


def shop(shopper):
    global eaten
    while True:
        loaf = shelf.get()  # waits while the shelf is empty
        if loaf is CLOSED:
            break
        print(f"Shopper {shopper} takes {loaf}")
        time.sleep(EAT_SECONDS)
        with eaten_lock:
            eaten += 1


bakers = [threading.Thread(target=bake, args=(n,), name=f"Baker-{n}") for n in range(1, BAKERS + 1)]
shoppers = [
    threading.Thread(target=shop, args=(n,), name=f"Shopper-{n}") for n in range(1, SHOPPERS + 1)
]
for thread in bakers + shoppers:
    thread.start()

for thread in bakers:
    thread.join()
for _ in shoppers:
    shelf.put(CLOSED)  # behind the last loaf
for thread in shoppers:
    thread.join()

print(f"{eaten} of {BAKERS * LOAVES} loaves were eaten")
