"""Reminders that come by themselves: timers start threads in the future, unless cancelled."""

import threading
import time

rung = []
all_rung = threading.Event()


def ring(text, *, loud=False):
    rung.append(text.upper() if loud else text)
    if len(rung) == 3:
        all_rung.set()


reminders = {
    "tea": threading.Timer(0.03, ring, args=["the tea is ready"]),
    "egg": threading.Timer(0.02, ring, args=["the egg is soft"], kwargs={"loud": True}),
    "bus": threading.Timer(0.04, ring, args=["the bus leaves"]),
    "nap": threading.Timer(60, ring, args=["wake up"]),
}
for name, timer in reminders.items():
    timer.name = name
    timer.start()
print(threading.active_count() - 1, "reminders are set")
reminders["nap"].cancel()
all_rung.wait()
for timer in reminders.values():
    timer.join()
for text in sorted(rung):
    print("*", text)
print("the nap was cancelled:", reminders["nap"].finished.is_set())


class Repeater(threading.Thread):
    def __init__(self, interval, function):
        super().__init__(name="repeater", daemon=True)
        self.interval, self.function = interval, function
        self.stopped = threading.Event()

    def run(self):
        while not self.stopped.wait(self.interval):
            self.function()


ticks = []
repeater = Repeater(0.002, lambda: ticks.append(time.monotonic()))
repeater.start()
while len(ticks) < 4:
    time.sleep(0.001)
repeater.stopped.set()
repeater.join()
print("ticks came in order:", ticks == sorted(ticks), len(ticks) >= 4)
