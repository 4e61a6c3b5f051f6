import inspect
import sys
import threading
import traceback


def names(frame):
    found = []
    while frame is not None:
        found.append(frame.f_code.co_name)
        frame = frame.f_back
    return found


def show():
    traceback.print_stack()
    traceback.print_stack(limit=1)
    print([entry.name for entry in traceback.extract_stack()])
    print([entry.function for entry in inspect.stack()])


show()
thread = threading.Thread(target=show)
thread.start()
thread.join()
