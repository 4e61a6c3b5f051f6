import _thread
import sys
import threading
import time

done = _thread.allocate_lock()
done.acquire()


def work(n, *, name):
    print("work", n, name, _thread.get_ident() != main, threading.current_thread().name[:6])
    done.release()


main = _thread.get_ident()
_thread.start_new_thread(work, (1,), {"name": "x"})
done.acquire()


def fail():
    try:
        raise ValueError("low level")
    finally:
        done.release()


def leave():
    done.release()
    sys.exit(3)


print(type(_thread.start_new_thread(leave, ())))
done.acquire()
print(_thread.LockType is type(done), isinstance(threading.Lock(), _thread.LockType), done.locked())
print(_thread.RLock.__name__, threading.get_ident() == main, threading.main_thread().ident == main)
print(threading.TIMEOUT_MAX == _thread.TIMEOUT_MAX, _thread.error is RuntimeError)
sys.setswitchinterval(0.001)
print(sys.getswitchinterval())
