"""Synthetic traces for tests of views: what a run would have recorded, written by hand.

Guarantees: events reach the trace through `Trace.append`, as those of a real run do, sorted by
time; times are given in seconds and stored in ns.
"""

from __future__ import annotations

import numpy as np

from engine.events import Flag, Kind, ObjectKind
from engine.trace import Object, Output, Process, Site, Thread, Trace


class TraceBuilder:
    """Collects events and makes a `Trace` of them."""

    def __init__(self) -> None:
        self.trace = Trace()
        self._events: list[tuple[int, int, int, int, int, int, int]] = []
        self.process("main")

    def process(self, name: str, start: float = 0.0) -> int:
        """Add a process; return its number."""
        number = len(self.trace.processes)
        self.trace.processes.append(Process(number, 4000 + number, 1, name, _ns(start)))
        return number

    def object(self, kind: ObjectKind, name: str, process: int = 0, **extra: object) -> int:
        """Add an object; return its number."""
        number = len(self.trace.objects)
        self.trace.objects.append(Object(number, kind, process, name, "script.py", 1, extra))
        return number

    def store_point(self, variable: str, change: float | None = None, process: int = 0) -> int:
        """Add a statement that stores *variable*, changing it by *change* if that is known."""
        extra: dict[str, object] = {"variable": variable}
        if change is None:
            extra["initial"] = True
        else:
            extra["change"] = change
        return self.object(ObjectKind.STORE_POINT, variable, process, **extra)

    def thread(self, name: str, process: int = 0, *, daemon: bool = False) -> int:
        """Add a lane; return its number. Its thread object is announced as well."""
        index = len(self.trace.threads)
        obj = self.object(ObjectKind.THREAD, name, process)
        self.trace.add_thread(Thread(index, process, name, 100 + index, 200 + index, daemon, obj))
        return index

    def site(self, line: int, file: str = "script.py") -> int:
        """Add a line of a file; return its number."""
        self.trace.sites.append(Site(file, line))
        return len(self.trace.sites) - 1

    def at(
        self,
        seconds: float,
        thread: int,
        kind: Kind,
        obj: int = 0,
        value: float | str = 0,
        site: int = 0,
        flags: int = 0,
    ) -> TraceBuilder:
        """Record one event."""
        raw = 0
        if isinstance(value, str):
            self.trace.texts.append(value)
            raw, flags = len(self.trace.texts) - 1, flags | Flag.TEXT
        elif isinstance(value, int):
            raw = value
        else:
            raw, flags = int(np.float64(value).view(np.int64)), flags | Flag.FLOAT
        self._events.append((_ns(seconds), raw, int(kind), flags, obj, site, thread))
        return self

    def output(self, seconds: float, thread: int, text: str, stream: int = 1) -> TraceBuilder:
        """Record a printed piece."""
        self.trace.add_output(Output(_ns(seconds), thread, stream, text))
        return self

    def cpu(self, thread: int, readings: list[tuple[float, float]]) -> TraceBuilder:
        """Record readings: (seconds since the start, seconds on a core in all)."""
        for at, used in readings:
            self.trace.cpu.add(thread, _ns(at), _ns(used))
        return self

    def build(self, now: float | None = None) -> Trace:
        """Append what was recorded since the last call; the clock shows *now* (seconds)."""
        self._events.sort(key=lambda event: event[0])
        if self._events:
            columns = [np.array(column) for column in zip(*self._events, strict=True)]
            kinds = (np.int64, np.int64, np.uint8, np.uint8, np.uint32, np.uint32, np.uint32)
            self.trace.append(*(c.astype(k) for c, k in zip(columns, kinds, strict=True)))
            self._events.clear()
        if now is not None:
            self.trace.advance(_ns(now))
        return self.trace


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


def lock_trace(threads: int = 5, *, now: float | None = 1.2) -> Trace:
    """Return the lock preset: each thread sleeps, waits for the lock, adds 1, releases it."""
    build = TraceBuilder()
    main = build.thread("MainThread")
    lock = build.object(ObjectKind.LOCK, "lock")
    zero = build.store_point("shared_resource")
    plus = build.store_point("shared_resource", 1)
    build.trace.values.expected["shared_resource"] = float(threads)
    build.at(0.0, main, Kind.THREAD_BEGIN).at(0.005, main, Kind.STORE, zero, 0)
    free = 0.0
    workers = [build.thread(f"Thread-{n}") for n in range(1, threads + 1)]
    for n, worker in enumerate(workers):
        begin = 0.02 + 0.02 * n
        wants = begin + 0.2 - 0.012 * n
        obj = build.trace.threads[worker].object
        build.at(begin - 0.002, main, Kind.THREAD_START, obj)
        build.at(begin, worker, Kind.THREAD_BEGIN)
        build.at(begin + 0.001, worker, Kind.SLEEP_BEGIN, 0, 200_000_000)
        build.at(wants, worker, Kind.SLEEP_END)
        if free > wants:
            build.at(wants + 0.0005, worker, Kind.LOCK_WAIT, lock, -1)
        got = max(wants + 0.001, free + 0.0005)
        build.at(got, worker, Kind.LOCK_ACQUIRED, lock)
        build.at(got + 0.06, worker, Kind.STORE, plus, n + 1)
        build.output(got + 0.07, worker, f"Thread-{n + 1}: {n + 1}\n")
        free = got + 0.155
        build.at(free, worker, Kind.LOCK_RELEASED, lock)
        build.at(free + 0.001, worker, Kind.THREAD_END)
    first = build.trace.threads[workers[0]].object if workers else 0
    joined = 0.02 + 0.02 * threads
    build.at(joined, main, Kind.JOIN_WAIT, first, -1)
    build.at(max(joined, free) + 0.002, main, Kind.JOIN_END, first)
    build.at(max(joined, free) + 0.04, main, Kind.THREAD_END)
    return build.build(now)


def race_trace(threads: int = 4, rounds: int = 5) -> Trace:
    """Return a race: each round all threads read the same value, and all but one are lost."""
    build = TraceBuilder()
    main = build.thread("MainThread")
    zero = build.store_point("count")
    plus = build.store_point("count", 1)
    build.trace.values.expected["count"] = float(threads * rounds)
    build.at(0, main, Kind.THREAD_BEGIN).at(0.001, main, Kind.STORE, zero, 0)
    for n in range(1, threads + 1):
        worker = build.thread(f"Thread-{n}")
        build.at(0.01, worker, Kind.THREAD_BEGIN)
        for turn in range(rounds):
            build.at(0.1 * (turn + 1) + 0.01 * n, worker, Kind.STORE, plus, turn + 1)
        build.at(0.1 * rounds + 0.2, worker, Kind.THREAD_END)
    return build.build(0.1 * rounds + 0.25)


def deadlock_trace() -> Trace:
    """Return two threads that take two locks in opposite order, and wait for ever."""
    build = TraceBuilder()
    main, one, two = (build.thread(n) for n in ("MainThread", "Thread-1 (pay)", "Thread-2 (pay)"))
    alice = build.object(ObjectKind.LOCK, "alice")
    bob = build.object(ObjectKind.LOCK, "bob")
    build.at(0, main, Kind.THREAD_BEGIN)
    build.at(0.1, main, Kind.JOIN_WAIT, build.trace.threads[one].object, -1)
    for worker, begin, first, second in ((one, 0.05, alice, bob), (two, 0.07, bob, alice)):
        build.at(begin, worker, Kind.THREAD_BEGIN)
        build.at(begin + 0.04, worker, Kind.LOCK_ACQUIRED, first)
        build.at(begin + 0.042, worker, Kind.SLEEP_BEGIN, 0, 300_000_000)
        build.at(begin + 0.342, worker, Kind.SLEEP_END)
        build.at(begin + 0.344, worker, Kind.LOCK_WAIT, second, -1)
    return build.build(1.12)


def pool_trace(workers: int = 3, tasks: int = 5, seconds: float = 2.0) -> Trace:
    """Return a pool: tasks that sleep, taken in turn; main asks for the results in order."""
    build = TraceBuilder()
    main = build.thread("MainThread")
    pool = build.object(ObjectKind.POOL, "pool")
    numbers = [build.object(ObjectKind.TASK, f"task {n}", pool=pool) for n in range(tasks)]
    build.at(0, main, Kind.THREAD_BEGIN)
    lanes = [build.thread(f"pool_{n}") for n in range(workers)]
    free = [0.05 + 0.05 * n for n in range(workers)]
    ends = []
    for n, lane in enumerate(lanes):
        build.at(free[n] - 0.01, lane, Kind.THREAD_BEGIN)
    for n, task in enumerate(numbers):
        build.at(0.02 + 0.002 * n, main, Kind.TASK_SUBMIT, task, n + 1)
        worker = min(range(workers), key=lambda index: free[index])
        begin = free[worker]
        build.at(begin, lanes[worker], Kind.TASK_BEGIN, task)
        build.at(begin + 0.001, lanes[worker], Kind.SLEEP_BEGIN, 0, int(seconds * 1e9))
        build.at(begin + seconds, lanes[worker], Kind.SLEEP_END)
        build.at(begin + seconds + 0.001, lanes[worker], Kind.TASK_END, task, f"task {n} is done")
        free[worker] = begin + seconds + 0.01
        ends.append(free[worker])
    for n, lane in enumerate(lanes):
        build.at(free[n], lane, Kind.IDLE_BEGIN, pool, -1)
    asked = 0.1
    for task, end in zip(numbers, ends, strict=True):
        if end > asked:
            build.at(asked, main, Kind.RESULT_WAIT, task, -1)
            build.at(end, main, Kind.RESULT_END, task)
            asked = end + 0.002
    return build.build(max(free) + 0.4)


def cpu_trace(threads: int = 4, processes: int = 1, seconds: float = 2.0) -> Trace:
    """Return threads that only compute; those of one process share one core by the GIL."""
    build = TraceBuilder()
    rng = np.random.default_rng(7)
    lanes = []
    for number in range(processes):
        process = 0 if number == 0 else build.process(f"process {number}")
        lanes.append([build.thread(f"Thread-{n + 1}", process) for n in range(threads)])
    for group in lanes:
        share = min(1.0, 0.97 / len(group))
        for lane in group:
            build.at(0.02, lane, Kind.THREAD_BEGIN)
            steps = np.arange(0.05, seconds, 0.05)
            wobble = np.clip(rng.normal(share, 0.04, len(steps)), 0, 1)
            used = np.cumsum(wobble * 0.05)
            build.cpu(lane, list(zip(steps.tolist(), used.tolist(), strict=True)))
    return build.build(seconds)


def crowded_trace(lanes: int = 32, slices: int = 1_000_000, seconds: float = 10.0) -> Trace:
    """Return *slices* slices in all: each lane waits for the lock, holds it, runs, sleeps."""
    build = TraceBuilder()
    lock = build.object(ObjectKind.LOCK, "lock")
    for n in range(lanes):
        build.thread("MainThread" if n == 0 else f"Thread-{n}")
    each = slices // lanes
    pattern = np.array(
        [Kind.LOCK_WAIT, Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED, Kind.SLEEP_BEGIN], np.uint8
    )
    rng = np.random.default_rng(3)
    gaps = rng.exponential(1.0, (lanes, each))
    passed = np.cumsum(gaps, axis=1)
    time = (passed / passed[:, -1:] * seconds * 1e9).astype(np.int64)
    kind = np.tile(np.resize(pattern, each), (lanes, 1))
    kind[:, 0] = Kind.THREAD_BEGIN
    thread = np.repeat(np.arange(lanes, dtype=np.uint32)[:, None], each, axis=1)
    order = np.argsort(time.ravel(), kind="stable")
    kinds = kind.ravel()[order]
    locks = np.isin(kinds, pattern[:3])
    zeros = np.zeros(len(order), np.int64)
    build.trace.append(
        time.ravel()[order],
        zeros,
        kinds,
        zeros.astype(np.uint8),
        np.where(locks, lock, 0).astype(np.uint32),
        zeros.astype(np.uint32),
        thread.ravel()[order],
    )
    return build.trace
