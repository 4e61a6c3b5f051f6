# posix
import signal
import time

signal.setitimer(signal.ITIMER_REAL, 0.02)
print("waits for the alarm", flush=True)
time.sleep(10)
