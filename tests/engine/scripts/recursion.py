# near: the depths differ by at most 3 frames
import sys
import threading


def depth(n=0):
    try:
        return depth(n + 1)
    except RecursionError:
        return n


print(sys.getrecursionlimit())
print("depth", depth())
sys.setrecursionlimit(3000)
print("depth", depth())
threading.stack_size(64 * 1024 * 1024)
sys.setrecursionlimit(20_000)
thread = threading.Thread(target=lambda: print("depth", depth()))
thread.start()
thread.join()
print(threading.stack_size(), sys.getrecursionlimit())
