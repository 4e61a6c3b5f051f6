import multiprocessing
import os
import sys


def square(n, q):
    q.put(n * n)


def fail():
    raise ValueError("in a process")


if __name__ == "__main__":
    for method in ("spawn", "fork", "forkserver"):
        if method not in multiprocessing.get_all_start_methods():
            continue
        context = multiprocessing.get_context(method)
        q = context.Queue()
        p = context.Process(target=square, args=(6, q), name="squarer")
        p.start()
        print(method, q.get())
        p.join()
        print(p.exitcode, p.name)
    sys.stdout.flush()
    p = multiprocessing.get_context("spawn").Process(target=sys.exit, args=(3,))
    p.start()
    p.join()
    print(p.exitcode)
