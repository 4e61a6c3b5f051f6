"""Objects that several processes share: one identity, by which the trace knows them as one.

Why: a lock of `multiprocessing` is one lock, in whatever process it is asked for. Each process
numbers its own objects, so what is shared carries an identity beside its number, made where the
object is made: process, moment and number. A fork's child takes it over with the object. To a
spawned one it travels with what `multiprocessing` tells it anyway: a table from the object's key
(the name of its semaphore, the inode of its pipe), which both sides can see, to its identity.

Guarantees: two objects have one identity only if the system says that they are one; a key whose
object is gone is told to nobody; what a library made for itself is not shown.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
import weakref
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any

from ..events import ObjectKind
from .owner import Site, is_user_frame, maker, user_site
from .recorder import recorder

_PACKAGE = os.path.dirname(multiprocessing.__file__)
#: Code that makes an object on behalf of its caller.
_FACTORIES = frozenset(
    os.path.join(_PACKAGE, name)
    for name in ("context.py", "managers.py", "sharedctypes.py", "dummy/__init__.py")
)
_PROBES = os.path.dirname(__file__) + os.sep
Entry = dict[str, Any]
#: What each key stands for, here and, once it was told, in the processes that are spawned.
_by_key: dict[str, int] = {}
_learned: dict[str, Entry] = {}
#: Modules that are patched as soon as the script has caused them to be imported.
_late: dict[str, Callable[[Any], None]] = {}


def pool_identity(number: int) -> str:
    """Return the identity of pool *number*; empty where it is not shown."""
    return str(recorder.registry.told("objects", number)["shared"]) if number else ""


def task_identity(pool: str, position: object) -> str:
    """Return the identity of the task at *position* of a pool."""
    return f"{pool}/{position}"


def factory_free(frame: FrameType | None) -> FrameType | None:
    """Return who asked for what *frame* makes on behalf of its caller."""
    while frame is not None and (
        frame.f_code.co_filename in _FACTORIES or frame.f_code.co_filename.startswith(_PROBES)
    ):
        frame = frame.f_back
    return frame


def maker_site(instance: object) -> Site | None:
    """Return the user's line that makes *instance*; None where a library makes it for itself."""
    frame = factory_free(maker(instance))
    if frame is None or not is_user_frame(frame):
        return None
    return user_site(frame)


def identity() -> str:
    """Return an identity that no other object of this run has."""
    return f"{os.getpid()}.{time.perf_counter_ns()}.{len(_by_key)}"


def announce(
    kind: ObjectKind, site: Site, *, key: str | None = None, owner: object = None, **entry: Any
) -> int:
    """Announce a shared object made at *site*, known by *key* as long as *owner* lives."""
    entry.setdefault("shared", identity())
    number = recorder.registry.add_object(kind, site, **entry)
    if key is not None:
        keep(key, number, owner)
    return number


def keep(key: str, number: int, owner: object) -> None:
    """Let *key* stand for object *number* as long as *owner* lives."""
    _by_key[key] = number
    weakref.finalize(owner, _by_key.pop, key, None).atexit = False


def known(key: str | None, owner: object) -> int:
    """Return the number of the object that *key* stands for; 0 where nobody told of one."""
    if key is None:
        return 0
    number = _by_key.get(key, 0)
    entry = _learned.get(key)
    if not number and entry is not None:
        told = dict(entry)
        kind, site = ObjectKind(told.pop("kind")), (told.pop("file"), told.pop("line"))
        number = recorder.registry.add_object(kind, site, named=False, **told)
        keep(key, number, owner)
    return number


def kind_of(number: int) -> ObjectKind:
    """Return what kind of object *number* is."""
    return ObjectKind(recorder.registry.told("objects", number)["kind"])


def table() -> dict[str, Entry]:
    """Return what a spawned process has to know of the objects that it may be given."""
    registry = recorder.registry
    sites = registry.sites.known()
    found = dict(_learned)
    for key, number in list(_by_key.items()):
        entry = dict(registry.told("objects", number))
        del entry["number"]
        entry["file"], entry["line"] = sites.get(entry.pop("site"), ("", 0))
        found[key] = entry
    return found


def learn(told: Mapping[str, Entry]) -> None:
    """Take the table of the process that spawned this one."""
    _learned.update(told)


def when_imported(name: str, patch: Callable[[Any], None]) -> None:
    """Patch module *name* once it is there; it is too slow to import for nothing."""
    _late[name] = patch
    look_for_imports()


def look_for_imports() -> None:
    """Patch what was imported meanwhile."""
    for name in [name for name in _late if name in sys.modules]:
        _late.pop(name)(sys.modules[name])
