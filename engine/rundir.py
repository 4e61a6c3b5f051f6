"""The private directory where a run's processes find their way to ThreadLab.

Guarantees: only this user can read it; the key in it authenticates every connection; it is
removed with the session.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
import tempfile
from pathlib import Path


class RunDirectory:
    """A temporary directory with the address and the key. Attributes: path, key."""

    def __init__(self) -> None:
        self.path = Path(tempfile.mkdtemp(prefix="threadlab-"))
        self.key = secrets.token_bytes(32)
        self._write("key", self.key)

    def listen_on(self) -> tuple[str | None, str]:
        """Return (address, family) for a Listener."""
        if sys.platform == "win32":
            return None, "AF_PIPE"
        return str(self.path / "socket"), "AF_UNIX"

    def publish(self, address: object) -> None:
        """Write where the listener can be reached."""
        self._write("address", str(address).encode())

    def offer(self, accelerator: Path) -> None:
        """Write where the probes' C form for the interpreter of this run lies."""
        self._write("accelerator", str(accelerator).encode())

    def remove(self) -> None:
        """Remove the directory and all in it."""
        shutil.rmtree(self.path, ignore_errors=True)

    def _write(self, name: str, data: bytes) -> None:
        descriptor = os.open(self.path / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
