"""Tells whose code a frame runs: the user's, or somebody's library's.

Why: only what the user's own code makes is probed; the standard library and installed packages
must behave exactly as they would alone. Guarantees: decided by the file of the code, never by a
module's name; code without a real file (made by `exec`, as dataclasses do) goes by the file of
its globals; an answer for a file never changes; what is claimed before the script runs is the
user's, wherever it lies.
"""

from __future__ import annotations

import os
import sys
from types import FrameType

Site = tuple[str, int]

#: No line is known. Sites in code that is not the user's become this one too.
NOWHERE: Site = ("", 0)

_ENGINE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
#: How the names of the probes' own files begin.
OUR_FILES = os.path.dirname(__file__) + os.sep
_INSTALLED = frozenset({"site-packages", "dist-packages"})


def _library_folders() -> tuple[str, ...]:
    stdlib = os.path.dirname(os.path.abspath(os.__file__))
    archive = os.path.join(
        os.path.dirname(stdlib), f"python{sys.version_info.major}{sys.version_info.minor}.zip"
    )
    # A virtual environment links to a stdlib that its modules may name by either path.
    folders = {stdlib, os.path.realpath(stdlib), archive, _ENGINE, os.path.realpath(_ENGINE)}
    return tuple(os.path.normcase(folder) + os.sep for folder in folders)


_LIBRARIES = _library_folders()
_known: dict[str, bool] = {}
_claimed: tuple[str, ...] = ()


def has_gil() -> bool:
    """Whether only one thread at a time runs Python code in this interpreter."""
    return bool(getattr(sys, "_is_gil_enabled", lambda: True)())


def claim(path: str) -> None:
    """Say that the file or folder *path* is the user's, wherever it lies, as the script is."""
    global _claimed
    _known[path] = True
    _claimed = (*_claimed, os.path.normcase(os.path.abspath(path)))


def is_user_file(filename: str) -> bool:
    """Whether code compiled from *filename* is the user's."""
    known = _known.get(filename)
    if known is None:
        known = _known[filename] = _looks_like_user(filename)
    return known


def is_user_frame(frame: FrameType) -> bool:
    """Whether *frame* runs the user's code."""
    filename = frame.f_code.co_filename
    if not filename.startswith("<"):
        return is_user_file(filename)
    if filename.startswith("<frozen"):
        return False
    owner = frame.f_globals.get("__file__")
    if isinstance(owner, str):
        return is_user_file(owner)
    return frame.f_back is not None and is_user_frame(frame.f_back)


def called_by_user(depth: int = 1) -> bool:
    """Whether the caller of the function that asks is the user's code.

    *depth* frames more lie between the two than none: 1 for a function that asks for itself.
    """
    try:
        return is_user_frame(sys._getframe(depth + 1))
    except ValueError:  # called by C at the bottom of a thread
        return False


def user_site(frame: FrameType | None = None) -> Site:
    """Return the innermost line of the user's own code at or below *frame* (default: now)."""
    at: FrameType | None = frame or sys._getframe(1)
    while at is not None:
        if is_user_frame(at):
            return at.f_code.co_filename, at.f_lineno or 0
        at = at.f_back
    return NOWHERE


def maker(instance: object) -> FrameType | None:
    """Return the frame that makes *instance*: the first outside of its own `__init__`s."""
    at: FrameType | None = sys._getframe(1)
    while at is not None and (_is_ours(at) or _initialises(at, instance)):
        at = at.f_back
    return at


def made_by_user(instance: object) -> bool:
    """Whether the user's code makes *instance*, whose `__init__` is running."""
    frame = maker(instance)
    return frame is not None and is_user_frame(frame)


def creation_site(instance: object) -> Site:
    """Return the user's line that makes *instance*, or leads to the library that makes it."""
    frame = maker(instance)
    return NOWHERE if frame is None else user_site(frame)


def _is_ours(frame: FrameType) -> bool:
    return frame.f_code.co_filename.startswith(OUR_FILES)


def _initialises(frame: FrameType, instance: object) -> bool:
    code = frame.f_code
    if code.co_name != "__init__" or not code.co_argcount:
        return False
    return frame.f_locals.get(code.co_varnames[0]) is instance


def _looks_like_user(filename: str) -> bool:
    path = os.path.normcase(os.path.abspath(filename))
    if any(path == claimed or path.startswith(claimed + os.sep) for claimed in _claimed):
        return True
    return not path.startswith(_LIBRARIES) and _INSTALLED.isdisjoint(path.split(os.sep))
