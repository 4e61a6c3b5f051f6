"""Where a program keeps what it can make again, by each system's own convention."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache() -> Path:
    """Return where this person's programs keep what can be made again; it need not exist yet."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
        return Path(base) / "ThreadLab" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ThreadLab"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "threadlab"
