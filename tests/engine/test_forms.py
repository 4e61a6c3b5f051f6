"""The probes in C and the probes in Python record the same, on every Python found."""

from __future__ import annotations

import itertools
import subprocess
from pathlib import Path

import pytest

from engine import accelerator
from engine.events import Kind
from tests.engine import child
from tests.pythons import found_pythons

#: Everything that a lock, a reentrant lock and a watched name can do, in an order that no
#: scheduler changes: each thread waits for the one before.
PROGRAM = """
import threading, time
from threading import Lock, RLock

value = None
lock, again = Lock(), RLock()

def store(new):
    global value
    value = new

for new in (1, 2.5, True, None, "text", b"bytes", 2**80, -(2**63), [1], object, ValueError()):
    store(new)
del value

def refused(call, *arguments, **named):
    try:
        return call(*arguments, **named)
    except Exception as error:
        print(type(error).__name__, error)

with lock:
    refused(lock.acquire, False)
    refused(lock.acquire, blocking=False)
    refused(lock.acquire, timeout=0.001)
    refused(lock.acquire, True, 0.001)
    refused(lock.acquire, timeout=0)
    refused(lock.acquire, False, 1)
    refused(lock.acquire, timeout=-2)
    refused(lock.acquire, timeout=1e300)
    refused(lock.acquire, timeout="soon")
    print(lock.locked(), repr(lock)[:8])
refused(lock.release)
print(lock.acquire(), lock.release(), lock.acquire(1), lock.release(), lock.acquire(True, -1))
lock.release()
print(lock.acquire(timeout=2), lock.release_lock(), lock.acquire_lock(False), lock.release())

with again, again:
    print(again.acquire(), again.acquire(False), again._is_owned())
    again.release()
    again.release()

    def elsewhere():
        print(again.acquire(False), again.acquire(timeout=0.001))

    other = threading.Thread(target=elsewhere)
    other.start()
    other.join()
    state = again._release_save()
    again._acquire_restore(state)
refused(again.release)

holding, waiting = threading.Event(), threading.Event()

def hold():
    with lock:
        holding.set()
        while not waiting.is_set():
            pass

def take():
    waiting.set()
    with lock:
        store("taken")

first = threading.Thread(target=hold)
first.start()
holding.wait()
second = threading.Thread(target=take)
second.start()
first.join()
second.join()
for seconds in (0, 0.0001, True, -1, 10**400, float("nan"), "soon"):
    refused(time.sleep, seconds)
sleeper = threading.Thread(target=time.sleep, args=(0,), name="sleeper")
sleeper.start()
sleeper.join()
condition = threading.Condition(Lock())
with condition:
    condition.wait(0.001)
    condition.notify_all()
"""

#: Waits depend on who was first; whether one happens is no difference between the forms.
CHANCE = (Kind.JOIN_WAIT, Kind.JOIN_END, Kind.WAIT_BEGIN, Kind.WAIT_END, Kind.SAMPLE)


def facts(run: child.Run) -> dict[str, list[tuple[object, ...]]]:
    """Return what each thread did, as (kind, object, value, line)."""
    found: dict[str, list[tuple[object, ...]]] = {}
    chance = ("hold", "take")
    for event in run.root.events():
        if event.kind in CHANCE or any(name in event.thread for name in chance):
            continue
        found.setdefault(event.thread, []).append(
            (event.kind.name, event.object, event.value, event.line)
        )
    return found


def is_accelerated(run: child.Run) -> bool:
    return any(hello.get("accelerated") for hello in run.root.hellos)


@pytest.mark.parametrize("python", found_pythons())
def test_both_forms_record_the_same(tmp_path: Path, python: str) -> None:
    interpreter = found_pythons()[python]
    native = child.run(PROGRAM, tmp_path, interpreter)
    composed = child.run(PROGRAM, tmp_path, interpreter, accelerated=False)
    assert is_accelerated(native)
    assert not is_accelerated(composed)
    assert native.root.text() == composed.root.text()
    assert native.root.text(2) == composed.root.text(2) == ""
    assert facts(native) == facts(composed)


CALLS = """
import threading
lock, again = threading.Lock(), threading.RLock()
class Odd:
    def __bool__(self):
        raise LookupError("no truth")
    def __index__(self):
        return 0
    def __float__(self):
        return 0.001
def told(call, *arguments, **named):
    try:
        print(call(*arguments, **named))
    except BaseException as error:
        print(type(error).__name__, error)
for made in lock, again:
    for arguments in ((1, 2, 3), (Odd(),), (True, Odd()), (2**80,), (None,), ("",), (True, "1"),
                      (True, None), (True, float("nan")), (True, float("inf")), (True, True)):
        told(made.acquire, *arguments)
        told(made.release)
    told(made.acquire, no=1)
    told(made.acquire, True, blocking=True)
    told(made.acquire, timeout=-1, blocking=False)
    told(made.release)
    told(made.release)
    told(made.release, 1)
    told(made.__exit__)
    told(made.__enter__, 1)
    told(copy := __import__("copy").copy, made)
    told(__import__("pickle").dumps, made)
    print(repr(made).split()[:3], type(made).__name__, type(made).__module__)
    print(__import__("weakref").ref(made)() is made, hash(made) == hash(made), made == made)
told(lambda: type("Mine", (threading.Lock,), {}) and "inherits")
told(lambda: type("Mine", (type(lock),), {}) and "inherits")
told(lambda: setattr(lock, "x", 1))
told(lambda: setattr(again, "x", 1))
"""


@pytest.mark.parametrize("python", found_pythons())
def test_a_call_that_is_not_plain_gets_the_bare_lock_s_own_words(
    tmp_path: Path, python: str
) -> None:
    interpreter = found_pythons()[python]
    probed = child.run(CALLS, tmp_path, interpreter)
    assert is_accelerated(probed)
    bare = subprocess.run(
        [interpreter, tmp_path / "script.py"], capture_output=True, text=True, check=True
    )
    assert probed.root.text() == bare.stdout


MANY = """
import threading
THREADS, TIMES = 8, 3000
lock = threading.Lock()
count = 0
def work():
    global count
    for _ in range(TIMES):
        with lock:
            count += 1
threads = [threading.Thread(target=work) for _ in range(THREADS)]
for t in threads: t.start()
for t in threads: t.join()
print(count)
"""


@pytest.mark.parametrize("accelerated", [True, False])
@pytest.mark.parametrize("python", found_pythons())
def test_no_event_is_lost_and_none_is_out_of_order(
    tmp_path: Path, python: str, accelerated: bool
) -> None:
    run = child.run(MANY, tmp_path, found_pythons()[python], accelerated=accelerated)
    assert run.root.text() == "24000\n"
    events = run.root.events(Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED, Kind.STORE)
    locks = [event for event in events if event.kind is not Kind.STORE]
    assert len(locks) == 48_000
    # One holder at a time: acquisition and release alternate, by the same thread.
    for taken, let_go in zip(locks[::2], locks[1::2], strict=True):
        assert (taken.kind, let_go.kind) == (Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED)
        assert taken.thread == let_go.thread
    assert [event.value for event in events if event.kind is Kind.STORE] == list(range(24_001))
    assert all(a.time <= b.time for a, b in itertools.pairwise(events))


def test_says_why_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    python = next(iter(found_pythons().values()))
    assert accelerator.ready(python) is None
    with pytest.raises(accelerator.NoAccelerator, match="There is no C compiler"):
        accelerator.build(python)
    with pytest.raises(accelerator.NoAccelerator, match="is not there"):
        accelerator.build(str(tmp_path / "no-python"))


def test_a_file_that_others_may_write_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    python = next(iter(found_pythons().values()))
    built = accelerator.build(python)
    assert accelerator.ready(python) == built
    built.parent.chmod(0o777)
    assert accelerator.ready(python) is None


def test_a_damaged_accelerator_is_not_used(tmp_path: Path) -> None:
    started = child.Child(accelerated=False)
    (started.rundir / "accelerator").write_text(str(tmp_path / "missing.so"))
    script = tmp_path / "script.py"
    script.write_text("print('runs')")
    started.go(script)
    assert started.finish().root.text() == "runs\n"
