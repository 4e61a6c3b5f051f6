# posix
import inspect
import pickle
import signal
import threading
import time

BAD = ((), (1, 2), ("x",), (-1,), (-0.5,), (1e300,), (10**400,), (float("nan"),))


class Clock:
    wait = time.sleep


class Span(float):
    pass


def ring(*_):
    raise KeyError("rung")


for wrong in BAD:
    try:
        time.sleep(*wrong)
    except (TypeError, ValueError, OverflowError) as error:
        print(type(error).__name__, error)
try:
    time.sleep(seconds=0)
except TypeError as error:
    print(error)
Clock().wait(0.001)
time.sleep(Span(0.001))
time.sleep(False)
print(pickle.loads(pickle.dumps(time.sleep)) is time.sleep, inspect.isbuiltin(time.sleep))
signal.signal(signal.SIGALRM, ring)
signal.setitimer(signal.ITIMER_REAL, 0.01)
try:
    time.sleep(60)
except KeyError as error:
    trace = error.__traceback__
    while trace:
        print(trace.tb_frame.f_code.co_name)
        trace = trace.tb_next
thread = threading.Thread(target=time.sleep, args=(0.001,))
thread.start()
thread.join()
