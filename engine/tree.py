"""A run's whole process tree from outside: pause, resume, kill.

Guarantees: nothing of the tree is left behind by `kill`; a process that is forked while the
tree is being stopped is found by looking again until a look finds nothing new.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Collection

import psutil

LOOKS = 20
_HELPERS = (
    "from multiprocessing.resource_tracker import main",
    "from multiprocessing.forkserver import main",
)


def members(pid: int) -> list[psutil.Process]:
    """Return the living processes of the tree below and including *pid*.

    Processes whose parent is gone are found by their session, which the root leads.
    """
    found: dict[int, psutil.Process] = {}
    with contextlib.suppress(psutil.Error):
        root = psutil.Process(pid)
        found = {p.pid: p for p in (root, *root.children(recursive=True))}
    if sys.platform != "win32":
        for process in psutil.process_iter():
            with contextlib.suppress(OSError, psutil.Error):
                if os.getsid(process.pid) == pid:
                    found[process.pid] = process
    return [p for p in found.values() if _lives(p)]


def strangers(pid: int, known: Collection[int]) -> list[psutil.Process]:
    """Return the processes of the tree that are not *known* and could do something of their own.

    The tracker of resources and the fork server of `multiprocessing` only do what they are told.
    """
    return [p for p in members(pid) if p.pid not in known and not _is_helper(p)]


def _is_helper(process: psutil.Process) -> bool:
    """Tell the helpers of `multiprocessing` from a fork of one, which has the same command line."""
    mark = _helper_mark(process)
    try:
        parent = process.parent() if mark else None
    except psutil.Error:
        return False
    return bool(mark) and (parent is None or _helper_mark(parent) != mark)


def _helper_mark(process: psutil.Process) -> str:
    try:
        words = process.cmdline()
    except psutil.Error:
        return ""
    found = (mark for mark in _HELPERS if "-c" in words and any(mark in word for word in words))
    return next(found, "")


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _until_nothing_new(pid: int, act: Callable[[psutil.Process], None]) -> None:
    seen: set[int] = set()
    for _ in range(LOOKS):
        new = [p for p in members(pid) if p.pid not in seen]
        if not new:
            return
        for process in new:
            seen.add(process.pid)
            with contextlib.suppress(psutil.Error):
                act(process)


def pause(pid: int) -> None:
    """Stop every process of the tree (SIGSTOP, or its like)."""
    _until_nothing_new(pid, lambda process: process.suspend())


def resume(pid: int) -> None:
    """Let every process of the tree go on."""
    _until_nothing_new(pid, lambda process: process.resume())


def kill(pid: int) -> None:
    """End every process of the tree at once; they cannot refuse."""
    if sys.platform != "win32":
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    _until_nothing_new(pid, lambda process: process.kill())
