"""Watched expressions: what may be typed, what is recorded, and nothing else runs."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from engine.events import Kind
from engine.headless import drive
from engine.probe.amounts import amounts
from engine.probe.reading import kept, length, read_step
from engine.probe.source import (
    WatchError,
    bind,
    check_watch,
    compile_tree,
    instrument,
    parse,
    parse_watch,
    sentinel,
    suggestions,
)
from engine.probe.store_points import POP, PUSH
from engine.probe.streams import global_path_source, kept_stream
from engine.probe.texts import value_text
from engine.report import named_series
from engine.session import Request
from tests.engine.child import Run, run
from tests.pythons import found_pythons

ROOT = Path(__file__).resolve().parents[2]
PYTHONS = sorted(found_pythons())

BANK = """
class Account:
    def __init__(self, balance):
        self.balance = balance
    def deposit(self):
        self.balance += 10

account = Account(100)
other = Account(5)
buffer = []
stats = {"hits": 0}
def work():
    local = 1
    account.deposit()
"""


# --- what may be typed ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (" account.balance ", "account.balance"),
        ("len( buffer )", "len(buffer)"),
        ('stats["hits"]', "stats['hits']"),
        ("buffer[-1]", "buffer[-1]"),
        ("account.balance+other.balance * 2", "account.balance + other.balance * 2"),
        ("Account.balance", "Account.balance"),
        ("buffer", "buffer"),
    ],
)
def test_an_expression_is_kept_as_python_writes_it(typed: str, text: str) -> None:
    assert check_watch(typed, parse(BANK)).text == text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "There is nothing to watch yet"),
        ("account.", "is not a Python expression"),
        ("len(buffer", "lacks a closing )"),
        ("account = 3", "is a statement"),
        ("account.deposit()", "would have to be called behind every store"),
        ("sum(buffer)", "Only len() can be watched"),
        ("jobs.qsize()", "Queues are drawn by themselves"),
        ("stats[key]", "is no constant"),
        ("buffer[1:]", "is a slice"),
        ("account.balance > 3", "is a condition"),
        ("(x := 3)", "would store a value"),
        ("3 + 4", "never changes"),
        ("'text'", "never changes"),
        ("[buffer]", "cannot be watched without running code"),
        ("len(buffer, 2)", "len() takes one container"),
        ("len(work())", "len() takes a name"),
        ("acount.balance", "Did you mean account?"),
        ("local", "lives inside a function"),
        ("Account.balance + 1", "name one instance"),
        ("len(Account.items)", "name one instance"),
        ("x" * 300, "longer than"),
    ],
)
def test_what_cannot_be_watched_is_refused_in_a_sentence(typed: str, said: str) -> None:
    with pytest.raises(WatchError) as refused:
        check_watch(typed, parse(BANK))
    assert said in str(refused.value)


def test_completion_offers_names_attributes_lengths_and_entries() -> None:
    tree = parse(BANK + "    stats['misses'] = 1\n")
    offered = suggestions(tree)
    assert offered == [
        "account", "other", "buffer", "stats", "Account.balance", "account.balance",
        "other.balance", "len(buffer)", "len(stats)", "stats['misses']",
    ]  # fmt: skip
    assert all(check_watch(text, tree).text == text for text in offered)


# --- the amount of an update --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ("self.balance += 2", 2),
        ("self.balance = self.balance - 3", -3),
        ("seen = self.balance; time.sleep(0); self.balance = seen + 1", 1),
        ("with lock: seen = self.balance; seen += 4; self.balance = seen", 4),
        ("self.balance *= 2", None),
        ("self.balance += amount", None),
        ("seen = self.balance; self = amount; self.balance = seen + 1", None),
        ("seen = amount.balance; self.balance = seen + 1", None),
        ("seen = self.a.balance; self.a.balance = seen + 1", None),
        ("self.a.balance += 1", 1),
    ],
)
def test_the_amount_of_an_update_of_an_attribute(body: str, change: float | None) -> None:
    tree = parse(f"a = C()\nclass C:\n  def f(self, amount):\n    {body}\n")
    points = instrument(tree, ["a.balance"])
    assert points[-1].change == change


AMOUNTS = """
import threading, time
class Account:
    def __init__(self): self.balance = 0
    def deposit(self, amount): self.balance += amount
    def withdraw(self, amount): self.balance = self.balance - amount
account, total = Account(), 0
def work(step):
    global total
    for n in range(1, 4):
        account.deposit(n * step)
        account.withdraw(step)
        total -= step
threads = [threading.Thread(target=work, args=(step,)) for step in (2, 0.5)]
for t in threads: t.start()
for t in threads: t.join()
"""


@pytest.mark.parametrize("version", PYTHONS)
def test_an_amount_that_a_local_knows_is_recorded(version: str, tmp_path: Path) -> None:
    script = tmp_path / "amounts.py"
    script.write_text(AMOUNTS)
    wanted = Request(script, watch=("account.balance", "Account.balance", "total"))
    session, _ = drive(wanted, found_pythons()[version])
    series = named_series(session.trace)
    now = session.trace.now
    if "t" not in version:  # without a GIL some may really get lost
        assert {name: each.lost_at(now) for name, each in series.items()} == dict.fromkeys(
            ["account.balance", "Account.balance of account", "total"], 0
        )
    assert all(each.lost_at(now) is not None for each in series.values())
    assert {name: len(each.times) for name, each in series.items()} == {
        "account.balance": 13, "Account.balance of account": 13, "total": 7,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("body", "amount"),
    [
        ("a.n += d", ("d", 1)),
        ("a.n = a.n - d", ("d", -1)),
        ("total += d", ("d", 1)),
        ("a.n += self.d", None),
        ("a.n += LATE", None),
        ("a.n = d - a.n", None),
        ("a.n = a.m + d", None),
        ("def g():\n      nonlocal d\n      d = 1\n    a.n += d", None),
        ("d += d", None),
    ],
)
def test_only_a_local_of_its_own_is_taken_as_an_amount(
    body: str, amount: tuple[str, int] | None
) -> None:
    tree = parse(f"a, total, LATE = C(), 0, 1\ndef f(self, d):\n    global total\n    {body}\n")
    found = amounts(tree).values()
    assert [(each.name, each.sign) for each in found] == ([amount] if amount else [])


# --- what is recorded ---------------------------------------------------------------------------


def _stores(found: Run, name: str) -> list[object]:
    return [e.value for e in found.root.events(Kind.STORE) if e.object == name]


EVERY_STORE = """
import heapq
class Box:
    def __init__(self, n):
        self.n = n
class Holder:
    box = None
box = other = Box(1)
other = Box(50)
def work(box_there, elsewhere):
    box_there.n += 1
    elsewhere.n += 1
    for box_there.n in (3, 4): pass
    box_there.n, elsewhere.n = 5, 6
    [box_there.n, *_] = [7, 8]
    del box_there.n
    box_there.n = None
    box_there.n: float = 2.5
    box_there.n = "text"
    box_there.n = [1, (2, 3), other]
work(box, other)
items = [3, 1]
def change(items):
    items.append(items.pop())
    heapq.heappush(items, 0)
    items[0] = 9
    items[1:] = []
    items += [1, 2]
    del items[0]
    return [items.append(n) or n for n in (5, 6)]
change(items)
counts = {}
def count(counts):
    counts["a"] = 1
    counts["b"] = 2
    counts["a"] += 1
    counts.update(a=7)
    counts.setdefault("a", 3)
    del counts["a"]
    counts.clear()
count(counts)
box = Box(99)
work = Holder()
work.box = box
box.n = 98
"""


@pytest.mark.parametrize("accelerated", [True, False])
@pytest.mark.parametrize("version", PYTHONS)
def test_every_kind_of_store_is_recorded(version: str, accelerated: bool, tmp_path: Path) -> None:
    watch = ["box.n", "len(items)", "items", "counts['a']", "work.box.n", "box.n + box.n"]
    python = found_pythons()[version]
    found = run(EVERY_STORE, tmp_path, python, accelerated=accelerated, watch=watch)
    assert (found.code, found.stderr, found.root.errors) == (0, "", [])
    box = [1, 2, 3, 4, 5, 7, "not there", "None", 2.5, "'text'", "[1, (…), <Box>] · 3 items", 99]
    assert _changed(_stores(found, "box.n")) == [*box, 98]
    assert _changed(_stores(found, "len(items)")) == [2, 1, 2, 3, 1, 3, 2, 3, 4]
    assert _stores(found, "items")[0] == "[3, 1] · 2 items"
    assert _stores(found, "items")[-1] == "[1, 2, 5, 6] · 4 items"
    assert _changed(_stores(found, "counts['a']")) == ["not there", 1, 2, 7, "not there"]
    assert _changed(_stores(found, "work.box.n"))[-2:] == [99, 98]
    assert _changed(_stores(found, "box.n + box.n"))[:3] == [2, 4, 6]


def _changed(values: list[object]) -> list[object]:
    return [new for old, new in zip([None, *values], values, strict=False) if new != old]


USER_CODE = """
def boom(*_): raise SystemExit("user code ran")
class Property:
    value = property(boom)
class Computed:
    __getattr__ = boom
class Everything:
    def __getattribute__(self, name): boom()
class Sized:
    __len__ = boom
class Entries(dict):
    __getitem__ = __len__ = boom
class Slots:
    __slots__ = ("value",)
class Shown:
    __repr__ = __str__ = __eq__ = __hash__ = __bool__ = boom
class Descriptor:
    __get__ = boom
    __set__ = lambda *_: None
class Described:
    value = Descriptor()
class Meta(type):
    value = property(boom)
class Classy(metaclass=Meta): pass
things = [Property, Computed, Everything, Sized, Entries, Slots, Shown, Described]
for kind in things:
    thing = kind()
thing = 3
thing = Classy
class Empty: pass
thing = Empty()
thing.value = Shown()
thing.value = 4
thing = Slots()
thing.value = 5
"""


@pytest.mark.parametrize("version", PYTHONS)
def test_nothing_of_the_users_runs(version: str, tmp_path: Path) -> None:
    watch = ["thing.value", "len(thing)", "thing['value']", "thing", "thing[0]"]
    found = run(USER_CODE, tmp_path, found_pythons()[version], watch=watch)
    assert (found.code, found.stderr, found.root.errors) == (0, "", [])
    values = _stores(found, "thing.value")
    assert values[0] == "not read: value is a property of Property, and would run code"
    assert values[1] == "not read: Computed computes its attributes (__getattr__)"
    assert values[2] == "not read: Everything computes its attributes (__getattribute__)"
    assert values[5] == "not there"
    assert values[7] == "not read: value is computed by Described"
    assert values[8:10] == ["not there"] * 2
    assert values[-4:] == ["<Shown>", 4, "not there", 5]
    assert "Sized (only of builtin" in str(_stores(found, "len(thing)")[3])
    assert "Entries (only of a dict" in str(_stores(found, "thing['value']")[4])


MANY = """
import threading
class Account:
    def __init__(self): self.balance = 0
account, decoy = Account(), Account()
jobs = []
def work():
    for n in range(2_000):
        account.balance += 1
        decoy.balance -= 1
        jobs.append(n)
threads = [threading.Thread(target=work) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
print(account.balance, len(jobs))
"""


@pytest.mark.parametrize("version", PYTHONS)
def test_threads_lose_no_record_and_no_update_of_their_own(version: str, tmp_path: Path) -> None:
    found = run(MANY, tmp_path, found_pythons()[version], watch=["account.balance", "len(jobs)"])
    assert (found.code, found.root.errors) == (0, [])
    balances = _stores(found, "account.balance")
    assert len(balances) == 1 + 8_000
    assert len(_stores(found, "len(jobs)")) == 1 + 8_000
    final, jobs = map(int, found.root.text().split())
    assert jobs == 8_000
    if "t" not in version:  # with a GIL `+=` is never interrupted, and the probe adds no place
        assert balances == list(range(8_001))
        assert final == 8_000


CLASSES = """
import gc, threading
class Account:
    total = 0
    def __init__(self, balance):
        self.balance = balance
    def deposit(self):
        self.balance += 1
        Account.total += 1
    def refill(self):
        seen = self.balance
        self.balance = seen + 5
class Special(Account):
    pass
class Other:
    def __init__(self): self.balance = 77
account_a = Account(10)
account_b = Special(20)
others = [Account(30)]
decoy = Other()
def work():
    for account in (account_a, account_b, *others):
        account.deposit()
        account.refill()
thread = threading.Thread(target=work)
thread.start()
thread.join()
del others, account_b
for n in range(3):
    Account(n)
"""


@pytest.mark.parametrize("version", PYTHONS)
def test_an_attribute_of_every_instance_is_a_curve_of_each(version: str, tmp_path: Path) -> None:
    script = tmp_path / "classes.py"
    script.write_text(CLASSES)
    wanted = Request(script, watch=("Account.balance", "Account.total"))
    session, outcome = drive(wanted, found_pythons()[version])
    assert outcome.ending == "finished"
    series = named_series(session.trace)
    values = {name: each.values.view.tolist() for name, each in series.items()}
    assert values.pop("Account.total") == [0, 1, 2, 3]
    assert values == {
        "Account.balance of account_a": [10, 11, 16],
        "Account.balance of account_b": [20, 21, 26],
        "Account.balance of Account 3": [30, 31, 36],
        **{f"Account.balance of Account {n + 4}": [n] for n in range(3)},
    }
    assert {each.lost_at(session.trace.now) for each in series.values()} == {0}


SPAWNED = """
import multiprocessing, sys
class Box: pass
box = Box()
def work():
    box.n = 7
if __name__ == "__main__":
    worker = multiprocessing.get_context(sys.argv[1]).Process(target=work)
    worker.start()
    worker.join()
"""


@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_children_record_too(method: str, tmp_path: Path) -> None:
    found = run(SPAWNED, tmp_path, watch=["box.n"], argv=["script.py", method])
    values = [e.value for p in found.processes[1:] for e in p.events(Kind.STORE)]
    assert [v for v in values if v != "not there"] == [7]


POOLS = """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
class Box: pass
box = Box()
def work(n):
    box.n = n
    return n
if __name__ == "__main__":
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(work, range(10)))
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(work, range(10, 15)))
"""


def test_workers_of_pools_record_too(tmp_path: Path) -> None:
    found = run(POOLS, tmp_path, watch=["box.n"])
    assert sorted(v for v in _stores(found, "box.n") if isinstance(v, int)) == list(range(10))
    (values,) = [
        [e.value for e in process.events(Kind.STORE) if isinstance(e.value, int)]
        for process in found.processes[1:]
    ]
    assert values == list(range(10, 15))


# --- both ways of reading say the same ------------------------------------------------------------


class Plain:
    shared = 3

    def __init__(self, **parts: object) -> None:
        self.__dict__.update(parts)


@pytest.mark.parametrize(
    "value",
    [
        1, 2.5, True, None, "a", b"b", [1, 2], (1,), (), {"a": {"b": 2}}, {1, 2}, frozenset(),
        list(range(100)), Plain(a=[1], n=3), Plain, object(), 10**400, 1j, {"a": 5}, ast,
        [[1], {}, object()], "x" * 20_000,
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "text", ["v", "len(v)", "v.a", "v['a']", "v[0]", "v[-1]", "v.a.b", "v.shared"]
)
def test_streams_read_what_plain_python_reads(value: object, text: str) -> None:
    path = parse_watch(text).paths[0]
    read: object = value
    for step in path.steps:
        read = read_step(read, step)
    plain = kept(length(read) if path.is_length else read)
    stream = kept_stream(global_path_source({"v": value}, path))
    for _ in range(3):
        assert value_text(next(stream)) == value_text(plain)


@pytest.mark.parametrize("name", ["bank_transfer", "bounded_buffer", "readers_writers"])
def test_watching_everything_changes_nothing(name: str) -> None:
    script = ROOT / "tests" / "tutorials" / f"{name}.py"
    everything = suggestions(parse(script.read_text()))
    assert everything
    bare = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)
    found = run(script, watch=everything, argv=[str(script)], cwd=str(script.parent))
    assert found.code == 0
    assert found.root.text() == bare.stdout
    assert {e.object for e in found.root.events(Kind.STORE)} <= set(everything)


# --- the GIL ------------------------------------------------------------------------------------

INVARIANT = """
import sys, threading
sys.setswitchinterval(1e-6)
class Pair:
    def __init__(self): self.left = self.right = 0
pair = Pair()
counts = {"left": 0, "right": 0}
items, others = [], []
items.append(0); items.pop()
looks = broken = 0
done = False
def write(pair, counts):
    for _ in range(500):
        # Nothing between these may give the GIL away: whoever looks sees both or none.
        pair.left += 1
        counts["left"] += 1
        pair.left -= 0
        counts["right"] += 1
        pair.right += 1
def look():
    global looks, broken
    while not done:
        looks += 1
        if pair.left != pair.right or counts["left"] != counts["right"]:
            broken += 1
reader = threading.Thread(target=look)
writers = [threading.Thread(target=write, args=(pair, counts)) for _ in range(2)]
reader.start()
while looks <= 100: pass
for w in writers: w.start()
for w in writers: w.join()
done = True
reader.join()
print(looks > 100, broken, pair.left, counts["right"])
"""


@pytest.mark.parametrize("accelerated", [True, False])
@pytest.mark.parametrize("version", [version for version in PYTHONS if "t" not in version])
def test_no_probe_gives_the_gil_away(version: str, accelerated: bool, tmp_path: Path) -> None:
    watch = ["pair.left", "counts['left']", "pair.left + pair.right", "counts", "pair"]
    python = found_pythons()[version]
    found = run(INVARIANT, tmp_path, python, accelerated=accelerated, watch=watch)
    assert (found.code, found.root.errors) == (0, [])
    assert found.root.text().split() == ["True", "0", "1000", "1000"]
    assert _stores(found, "pair.left")[-1] == 1_000


def test_the_checker_sees_a_probe_that_gives_the_gil_away(tmp_path: Path) -> None:
    names: dict[str, Any] = {"__name__": "checker"}

    class Gives:
        """Lets the other thread look once from end to end, in the place of a pipe."""

        left = 20

        def __contains__(self, _: object) -> bool:
            if threading.current_thread() is not threading.main_thread() and Gives.left > 0:
                Gives.left -= 1
                seen = names["looks"]
                while names["looks"] < seen + 2:
                    time.sleep(0)
            return False

    tree = parse(INVARIANT)
    points = instrument(tree, ["pair.left", "counts['left']"])
    pipes = {sentinel(point.index): Gives() for point in points} | {PUSH: Gives(), POP: Gives()}
    before = sys.getswitchinterval()
    try:
        exec(bind(compile_tree(tree, "checker.py"), pipes), names)
    finally:
        sys.setswitchinterval(before)
    assert names["broken"] > 0


OFFERS = """
import dis, json, sys
sys.path.insert(0, sys.argv[1])
from engine.probe.source import bind, compile_tree, instrument, parse, sentinel
text = '''
def f(self, d, i):
    self.x += 1
    d[i] = self.x = 3
    del self.x
    for self.x in d: pass
    with d as self.x, d as e: pass
    return [d.append(d.pop()) for k in self.y if d.pop()]
'''
def codes(code):
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_consts"):
            yield from codes(constant)
def offers(code):
    places = ("CALL", "JUMP_BACKWARD", "RESUME", "SEND", "FOR_ITER")
    names = [i.opname for c in codes(code) for i in dis.get_instructions(c)]
    return [name for name in names if name.startswith(places)]
plain = offers(compile_tree(parse(text), "s"))
tree = parse(text)
points = instrument(tree, ["a.x", "d", "len(d)", "a.x + a.y"])
probed = offers(compile_tree(tree, "s"))
print(json.dumps([len(points), plain == probed, plain]))
"""


@pytest.mark.parametrize("version", PYTHONS)
def test_probes_of_watches_call_nothing(version: str) -> None:
    done = subprocess.run(
        [found_pythons()[version], "-I", "-c", OFFERS, str(ROOT)],
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip
    count, same, plain = json.loads(done.stdout)
    assert count == 18
    assert plain
    assert same
