"""Processes that the script makes: each becomes a process of the run, with lanes of its own.

Fork: `os.register_at_fork` empties the buffers and connects anew. Spawn: the command line of the
new interpreter loads our boot file first, and its import of the main module goes through our
compiler, so that parameters and value probes are there too. What a spawned child needs to know
stands in a file in the run's private directory, not in `os.environ`, which belongs to the script.
"""

from __future__ import annotations

import atexit
import functools
import json
import os
import sys
import types
import weakref
from multiprocessing import process, spawn
from typing import Any

from ..events import Kind, ObjectKind
from . import values
from .install import install_probes
from .recorder import recorder
from .threads import nanoseconds

BOOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "boot.py")


def _patch_process() -> None:
    base: Any = process.BaseProcess
    start, join, bootstrap = base.start, base.join, base._bootstrap

    @functools.wraps(start)
    def probed_start(self: Any) -> None:
        number = recorder.new_object(ObjectKind.PROCESS, self.name)
        recorder.add(Kind.PROCESS_START, number)
        start(self)
        _numbers[self] = number

    @functools.wraps(join)
    def probed_join(self: Any, timeout: float | None = None) -> None:
        number = _numbers.get(self, 0)
        if not number or timeout == 0 or not self.is_alive():
            return join(self, timeout)
        recorder.add(Kind.PROCESS_WAIT, number, value=nanoseconds(timeout))
        try:
            return join(self, timeout)
        finally:
            recorder.add(Kind.PROCESS_END, number)

    @functools.wraps(bootstrap)
    def probed_bootstrap(self: Any, *arguments: Any, **named: Any) -> int:
        recorder.rename_process(self.name)
        code = int(bootstrap(self, *arguments, **named))
        recorder.goodbye.update(how="exited" if code else "finished", code=code)
        return code

    base.start, base.join, base._bootstrap = probed_start, probed_join, probed_bootstrap


#: Kept beside the process objects: an attribute of ours would be pickled with them.
_numbers: weakref.WeakKeyDictionary[Any, int] = weakref.WeakKeyDictionary()


def _patch_exit() -> None:
    bare = os._exit

    @functools.wraps(bare)
    def probed_exit(status: int) -> Any:
        if recorder.active and isinstance(status, int):
            if recorder.goodbye["how"] == "finished" and not recorder.goodbye["error"]:
                recorder.goodbye.update(how="exited" if status else "finished", code=status)
            recorder.finish()
        bare(status)

    os._exit = probed_exit


def _patch_spawn() -> None:
    bare = spawn.get_command_line

    @functools.wraps(bare)
    def command_line(**named: Any) -> list[str]:
        line = list(bare(**named))
        if "-c" in line:
            program = line.index("-c") + 1
            line[program] = (
                "import importlib.util as u;"
                f"s = u.spec_from_file_location('_threadlab_boot', {BOOT!r});"
                "m = u.module_from_spec(s); s.loader.exec_module(m);"
                f"m.join({recorder.rundir!r}); {line[program]}"
            )
        return line

    spawn.get_command_line = command_line  # type: ignore[assignment]


def describe(said: dict[str, Any]) -> None:
    """Write down what a spawned child has to know."""
    with open(os.path.join(recorder.rundir, "request"), "w", encoding="utf-8") as file:
        json.dump(said, file)


def join_spawned(rundir: str) -> None:
    """Become a process of the run in a new interpreter, before multiprocessing's own start."""
    with open(os.path.join(rundir, "request"), encoding="utf-8") as file:
        said = json.load(file)
    recorder.sample_hz = int(said.get("sample_hz", 0))
    recorder.connect(rundir)
    recorder.begin("spawned")
    atexit.register(recorder.finish)
    install_probes()
    install()
    fixup: Any = spawn._fixup_main_from_path  # type: ignore[attr-defined]

    def fixup_main(path: str) -> None:
        script = said["script"]
        if os.path.abspath(path) != script:
            fixup(path)
            return
        module = types.ModuleType("__mp_main__")
        spawn.old_main_modules.append(sys.modules["__main__"])  # type: ignore[attr-defined]
        module.__dict__.update(
            __name__="__mp_main__", __file__=script, __package__="", __builtins__=__builtins__
        )
        code = values.compiled(script, module.__dict__, said["values"], tuple(said["watch"]))
        exec(code, module.__dict__)
        sys.modules["__main__"] = sys.modules["__mp_main__"] = module

    spawn._fixup_main_from_path = fixup_main  # type: ignore[attr-defined]


def install() -> None:
    """Patch process creation in place."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(
            before=recorder.before_fork,
            after_in_parent=recorder.after_fork_in_parent,
            after_in_child=recorder.after_fork_in_child,
        )
    _patch_process()
    _patch_exit()
    _patch_spawn()
