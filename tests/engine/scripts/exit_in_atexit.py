import atexit
import os
import sys
import threading


def late():
    print(threading.current_thread().name, [t.name for t in threading.enumerate()])
    sys.exit(6)


atexit.register(late)
