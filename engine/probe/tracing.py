"""Trace and profile functions of the script's own are not called for code of ours.

Why: a script that counts or prints calls would else count and print those of the probes.
Guarantees: `sys.gettrace` and `sys.getprofile` give back what the script set; every event of code
that is not ours reaches it as before. What looks on from C (`cProfile`) sees our frames.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from .owner import is_user_frame
from .stand_ins import replace

_ENGINE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
#: What these call is of no concern to the script.
_SENDERS = frozenset(os.path.join(_ENGINE, "probe", name) for name in ("link.py", "registry.py"))
Hook = Callable[[FrameType, str, Any], Any]


def install() -> None:
    """Replace the setters and getters of `sys`, which `threading` calls in each new thread."""
    for name in ("settrace", "setprofile", "_settraceallthreads", "_setprofileallthreads"):
        if hasattr(sys, name):
            replace(sys, name, _setting(getattr(sys, name)))
    for name in ("gettrace", "getprofile"):
        replace(sys, name, _getting(getattr(sys, name)))


def _setting(bare: Callable[..., None]) -> Callable[..., None]:
    def setting(*arguments: Any, **named: Any) -> None:
        if named or len(arguments) != 1 or not callable(arguments[0]):
            return bare(*arguments, **named)
        return bare(_only_theirs(arguments[0]))

    return setting


def _getting(bare: Callable[..., Any]) -> Callable[..., Any]:
    def getting(*arguments: Any, **named: Any) -> Any:
        found = bare(*arguments, **named)
        return getattr(found, "threadlab_hook", found)

    return getting


def _only_theirs(hook: Hook) -> Hook:
    def filtered(frame: FrameType, event: str, argument: Any) -> Any:
        return None if _is_ours(frame) else hook(frame, event, argument)

    filtered.threadlab_hook = hook  # type: ignore[attr-defined]
    return filtered


def _is_ours(frame: FrameType) -> bool:
    """Whether *frame* is of our code, or of a library's that sends or names things for us.

    What we call in the script's stead, such as the bare `Thread.join`, is no code of ours.
    """
    at: FrameType | None = frame
    named_tuple = frame.f_code.co_filename == "<string>"
    while at is not None and not is_user_frame(at):
        file = at.f_code.co_filename
        if file in _SENDERS or (file.startswith(_ENGINE) and (at is frame or named_tuple)):
            return True
        at = at.f_back
    return False
