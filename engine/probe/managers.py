"""Managers of `multiprocessing`: the waits for their server, and what the server does.

Whatever is done to a proxy is asked of the server's process, and the thread that asks is blocked
until it has the answer. So each call is a wait for the object that the proxy stands for; where that
is a lock, an event or a queue, it is recorded as such, as far as the answer tells.

Guarantees: an object is one in all processes, known by its server's address and its number there;
the server's process is a part of the run, its threads are lanes from the moment at which they
serve somebody.
"""

from __future__ import annotations

import functools
import multiprocessing
import sys
import types
from _thread import get_ident
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import context
from types import FrameType
from typing import Any

from ..events import Deed, Flag, Kind, Notice, ObjectKind
from .blocking import blocked
from .owner import NOWHERE, Site, user_site
from .recorder import recorder
from .shared_objects import announce, look_for_imports, maker_site, when_imported
from .threads import timeout_value

_OBJECT = "_threadlab_object"
_UNKNOWN = -1
_KINDS = {
    "Lock": ObjectKind.LOCK,
    "RLock": ObjectKind.RLOCK,
    "Semaphore": ObjectKind.SEMAPHORE,
    "BoundedSemaphore": ObjectKind.SEMAPHORE,
    "Condition": ObjectKind.CONDITION,
    "Event": ObjectKind.EVENT,
    "Barrier": ObjectKind.BARRIER,
    "Queue": ObjectKind.QUEUE,
    "JoinableQueue": ObjectKind.QUEUE,
}
_HAVE_LOCKS = (ObjectKind.LOCK, ObjectKind.RLOCK, ObjectKind.CONDITION)
_NOTICES = {
    (ObjectKind.EVENT, "set"): Deed.SET,
    (ObjectKind.SEMAPHORE, "release"): Deed.RELEASED,
    (ObjectKind.CONDITION, "notify"): Deed.NOTIFIED,
    (ObjectKind.CONDITION, "notify_all"): Deed.NOTIFIED,
}
_MOVES = {"put": Kind.QUEUE_PUT, "get": Kind.QUEUE_GET, "task_done": Kind.QUEUE_DONE}

Call = Callable[[], Any]


def install() -> None:
    """Patch `multiprocessing.managers` when it is imported."""
    when_imported("multiprocessing.managers", _watch)
    made: Any = context.BaseContext
    bare = made.Manager

    @functools.wraps(bare)
    def manager(self: Any) -> Any:
        import multiprocessing.managers  # noqa: F401 - as the bare one does next

        look_for_imports()
        return bare(self)

    made.Manager = manager
    # The package took its functions from its default context when it was imported.
    package: Any = multiprocessing
    package.Manager = types.MethodType(manager, package.Manager.__self__)


def _watch(managers: Any) -> None:
    _watch_proxies(managers.BaseProxy)
    _watch_starts(managers.BaseManager)
    _watch_server(managers.Server)


def _watch_proxies(made: Any) -> None:
    init, call_method = made.__init__, made._callmethod

    @functools.wraps(init)
    def initialise(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        _number_of(self, maker_site(self))

    @functools.wraps(call_method)
    def callmethod(self: Any, methodname: str, args: Any = (), kwds: Any = {}) -> Any:  # noqa: B006 - as it is bare
        call = functools.partial(call_method, self, methodname, args, kwds)
        site = _caller(sys._getframe(1))
        if site == NOWHERE:
            return call()
        return _Question(_number_of(self), _kind(self), site).ask(methodname, args, call)

    made.__init__, made._callmethod = initialise, callmethod


def _kind(proxy: Any) -> ObjectKind:
    return _KINDS.get(proxy._token.typeid, ObjectKind.PROXY)


def _number_of(proxy: Any, site: Site | None = None) -> int:
    """Return the number of *proxy*, which is announced when it is made, or first asked here.

    One that arrives with its process is made before this module can be patched.
    """
    number: int = proxy.__dict__.get(_OBJECT, 0)
    if not number:
        token = proxy._token
        number = proxy.__dict__[_OBJECT] = announce(
            _kind(proxy),
            site or NOWHERE,
            named=site is not None,
            shared=f"proxy {token.address!r} {token.id}",
            label=f"a shared {token.typeid}",
        )
    return number


def _caller(frame: FrameType | None) -> Site:
    """Return the user's line that calls a proxy's method, which lies in no file."""
    while frame is not None and frame.f_code.co_filename.startswith("<"):
        frame = frame.f_back
    return NOWHERE if frame is None else user_site(frame)


@dataclass(frozen=True, slots=True)
class _Question:
    """What a thread asks of the server about object *number*, from the line *site*."""

    number: int
    kind: ObjectKind
    site: Site

    def ask(self, method: str, arguments: Any, call: Call) -> Any:
        """Return the server's answer; record what is known of *method* by then."""
        kind, is_lock = self.kind, self.kind in _HAVE_LOCKS
        if is_lock and method == "acquire":
            return self._acquire(arguments, call)
        deed = _NOTICES.get((kind, method))
        if deed is not None:
            self._record(Kind.NOTIFY, Notice(deed, 0, 0).packed())
        if is_lock and method in ("release", "wait"):
            self._record(Kind.LOCK_RELEASED)
        if is_lock and method == "release":
            return call()
        is_join = kind is ObjectKind.QUEUE and method == "join"
        begins = Kind.QUEUE_JOIN_WAIT if is_join else Kind.WAIT_BEGIN
        timeout = arguments[-1] if method == "wait" and arguments else None
        answer = blocked(self.number, timeout, call, kind=begins, site=self.site)
        if is_lock and method == "wait":
            self._record(Kind.LOCK_ACQUIRED)
        if kind is ObjectKind.QUEUE and method in _MOVES:
            self._record(_MOVES[method], _UNKNOWN)
        return answer

    def _acquire(self, arguments: tuple[Any, ...], call: Call) -> Any:
        """Take a lock that lies in the server: a wait, whoever has it; nobody else can tell."""
        blocking, timeout = (*arguments, *(True, None)[len(arguments) :])[:2]
        if blocking:
            self._record(Kind.LOCK_WAIT, timeout_value(timeout))
        try:
            taken = call()
        except BaseException:
            if blocking:
                self._record(Kind.LOCK_WAIT_FAILED)
            raise
        if taken:
            self._record(Kind.LOCK_ACQUIRED)
        elif blocking:
            self._record(Kind.LOCK_WAIT_FAILED, flags=Flag.TIMED_OUT)
        else:
            self._record(Kind.LOCK_TRY_FAILED)
        return taken

    def _record(self, kind: Kind, value: int = 0, flags: int = 0) -> None:
        recorder.record(kind, self.number, value, self.site, flags)


def _watch_starts(made: Any) -> None:
    init, start = made.__init__, made.start

    @functools.wraps(init)
    def initialise(self: Any, *arguments: Any, **named: Any) -> None:
        init(self, *arguments, **named)
        site = maker_site(self)
        if site is not None:
            self.__dict__[_OBJECT] = announce(ObjectKind.PROXY, site, label="the manager")

    @functools.wraps(start)
    def watched_start(self: Any, *arguments: Any, **named: Any) -> None:
        number = self.__dict__.get(_OBJECT)
        call = functools.partial(start, self, *arguments, **named)
        if number:
            blocked(number, None, call)
        else:
            call()

    made.__init__, made.start = initialise, watched_start


class _Client:
    """A server's connection to a client: to wait for what it asks is a wait."""

    def __init__(self, connection: Any, number: int) -> None:
        self._connection, self._number = connection, number

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def recv(self) -> Any:
        return blocked(self._number, None, self._connection.recv)


def _watch_server(made: Any) -> None:
    serve, serve_client = made.serve_forever, made.serve_client

    def clients(server: Any) -> int:
        if _OBJECT not in server.__dict__:
            server.__dict__[_OBJECT] = announce(ObjectKind.PIPE, NOWHERE, name="its clients")
        number: int = server.__dict__[_OBJECT]
        return number

    @functools.wraps(serve)
    def serve_forever(self: Any) -> None:
        recorder.record(Kind.WAIT_BEGIN, clients(self), -1)
        serve(self)

    @functools.wraps(serve_client)
    def watched_serve_client(self: Any, conn: Any) -> None:
        recorder.registry.show_thread(recorder.registry.numbers[get_ident()])
        serve_client(self, _Client(conn, clients(self)))

    made.serve_forever, made.serve_client = serve_forever, watched_serve_client
