"""Money moves between accounts from many threads, and none is lost on the way."""

import random
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field

THREADS = 4
TRANSFERS = 200


class NotEnough(Exception):
    """The account does not hold so much."""


@dataclass
class Account:
    owner: str
    balance: int
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def withdraw(self, amount):
        if amount > self.balance:
            raise NotEnough(f"{self.owner} has only {self.balance}")
        self.balance -= amount

    def deposit(self, amount):
        self.balance += amount


accounts = [Account("Ann", 500), Account("Bob", 300), Account("Cleo", 200)]
refused = []


def transfer(source, target, amount):
    with ExitStack() as held:
        for account in sorted((source, target), key=lambda account: account.owner):
            held.enter_context(account.lock)
        source.withdraw(amount)
        target.deposit(amount)


def clerk(seed):
    chance = random.Random(seed)
    for _ in range(TRANSFERS):
        source, target = chance.sample(accounts, 2)
        try:
            transfer(source, target, chance.randrange(1, 50))
        except NotEnough as error:
            refused.append(str(error))


before = sum(account.balance for account in accounts)
clerks = [threading.Thread(target=clerk, args=(seed,)) for seed in range(THREADS)]
for thread in clerks:
    thread.start()
for thread in clerks:
    thread.join()
after = sum(account.balance for account in accounts)
print("before", before, "after", after)
print("nobody owes:", all(account.balance >= 0 for account in accounts))
try:
    transfer(accounts[0], accounts[1], 10**6)
except NotEnough as error:
    print("refused:", type(error).__name__)
