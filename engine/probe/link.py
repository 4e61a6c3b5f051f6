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
import select
import struct
import sys
from _thread import allocate_lock
from multiprocessing.connection import Client
from multiprocessing.connection import Connection as _Connection
from typing import Any

from ..events import Message
from .backlog import Backlog, FullError
from .descriptors import out_of_the_way

_send_bytes = _Connection.send_bytes  # the bare one: what we send is not the script's
_exit = os._exit  # the real one: `host` replaces it by one that sends a farewell first
NOBODY_LISTENS = 113
#: How `multiprocessing.connection` frames a message of up to 2 GiB.
_LENGTH = struct.Struct("!i")
_WINDOWS = sys.platform == "win32"


def _out_of_the_way(connection: _Connection) -> _Connection:
    """Return *connection* on a descriptor that the script does not come across."""
    number = out_of_the_way(connection.fileno())
    if number is None:
        return connection
    connection.close()
    return _Connection(number)


def _json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=True).encode()


class Link:
    """A connection made with the address and the key that lie in *rundir*.

    Attributes: lost, whether the script has closed it; then nothing is sent any more; backlog,
    what ThreadLab has not read yet.
    """

    def __init__(self, rundir: str) -> None:
        with open(os.path.join(rundir, "address"), encoding="utf-8") as file:
            address = file.read().strip()
        with open(os.path.join(rundir, "key"), "rb") as file:
            key = file.read()
        self.lost = False
        self.backlog = Backlog(rundir)
        self._connection: _Connection = _out_of_the_way(Client(address, authkey=key))
        self._waits = True  # until the first `offer`: a link that never does stays as simple
        self._sending = allocate_lock()

    def send(self, message: bytes | bytearray) -> None:
        """Send one message and all before it, unless `lost`; wait while ThreadLab is slow."""
        self._send(message, wait=True)

    def offer(self, message: bytes | bytearray) -> None:
        """Send one message as soon as ThreadLab reads; wait only where the disk is full too.

        What cannot be sent at once waits in the `backlog`, and goes with the next message, or
        with `push`. (On Windows a pipe cannot be asked for room: there this is `send`.)
        """
        if self._waits and not _WINDOWS:
            self._waits = False
            os.set_blocking(self._connection.fileno(), False)
        self._send(message, wait=_WINDOWS)

    def push(self) -> bool:
        """Send what can be sent at once; return whether nothing is left."""
        self._send(None, wait=False)
        return not len(self.backlog)

    def _send(self, message: bytes | bytearray | None, *, wait: bool) -> None:
        with self._sending:
            if self.lost:
                return
            try:
                if self._waits:
                    # One call, so that a signal handler of the script's that raises here leaves
                    # the message whole, and only once.
                    if message is not None:
                        _send_bytes(self._connection, message)
                    return
                if message is not None:
                    self._put(_LENGTH.pack(len(message)) + message)
                self._write(wait=wait)
            except (OSError, EOFError) as error:
                self._end_or_lose(error)

    def _put(self, piece: bytes | bytearray) -> None:
        try:
            self.backlog.put(piece)
        except FullError:
            self._write(wait=True)
            self.backlog.put(piece)

    def _write(self, *, wait: bool) -> None:
        """Write what waits: all of it, or what there is room for now."""
        number = self._connection.fileno()
        while len(self.backlog):
            try:
                written = os.write(number, self.backlog.head())
            except BlockingIOError:
                if not wait:
                    return
                room = select.poll()
                room.register(number, select.POLLOUT)
                room.poll()
                continue
            self.backlog.advance(written)

    def send_json(self, message: Message, content: dict[str, Any]) -> None:
        """Send *content* as a message of its kind."""
        self.send(bytes([message]) + _json(content))

    def offer_json(self, message: Message, content: dict[str, Any]) -> None:
        """Offer *content* as a message of its kind."""
        self.offer(bytes([message]) + _json(content))

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
        self.backlog.close()
        self._connection.close()
