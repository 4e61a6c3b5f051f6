# posix
import os
import signal
import threading
import time

ready = False


def interrupt():
    while not ready:  # a lock that is interrupted in `start` or `set` may stay locked for good
        time.sleep(0.001)
    os.kill(os.getpid(), signal.SIGINT)


try:
    threading.Thread(target=interrupt).start()
    ready = True
    while True:
        time.sleep(10)
except KeyboardInterrupt:
    print("interrupted")
os.kill(os.getpid(), signal.SIGINT)
time.sleep(10)
