# posix
import os
import threading

lock = threading.Lock()
with lock:
    print("before", flush=True)
os.closerange(3, 256)
with lock:
    print("after", flush=True)
thread = threading.Thread(target=print, args=("in a thread",))
thread.start()
thread.join()
