# posix
import os
import sys
import threading

lock = threading.Lock()
sys.stdout.flush()
child = os.fork()
if child == 0:
    with lock:
        print("child", threading.current_thread().name, threading.active_count(), flush=True)
    os._exit(4)
_, status = os.waitpid(child, 0)
print("parent", os.waitstatus_to_exitcode(status), flush=True)
child = os.fork()
if not child:
    print("second child ends as a script does")
    sys.exit(2)
print("parent", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
child = os.fork()
if not child:
    raise ValueError("in a child")
print("parent", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
read, write = os.pipe()
if not os.fork():
    os.close(read)
    os.write(write, b"through a pipe")
    os._exit(0)
os.close(write)
print(os.read(read, 100))
os.wait()
