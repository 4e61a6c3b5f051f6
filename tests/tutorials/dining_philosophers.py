"""Five philosophers share five forks; an order among the forks keeps them from starving."""

import threading
import time

NAMES = ["Ada", "Blaise", "Carl", "Diotima", "Emmy"]
MEALS = 3

forks = [threading.Lock() for _ in NAMES]
meals = dict.fromkeys(NAMES, 0)
table = threading.Lock()


class Philosopher(threading.Thread):
    def __init__(self, seat):
        super().__init__(name=NAMES[seat])
        left, right = seat, (seat + 1) % len(NAMES)
        # Everybody takes the fork with the smaller number first, so no circle can close.
        self.first, self.second = forks[min(left, right)], forks[max(left, right)]

    def run(self):
        for _ in range(MEALS):
            self.think()
            with self.first:
                with self.second:
                    self.eat()

    def think(self):
        time.sleep(0.001)

    def eat(self):
        with table:
            meals[self.name] += 1


guests = [Philosopher(seat) for seat in range(len(NAMES))]
for guest in guests:
    guest.start()
for guest in guests:
    guest.join()
for name, count in meals.items():
    print(f"{name:<8} ate {count} times")
print("all forks are free:", not any(fork.locked() for fork in forks))
