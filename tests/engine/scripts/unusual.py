from dataclasses import dataclass, field
import abc, contextlib, enum, functools, threading, typing


@dataclass
class Account:
    balance: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def pay(self, n):
        with self.lock:
            self.balance += n


account = Account()
account.pay(3)
print(account)


@functools.cache
def slow(n):
    return n


with contextlib.ExitStack() as stack:
    locks = [stack.enter_context(threading.Lock()) for _ in range(3)]
    print(len(locks))
lock = threading.Lock()
def generator():
    with lock:
        yield 1
        yield 2
g = generator()
print(next(g), lock.locked(), next(g), list(g), lock.locked())
if (n := 10) > 5: print(f"{n=}", f"{n!r:>5}")
match [1, 2, 3]:
    case [a, *rest]:
        print(a, rest)
print(*range(3), sep=", "); x = y = 1
print(sorted(typing.get_type_hints(Account)))
del x
try:
    x
except NameError as error:
    print(error)
