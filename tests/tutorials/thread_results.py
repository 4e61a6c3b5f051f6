"""A thread that brings its result home, and raises in `join` what was raised in it."""

import sys
import threading
import traceback


class Task(threading.Thread):
    def __init__(self, function, *args, **kwargs):
        super().__init__(name=function.__name__)
        self._call = function, args, kwargs
        self.result = None
        self.error = None

    def run(self):
        function, args, kwargs = self._call
        try:
            self.result = function(*args, **kwargs)
        except Exception as error:
            self.error = error

    def join(self, timeout=None):
        super().join(timeout)
        if self.error is not None:
            raise self.error
        return self.result


def factorial(n):
    return n * factorial(n - 1) if n else 1


def divide(a, b):
    return a / b


tasks = [Task(factorial, n) for n in (5, 10, 20)]
for task in tasks:
    task.start()
print([task.join() for task in tasks])
bad = Task(divide, 1, b=0)
bad.start()
try:
    bad.join()
except ZeroDivisionError:
    traceback.print_exc(file=sys.stdout)


def careless():
    return {}["no such key"]


thread = threading.Thread(target=careless, name="careless")
thread.start()
thread.join()
print("the program goes on")
