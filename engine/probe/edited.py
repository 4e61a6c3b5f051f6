"""A script whose text is not the file's: an edited one, tried before (or without) being saved.

Why: "what if" should be a click, with the original kept. The order carries the text, and the child
runs it as if it lay at the script's path: `__file__`, modules beside it, line numbers and spawned
children are those of the file. What would read the file for a traceback is told the text here.

Guarantees: nothing is changed in a run of a file as it is. Left as they are: a script that opens
its own `__file__` reads the file, and so do tracebacks of destructors that raise.
"""

from __future__ import annotations

import io
import linecache
import os
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

from .member import Order


def install(order: Order) -> None:
    """Let tracebacks show the lines that run."""
    if order.text is None:
        return
    lines = io.StringIO(order.text).readlines()
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    # An entry without a time is never compared with the file, as one of a loader's.
    linecache.cache[order.script] = (len(order.text), None, lines, order.script)
    if sys.version_info < (3, 13):
        # There the default hooks are C code that opens the file; later ones ask `linecache`.
        sys.excepthook = sys.__excepthook__ = _excepthook
        threading.excepthook = threading.__excepthook__ = _thread_excepthook


def is_script(path: str, order: Order) -> bool:
    """Whether *path* is the script of *order*; a new one need not exist as a file."""
    if os.path.normcase(path) == os.path.normcase(order.script):
        return True
    try:
        return os.path.samefile(path, order.script)
    except OSError:
        return False


def _excepthook(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    traceback.print_exception(kind, error, trace)


def _thread_excepthook(args: Any, /) -> None:
    if args.exc_type is SystemExit:
        return
    stderr = sys.stderr or getattr(args.thread, "_stderr", None)
    if stderr is None:
        return
    name = args.thread.name if args.thread is not None else threading.get_ident()
    print(f"Exception in thread {name}:", file=stderr, flush=True)
    traceback.print_exception(args.exc_type, args.exc_value, args.exc_traceback, file=stderr)
    stderr.flush()
