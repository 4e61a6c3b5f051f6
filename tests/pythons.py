"""The Pythons on this machine that scenarios must run on: found, never assumed.

Looks on PATH, in pyenv's folder and at the running one; one interpreter of each version and
build (with and without the GIL).
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from pathlib import Path

_ASK = (
    "import sys, sysconfig;"
    "print(*sys.version_info[:2], int(bool(sysconfig.get_config_var('Py_GIL_DISABLED'))))"
)
_NAMES = [f"python3.{minor}{build}" for minor in range(11, 16) for build in ("", "t")]


def _candidates() -> list[str]:
    found = [sys.executable, *(shutil.which(name) for name in [*_NAMES, "python3"])]
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    found.extend(str(path) for path in sorted(root.glob("*/bin/python")))
    return [path for path in found if path]


@functools.cache
def found_pythons() -> dict[str, str]:
    """Return `{'3.12': path}` for every Python from 3.11 on; `3.13t` has no GIL."""
    found: dict[str, str] = {}
    for path in _candidates():
        try:
            asked = subprocess.run(
                [path, "-I", "-c", _ASK], capture_output=True, text=True, timeout=20, check=True
            )
        except (OSError, subprocess.SubprocessError):
            continue  # a pyenv shim without a version behind it
        major, minor, free = map(int, asked.stdout.split())
        if (major, minor) >= (3, 11):
            found.setdefault(f"{major}.{minor}{'t' if free else ''}", path)
    return found
