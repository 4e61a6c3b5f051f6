"""`test.lock_tests` bound to what `threading` offers, wherever the suite's classes allow it.

`test_threading` binds its RLock tests to `threading._CRLock` and `_PyRLock`, which no script names;
here they meet `threading.RLock`, as scripts do.
"""

import threading

from test import lock_tests


class LockTests(lock_tests.LockTests):
    locktype = staticmethod(threading.Lock)


class RLockTests(lock_tests.RLockTests):
    locktype = staticmethod(threading.RLock)


class EventTests(lock_tests.EventTests):
    eventtype = staticmethod(threading.Event)


class ConditionTests(lock_tests.ConditionTests):
    condtype = staticmethod(threading.Condition)


class ConditionAsRLockTests(lock_tests.RLockTests):
    # A condition hands its lock's methods on, but has no recursion count of its own.
    locktype = staticmethod(threading.Condition)
    test_recursion_count = None
    test_locked_2threads = test_locked = None


class SemaphoreTests(lock_tests.SemaphoreTests):
    semtype = staticmethod(threading.Semaphore)


class BoundedSemaphoreTests(lock_tests.BoundedSemaphoreTests):
    semtype = staticmethod(threading.BoundedSemaphore)


class BarrierTests(lock_tests.BarrierTests):
    barriertype = staticmethod(threading.Barrier)
