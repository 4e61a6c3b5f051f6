import sys
import threading

sys.stdout = None
sys.stderr = None
print("lost")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise ValueError("nobody can read this")
