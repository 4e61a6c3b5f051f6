"""`threading.Thread` and everything that waits through `Condition.wait`.

`Thread` is patched in place, never replaced: `_MainThread`, `Timer` and `isinstance` depend on
it. Event, Semaphore, Barrier and the queues all block in `Condition.wait`, which is one place to
look; whether a wait is recorded, and as a wait for what, was decided when the object was made.
"""

from __future__ import annotations

import _thread
import functools
import sys
import threading
from collections.abc import Callable
from typing import Any

from ..events import Kind, ObjectKind
from . import owner
from .recorder import recorder

_HIDDEN_OWNERS = ("concurrent.futures.process", "multiprocessing")

#: An attribute of a probed object's condition: (kind of the wait, kind of its end, object).
MARK = "_threadlab_wait"
Mark = tuple[Kind, Kind, int]


def mark(condition: Any, begin: Kind, end: Kind, number: int) -> None:
    """Have waits on *condition* recorded as waits for object *number*."""
    setattr(condition, MARK, (begin, end, number))


def nanoseconds(timeout: Any) -> int:
    """Return a time-out in ns, -1 for none."""
    return -1 if timeout is None else max(0, int(min(float(timeout), 1e9) * 1e9))


def _is_hidden(thread: threading.Thread) -> bool:
    target = getattr(thread, "_target", None)
    owners = (type(thread).__module__, getattr(target, "__module__", None) or "")
    return any(name.startswith(_HIDDEN_OWNERS) for name in owners)


def _patch_thread() -> None:
    thread = threading.Thread
    start, join, inner = thread.start, thread.join, thread._bootstrap_inner  # type: ignore[attr-defined]

    @functools.wraps(start)
    def probed_start(self: threading.Thread) -> None:
        if not _is_hidden(self) and not hasattr(self, "_threadlab_object"):
            target = getattr(getattr(self, "_target", None), "__name__", "")
            number = recorder.new_object(ObjectKind.THREAD, self.name, target=target)
            self._threadlab_object = number  # type: ignore[attr-defined]
            recorder.add(Kind.THREAD_START, number)
        start(self)

    @functools.wraps(inner)
    def probed_inner(self: threading.Thread) -> None:
        number = recorder.new_thread(
            _thread.get_ident(),
            self.name,
            native=_thread.get_native_id(),
            daemon=self.daemon,
            obj=getattr(self, "_threadlab_object", 0),
            hidden=_is_hidden(self),
        )
        self._threadlab_number = number  # type: ignore[attr-defined]
        recorder.add(Kind.THREAD_BEGIN, site=None)
        try:
            inner(self)
        finally:
            recorder.add(Kind.THREAD_END, site=None)

    @functools.wraps(join)
    def probed_join(self: threading.Thread, timeout: float | None = None) -> None:
        number = getattr(self, "_threadlab_object", 0)
        waits = (
            number and self is not threading.current_thread() and self.is_alive() and timeout != 0
        )
        if not waits:
            return join(self, timeout)
        recorder.add(Kind.JOIN_WAIT, number, value=nanoseconds(timeout))
        try:
            return join(self, timeout)
        finally:
            recorder.add(Kind.JOIN_END, number)

    thread.start, thread.join = probed_start, probed_join  # type: ignore[method-assign]
    thread._bootstrap_inner = probed_inner  # type: ignore[attr-defined]
    name = thread.name

    def renamed(self: threading.Thread, value: str) -> None:
        name.fset(self, value)  # type: ignore[attr-defined]
        number = getattr(self, "_threadlab_number", 0 if _is_main(self) else None)
        if number is not None and recorder.active:
            recorder.name_thread(
                number,
                self.name,
                self.ident or 0,
                self.native_id or 0,
                daemon=self.daemon,
                obj=getattr(self, "_threadlab_object", 0),
            )

    thread.name = property(name.fget, renamed)  # type: ignore[attr-defined, assignment]


def _is_main(thread: threading.Thread) -> bool:
    return thread is threading.main_thread()


def _patch_condition() -> None:
    condition = threading.Condition
    wait, notify = condition.wait, condition.notify

    @functools.wraps(wait)
    def probed_wait(self: threading.Condition, timeout: float | None = None) -> bool:
        found: Mark | None = self.__dict__.get(MARK)
        if found is None or timeout == 0:
            return wait(self, timeout)
        begin, end, number = found
        recorder.add(begin, number, value=nanoseconds(timeout))
        try:
            return wait(self, timeout)
        finally:
            recorder.add(end, number)

    @functools.wraps(notify)
    def probed_notify(self: threading.Condition, n: int = 1) -> None:
        found: Mark | None = self.__dict__.get(MARK)
        if found is not None and found[0] is Kind.WAIT_BEGIN:
            recorder.add(Kind.NOTIFY, found[2], value=len(self._waiters))  # type: ignore[attr-defined]
        notify(self, n)

    condition.wait, condition.notify = probed_wait, probed_notify  # type: ignore[method-assign]


def mark_when_made(
    kind: type,
    what: ObjectKind,
    *conditions: str,
    then: Callable[[Any, int], None] | None = None,
) -> None:
    """Patch `kind.__init__`: objects of the script's own get their conditions marked.

    *conditions* are attributes; an empty name stands for the object itself. *then* is called
    with the object and its number.
    """
    init = kind.__init__  # type: ignore[misc]

    @functools.wraps(init)
    def probed_init(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        if recorder.active and owner.is_user(sys._getframe(1)):
            number = recorder.new_object(what)
            self._threadlab_object = number
            for name in conditions:
                condition = getattr(self, name) if name else self
                mark(condition, Kind.WAIT_BEGIN, Kind.WAIT_END, number)
            if then is not None:
                then(self, number)

    kind.__init__ = probed_init  # type: ignore[misc]


def _patch_excepthook() -> None:
    bare = threading.excepthook

    @functools.wraps(bare)
    def excepthook(arguments: Any, /) -> None:
        error = arguments.exc_value
        if error is not None and arguments.exc_type is not SystemExit:
            owner.hide_us(error)
            note = failure(error)
            note["thread"] = arguments.thread.name if arguments.thread else ""
            recorder.unhandled.append(note)
            recorder.add(Kind.RAISED, value=f"{note['type']}: {note['message']}", site=False)
            arguments = threading.ExceptHookArgs(
                (arguments.exc_type, error, error.__traceback__, arguments.thread)
            )
        bare(arguments)

    threading.excepthook = excepthook


def failure(error: BaseException) -> dict[str, Any]:
    """Return what is told of an uncaught exception; the line is the script's innermost one."""
    line, file = None, ""
    traceback = error.__traceback__
    while traceback is not None:
        filename = traceback.tb_frame.f_code.co_filename
        if owner.is_user_file(filename):
            file, line = filename, traceback.tb_lineno
        traceback = traceback.tb_next
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - the script's own __str__ may do anything
        message = "<the exception's own text cannot be made>"
    return {"type": type(error).__name__, "message": message, "line": line, "file": file}


def _patch_shutdown() -> None:
    bare = threading._shutdown  # type: ignore[attr-defined]

    @functools.wraps(bare)
    def shutdown() -> None:
        others = [t for t in threading.enumerate() if not t.daemon and not _is_main(t)]
        if others:
            recorder.add(Kind.EXIT_WAIT, value=-1, site=None)
        bare()
        recorder.add(Kind.THREAD_END, site=None)

    threading._shutdown = shutdown  # type: ignore[attr-defined]


def install() -> None:
    """Patch `threading` in place."""
    _patch_thread()
    _patch_condition()
    mark_when_made(threading.Condition, ObjectKind.CONDITION, "")
    mark_when_made(threading.Event, ObjectKind.EVENT, "_cond")
    mark_when_made(threading.Semaphore, ObjectKind.SEMAPHORE, "_cond")
    mark_when_made(threading.Barrier, ObjectKind.BARRIER, "_cond")
    _patch_excepthook()
    _patch_shutdown()
