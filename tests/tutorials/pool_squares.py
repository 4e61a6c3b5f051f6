"""A multiprocessing.Pool spreads a function over processes, in several ways."""

import multiprocessing
import os


def square(number):
    return number * number


def power(base, exponent):
    return base**exponent


def fail(number):
    raise ValueError(f"cannot do {number}")


def greet():
    global greeted
    greeted = True


def was_greeted(_):
    return greeted


if __name__ == "__main__":
    with multiprocessing.Pool(2, initializer=greet) as pool:
        print(pool.map(square, range(6)))
        print(pool.starmap(power, [(2, 3), (3, 2), (10, 0)]))
        print(list(pool.imap(square, [9, 8, 7])))
        print(sorted(pool.imap_unordered(square, [1, 2, 3])))
        print(pool.apply(power, (2, 10)), pool.apply_async(square, (12,)).get(timeout=30))
        print("initialized:", all(pool.map(was_greeted, range(4))))
        try:
            pool.map(fail, [1])
        except ValueError as error:
            print("failed:", error)
        other = pool.apply(os.getpid)
    print("in another process:", other != os.getpid())
