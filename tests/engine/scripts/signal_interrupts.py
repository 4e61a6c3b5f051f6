# posix
import os
import signal
import threading
import time


def later():
    time.sleep(0.02)
    os.kill(os.getpid(), signal.SIGINT)


threading.Thread(target=later).start()
try:
    while True:
        time.sleep(10)
except KeyboardInterrupt:
    print("interrupted")
os.kill(os.getpid(), signal.SIGINT)
time.sleep(10)
