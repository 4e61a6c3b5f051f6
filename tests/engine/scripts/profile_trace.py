import cProfile
import sys
import threading

events = []


def trace(frame, event, argument):
    if frame.f_code.co_filename == __file__:
        events.append((event, frame.f_code.co_name))
    return trace


def work():
    lock = threading.Lock()
    with lock:
        return 1


sys.settrace(trace)
work()
sys.settrace(None)
print(events)
profile = cProfile.Profile()
profile.runcall(work)
print([e.callcount for e in profile.getstats() if getattr(e.code, 'co_name', '') == 'work'])
