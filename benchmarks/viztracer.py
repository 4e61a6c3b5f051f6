"""VizTracer, in an environment of its own: what the probes and the files are measured beside."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

from engine import folders

LOCKED = Path(__file__).parent / "viztracer.txt"


def python_with(python: str, label: str) -> str | None:
    """Return a Python like *python* that has VizTracer, in an environment of its own; or None."""
    place = folders.cache() / f"benchmark-{label}"
    found = place / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    words = ["-m", "pip", "install", "-q", "--require-hashes", "--only-binary", ":all:", "-r"]
    with contextlib.suppress(subprocess.SubprocessError, OSError):
        if not found.exists():
            subprocess.run([python, "-m", "venv", str(place)], check=True, capture_output=True)
        subprocess.run([str(found), *words, str(LOCKED)], check=True, capture_output=True)
        return str(found)
    return None
