"""One connection to ThreadLab, over which only bytes ever go.

Guarantees: messages of several threads never mix; when ThreadLab is gone the process ends at
once, as nobody could see or stop it any more.
"""

from __future__ import annotations

import json
import os
from _thread import allocate_lock
from multiprocessing.connection import Client
from multiprocessing.connection import Connection as _Connection
from typing import Any

from ..events import Message

_exit = os._exit  # the real one: `host` replaces it by one that sends a farewell first
NOBODY_LISTENS = 113


class Link:
    """A connection made with the address and the key that lie in *rundir*."""

    def __init__(self, rundir: str) -> None:
        with open(os.path.join(rundir, "address"), encoding="utf-8") as file:
            address = file.read().strip()
        with open(os.path.join(rundir, "key"), "rb") as file:
            key = file.read()
        self._connection: _Connection = Client(address, authkey=key)
        self._sending = allocate_lock()

    def send(self, message: bytes | bytearray) -> None:
        """Send one message; wait while ThreadLab is slow to read."""
        with self._sending:
            try:
                self._connection.send_bytes(message)
            except (OSError, EOFError):
                _exit(NOBODY_LISTENS)

    def send_json(self, message: Message, content: dict[str, Any]) -> None:
        """Send *content* as a message of its kind."""
        text = json.dumps(content, ensure_ascii=True)
        self.send(bytes([message]) + text.encode())

    def receive(self) -> bytes:
        """Wait for a message; EOFError when ThreadLab is gone."""
        return self._connection.recv_bytes()

    def look_for_parent(self) -> None:
        """End the process if nobody listens; nothing is expected to arrive any more."""
        try:
            if self._connection.poll():
                self._connection.recv_bytes()
        except (OSError, EOFError):
            _exit(NOBODY_LISTENS)

    def forget(self) -> None:
        """Close this process's copy of a connection that belongs to the parent of a fork."""
        self._connection.close()
