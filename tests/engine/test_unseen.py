"""What no probe sees is listed: line and reason."""

from __future__ import annotations

import pytest

from engine.probe.source import parse, parse_watch
from engine.probe.unseen import unseen

BANK = """class Account:
    def __init__(self): self.balance = 0
account, buffer, stats, total = Account(), [], {}, 0
accounts = [account]
"""


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('globals()["total"] = 1', "is stored by its name"),
        ("globals()[name] = 1", "is stored by its name"),
        ("globals().update(total=1)", "stores names"),
        ('setattr(account, "balance", 1)', "stores an attribute by its name"),
        ("setattr(account, name, 1)", "stores an attribute by its name"),
        ('account.__dict__["balance"] = 1', "is stored by its name"),
        ('exec("total = 1")', "may store anything"),
        ("from os import *", "may store a watched name"),
        ("other = buffer; other.append(1)", "other may be another name for what len(buffer)"),
        ("hits = stats; hits['a'] = 1", "hits may be another name"),
        ("def f(q): q.pop()\nf(buffer)", "q may be what len(buffer) reads"),
        ("accounts[0:1][0].balance = 3", "give the instance a name first"),
    ],
)
def test_a_store_that_no_probe_sees_is_listed(line: str, said: str) -> None:
    watches = map(parse_watch, ["total", "Account.balance", "len(buffer)", "stats['a']"])
    (found,) = unseen(parse(BANK + line), watches)
    assert found.line == 5
    assert said in found.reason


@pytest.mark.parametrize(
    "line",
    [
        "total += 1", "account.balance = 2", "buffer.append(1)", "stats['a'] = 2", "x = total",
        'globals()["other"] = 1', 'setattr(account, "owner", 1)', "y = buffer; len(y)",
        "def f(q): q.pop()", "self = account; self.balance = 3",
    ],
)  # fmt: skip
def test_what_is_seen_or_is_not_watched_is_not_listed(line: str) -> None:
    watches = map(parse_watch, ["total", "Account.balance", "len(buffer)", "stats['a']"])
    assert unseen(parse(BANK + line), watches) == ()


def test_nothing_is_listed_where_nothing_is_watched() -> None:
    assert unseen(parse('exec("x")'), []) == ()
