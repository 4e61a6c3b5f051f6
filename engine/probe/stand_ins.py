"""What stands where a builtin function stood, and looks and behaves like it.

Why: a Python function put in place of `time.sleep` or `os.fork` is a method wherever a class keeps
it (`class Clock: sleep = time.sleep` then passes `self`), cannot be pickled as the target of a
process, and prints as what it is. Guarantees: no frame of Python is added to the call of what is
given; pickle, copy, `inspect`, `help` and printing say what they say of the builtin; only
`type(x)` and a debugger see the difference.
"""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any


class StandIn:
    """A callable that is called *bare*'s name, and calls *instead*."""

    # A slot's content is called in C, and is no method of the class that keeps the stand-in.
    __slots__ = ("__call__", "__dict__", "__weakref__")

    __call__: Callable[..., Any]

    def __init__(self, bare: Any, instead: Callable[..., Any]) -> None:
        self.__call__ = instead
        for name in ("__module__", "__name__", "__qualname__", "__doc__", "__text_signature__"):
            self.__dict__[name] = getattr(bare, name, None)
        self.__dict__["__self__"] = getattr(bare, "__self__", None)
        self.__dict__["threadlab_bare"] = bare

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """What `isinstance` and `inspect.isbuiltin` go by."""
        return types.BuiltinFunctionType

    def __repr__(self) -> str:
        return repr(self.__dict__["threadlab_bare"])

    def __or__(self, other: object) -> Any:
        return self.__dict__["threadlab_bare"] | other  # `Lock | None`: for the builtin to refuse

    def __ror__(self, other: object) -> Any:
        return other | self.__dict__["threadlab_bare"]

    def __reduce__(self) -> str:
        name: str = self.__dict__["__name__"]
        return name


def replace(module: Any, name: str, instead: Callable[..., Any]) -> None:
    """Let *name* of *module* call *instead*, there and where the builtin says that it lives."""
    bare = getattr(module, name)
    made = StandIn(bare, instead)
    setattr(module, name, made)
    home = sys.modules.get(bare.__module__)  # `os.fork` is at home in `posix`, and pickled so
    if home is not None and getattr(home, name, None) is bare:
        setattr(home, name, made)
