# posix
import os
import signal
import threading
import time


def interrupt():
    os.kill(os.getpid(), signal.SIGINT)


try:
    threading.Thread(target=interrupt).start()  # it may come before this is over
    while True:
        time.sleep(10)
except KeyboardInterrupt:
    print("interrupted")
os.kill(os.getpid(), signal.SIGINT)
time.sleep(10)
