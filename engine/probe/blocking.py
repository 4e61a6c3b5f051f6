"""A call that blocks, recorded as the wait that it is.

Guarantees: the wait ends on the record however the call ends; a wait that ran out of time says so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..events import Flag, Kind
from .owner import Site
from .recorder import recorder
from .threads import timeout_value


def blocked(
    number: int,
    timeout: float | None,
    call: Callable[..., Any],
    *arguments: Any,
    kind: Kind = Kind.WAIT_BEGIN,
    ends: Kind = Kind.WAIT_END,
    gives_up: type[BaseException] | tuple[()] = (),
    site: Site | None = None,
) -> Any:
    """Return `call(*arguments)`, which waits for object *number* for at most *timeout* seconds.

    It ran out of time if it gives False or nothing to read, or raises *gives_up*. *site* is the
    line that waits, by default the user's innermost one.
    """
    recorder.record(kind, number, timeout_value(timeout), site)
    flags = Flag(0)
    try:
        result = call(*arguments)
        if timeout is not None and (result is False or result == []):
            flags = Flag.TIMED_OUT
        return result
    except gives_up:
        flags = Flag.TIMED_OUT
        raise
    finally:
        recorder.record(ends, number, 0, site, flags)
