# posix
import faulthandler
import os
import signal
import sys
import threading
import time
import traceback


def handler(number, frame):
    print("handled", signal.Signals(number).name, traceback.extract_stack(frame)[-1].name, threading.current_thread().name)


for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1, signal.SIGALRM):
    print(number.name, signal.signal(number, handler))


def raising():
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
        os.kill(os.getpid(), number)


raising()
signal.setitimer(signal.ITIMER_REAL, 0.01)
signal.pause()
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
os.kill(os.getpid(), signal.SIGUSR2)
print("pending", sorted(signal.sigpending()))
print("got", signal.sigwait({signal.SIGUSR2}).name, signal.sigpending())
signal.setitimer(signal.ITIMER_REAL, 0.01)
started = time.monotonic()
time.sleep(0.05)
print(time.monotonic() - started >= 0.05)
lock = threading.Lock()
lock.acquire()
signal.setitimer(signal.ITIMER_REAL, 0.01)
print(lock.acquire(timeout=0.1))


def stop(number, frame):
    raise TimeoutError("woken")


signal.signal(signal.SIGALRM, stop)
signal.setitimer(signal.ITIMER_REAL, 0.01)
try:
    lock.acquire()
except TimeoutError as error:
    print("a lock's wait was ended:", error)
try:
    signal.signal(signal.SIGKILL, handler)
except OSError as error:
    print(error)
print(signal.getsignal(signal.SIGCHLD), signal.pthread_sigmask(signal.SIG_BLOCK, ()))
faulthandler.enable()
faulthandler.register(signal.SIGUSR1, all_threads=False)
print(faulthandler.is_enabled())
read, write = os.pipe()
os.set_blocking(write, False)
signal.set_wakeup_fd(write)
signal.raise_signal(signal.SIGTERM)
print(os.read(read, 10))
signal.set_wakeup_fd(-1)
