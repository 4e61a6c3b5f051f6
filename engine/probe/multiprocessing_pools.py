"""`multiprocessing.Pool` and `ThreadPool`: tasks, who runs them, who waits for their results.

What a pool hands to a worker is a task here: one call of `apply`, one chunk of `map`, one item of
`imap`. It has the number of its job, and within a job that of its chunk. The items of `imap` are
submitted one by one, by a helper thread, on behalf of the thread that called `imap`.

Guarantees: a task is one object in the submitting process and in its worker; it is submitted
before it begins and ends before anyone gets its result; the user's functions run without a frame
of ours around them; a helper thread of a pool is a lane from the moment at which it calls the
user's code back.
"""

from __future__ import annotations

import functools
import threading
import weakref
from _thread import get_ident
from collections.abc import Callable, Iterator
from multiprocessing import pool as pools
from multiprocessing import process
from typing import Any

from ..events import Flag, Kind, ObjectKind, what
from .conditions import mark
from .futures import end_task
from .owner import user_site
from .pools import POOL
from .process_pools import IDENTITY, shown_while_called_back, starting_workers_of
from .recorder import recorder
from .shared_objects import announce, maker_site, pool_identity, task_identity
from .texts import call_texts
from .threads import timeout_value

_OBJECT = "_threadlab_object"
_TASK = "_threadlab_task"
_MAPPERS = (pools.mapstar, pools.starmapstar)  # type: ignore[attr-defined]
#: The queue from which a pool's workers take their tasks, to the number of the pool.
_inqueues: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()
#: What a thread is submitting: the function and its arguments.
_submitting: dict[int, tuple[Any, tuple[Any, ...]]] = {}


def install(flush: Callable[[], None]) -> None:
    """Patch the pool, its results, and what its workers run; *flush* sends what was recorded."""
    made: Any = pools.Pool
    _watch_pool(made)
    _watch_starts(made)
    for name in ("apply_async", "_map_async", "imap", "imap_unordered"):
        _watch_submit(made, name)
    _watch_items(made)
    _watch_results()
    _watch_worker(flush)


def _watch_pool(made: Any) -> None:
    init = made.__init__

    @functools.wraps(init)
    def initialise(self: Any, *arguments: Any, **named: Any) -> None:
        site = maker_site(self)
        if site is not None:
            is_thread = isinstance(self, pools.ThreadPool)
            flavour = "thread" if is_thread else "process"
            self.__dict__[POOL] = announce(ObjectKind.POOL, site, flavour=flavour)
        init(self, *arguments, **named)
        if site is not None:
            number = self.__dict__[POOL]
            recorder.registry.update("objects", number, workers=self._processes)
            for helper in (self._worker_handler, self._task_handler, self._result_handler):
                helper.__dict__[_OBJECT] = number  # who joins it waits for the pool

    made.__init__ = initialise
    for one in (made, pools.ThreadPool):
        _watch_set_up(one)


def _watch_set_up(made: Any) -> None:
    set_up = made._setup_queues

    @functools.wraps(set_up)
    def setup_queues(self: Any) -> None:
        set_up(self)
        if POOL in self.__dict__:
            _inqueues[self._inqueue] = self.__dict__[POOL]

    made._setup_queues = setup_queues


def _watch_starts(made: Any) -> None:
    repopulate = made._repopulate_pool_static

    @functools.wraps(repopulate)
    def repopulate_pool_static(
        ctx: Any, start: Any, processes: Any, pool: Any, inqueue: Any, *rest: Any
    ) -> None:
        with starting_workers_of(_inqueues.get(inqueue, 0)):
            repopulate(ctx, start, processes, pool, inqueue, *rest)

    made._repopulate_pool_static = staticmethod(repopulate_pool_static)


def _watch_submit(made: Any, name: str) -> None:
    bare = getattr(made, name)

    @functools.wraps(bare)
    def submit(self: Any, func: Any, *arguments: Any, **named: Any) -> Any:
        if POOL not in self.__dict__:
            return bare(self, func, *arguments, **named)
        given = arguments[0] if arguments else named.get("args", ())
        keywords = arguments[1] if len(arguments) > 1 else named.get("kwds", {})
        texts = (*given, *keywords.values()) if name == "apply_async" else ()
        _submitting[get_ident()] = func, texts
        try:
            return bare(self, func, *arguments, **named)
        finally:
            _submitting.pop(get_ident(), None)

    setattr(made, name, submit)


def _label(job: int, position: int, mapped: bool) -> str:
    return f"task {job}.{position}" if mapped or position else f"task {job}"


def _announce(pool: int, identity: str, job: int, position: int, call: Any, mapped: bool) -> int:
    """Announce the task at *position* of *job*; *call* is its function and its arguments."""
    function, arguments = call_texts(*call)
    entry: dict[str, Any] = {"arguments": arguments} if arguments else {}
    return recorder.registry.add_object(
        ObjectKind.TASK,
        pool=pool,
        label=_label(job, position, mapped),
        function=function,
        shared=task_identity(identity, f"{job}.{position}"),
        **entry,
    )


def _watch_results() -> None:
    module: Any = pools
    _watch_made(module.ApplyResult)
    _watch_made(module.MapResult)
    _watch_wait(module.ApplyResult)
    for made in (module.ApplyResult, module.MapResult):
        _watch_callbacks(made)
    init = module.IMapIterator.__init__

    @functools.wraps(init)
    def initialise(self: Any, pool: Any) -> None:
        init(self, pool)
        if POOL in pool.__dict__:
            mark(self._cond, pool.__dict__[POOL])

    module.IMapIterator.__init__ = initialise


def _watch_made(made: Any) -> None:
    init = made.__init__

    @functools.wraps(init)
    def initialise(self: Any, pool: Any, *arguments: Any, **named: Any) -> None:
        init(self, pool, *arguments, **named)
        call = _submitting.get(get_ident())
        number = pool.__dict__.get(POOL, 0)
        if not number or call is None or type(self) is not made:
            return
        identity = pool_identity(number)
        mapped = isinstance(self, pools.MapResult)
        tasks = [
            _announce(number, identity, self._job, position, call, mapped)
            for position in range(self._number_left if mapped else 1)
        ]
        self.__dict__[_TASK] = number if mapped else tasks[0]
        for task in tasks:
            recorder.record(Kind.TASK_SUBMIT, task, 0)

    made.__init__ = initialise


def _watch_items(made: Any) -> None:
    """Let each item of `imap` be submitted when the helper thread takes it from the iterable."""
    generate = made._guarded_task_generation

    @functools.wraps(generate)
    def guarded_task_generation(self: Any, job: int, func: Any, iterable: Any) -> Iterator[Any]:
        number, call = self.__dict__.get(POOL, 0), _submitting.get(get_ident())
        tasks: Iterator[Any] = generate(self, job, func, iterable)
        if not number or call is None or job not in self._cache:
            return tasks
        if isinstance(self._cache[job], pools.ApplyResult):
            return tasks  # `map`: its chunks were counted, and submitted, at once
        thread = recorder.registry.numbers[get_ident()]
        return _submitted(tasks, number, call, func in _MAPPERS, thread, user_site())

    made._guarded_task_generation = guarded_task_generation


def _submitted(
    tasks: Iterator[Any], pool: int, call: Any, mapped: bool, thread: int, site: Any
) -> Iterator[Any]:
    identity = pool_identity(pool)
    for task in tasks:
        number = _announce(pool, identity, task[0], task[1], (call[0], task[3]), mapped)
        recorder.log.append(0, what(Kind.TASK_SUBMIT, number), site, thread)
        yield task


def _watch_wait(made: Any) -> None:
    wait = made.wait

    @functools.wraps(wait)
    def watched(self: Any, timeout: float | None = None) -> None:
        task = self.__dict__.get(_TASK)
        if task is None or self.ready():
            wait(self, timeout)
            return
        recorder.record(Kind.RESULT_WAIT, task, timeout_value(timeout))
        try:
            wait(self, timeout)
        finally:
            ran_out = timeout is not None and not self.ready()
            recorder.record(Kind.RESULT_END, task, flags=Flag.TIMED_OUT if ran_out else 0)

    made.wait = watched


def _watch_callbacks(made: Any) -> None:
    set_result = made._set

    @functools.wraps(set_result)
    def _set(self: Any, position: int, obj: tuple[bool, Any]) -> None:
        callback = self._callback if obj[0] else self._error_callback
        if callback is None or _TASK not in self.__dict__:
            set_result(self, position, obj)
            return
        with shown_while_called_back(self.__dict__[_TASK], [callback]):
            set_result(self, position, obj)

    made._set = _set


class _Inqueue:
    """A worker's view of the queue of tasks: it notes idle times and beginnings."""

    def __init__(self, queue: Any, pool: int, identity: str) -> None:
        self._queue, self._pool, self._identity = queue, pool, identity
        self.task = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def has_more(self) -> bool:
        """Tell whether another task is there already; True for threads, which nobody kills."""
        poll = getattr(self._queue, "_poll", None)
        return poll is None or bool(poll())

    def get(self) -> Any:
        recorder.record(Kind.IDLE_BEGIN, self._pool, -1)
        try:
            item = self._queue.get()
        finally:
            recorder.record(Kind.IDLE_END, self._pool)
        if item is not None:
            job, position, func, args, kwds = item
            mapped = func in _MAPPERS
            call = args[0] if mapped else (func, (*args, *kwds.values()))
            self.task = _announce(self._pool, self._identity, job, position, call, mapped)
            recorder.record(Kind.TASK_BEGIN, self.task)
        return item


class _Outqueue:
    """A worker's view of the queue of results: it notes the ends of tasks.

    `with Pool() as pool` ends by killing its workers, as soon as it has the last result. So what
    they have recorded is sent before a result that may be the last.
    """

    def __init__(self, queue: Any, tasks: _Inqueue, flush: Callable[[], None]) -> None:
        self._queue, self._tasks, self._flush = queue, tasks, flush

    def __getattr__(self, name: str) -> Any:
        return getattr(self._queue, name)

    def put(self, item: Any) -> None:
        succeeded, result = item[2]
        # A failure is sent wrapped, with its traceback as text.
        end_task(self._tasks.task, getattr(result, "exc", result), raised=not succeeded)
        if not self._tasks.has_more():
            self._flush()
        self._queue.put(item)


def _watch_worker(flush: Callable[[], None]) -> None:
    module: Any = pools
    bare = module.worker

    @functools.wraps(bare)
    def worker(inqueue: Any, outqueue: Any, *arguments: Any, **named: Any) -> None:
        number = 0
        if threading.current_thread() is not threading.main_thread():
            number = _inqueues.get(inqueue, 0)  # a ThreadPool's
        identity = pool_identity(number) or process.current_process().__dict__.get(IDENTITY, "")
        if not identity:
            bare(inqueue, outqueue, *arguments, **named)
            return
        number = number or recorder.registry.add_object(ObjectKind.POOL, shared=identity)
        tasks = _Inqueue(inqueue, number, identity)
        bare(tasks, _Outqueue(outqueue, tasks, flush), *arguments, **named)

    module.worker = worker
