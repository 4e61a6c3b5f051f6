"""Made-up interpreters: shell scripts that answer what a test wants them to."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

posix_only = pytest.mark.skipif(
    sys.platform == "win32", reason="the made-up ones are shell scripts"
)
SAID = {
    "version": [3, 12, 4],
    "release": "3.12.4",
    "implementation": "cpython",
    "free_threaded": False,
    "gil": True,
    "executable": "/nowhere/python",
    "prefix": "/nowhere",
}


def fake(path: Path, body: str) -> Path:
    """Write an executable shell script."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def says(path: Path, **changes: object) -> Path:
    """Write an interpreter that answers with made-up words."""
    said = {**SAID, "executable": str(path), "prefix": str(path.parent.parent), **changes}
    return fake(path, f"echo 'threadlab-python:{json.dumps(said)}'")
