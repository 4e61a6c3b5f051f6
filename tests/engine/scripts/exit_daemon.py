import atexit
import threading

started = threading.Event()


def for_ever():
    started.set()
    while True:
        threading.Event().wait(1000)


threading.Thread(target=for_ever, daemon=True).start()
started.wait()
atexit.register(lambda: print([t.daemon for t in threading.enumerate()]))
print("done")
