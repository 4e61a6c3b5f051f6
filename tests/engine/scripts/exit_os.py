import atexit
import os
import threading

atexit.register(print, "never")
threading.Thread(target=threading.Event().wait, daemon=True).start()
print("printed", flush=True)
os._exit(9)
