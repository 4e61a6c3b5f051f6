"""`_thread` as the user's own code uses it: threads without a `Thread`.

Guarantees: a thread that the user's code starts is a lane with the name of its function, from its
first moment to its last; what ends it is told as Python tells it, in the same words; `threading`
and all other libraries use the real `_thread`.
"""

from __future__ import annotations

import _thread
import sys
import threading
from typing import Any

from ..events import Kind, ObjectKind
from .failures import Failure, unhandled, without_probes
from .flusher import Flusher
from .owner import user_site
from .recorder import NOWHERE, recorder
from .stand_ins import replace
from .texts import Text, call_texts

_HERE = __name__
_start = _thread.start_new_thread
_bare_count = _thread._count
_SAYS_WHO = sys.version_info >= (3, 13)  # the message names the function, not the object


def install() -> None:
    """Replace what `_thread` offers for threads."""
    patched: Any = _thread
    replace(_thread, "start_new_thread", start_new_thread)
    patched.start_new = patched.start_new_thread
    replace(_thread, "_count", _count)


def _count() -> int:
    """Return how many threads run, without the one that sends the records."""
    return _bare_count() - Flusher.threads


def start_new_thread(*arguments: Any, **named: Any) -> int:
    """Start a thread; one that the user's code starts is a lane."""
    if named or not recorder.user_at(1) or not _fits(*arguments):
        return _start(*arguments, **named)
    name = call_texts(arguments[0], ())[0]
    obj = recorder.registry.add_object(ObjectKind.THREAD, user_site(), named=False, target=name)
    number = recorder.registry.add_thread(name, object=obj)
    recorder.record(Kind.THREAD_START, obj)
    return _start(_run, (number, *arguments))


def _fits(function: Any = None, args: Any = None, kwargs: Any = None, *more: Any) -> bool:
    """Whether the real one would take these arguments; what does not fit is for it to refuse."""
    return (
        callable(function)
        and isinstance(args, tuple)
        and (kwargs is None or isinstance(kwargs, dict))
        and not more
    )


def _run(number: int, function: Any, args: Any, kwargs: Any = None) -> None:
    ident = _thread.get_ident()
    recorder.registry.numbers[ident] = number
    recorder.registry.update("threads", number, ident=ident, native_id=threading.get_native_id())
    recorder.record(Kind.THREAD_BEGIN, site=NOWHERE)
    try:
        function(*args, **(kwargs or {}))
    except SystemExit:
        pass  # ends the thread, and is not told
    except BaseException as error:  # noqa: BLE001 - told as Python itself would
        _tell(error, function)
    finally:
        recorder.record(Kind.THREAD_END, site=NOWHERE)


def _tell(error: BaseException, function: Any) -> None:
    without_probes(error)
    failure = Failure.of(error, call_texts(function, ())[0])
    unhandled.append(failure)
    recorder.record(Kind.RAISED, 0, Text(failure.headline), failure.site)
    message, culprit = "Exception ignored in thread started by", function
    if _SAYS_WHO:
        message, culprit = f"{message} {function!r}", None
    told = (type(error), error, error.__traceback__, message, culprit)
    sys.unraisablehook(_kind_of_arguments()(told))


class _Fails:
    """Makes the interpreter call `sys.unraisablehook` when it is dropped."""

    def __del__(self) -> None:
        raise RuntimeError(_HERE)


def _kind_of_arguments() -> Any:
    """Return the type of what `sys.unraisablehook` is given, which has no name of its own."""
    found: list[Any] = []
    before = sys.unraisablehook

    def look(arguments: Any) -> None:
        if arguments.exc_value is None or arguments.exc_value.args != (_HERE,):
            before(arguments)
        else:
            found.append(type(arguments))

    sys.unraisablehook = look
    try:
        _Fails()  # dropped at once
    finally:
        sys.unraisablehook = before
    return found[0]
