import sys
import threading


def fail(kind):
    raise kind("in a thread")


for kind in (ValueError, KeyError, SystemExit, KeyboardInterrupt):
    thread = threading.Thread(target=fail, args=(kind,), name=f"T-{kind.__name__}")
    thread.start()
    thread.join()


def hook(args):
    print("hook:", args.exc_type.__name__, args.exc_value, args.thread.name)
    print([frame.name for frame in __import__("traceback").extract_tb(args.exc_traceback)][-1])


threading.excepthook = hook
thread = threading.Thread(target=fail, args=(OSError,), name="hooked")
thread.start()
thread.join()
del hook
threading.excepthook = threading.__excepthook__


class Worker(threading.Thread):
    def run(self):
        try:
            fail(LookupError)
        except LookupError as error:
            raise RuntimeError("again") from error


worker = Worker(name="sub")
worker.start()
worker.join()
sys.exit(3)
