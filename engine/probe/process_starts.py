"""How a process becomes a part of the run, by whatever method it was started.

Fork: the child takes over the probes as they are, empties the log, and makes its own connections.
Spawn: the command line of `multiprocessing` gets a few words in front, which put the probes in
before the main module is imported again, with the same parameters. Forkserver: its command line
likewise; it is not itself a part of the run, and its forks connect when they are told their name.

Guarantees: a process has its own connections, an empty log and its name before its first event;
the run's folder travels on the command line, never in the environment, which the script may
replace; our helper thread has stopped before a fork, so neither a lock of it nor a warning about
it reaches the child.
"""

from __future__ import annotations

import functools
import os
import runpy
import sys
from _thread import get_ident
from functools import partial
from itertools import repeat, starmap
from multiprocessing import spawn, util
from operator import itemgetter
from os import getpid
from threading import get_native_id
from typing import Any

from . import shared_objects
from .edited import is_script
from .member import Member
from .process_waits import forked
from .recorder import recorder
from .stand_ins import replace
from .values import Script

_HOOK = (
    "hook = {{'__name__': '_threadlab_boot', '__file__': {boot!r}}}; "
    "exec(compile(open({boot!r}).read(), {boot!r}, 'exec'), hook); "
    "hook['join_run']({rundir!r}); del hook; "
)
_FORKSERVER = "from multiprocessing.forkserver import main"
_SHARED = "threadlab_shared"
#: The name of the process that a thread is starting.
starting: dict[int, str] = {}


def install(member: Member) -> None:
    """Patch forking and spawning."""
    if hasattr(os, "register_at_fork"):
        _watch_fork(member)
    _watch_spawn(member)


def _watch_fork(member: Member) -> None:
    """Stop and flush before a fork, go on in the parent, start anew in the child.

    The hooks are registered before the script's own, so they run last before the fork and first
    after it. On 3.13 `os.fork` counts threads for its warning behind the hooks of the parent, so
    our thread may only start again when the call is over; and it warns its caller, which must be
    the script's line and no frame of ours. So `os.fork` is composed of C callables too.
    """
    forking = member.forking
    stopped = False

    def before() -> None:
        nonlocal stopped
        forking.acquire()
        # A `preexec_fn` of `subprocess` runs in a fork that soon becomes another program.
        program = sys._getframe(1).f_globals.get("__name__") == "subprocess"
        stopped = member.is_connected() and not program
        if stopped:
            member.flusher.stop()
            member.flusher.flush()

    def in_child() -> None:
        # What another thread recorded since the flush is the parent's, and would be told twice.
        recorder.log.clear()
        if stopped:
            member.become_child(starting.get(get_ident()) or f"child {getpid()}")
        forking.release()

    os.register_at_fork(before=before, after_in_parent=forking.release, after_in_child=in_child)
    for name in ("fork", "forkpty"):
        bare = getattr(os, name, None)
        if bare is not None:
            results = zip(
                starmap(bare, repeat(())), starmap(member.go_on, repeat(())), strict=False
            )
            pids = map(itemgetter(0), results)
            replace(os, name, partial(next, map(forked, pids) if name == "fork" else pids))


def _watch_spawn(member: Member) -> None:
    patched: Any = spawn
    command_line, prepare = patched.get_command_line, patched.prepare
    preparation_data = patched.get_preparation_data
    fixup, passing_fds = patched._fixup_main_from_path, util.spawnv_passfds

    @functools.wraps(command_line)
    def get_command_line(**named: Any) -> list[str]:
        words: list[str] = command_line(**named)
        return _with_hook(words, member.rundir)

    @functools.wraps(passing_fds)
    def spawnv_passfds(path: Any, args: Any, passfds: Any) -> Any:
        if args and isinstance(args[-1], str) and args[-1].startswith(_FORKSERVER):
            args = _with_hook(list(args), member.rundir)
        return passing_fds(path, args, passfds)

    @functools.wraps(preparation_data)
    def get_preparation_data(name: str) -> dict[str, Any]:
        data: dict[str, Any] = preparation_data(name)
        # What is told here is read by `prepare`, before the objects that it is about arrive.
        return {**data, _SHARED: shared_objects.table()}

    @functools.wraps(prepare)
    def watched_prepare(data: dict[str, Any]) -> None:
        shared_objects.learn(data.pop(_SHARED, {}))
        # A fork server was told of its own main thread; its fork is another process.
        recorder.registry.update("threads", 0, native_id=get_native_id())
        member.join_as(data.get("name"))
        prepare(data)

    @functools.wraps(fixup)
    def fixup_main_from_path(main_path: str) -> None:
        with _main_module(member):
            fixup(main_path)

    patched.get_command_line, patched.prepare = get_command_line, watched_prepare
    patched.get_preparation_data = get_preparation_data
    patched._fixup_main_from_path = fixup_main_from_path
    util.spawnv_passfds = spawnv_passfds


def _with_hook(words: list[str], rundir: str) -> list[str]:
    if "-c" not in words:
        return words  # a frozen program: not ours to change
    boot = os.path.join(os.path.dirname(os.path.abspath(__file__)), "boot.py")
    at = words.index("-c") + 1
    words[at] = _HOOK.format(boot=boot, rundir=rundir) + words[at]
    return words


class _main_module:  # noqa: N801 - used as a function
    """While it lasts, the main module runs with its parameters and value probes."""

    def __init__(self, member: Member) -> None:
        self._member = member
        self._runpy: Any = runpy
        self._run_code = self._runpy._run_code
        self._get_code = self._runpy._get_code_from_file

    def __enter__(self) -> None:
        run_code, get_code, order = self._run_code, self._get_code, self._member.order

        def _run_code(code: Any, namespace: dict[str, Any], *rest: Any) -> Any:
            if order is not None and is_script(code.co_filename, order):
                made = Script(code.co_filename, order.values, order.watch, order.text)
                code = made.code(namespace)
            return run_code(code, namespace, *rest)

        def _get_code_from_file(*names: str) -> Any:
            """The file of an edited script may hold no Python, or not exist; it is not read."""
            name = os.fspath(names[-1])
            if order is None or order.text is None or not is_script(name, order):
                return get_code(*names)
            code = compile("", name, "exec")
            return code if len(names) == 1 else (code, name)  # with the name up to 3.12

        self._runpy._run_code = _run_code
        self._runpy._get_code_from_file = _get_code_from_file

    def __exit__(self, *_: object) -> None:
        self._runpy._run_code = self._run_code
        self._runpy._get_code_from_file = self._get_code
