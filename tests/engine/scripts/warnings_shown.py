import threading
import warnings


def old():
    warnings.warn("old", DeprecationWarning, stacklevel=2)


warnings.warn("plain")
old()
thread = threading.Thread(target=warnings.warn, args=("in a thread",))
thread.start()
thread.join()
print(10 is 10, threading.current_thread().getName())
warnings.simplefilter("error")
try:
    warnings.warn("raised")
except UserWarning as error:
    print(repr(error))
"\d"
