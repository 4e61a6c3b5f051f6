"""The script's recursion goes as deep as alone, though a frame of ours lies below it.

Why: "[Previous line repeated 996 more times]" is what a beginner prints first of all, and it would
be one less. Guarantees: `sys.getrecursionlimit` and `sys.setrecursionlimit` speak of the script's
own frames; what is no limit is refused as always. In other threads, where no more of ours lies
below than here, recursion goes as deep too, from 3.12 on; before, one call deeper.
"""

from __future__ import annotations

import sys
from typing import Any

from .stand_ins import replace

#: `boot` runs the script by `exec`: one frame, and up to 3.11 one call of C that counts as well.
_OURS = 2 if sys.version_info < (3, 12) else 1


def install() -> None:
    """Raise the limit by what is ours, and hide that."""
    bare_get, bare_set = sys.getrecursionlimit, sys.setrecursionlimit

    def setrecursionlimit(*arguments: Any, **named: Any) -> None:
        if named or len(arguments) != 1 or not isinstance(arguments[0], int) or arguments[0] < 1:
            return bare_set(*arguments, **named)
        return bare_set(arguments[0] + _OURS)

    replace(sys, "getrecursionlimit", lambda: bare_get() - _OURS)
    replace(sys, "setrecursionlimit", setrecursionlimit)
    bare_set(bare_get() + _OURS)
