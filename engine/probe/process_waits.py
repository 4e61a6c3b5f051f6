"""Waits for processes that are none of `multiprocessing`: programs, and children of `os.fork`.

A program that the script runs is not probed; the wait for it is shown, with its name. Guarantees:
what a library of the standard library runs for itself on the way is shown as the user's line's
wait, as it is; a wait is recorded only when the process has not ended yet; a library's own
`os.waitpid` is left alone.
"""

from __future__ import annotations

import functools
import os
import subprocess
import sys
from _thread import get_ident
from typing import Any

from ..events import Kind, ObjectKind
from .blocking import blocked
from .owner import is_user_frame, user_site
from .recorder import recorder
from .shared_objects import identity
from .stand_ins import replace

_OBJECT = "_threadlab_object"
#: What waits for a child, and how many arguments it takes.
_OS_WAITS = {"wait": 0, "wait3": 1, "waitpid": 2, "wait4": 2}
#: Threads inside a wait that is recorded already: `communicate` ends by calling `wait`.
_waiting: set[int] = set()
#: Process number to the number of the object that stands for it.
_children: dict[int, int] = {}


def install() -> None:
    """Patch `subprocess.Popen`, and what `os` has to wait."""
    _watch_made()
    for name in ("wait", "communicate"):
        _watch_popen(name)
    for name in _OS_WAITS:
        if hasattr(os, name):
            _watch_os_wait(name)
    _watch_system()


def child(pid: int) -> int:
    """Return the number of the object that stands for process *pid*, a child of this one."""
    number = _children.get(pid)
    if number is None:
        name = f"child {pid}" if pid > 0 else "any child"
        known: dict[str, Any] = {"pid": pid, "process": name} if pid > 0 else {}
        number = _children[pid] = recorder.registry.add_object(
            ObjectKind.PROCESS, user_site(), name=name, shared=identity(), **known
        )
    return number


def forked(pid: int) -> int:
    """Record that the user's code has made process *pid* by a fork; return it."""
    if pid > 0 and is_user_frame(sys._getframe(1)):
        _children.pop(pid, None)  # the number of one that is gone
        recorder.record(Kind.PROCESS_START, child(pid))
    return pid


def _program(arguments: Any, named: dict[str, Any]) -> str:
    """Return the name of the program that `Popen` is told to run."""
    program = named.get("executable")
    if program is None:
        is_text = isinstance(arguments, str | bytes | os.PathLike)
        program = arguments if is_text else next(iter(arguments), "")
        if is_text and named.get("shell") and isinstance(arguments, str | bytes):
            program = (arguments.split() or [arguments])[0]
    try:
        return os.path.basename(os.fsdecode(program))
    except TypeError:
        return ""


def _watch_made() -> None:
    made: Any = subprocess.Popen
    init = made.__init__

    @functools.wraps(init)
    def initialise(self: Any, args: Any, *rest: Any, **named: Any) -> None:
        init(self, args, *rest, **named)
        program = _program(args, named)
        self.__dict__[_OBJECT] = recorder.registry.add_object(
            ObjectKind.PROCESS,
            user_site(),
            name=program or "a program",
            shared=identity(),
            program=program,
            pid=self.pid,
        )

    made.__init__ = initialise


def _watch_popen(name: str) -> None:
    made: Any = subprocess.Popen
    bare = getattr(made, name)

    @functools.wraps(bare)
    def watched(self: Any, *arguments: Any, **named: Any) -> Any:
        number, ident = self.__dict__.get(_OBJECT), get_ident()
        if not number or ident in _waiting:
            return bare(self, *arguments, **named)
        if self.poll() is not None:  # it has ended already: there is no wait
            recorder.registry.update("objects", number, exit=self.returncode)
            return bare(self, *arguments, **named)
        # `wait(timeout)`, `communicate(input, timeout)`
        timeout = named.get("timeout", (*arguments, None, None)[name == "communicate"])
        _waiting.add(ident)
        try:
            return blocked(
                number,
                timeout,
                functools.partial(bare, self, *arguments, **named),
                kind=Kind.PROCESS_WAIT,
                ends=Kind.PROCESS_END,
                gives_up=subprocess.TimeoutExpired,
            )
        finally:
            _waiting.discard(ident)
            if self.returncode is not None:
                recorder.registry.update("objects", number, exit=self.returncode)

    setattr(made, name, watched)


def _watch_os_wait(name: str) -> None:
    bare: Any = getattr(os, name)
    look: Any = functools.partial(os.waitpid, -1) if name == "wait" else bare

    def watched(*arguments: Any, **named: Any) -> Any:
        as_expected = not named and len(arguments) == _OS_WAITS[name]
        if not as_expected or not is_user_frame(sys._getframe(1)):
            return bare(*arguments, **named)
        *pid, options = arguments or (0,)
        first = look(*pid, options | os.WNOHANG)
        if not (first[0] or options & os.WNOHANG):
            number = child(pid[0] if pid else -1)
            first = blocked(
                number, None, bare, *arguments, kind=Kind.PROCESS_WAIT, ends=Kind.PROCESS_END
            )
        _note_exit(*first[:2])
        return first

    replace(os, name, watched)


def _note_exit(pid: int, status: int) -> None:
    if pid > 0 and (os.WIFEXITED(status) or os.WIFSIGNALED(status)):
        recorder.registry.update("objects", child(pid), exit=os.waitstatus_to_exitcode(status))


def _watch_system() -> None:
    bare = os.system

    def system(command: Any) -> int:
        if not is_user_frame(sys._getframe(1)) or not isinstance(command, str | bytes):
            return bare(command)
        name = _program(command, {"shell": True}) or "a program"
        number = recorder.registry.add_object(
            ObjectKind.PROCESS, user_site(), name=name, program=name
        )
        code: int = blocked(
            number, None, bare, command, kind=Kind.PROCESS_WAIT, ends=Kind.PROCESS_END
        )
        return code

    replace(os, "system", system)
