"""Pipes and other connections of `multiprocessing`: who sends, who receives, who waits for it.

Why by the caller: queues, pools, managers and we ourselves talk over the same class; what the
user's own code calls is shown, and nothing else. An end of a pipe is known in every process by
its inode, which the system keeps as long as any process has it.

Guarantees: a message is recorded as sent before it can be received; a wait is recorded only when
there is nothing to read, or no room to write; a pipe that a library made for itself is not shown.
"""

from __future__ import annotations

import functools
import os
import select
import socket
import stat
import sys
from multiprocessing import connection, process, reduction
from typing import Any

from ..events import Kind, ObjectKind
from .blocking import blocked
from .owner import is_user_frame, user_site
from .recorder import NOWHERE, recorder
from .shared_objects import announce, factory_free, known

_OBJECT = "_threadlab_object"
_ROOM = "_threadlab_room"
_PICKLER = reduction.ForkingPickler
#: The objects that were waited for together, and the object that stands for them.
_groups: dict[tuple[int, ...], int] = {}


def install() -> None:
    """Patch `Pipe`, `wait` and the methods of connections."""
    _watch_pipe()
    _watch_wait()
    made: Any = connection._ConnectionBase
    for name in ("recv", "recv_bytes", "recv_bytes_into"):
        _watch_receive(made, name)
    _watch_poll(made)
    _watch_send(made)


def key_of(end: Any) -> str | None:
    """Return the key of an end of a pipe; None where it is closed, or the system has no inodes."""
    try:
        status = os.fstat(end.fileno())
    except (OSError, ValueError):
        return None
    ways = "r" * end.readable + "w" * end.writable
    return f"pipe {status.st_dev}.{status.st_ino}.{ways}" if status.st_ino else None


def number_of(end: Any) -> int:
    """Return the number of a connection, which is announced when user's code first uses it."""
    number: int = end.__dict__.get(_OBJECT, 0)
    if number:
        return number
    key = key_of(end)
    if key is None:
        return 0
    number = known(key, end) or announce(
        ObjectKind.PIPE, NOWHERE, key=key, owner=end, shared=key, name="connection"
    )
    end.__dict__[_OBJECT] = number
    return number


def _watch_pipe() -> None:
    module: Any = connection
    bare = module.Pipe

    @functools.wraps(bare)
    def pipe(duplex: bool = True) -> Any:
        ends = bare(duplex)
        frame = factory_free(sys._getframe(1))
        if frame is not None and is_user_frame(frame):
            keys = [key_of(end) for end in ends]
            for end, key in zip(ends, keys, strict=True):
                if key is not None:
                    end.__dict__[_OBJECT] = announce(
                        ObjectKind.PIPE,
                        user_site(frame),
                        key=key,
                        owner=end,
                        shared=key,
                        pipe=min(key for key in keys if key),
                    )
        return ends

    module.Pipe = pipe


def _shown(end: Any) -> int:
    """Return the number of a connection if the user's code is what calls our caller."""
    return number_of(end) if is_user_frame(sys._getframe(2)) else 0


def _watch_receive(made: Any, name: str) -> None:
    bare = getattr(made, name)

    @functools.wraps(bare)
    def receive(self: Any, *arguments: Any, **named: Any) -> Any:
        number = _shown(self)
        if not number:
            return bare(self, *arguments, **named)
        call = functools.partial(bare, self, *arguments, **named)
        there = not self.readable or self._poll(0.0)
        result = call() if there else blocked(number, None, call)
        recorder.record(Kind.RECEIVED, number)
        return result

    setattr(made, name, receive)


def _watch_poll(made: Any) -> None:
    bare = made.poll

    @functools.wraps(bare)
    def poll(self: Any, timeout: float | None = 0.0) -> Any:
        number = _shown(self)
        ready = bare(self, 0.0) if number else None
        if ready or (number and timeout is not None and timeout <= 0):
            return ready
        return blocked(number, timeout, bare, self, timeout) if number else bare(self, timeout)

    made.poll = poll


def _watch_send(made: Any) -> None:
    send, send_bytes = made.send, made.send_bytes

    @functools.wraps(send)
    def watched_send(self: Any, obj: Any) -> None:
        number = _shown(self)
        if not number or self.closed or not self.writable:
            send(self, obj)
            return
        data = _PICKLER.dumps(obj)
        recorder.record(Kind.SENT, number)
        if _has_room(self, len(data)):
            self._send_bytes(data)
        else:
            blocked(number, None, self._send_bytes, data, kind=Kind.PUT_WAIT)

    @functools.wraps(send_bytes)
    def watched_send_bytes(self: Any, buf: Any, offset: int = 0, size: int | None = None) -> None:
        number = _shown(self)
        if number and self.writable:
            recorder.record(Kind.SENT, number)
        send_bytes(self, buf, offset, size)

    made.send, made.send_bytes = watched_send, watched_send_bytes


def _has_room(end: Any, size: int) -> bool:
    """Tell whether a message of *size* bytes can be written before somebody reads.

    True where the system does not say; where there is a little room, a large message may wait all
    the same.
    """
    room: int | None = end.__dict__.get(_ROOM, 0)
    if room == 0:
        room = end.__dict__[_ROOM] = _capacity(end.fileno())
    if room is None:
        return True
    writable = select.poll()
    writable.register(end.fileno(), select.POLLOUT)
    return size <= room and bool(writable.poll(0))


def _capacity(descriptor: int) -> int | None:
    """Return how many bytes a pipe or a socket holds; None where the system does not say."""
    if not hasattr(select, "poll"):
        return None
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISSOCK(mode):
        with socket.socket(fileno=os.dup(descriptor)) as one:
            return one.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    if stat.S_ISFIFO(mode) and sys.platform == "linux":
        import fcntl

        return fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ)
    return None


def _watch_wait() -> None:
    module: Any = connection
    bare = module.wait

    @functools.wraps(bare)
    def wait(object_list: Any, timeout: float | None = None) -> Any:
        if not is_user_frame(sys._getframe(1)):
            return bare(object_list, timeout)
        waited_for = list(object_list)
        ready = bare(waited_for, 0)
        if ready or (timeout is not None and timeout <= 0):
            return ready
        return blocked(_group(waited_for), timeout, bare, waited_for, timeout)

    module.wait = wait


def _group(waited_for: list[Any]) -> int:
    """Return the number of the object that stands for all of *waited_for*."""
    numbers = tuple(filter(None, map(_member, waited_for)))
    if len(numbers) == 1:
        return numbers[0]
    if numbers not in _groups:
        told = (recorder.registry.told("objects", number) for number in numbers)
        names = [str(entry.get("name") or entry.get("process") or "a connection") for entry in told]
        name = f"any of {', '.join(names)}" if names else "any of several connections"
        _groups[numbers] = recorder.registry.add_object(ObjectKind.PIPE, name=name)
    return _groups[numbers]


def _children() -> list[Any]:
    module: Any = process
    return list(module._children)


def _member(waited_for: Any) -> int:
    if isinstance(waited_for, connection._ConnectionBase):
        return number_of(waited_for)
    for child in _children():
        if getattr(child, "_sentinel", None) == waited_for:
            number: int = child.__dict__.get(_OBJECT, 0)
            return number
    return 0
