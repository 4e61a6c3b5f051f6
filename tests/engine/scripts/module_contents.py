import sys
import threading

print(sorted(set(dir(threading))))
print([name for name in sys.modules if name.startswith(("engine", "probe"))])
print([t.name for t in threading.enumerate()], threading.active_count(), len(sys._current_frames()))
import os

print(sorted(os.environ) == sorted(os.environ), [name for name in os.environ if "THREADLAB" in name.upper()])
