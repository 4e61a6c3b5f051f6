"""The child's main: wait for the order, put the probes in, run the script, say how it ended.

Why so much care at the end: the script must end as it would without us. Guarantees: its exit
status, its traceback and the moment of its `atexit` handlers are plain Python's; GOODBYE is the
last message on the events connection of a process that ends in an orderly way; `os._exit` sends
what was recorded first; a script that cannot be run runs nothing.
"""

from __future__ import annotations

import atexit
import functools
import os
import runpy
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import SourceFileLoader
from types import CodeType
from typing import Any, NoReturn

# A spare child has loaded all that the probes and most scripts need before it is asked to go.
import concurrent.futures.process  # isort: skip
import concurrent.futures.thread  # noqa: F401  # isort: skip
import multiprocessing.pool  # isort: skip
import multiprocessing.popen_fork  # isort: skip
import multiprocessing.queues  # isort: skip
import multiprocessing.synchronize  # noqa: F401  # isort: skip
import queue  # noqa: F401  # isort: skip

from ..events import Kind
from . import (
    clock,
    conditions,
    edited,
    loops,
    managers,
    multiprocessing_pools,
    output,
    pipes,
    pool_workers,
    pools,
    process_pools,
    process_waits,
    processes,
    queues,
    raw_threads,
    recursion,
    shared_locks,
    shared_queues,
    stacks,
    standard_input,
    sync,
    threads,
    tracing,
)
from .failures import Failure, without_probes
from .member import Ending as Farewell
from .member import Member, Order
from .owner import claim
from .recorder import NOWHERE, recorder
from .source import SourceError
from .stand_ins import replace
from .texts import Text
from .values import Script


class Ending:
    """What is done once the script's last line is over, with no exception in hand.

    Attributes: member; error, which left the script, or None.
    """

    def __init__(self) -> None:
        self.member: Member | None = None
        self.error: BaseException | None = None

    def __enter__(self) -> Ending:
        return self

    def __exit__(self, *raised: object) -> None:
        error, self.error = self.error, None
        if error is not None and self.member is not None:
            _end(self.member, error)


class Main:
    """A script that only has to be executed: `exec(*main)`, once.

    Its namespace is that of the module that the interpreter itself made for its main script, so
    that every attribute of it is there, and all is taken down at the end, as it is alone.
    """

    def __init__(self, script: Script, member: Member, namespace: dict[str, Any]) -> None:
        self._script = script
        self._member = member
        self._namespace = namespace

    def __iter__(self) -> Iterator[CodeType | dict[str, Any]]:
        """Clear the namespace, and give the code and the namespace to run it in."""
        order = self._member.order
        assert order is not None
        namespace = _cleared(self._namespace, self._script.path)
        if order.root is None:
            parts = self._script.code(namespace), namespace
        else:
            parts = _as_module(self._script, order.module)
        self._member.begin(None)
        return iter(parts)


def _as_module(script: Script, module: str) -> tuple[CodeType, dict[str, Any]]:
    """Return what runs *script* as `python -m module` or `python folder` do: through `runpy`.

    `runpy` compiles the main module by itself, so its first code is replaced by ours.
    """
    runner: Any = runpy
    run_code = runner._run_code

    def _run_code(code: CodeType, namespace: dict[str, Any], *rest: Any) -> Any:
        runner._run_code = run_code
        return run_code(script.code(namespace), namespace, *rest)

    runner._run_code = _run_code
    text = "run(module)" if module else "run('__main__', False)"
    return compile(text, __file__, "exec"), {"run": runner._run_module_as_main, "module": module}


@contextmanager
def prepare(rundir: str, namespace: dict[str, Any], ending: Ending) -> Iterator[Main]:
    """Do all that comes before the script's first line; *ending* gets what leaves the script."""
    member = Member(rundir)
    member.connect()
    order = member.wait_for_order()
    if order is None:
        sys.exit(0)
    _take_place(order)
    install(member)
    # What the compiler warns of is the first that a script prints.
    output.connect(member.outputs)
    try:
        script = Script(order.script, order.values, order.watch, order.text)
    except SourceError as error:
        member.refuse(error)
    recursion.install()
    ending.member = member
    try:
        yield Main(script, member, namespace)
    except BaseException as error:  # noqa: BLE001 - shown as Python itself would
        ending.error = error


def _end(member: Member, error: BaseException) -> NoReturn:
    """End the process as Python does when *error* has left the script."""
    without_probes(error)
    if isinstance(error, SystemExit):
        member.ending = Farewell("exited", exit_code(error))
        raise error
    _show(member, error)


def join_run(rundir: str) -> None:
    """Put the probes into a process that `multiprocessing` has just spawned.

    It becomes a part of the run when it is told its name, before it imports the main module.
    """
    member = Member(rundir)
    member.read_order()
    install(member)


def install(member: Member) -> None:
    """Put the probes in, before anything of the script runs."""
    assert member.order is not None
    for path in (member.order.script, *member.order.own):
        claim(path)
    edited.install(member.order)
    output.install()
    stacks.install()
    standard_input.install()
    threads.install()
    sync.install()
    conditions.install()
    queues.install()
    pools.install()
    pool_workers.install()
    loops.install()
    raw_threads.install()
    process_waits.install()
    processes.install(member)
    process_pools.install()
    multiprocessing_pools.install(member.flush)
    shared_locks.install()
    shared_queues.install()
    managers.install()
    pipes.install()
    clock.install()
    tracing.install()
    _watch_exit(member)


def _take_place(order: Order) -> None:
    """Make the process look as if the script had been started by name."""
    if order.env is not None:
        os.environ.clear()
        os.environ.update(order.env)
    if order.cwd:
        os.chdir(order.cwd)
    sys.argv = list(order.argv) or [order.script]
    sys.orig_argv = [*sys.orig_argv[:1], *sys.argv]
    if order.module:
        sys.orig_argv.insert(2, order.module)
    if order.root is not None:
        sys.path.insert(0, order.root)  # that of a folder or an archive also in the safe mode
    elif not sys.flags.safe_path:
        sys.path.insert(0, os.path.dirname(os.path.realpath(order.script)))


def _cleared(namespace: dict[str, Any], path: str) -> dict[str, Any]:
    """Take what is ours out of a main module's *namespace*, and make it that of *path*."""
    for name in [name for name in namespace if not (name[:2] == name[-2:] == "__")]:
        del namespace[name]
    namespace["__doc__"] = None
    namespace["__file__"] = path
    namespace["__loader__"] = SourceFileLoader("__main__", path)
    return namespace


def _show(member: Member, error: BaseException) -> NoReturn:
    """Print the traceback by the script's own hook, and end as Python does after that."""
    failure = Failure.of(error, threading.current_thread().name)
    ending = member.ending = Farewell("raised", 1, failure.as_json())
    recorder.record(Kind.RAISED, 0, Text(failure.headline), failure.site)
    sys.last_type, sys.last_value, sys.last_traceback = type(error), error, error.__traceback__
    if sys.version_info >= (3, 12):
        sys.last_exc = error
    try:
        sys.excepthook(type(error), error, error.__traceback__)
    except SystemExit as again:
        ending.code = exit_code(again)
        raise
    except BaseException as second:  # noqa: BLE001 - in the words of the interpreter
        _show_both(error, second)
    if isinstance(error, KeyboardInterrupt):
        # Only the interpreter can end by SIGINT after its clean-up; it has no more to print.
        ending.code = None
        sys.excepthook = lambda *_: None
        raise error.with_traceback(None)
    sys.exit(1)


def _show_both(error: BaseException, second: BaseException) -> None:
    """Print *error* although the script's own hook failed, by *second*, to do so."""
    without_probes(second)
    if sys.stderr is None:
        return
    sys.stderr.write("Error in sys.excepthook:\n")
    sys.__excepthook__(type(second), second, second.__traceback__)
    sys.stderr.write("\nOriginal exception was:\n")
    sys.__excepthook__(type(error), error, error.__traceback__)


def exit_code(error: SystemExit) -> int:
    """Return the exit status that Python makes of *error*."""
    if error.code is None:
        return 0
    return error.code & 0xFF if isinstance(error.code, int) else 1


def _watch_exit(member: Member) -> None:
    """Note the wait at the end of the script; say goodbye behind the last `atexit` handler."""
    atexit.register(member.say_goodbye)  # registered first, so it runs last
    shutdown = threading._shutdown  # type: ignore[attr-defined]

    @functools.wraps(shutdown)
    def waiting_shutdown() -> None:
        main = threading.main_thread()
        waits = any(not thread.daemon for thread in threading.enumerate() if thread is not main)
        if waits:
            recorder.record(Kind.EXIT_WAIT, 0, -1, NOWHERE)
        shutdown()
        if waits:
            recorder.record(Kind.EXIT_END, 0, 0, NOWHERE)

    threading._shutdown = waiting_shutdown  # type: ignore[attr-defined]
    leave = os._exit

    def _exit(*arguments: Any, **named: Any) -> None:
        given = (*arguments, *named.values())
        if len(given) == 1 and isinstance(given[0], int):
            if member.ending is None and member.is_connected():
                member.ending = Farewell("exited", given[0])
            member.say_goodbye()
        leave(*arguments, **named)

    replace(os, "_exit", _exit)
    for name in ("execv", "execve"):  # all of `os.exec*` call one of the two
        if hasattr(os, name):
            _watch_exec(member, name)


def _watch_exec(member: Member, name: str) -> None:
    """Say that the process becomes another program, in which there are no probes."""
    execute = getattr(os, name)

    def execute_and_tell(path: Any, *arguments: Any) -> None:
        # Those that look through PATH try one folder after the other.
        told = member.is_connected() and isinstance(path, str | bytes | os.PathLike)
        told = told and os.access(path, os.X_OK)
        if told:
            recorder.record(Kind.EXEC, 0, Text(os.path.basename(os.fsdecode(path))))
            member.say_replaced(os.fsdecode(path))
        try:
            execute(path, *arguments)
        finally:
            if told:
                member.say_replaced("")  # it did not, after all

    replace(os, name, execute_and_tell)
