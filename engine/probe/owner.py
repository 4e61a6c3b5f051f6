"""Whose code is it: the script's, or the library's?

Why: only what the script's own code makes is probed; the standard library's inside and installed
packages behave exactly as before. Decided by the file of the code that makes the object, never
by `__name__`; code without a file, as dataclasses make it, goes by its globals' owner.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from types import CodeType, FrameType, TracebackType

OURS = os.path.dirname(os.path.abspath(__file__)) + os.sep


def _library_folders() -> tuple[str, ...]:
    paths = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    paths += site.getsitepackages() if hasattr(site, "getsitepackages") else []
    user = site.getusersitepackages() if hasattr(site, "getusersitepackages") else ""
    return tuple({os.path.join(path, "") for path in [*paths, user] if path} | {OURS, "<frozen"})


_LIBRARY = _library_folders()
_known: dict[str, bool] = {}


def is_user_file(filename: str) -> bool:
    """Whether code of *filename* belongs to the script."""
    known = _known.get(filename)
    if known is None:
        known = _known[filename] = not filename.startswith(_LIBRARY)
    return known


def is_user(frame: FrameType) -> bool:
    """Whether *frame* runs code of the script."""
    filename = frame.f_code.co_filename
    if filename.startswith("<") and not filename.startswith("<frozen"):
        module = sys.modules.get(frame.f_globals.get("__name__", ""))
        filename = getattr(module, "__file__", None) or "<script>"
    return is_user_file(filename)


def user_site(frame: FrameType | None) -> tuple[str, int] | None:
    """Return (file, line) of the innermost of the script's frames from *frame* outwards."""
    while frame is not None:
        if is_user_file(frame.f_code.co_filename):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None


def _is_ours(code: CodeType) -> bool:
    return code.co_filename.startswith(OURS)


def without_us(traceback: TracebackType | None) -> TracebackType | None:
    """Return *traceback* without the frames of our own files: what plain Python would show."""
    kept = []
    while traceback is not None:
        if not _is_ours(traceback.tb_frame.f_code):
            kept.append(traceback)
        traceback = traceback.tb_next
    result: TracebackType | None = None
    for entry in reversed(kept):
        result = TracebackType(result, entry.tb_frame, entry.tb_lasti, entry.tb_lineno)
    return result


def hide_us(error: BaseException) -> None:
    """Take our frames out of *error* and of all that it was caused by."""
    seen: set[int] = set()
    todo: list[BaseException | None] = [error]
    while todo:
        one = todo.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        one.__traceback__ = without_us(one.__traceback__)
        todo += [one.__cause__, one.__context__]


def library_version() -> str:
    """Return the version of this interpreter, as `3.11.7`."""
    return ".".join(str(part) for part in sys.version_info[:3])
