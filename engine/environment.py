"""The environment that a child is started with: the person's own, not ThreadLab's.

Why: ThreadLab runs in a virtual environment of its own, and a picture is drawn without a screen.
A script must notice neither: a `PYTHONHOME` that fits our interpreter stops another one from
starting, and our folders on `PYTHONPATH` or `PATH` would offer the script our packages.

Guarantees: what the person set is passed on unchanged; only what belongs to this very program is
taken out.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
#: Variables that we have set for ourselves, and what they were before (None: not set).
_ours: dict[str, str | None] = {}


def set_for_us(name: str, value: str) -> None:
    """Set a variable for this process alone: children get what it was before."""
    _ours.setdefault(name, os.environ.get(name))
    os.environ[name] = value


def for_child(python: str, given: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment for a child that *python* runs; *given* stands for `os.environ`."""
    found = dict(os.environ if given is None else given)
    if given is None:
        for name, before in _ours.items():
            found.pop(name, None)
            if before is not None:
                found[name] = before
    found.pop("__PYVENV_LAUNCHER__", None)  # macOS: names our interpreter to whoever is started
    if "PYTHONHOME" in found and not _same(python, sys.executable):
        del found["PYTHONHOME"]
    _drop_ours(found, "PYTHONPATH")
    if sys.prefix != sys.base_prefix and not _same_environment(python):
        if _is_ours(found.get("VIRTUAL_ENV", "")):
            del found["VIRTUAL_ENV"]
            found.pop("VIRTUAL_ENV_PROMPT", None)
        _drop_ours(found, "PATH")
    return found


def _drop_ours(found: dict[str, str], name: str) -> None:
    """Take our own folders out of a list of folders; a list that becomes empty goes."""
    if name not in found:
        return
    parts = found[name].split(os.pathsep)
    kept = [part for part in parts if not _is_ours(part)]
    if kept == parts:
        return
    if kept:
        found[name] = os.pathsep.join(kept)
    else:
        del found[name]


def _is_ours(folder: str) -> bool:
    if not os.path.isabs(folder):
        return False  # relative ones, and the empty one, mean the script's working directory
    path = Path(os.path.abspath(folder))
    if path == ROOT:
        return True
    return sys.prefix != sys.base_prefix and path.is_relative_to(sys.prefix)


def _same(python: str, other: str) -> bool:
    return os.path.realpath(python) == os.path.realpath(other)


def _same_environment(python: str) -> bool:
    """Whether *python* is the one of our own environment: then the person chose it so."""
    return Path(os.path.abspath(python)).is_relative_to(sys.prefix)
