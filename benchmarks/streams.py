"""Streams of events as a busy script makes them: what the benchmarks of the trace are fed with.

Made from arithmetic and a seed alone, so two runs, and two stores, see the same events.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from engine.events import Kind, ObjectKind
from engine.trace import EventColumns, Object, Site, Thread, Trace

LOCKS, STORES, QUEUES = 8, 4, 2
BATCH = 4096
_STEP_NS = 2_000

#: Kinds of one round of a thread, with what they are about.
_ROUNDS: dict[str, tuple[tuple[Kind, str], ...]] = {
    "locks": (
        (Kind.LOCK_WAIT, "lock"),
        (Kind.LOCK_ACQUIRED, "lock"),
        (Kind.LOCK_RELEASED, "lock"),
    ),
    "stores": ((Kind.STORE, "store"),),
    "mix": (
        (Kind.LOCK_WAIT, "lock"),
        (Kind.LOCK_ACQUIRED, "lock"),
        (Kind.STORE, "store"),
        (Kind.LOCK_RELEASED, "lock"),
        (Kind.QUEUE_PUT, "queue"),
        (Kind.GET_WAIT, "queue"),
        (Kind.QUEUE_GET, "queue"),
        (Kind.SLEEP_BEGIN, "none"),
        (Kind.SLEEP_END, "none"),
    ),
}
MIXES = tuple(_ROUNDS)


def an_empty_trace(threads: int) -> Trace:
    """Return a trace that knows the threads, objects and sites of a stream, and no event."""
    trace = Trace()
    for index in range(threads):
        trace.add_thread(Thread(index, 0, f"T{index}", index, index, False))
    for _ in range(LOCKS):
        _add(trace, ObjectKind.LOCK, "lock", {})
    for number in range(STORES):
        extra = {"variable": f"value{number}", "change": 1, "initial": False}
        _add(trace, ObjectKind.STORE_POINT, "", extra)
    for number in range(QUEUES):
        _add(trace, ObjectKind.QUEUE, f"queue{number}", {})
    trace.sites.extend(Site("script.py", line) for line in range(1, 41))
    return trace


def _add(trace: Trace, kind: ObjectKind, name: str, extra: dict[str, object]) -> None:
    number = len(trace.objects)
    trace.objects.append(Object(number, kind, 0, name, "script.py", number, dict(extra)))


def stream(mix: str, events: int, threads: int) -> Iterator[EventColumns]:
    """Yield *events* events of *threads* threads, in batches; times ascend."""
    made = np.random.default_rng(1)
    done = 0
    while done < events:
        count = min(BATCH, events - done)
        yield _batch(made.integers, mix, done, count, threads)
        done += count


def _batch(
    integers: Callable[..., np.ndarray[tuple[int], np.dtype[np.int64]]],
    mix: str,
    begin: int,
    count: int,
    threads: int,
) -> EventColumns:
    rounds = _ROUNDS[mix]
    number = np.arange(begin, begin + count)
    turn, step = np.divmod(number, len(rounds))
    thread = turn * 7 % threads  # one round after another, so that a lock has one holder
    kinds = np.array([int(kind) for kind, _ in rounds], np.uint8)
    about = [name for _, name in rounds]
    places = {
        "lock": (1, LOCKS),
        "store": (1 + LOCKS, STORES),
        "queue": (1 + LOCKS + STORES, QUEUES),
    }
    firsts = np.array([places.get(name, (0, 1))[0] for name in about])
    sizes = np.array([places.get(name, (0, 1))[1] for name in about])
    kind = kinds[step]
    value = np.where(np.isin(kind, [int(Kind.STORE)]), number // 4, -1)
    queued = np.isin(kind, [int(Kind.QUEUE_PUT), int(Kind.QUEUE_GET)])
    value[queued] = turn[queued] % 50
    time = number * _STEP_NS + integers(0, _STEP_NS, count)
    return EventColumns(
        time,
        value,
        kind,
        np.zeros(count, np.uint8),
        (firsts[step] + turn % sizes[step]).astype(np.uint32),
        (1 + step * 3).astype(np.uint32),
        thread.astype(np.uint32),
    )
