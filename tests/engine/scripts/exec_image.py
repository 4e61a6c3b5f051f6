# posix
import os
import sys
import threading

threading.Thread(target=threading.Event().wait, daemon=True).start()
try:
    os.execv("/no/such/program", ["no"])
except OSError as error:
    print(error, flush=True)
print("before", flush=True)
os.execv(sys.executable, [sys.executable, "-c", "import sys; print('a new image', sys.argv); sys.exit(3)", "x"])
