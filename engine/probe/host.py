"""The child's main: wait for the request, install the probes, run the script, say how it ended.

Guarantees: the script runs as plain Python would run it: in the real main thread, as `__main__`,
with its own `sys.argv`, `sys.path[0]`, working directory and environment; its traceback, exit
code and exit hooks are plain Python's. What cannot be run is refused before anything of it runs.
"""

from __future__ import annotations

import atexit
import builtins
import importlib.machinery
import json
import os
import sys
import sysconfig
import types
from typing import Any

from . import owner, processes, source, values
from .install import install_probes
from .recorder import dial, hello, recorder
from .threads import failure


def main(rundir: str) -> None:
    """Be a warm child, then run what is asked for, and leave as the script would."""
    events = dial(rundir)
    gil = not sysconfig.get_config_var("Py_GIL_DISABLED")
    events.send_bytes(
        hello("spare", version=list(sys.version_info[:3]), gil=gil, executable=sys.executable)
    )
    try:
        request = json.loads(events.recv_bytes())
    except (EOFError, OSError):
        os._exit(0)  # never used: the window has closed
    recorder.connect(rundir, events)
    processes.describe(request)
    _dress(request)
    recorder.sample_hz = int(request.get("sample_hz", 0))
    # Registered first, so run last: after the script's own exit hooks.
    atexit.register(_leave)
    install_probes()
    processes.install()
    recorder.begin("main")
    sys.exit(_run(request))


def _leave() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError, AttributeError):
            pass  # the script closed or replaced it; plain Python would go on too
    recorder.finish()


def _dress(request: dict[str, Any]) -> None:
    """Take on the working directory, environment, arguments and path of the script."""
    os.chdir(request["cwd"])
    if request.get("env") is not None:
        os.environ.clear()
        os.environ.update(request["env"])
    sys.argv = list(request["argv"])
    sys.path.insert(0, os.path.dirname(request["script"]))


def _main_module(path: str) -> types.ModuleType:
    module = types.ModuleType("__main__")
    module.__file__ = path
    module.__dict__["__cached__"] = None
    module.__dict__["__builtins__"] = builtins
    module.__loader__ = importlib.machinery.SourceFileLoader("__main__", path)
    sys.modules["__main__"] = module
    return module


def _run(request: dict[str, Any]) -> Any:
    path = request["script"]
    module = _main_module(path)
    namespace = module.__dict__
    try:
        code = values.compiled(path, namespace, request["values"], tuple(request["watch"]))
    except source.SourceError as error:
        told = {"type": "SourceError", "message": str(error), "line": error.line, "file": path}
        recorder.goodbye.update(how="refused", code=1, error=told)
        return 1
    try:
        exec(code, namespace)
    except SystemExit as error:
        recorder.goodbye.update(how="exited", code=_exit_code(error.code))
        return error.code
    except BaseException as error:  # noqa: BLE001 - plain Python's top level takes all of them
        owner.hide_us(error)
        recorder.goodbye.update(how="raised", code=1, error=failure(error))
        sys.stdout.flush()
        sys.excepthook(type(error), error, error.__traceback__)
        return 130 if isinstance(error, KeyboardInterrupt) else 1
    return 0


def _exit_code(code: Any) -> int:
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1
