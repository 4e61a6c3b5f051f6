"""A script's own trace and profile functions see what they would see without us.

Why: debuggers, coverage tools and lessons about `sys.settrace` count calls. Guarantees: no event
tells of a frame of ours, nor of what a probe calls for itself; what a probe calls in the script's
stead (the library's own `join` behind the watched one) is told as ever; `gettrace` and `getprofile`
give back what was set.

Not hidden: a frame of ours stays in the chain of `f_back`; and without the accelerator a probed
lock's methods are no built-in functions, so a profile function is not told of their calls.
"""

from __future__ import annotations

import os
import sys
from types import BuiltinFunctionType, FrameType
from typing import Any

from .owner import is_user_frame
from .recorder import recorder
from .stand_ins import replace

_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_SENDERS = frozenset(_OURS + os.path.join("probe", name) for name in ("link.py", "registry.py"))
_MARK = getattr(recorder.accelerator, "Mark", None)
_NO_CALL = object()


def install() -> None:
    """Replace the functions of `sys` that set and get a trace or a profile function."""
    _watch("settrace", "gettrace", "_settraceallthreads", _traced)
    _watch("setprofile", "getprofile", "_setprofileallthreads", _profiled)


def _watch(set_name: str, get_name: str, all_name: str, watched: Any) -> None:
    system: Any = sys
    for name in (set_name, all_name):
        bare = getattr(system, name, None)
        if bare is not None:
            replace(sys, name, _setter(bare, watched))
    replace(sys, get_name, _getter(getattr(system, get_name)))


def _setter(bare: Any, watched: Any) -> Any:
    def set_function(*arguments: Any, **named: Any) -> Any:
        if len(arguments) == 1 and callable(arguments[0]):
            arguments = (watched(arguments[0]),)
        return bare(*arguments, **named)

    return set_function


def _getter(bare: Any) -> Any:
    def get_function(*arguments: Any, **named: Any) -> Any:
        found = bare(*arguments, **named)
        return getattr(found, "threadlab_bare", found)

    return get_function


def _traced(function: Any) -> Any:
    def trace(frame: FrameType, event: str, arg: Any) -> Any:
        return None if _is_hidden(frame) else function(frame, event, arg)

    trace.threadlab_bare = function  # type: ignore[attr-defined]
    return trace


def _profiled(function: Any) -> Any:
    def profile(frame: FrameType, event: str, arg: Any) -> Any:
        if event.startswith("c_"):
            arg = _built_in(arg)
        if arg is _NO_CALL:
            return None
        if not _is_hidden(frame):
            return function(frame, event, arg)
        if event.startswith("c_") and _is_ours(frame) and _stands_for(frame, arg):
            # The script, or the library, called what stands in for this built-in function.
            return function(frame.f_back, event, arg)
        return None

    profile.threadlab_bare = function  # type: ignore[attr-defined]
    return profile


def _built_in(called: Any) -> Any:
    """Return the built-in function that the script, or the library, called by calling *called*.

    What a condition in C has in place of a Python function, which tells of itself, is `_NO_CALL`.
    """
    mark = getattr(called, "__self__", None)
    if _MARK is None or not issubclass(type(mark), _MARK):
        return called
    bare = getattr(mark, called.__name__.removeprefix("_"))
    return bare if isinstance(bare, BuiltinFunctionType) else _NO_CALL


def _stands_for(probe: FrameType, arg: Any) -> bool:
    """Whether the built-in function *arg* is what the script called by calling *probe*."""
    code, local = probe.f_code, probe.f_locals
    if probe.f_back is None or _is_ours(probe.f_back):
        return False
    if any(local.get(name) is arg for name in code.co_freevars):
        return True
    name = getattr(arg, "__name__", "")
    return bool(name == code.co_name) and not name.startswith("__")


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(_OURS)


def _is_hidden(frame: FrameType) -> bool:
    """Whether *frame* is ours, or a library's that runs because a probe called it for itself."""
    if _is_ours(frame):
        return True
    below: FrameType = frame
    while not is_user_frame(below):
        caller = below.f_back
        if caller is None:
            return False
        if _is_ours(caller) and not _is_wrapped(below, caller):
            return True
        while _is_ours(caller):
            # What sends and names things for us goes through the script's watched pipes.
            if caller.f_code.co_filename in _SENDERS:
                return True
            if caller.f_back is None:
                return False
            caller = caller.f_back
        below = caller
    return False


def _is_wrapped(frame: FrameType, probe: FrameType) -> bool:
    """Whether *frame* runs the function that *probe* stands in for: it knows it by a name."""
    code = probe.f_code
    known = list(probe.f_locals.values())
    known += [probe.f_globals.get(name) for name in code.co_names]
    for one in known:
        for function in (one, getattr(one, "fset", None), getattr(one, "func", None)):
            if getattr(function, "__code__", None) is frame.f_code:
                return True
    return False
