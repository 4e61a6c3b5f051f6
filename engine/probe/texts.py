"""Values as short texts, without ever running code of the user's.

Why: a `__repr__` of the user's in a thread of ours could block, print, or raise. Guarantees:
only values of exactly the built-in types are spelled out; anything else is shown as its type.
"""

from __future__ import annotations

from collections.abc import Iterable
from types import FunctionType

LONGEST_TEXT = 10_000
_LONGEST_SHOWN = 80
MOST_ITEMS = 6
_DEEPEST = 3
_SHORT = range(-(10**18), 10**18)  # numbers that need no cut
_OPENING: dict[type, str] = {list: "[]", tuple: "()", set: "{}", frozenset: "{}", dict: "{}"}


class Text(str):
    """A text to be shown as it is; a plain `str` is a value, and shown with its quotes."""

    __slots__ = ()


def shortened(text: str, longest: int = LONGEST_TEXT) -> str:
    """Return *text*, cut visibly where it is too long to be of use on a screen."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]}… ({len(text) - longest:,} more characters)"


def value_text(value: object) -> str:
    """Return the text of a value that was stored."""
    if isinstance(value, Text):
        return str(value)
    if isinstance(value, type):  # what `reading` keeps of anything that is no plain value
        return f"<{value.__name__}>"
    if type(value) is tuple:
        return _container_text(*value)
    return _scalar(value)


def _container_text(kind: type, length: int, *heads: tuple[object, ...]) -> str:
    """Return the text of what `reading` keeps of a container: its first entries, its length."""
    columns = [list(map(_entry_text, head)) for head in heads]
    entries = [": ".join(entry) for entry in zip(*columns, strict=False)]
    if length > len(entries):
        entries.append("…")
    inside = ", ".join(entries) + ("," if kind is tuple and length == 1 else "")
    brackets = _OPENING.get(kind)
    text = f"{brackets[0]}{inside}{brackets[1]}" if brackets else f"{kind.__name__}([{inside}])"
    return f"{text} · {length:,} {'item' if length == 1 else 'items'}"


def _entry_text(entry: object) -> str:
    if isinstance(entry, type):
        brackets = _OPENING.get(entry)
        return f"{brackets[0]}…{brackets[1]}" if brackets else f"<{entry.__name__}>"
    return _cut(_scalar(entry))


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def short_repr(value: object, depth: int = _DEEPEST) -> str:
    """Return *value* as Python writes it, cut short."""
    if type(value) is int and value in _SHORT:
        return str(value)
    brackets = _OPENING.get(type(value))
    if brackets is None:
        return _cut(_scalar(value))
    if not depth:
        return f"{brackets[0]}…{brackets[1]}"
    try:
        items = _items(value, depth - 1)
    except RuntimeError:  # another thread changed it meanwhile
        return f"<{type(value).__name__}>"
    return f"{brackets[0]}{', '.join(items)}{brackets[1]}"


def error_text(error: BaseException) -> str:
    """Return the last line of the traceback of *error*."""
    name = type(error).__qualname__
    if type(error).__str__ in (BaseException.__str__, OSError.__str__, KeyError.__str__):
        message = ", ".join(short_repr(argument) for argument in error.args)
        if len(error.args) == 1 and type(error.args[0]) is str:
            message = shortened(error.args[0], _LONGEST_SHOWN)
        return f"{name}: {message}" if message else name
    return name


def call_texts(function: object, arguments: Iterable[object]) -> tuple[str, str]:
    """Return the name of *function* and its *arguments* as text."""
    if type(function) is FunctionType:
        return function.__qualname__, ", ".join(map(short_repr, arguments))
    inner = getattr(function, "args", None)  # of functools.partial, as `map` with chunks makes it
    if inner and hasattr(function, "func") and callable(inner[0]):
        function = inner[0]
    name = getattr(function, "__qualname__", None)
    shown = name if isinstance(name, str) else type(function).__qualname__
    return shown, ", ".join(map(short_repr, arguments))


def _items(value: object, depth: int) -> list[str]:
    shown: list[str] = []
    if isinstance(value, dict):
        pairs = list(value.items())[:MOST_ITEMS]
        shown = [f"{short_repr(key, depth)}: {short_repr(held, depth)}" for key, held in pairs]
    elif isinstance(value, list | tuple | set | frozenset):
        shown = [short_repr(item, depth) for item in list(value)[:MOST_ITEMS]]
        if isinstance(value, tuple) and len(value) == 1:
            shown[0] += ","
    if hasattr(value, "__len__") and len(value) > MOST_ITEMS:
        shown.append("…")
    return shown


def _scalar(value: object) -> str:
    if value is None or type(value) in (bool, float, complex, bytes):
        return repr(value)
    if type(value) is str:
        return repr(value) if len(value) <= LONGEST_TEXT else repr(value[: LONGEST_TEXT + 1])
    if type(value) is int:
        bits = value.bit_length()
        return str(value) if bits < 10_000 else f"<int of {bits} bits>"
    return f"<{type(value).__name__}>"
