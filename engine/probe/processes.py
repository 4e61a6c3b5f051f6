"""The processes that a script makes of `multiprocessing.Process`: their lives, as it sees them.

Who starts, ends and waits for one is recorded here; how a process becomes a part of the run is in
`process_starts`. Guarantees: a process is one object in the trace, for its maker and for those that
come after it; its exit status is told as soon as the script's own process has learned it.
"""

from __future__ import annotations

import functools
import signal
import sys
import threading
import traceback
from _thread import get_ident
from multiprocessing import process
from os import getpid
from typing import Any

from ..events import Kind, ObjectKind
from . import process_starts
from .blocking import blocked
from .failures import Failure, without_probes
from .member import Ending, Member
from .owner import creation_site, made_by_user
from .recorder import recorder
from .shared_objects import identity, look_for_imports

_OBJECT = "_threadlab_object"
_BY_USER = "_threadlab_by_user"
#: Classes that start processes and whose `poll` was patched.
_polled: set[type] = set()


def install(member: Member) -> None:
    """Patch forking, spawning and `multiprocessing.Process`."""
    process_starts.install(member)
    _watch_process(member)
    _watch_ends()
    _watch_bootstrap(member)


def number_of(one: Any) -> int:
    """Return the number of a process object; 0 where it has none."""
    number: int = one.__dict__.get(_OBJECT, 0)
    return number


def _watch_process(member: Member) -> None:
    made: Any = process.BaseProcess
    init, start = made.__init__, made.start

    @functools.wraps(init)
    def initialise(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        look_for_imports()
        by_user = self.__dict__[_BY_USER] = made_by_user(self)
        self.__dict__[_OBJECT] = recorder.registry.add_object(
            ObjectKind.PROCESS,
            creation_site(self),
            name=None if by_user else self.name,
            shared=identity(),
            process=self.name,
            pid=0,
        )

    @functools.wraps(start)
    def watched_start(self: Any) -> None:
        number, ident = number_of(self), get_ident()
        process_starts.starting[ident] = self.name
        if number and self._popen is None:
            recorder.record(Kind.PROCESS_START, number)
        try:
            start(self)
        finally:
            process_starts.starting.pop(ident, None)
            member.go_on()  # a fork that failed left the flusher stopped
        if number:
            renamed = {} if self.__dict__.get(_BY_USER) else {"name": self.name}
            recorder.registry.update("objects", number, pid=self.pid, process=self.name, **renamed)
            self._popen.__dict__[_OBJECT] = number
            _watch_exits(type(self._popen))

    made.__init__, made.start = initialise, watched_start


def _watch_ends() -> None:
    made: Any = process.BaseProcess
    join = made.join

    @functools.wraps(join)
    def watched_join(self: Any, timeout: float | None = None) -> None:
        number, popen = number_of(self), self._popen
        if not number or popen is None or self._parent_pid != getpid() or _ended(popen):
            join(self, timeout)
            return
        wait = functools.partial(_joined, join, self)
        blocked(number, timeout, wait, timeout, kind=Kind.PROCESS_WAIT, ends=Kind.PROCESS_END)

    made.join = watched_join
    kill_signal = getattr(signal, "SIGKILL", signal.SIGTERM)
    for name, number in (("terminate", signal.SIGTERM), ("kill", kill_signal)):
        _watch_kill(made, name, number)


def _joined(join: Any, process: Any, timeout: float | None) -> bool:
    """Join *process*; tell whether it has ended."""
    join(process, timeout)
    return bool(process._popen is None or process._popen.returncode is not None)


def _watch_kill(made: Any, name: str, signal_number: int) -> None:
    bare = getattr(made, name)

    @functools.wraps(bare)
    def watched(self: Any) -> None:
        if number_of(self) and self._popen is not None and not _ended(self._popen):
            recorder.record(Kind.PROCESS_KILL, number_of(self), int(signal_number))
        bare(self)

    setattr(made, name, watched)


def _ended(popen: Any) -> bool:
    return popen.poll() is not None


def _watch_exits(launcher: type) -> None:
    """Tell the exit status of a process when it is learned, by whichever call."""
    for made in launcher.__mro__:
        if "poll" in made.__dict__ and made not in _polled:
            _polled.add(made)
            _watch_poll(made)


def _watch_poll(made: Any) -> None:
    poll = made.poll

    @functools.wraps(poll)
    def watched_poll(self: Any, *arguments: Any, **named: Any) -> Any:
        before, code = self.returncode, poll(self, *arguments, **named)
        if before is None and code is not None and _OBJECT in self.__dict__:
            recorder.registry.update("objects", self.__dict__[_OBJECT], exit=code)
        return code

    made.poll = watched_poll


def _watch_bootstrap(member: Member) -> None:
    """Note how the function of a process ended; `multiprocessing` prints it and goes on."""
    made: Any = process.BaseProcess
    bootstrap = made._bootstrap

    @functools.wraps(bootstrap)
    def _bootstrap(self: Any, *arguments: Any, **named: Any) -> Any:
        look_for_imports()  # what this process was given may have brought some
        printing = traceback.print_exc

        def print_exc(*args: Any, **kwargs: Any) -> None:
            error = sys.exc_info()[1]
            if error is not None and sys._getframe(1).f_code is bootstrap.__code__:
                without_probes(error)
                failure = Failure.of(error, threading.current_thread().name)
                member.ending = Ending("raised", 1, failure.as_json())
            printing(*args, **kwargs)

        traceback.print_exc = print_exc
        try:
            code = bootstrap(self, *arguments, **named)
        finally:
            traceback.print_exc = printing
        if member.ending is None:
            member.ending = Ending("exited" if code else "finished", code)
        return code

    made._bootstrap = _bootstrap
