"""One connection to ThreadLab, over which only bytes ever go.

Guarantees: messages of several threads never mix; when ThreadLab is gone the process ends at
once, as nobody could see or stop it any more. The script does not meet the connection: its
descriptor is far above those that the script is given, and above those that `closerange` closes
by habit. A script that closes it all the same goes on without us (`lost`), as it would alone.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from _thread import allocate_lock
from multiprocessing.connection import Client
from multiprocessing.connection import Connection as _Connection
from typing import Any

from ..events import Message

_exit = os._exit  # the real one: `host` replaces it by one that sends a farewell first
NOBODY_LISTENS = 113
#: Our descriptors are the last ones below this, or below what the system allows.
HIGHEST_DESCRIPTOR = 4096
_ROOM = 32


def _out_of_the_way(connection: _Connection) -> _Connection:
    """Return *connection* on a descriptor that the script does not come across."""
    if sys.platform == "win32":
        return connection
    import fcntl
    import resource

    allowed = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    highest = HIGHEST_DESCRIPTOR if allowed < 0 else min(allowed, HIGHEST_DESCRIPTOR)
    try:
        number = fcntl.fcntl(connection.fileno(), fcntl.F_DUPFD_CLOEXEC, max(0, highest - _ROOM))
    except OSError:
        return connection  # so few are allowed that none is left: it works where it is
    connection.close()
    return _Connection(number)


class Link:
    """A connection made with the address and the key that lie in *rundir*.

    Attributes: lost, whether the script has closed it; then nothing is sent any more.
    """

    def __init__(self, rundir: str) -> None:
        with open(os.path.join(rundir, "address"), encoding="utf-8") as file:
            address = file.read().strip()
        with open(os.path.join(rundir, "key"), "rb") as file:
            key = file.read()
        self.lost = False
        self._connection: _Connection = _out_of_the_way(Client(address, authkey=key))
        self._sending = allocate_lock()

    def send(self, message: bytes | bytearray) -> None:
        """Send one message, unless `lost`; wait while ThreadLab is slow to read."""
        with self._sending:
            if self.lost:
                return
            try:
                self._connection.send_bytes(message)
            except (OSError, EOFError) as error:
                self._end_or_lose(error)

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
            if not self.lost and self._connection.poll():
                self._connection.recv_bytes()
        except (OSError, EOFError) as error:
            self._end_or_lose(error)

    def _end_or_lose(self, error: OSError | EOFError) -> None:
        # Who closes a descriptor in another process leaves a broken pipe here, never this.
        if getattr(error, "errno", None) != errno.EBADF:
            _exit(NOBODY_LISTENS)
        self.lost = True

    def forget(self) -> None:
        """Close this process's copy of a connection that belongs to the parent of a fork."""
        self._connection.close()
