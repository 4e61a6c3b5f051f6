"""A docstring first."""
from __future__ import annotations, generator_stop

import __future__


def f(a: Undefined) -> AlsoUndefined:
    return a


total: Missing = 0


def g():
    global total
    total += 1


g()
print(f.__annotations__, __annotations__, __doc__, total)
print(eval("1 if True else 2"), f.__code__.co_flags & __future__.annotations.compiler_flag != 0)
