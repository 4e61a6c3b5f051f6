import os
import sys
import threading


def leave():
    print("leaving")
    sys.exit(5)


thread = threading.Thread(target=leave)
thread.start()
thread.join()
late = threading.Event()


def finish():
    late.wait()
    print("a thread ends after the main one", flush=True)


threading.Thread(target=finish).start()
print("main ends", threading.active_count())
late.set()
