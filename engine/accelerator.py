"""Builds the probes' C form for an interpreter, once, where there is a compiler.

Why: in C a probed lock is as fast as a bare one (see `engine/probe/native/accelerator.c`); in
Python it is two to three times as slow. A wheel for every interpreter a person may have, of every
version and build, cannot be shipped; one C file can be compiled in two seconds.

Guarantees: nothing is installed in the interpreter; what was built lies in this user's cache and
is only loaded from a folder that nobody else can write to; it is tried in that very interpreter
before it is ever used; where it cannot be had, the reason is told and the probes work without it.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from engine import aside, folders

SOURCES = Path(__file__).resolve().parent / "probe" / "native"
_MAIN = SOURCES / "accelerator.c"
_SECONDS = 120.0
_MOST_SAID = 1 << 16

_ASK = """
import json, sys, sysconfig
print(json.dumps({
    "implementation": sys.implementation.name,
    "include": sysconfig.get_path("include"),
    "platinclude": sysconfig.get_path("platinclude"),
    "compiler": sysconfig.get_config_var("CC"),
    "platform": sysconfig.get_platform(),
}))
"""

#: What the built module must do in the interpreter it was built for.
_TRY = """
import sys, time, threading
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
spec = spec_from_file_location(
    "accelerator", sys.argv[1], loader=ExtensionFileLoader("accelerator", sys.argv[1])
)
module = module_from_spec(spec)
spec.loader.exec_module(module)
assert abs(module.clock() - time.perf_counter_ns()) < 1e9
module.set_up({threading.get_ident(): 7}, bool, "", (4, 5, 6, 7, 8))
lock = module.Lock(3, 0)
with lock:
    assert lock.locked() and not lock.acquire(False)
assert None in module.Pipe(15, 0, 0, 42)
batch, objects = module.take(100, 24)
assert len(batch) == 24 + 4 * 32 and not objects
if "t" in sys.abiflags:
    assert not sys._is_gil_enabled()
print("works")
"""


class NoAccelerator(Exception):
    """Why there is none for an interpreter; the text is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class _Target:
    """What an interpreter says of how extension modules are built for it."""

    implementation: str
    include: str
    platinclude: str
    compiler: str | None
    platform: str


_building = threading.Lock()


def ready(python: str) -> Path | None:
    """Return the accelerator that was built for *python*, or None. Starts nothing."""
    try:
        built = _place(python)
    except NoAccelerator:
        return None
    return built if _is_ours(built) else None


def build(python: str) -> Path:
    """Return the accelerator for *python*, building it if need be (about two seconds, once).

    Raises NoAccelerator with the reason. May be called from any thread.
    """
    built = _place(python)
    with _building:
        if not _is_ours(built):
            _build(python, _target(python), built)
    return built


def _target(python: str) -> _Target:
    try:
        found = _Target(**json.loads(_run([python, "-I", "-c", _ASK])))
    except (ValueError, TypeError) as error:
        raise NoAccelerator(f"{python} did not say how to build for it: {error}") from error
    if found.implementation != "cpython":
        raise NoAccelerator(f"The accelerator is for CPython, and this is {found.implementation}.")
    return found


def _place(python: str) -> Path:
    """Return where the accelerator for *python* lies: another file or source, another place."""
    real = os.path.realpath(shutil.which(python) or python)
    try:
        found = os.stat(real)
    except OSError as error:
        raise NoAccelerator(f"{python} is not there: {error.strerror}.") from error
    digest = hashlib.sha256(f"{real} {found.st_mtime_ns} {found.st_size} {_sources()}".encode())
    return folders.cache() / "accelerator" / digest.hexdigest()[:32] / "accelerator.so"


@functools.cache
def _sources() -> str:
    """Return what changes with the C files; the window asks for it before each child it warms."""
    files = sorted(SOURCES.glob("*.[ch]"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _is_ours(built: Path) -> bool:
    """Whether *built* is there, and nobody but this user could have put it there."""
    try:
        file, folder = built.stat(), built.parent.stat()
    except OSError:
        return False
    if sys.platform == "win32":
        return True
    writable = stat.S_IWGRP | stat.S_IWOTH
    return all(
        found.st_uid == os.getuid() and not found.st_mode & writable for found in (file, folder)
    )


def _build(python: str, target: _Target, built: Path) -> None:
    header = Path(target.include) / "Python.h"
    if not header.is_file():
        raise NoAccelerator(
            f"{header} is missing: install this Python's development files to record faster."
        )
    compiler = _compiler(target)
    try:
        built.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.chmod(built.parent, 0o700)
        handle, name = tempfile.mkstemp(dir=built.parent, suffix=built.suffix)
        os.close(handle)
    except OSError as error:
        raise NoAccelerator(f"{built.parent} cannot be written to: {error.strerror}.") from error
    try:
        _run([*compiler, *_options(target), str(_MAIN), "-o", name])
        said = _run([python, "-I", "-c", _TRY, name])
        if said != "works":
            raise NoAccelerator("The accelerator was built, but does not work.")
        os.chmod(name, 0o700)
        os.replace(name, built)
    except OSError as error:
        raise NoAccelerator(f"{built} cannot be written: {error.strerror}.") from error
    finally:
        with contextlib.suppress(OSError):
            os.unlink(name)


def _compiler(target: _Target) -> list[str]:
    """Return the words that call the compiler: the interpreter's own first."""
    own = (target.compiler or "").split()
    if own and shutil.which(own[0]):
        return own
    for name in ("cc", "gcc", "clang"):
        if shutil.which(name):
            return [name]
    raise NoAccelerator(
        "There is no C compiler: install gcc or clang to record faster. Everything works without."
    )


def _options(target: _Target) -> list[str]:
    options = ["-O2", "-std=gnu11", "-fPIC", "-w", f"-I{target.include}"]
    if target.platinclude != target.include:
        options.append(f"-I{target.platinclude}")
    if target.platform.startswith("macosx"):
        return [*options, "-bundle", "-undefined", "dynamic_lookup"]
    return [*options, "-shared"]


def _run(words: list[str]) -> str:
    """Run a command to its end; return the last line that it said. Raises NoAccelerator."""
    try:
        done = aside.run(words, limit=_SECONDS, most=_MOST_SAID)
    except (OSError, ValueError) as error:
        raise NoAccelerator(f"{words[0]} could not be run: {error}") from error
    lines = done.text.strip().splitlines()
    if done.status != 0:
        raise NoAccelerator(f"{Path(words[0]).name} failed: {' '.join(lines[-3:])}")
    return lines[-1] if lines else ""
