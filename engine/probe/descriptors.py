"""Keeps descriptors of ours where the script does not come across them.

Scripts close what they did not open (`os.closerange(3, 256)`) and expect the lowest free number
from `open`. Guarantee: ours lie far above both, where the system allows as many.
"""

from __future__ import annotations

import sys

#: Our descriptors are the last ones below this, or below what the system allows.
HIGHEST_DESCRIPTOR = 4096
_ROOM = 32


def out_of_the_way(number: int) -> int | None:
    """Return a copy of descriptor *number* that the script does not come across; None: no room."""
    if sys.platform == "win32":
        return None
    import fcntl
    import resource

    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    highest = HIGHEST_DESCRIPTOR if allowed < 0 else min(allowed, HIGHEST_DESCRIPTOR)
    try:
        return fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, max(0, highest - _ROOM))
    except OSError:
        return None  # so few are allowed that none is left: it works where it is
