"""Numbers that are given out once, by whichever thread asks."""

from __future__ import annotations

import itertools
from _thread import allocate_lock
from collections.abc import Callable

from .owner import has_gil


def counter(start: int = 1) -> Callable[[], int]:
    """Return what gives *start*, and one more at each call; no two calls get the same.

    `itertools.count` alone does so under the GIL; without one, two threads may get one number.
    """
    following = itertools.count(start).__next__
    if has_gil():
        return following
    one_at_a_time = allocate_lock()

    def guarded() -> int:
        with one_at_a_time:
            return following()

    return guarded
