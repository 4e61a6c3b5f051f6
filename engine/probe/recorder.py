"""What the probes of one process write to.

Why here: the probes know one way to record, whatever is behind it: the log in C where an
accelerator was built for this interpreter (`native_log`), the one in Python where not (`log`).
Guarantees: both record the same; which of the two it is, is decided once, before any probe is in.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..events import Kind, what
from . import native_log
from .log import PythonLog
from .native_log import NativeLog
from .owner import NOWHERE, Site, called_by_user, made_by_user, user_site
from .registry import Registry


class Recorder:
    """The one way to record.

    Attributes:
        registry: the names behind the numbers.
        log: records not yet sent.
        accelerator: the module in C, or None.
        user_at: whether the code so many Python frames above the caller is the user's.
        made_by_user: as that of `owner`.
    """

    def __init__(self, accelerator: Any = None) -> None:
        self.registry = Registry()
        self.accelerator = accelerator
        self.log: PythonLog | NativeLog = (
            PythonLog(self.registry)
            if accelerator is None
            else NativeLog(self.registry, accelerator)
        )
        self.user_at: Callable[[int], bool] = called_by_user
        self.made_by_user: Callable[[object], bool] = made_by_user
        if accelerator is not None:
            self.record = accelerator.record  # type: ignore[method-assign]
            self.user_at = accelerator.user_at
            self.made_by_user = getattr(accelerator, "made_by_user", made_by_user)

    def pipe(
        self,
        kind: Kind,
        obj: int = 0,
        *,
        values: int | Iterable[object] = 0,
        site: int | Site = 0,
        flags: int = 0,
    ) -> Iterator[None]:
        """Return an endless iterator each of whose steps (`None in pipe`) appends one record.

        *site* is a fixed line, or the depth of the frame to take it from: 0 for who steps the
        pipe. *values* is one number for all, or an iterable that is stepped before the time is
        taken.
        """
        return self.log.pipe(what(kind, obj, flags), values, site)

    def name_pipe(
        self,
        kind: Kind,
        obj: int,
        namespace: dict[str, Any],
        name: str,
        values: Iterable[object],
        site: Site,
    ) -> Iterator[None]:
        """Return a pipe that records what *namespace* holds under *name*.

        *values* gives the same; it is stepped where a plain look-up does not do.
        """
        return self.log.name_pipe(what(kind, obj), namespace, name, values, site)

    def record(
        self, kind: Kind, obj: int = 0, value: object = 0, site: Site | None = None, flags: int = 0
    ) -> None:
        """Append one record from Python code, where the GIL may be given away anyway.

        Without *site* the line is the innermost one of the user's own code.
        """
        line = user_site(sys._getframe(1)) if site is None else site
        self.log.append(value, what(kind, obj, flags), line)

    def seen(self, kind: Kind, thread: int, site: Site) -> None:
        """Record what was seen of another thread, at *site*."""
        self.log.append(0, what(kind), site, thread)


def _accelerator() -> Any:
    """Return the accelerator that the boot file was told of, or None."""
    package = sys.modules[__name__.partition(".")[0]]
    path = getattr(package, "accelerator", None)
    return native_log.load(path) if path else None


#: One recorder a process: the probes live in classes of the standard library, of which there is
#: one a process as well.
recorder = Recorder(_accelerator())

__all__ = ["NOWHERE", "Recorder", "Site", "recorder"]
