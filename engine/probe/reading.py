"""Reads a watched value at the moment of a store: what is there, as plain data.

Why so careful: a watched expression is read between two statements of the script, so nothing of
the user's may run and nothing may raise. Guarantees:
- An attribute is only read where its type says that it is plain data (an instance's `__dict__`
  or slot, a class's or a module's own dictionary). Properties, other descriptors, `__getattr__`,
  `__getattribute__`, `__len__` and `__getitem__` of the user's are never called; what they hide
  is said in words instead.
- What is written down is the value at this very moment: a plain value, or a container's type and
  length with plain copies of its first entries; never a reference to an object of the user's.
- A part that is not there gives `ABSENT`.

Looking an entry up in a `dict` compares keys, so a key of the user's own type whose hash is that
of the watched constant would have its `__eq__` called; no probe can tell beforehand.

`streams` does the same composed of C callables; on builds without a GIL this plain form is used.
"""

from __future__ import annotations

import itertools
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Callable
from types import (
    FunctionType,
    GetSetDescriptorType,
    MappingProxyType,
    MemberDescriptorType,
    ModuleType,
)
from typing import Any, Literal

from .arithmetic import Formula
from .texts import MOST_ITEMS, Text, value_text
from .watches import Step

ABSENT = Text("not there")

#: How to take a value of exactly this type along; each gives back the very value.
KEEP: dict[type, Callable[[Any], Any]] = {
    int: int,
    float: float,
    str: str,
    bytes: bytes,
    bool: bool,
    type(None): {None: None}.get,
}
SEQUENCES: frozenset[type] = frozenset({list, tuple, set, frozenset, deque})
MAPPINGS: frozenset[type] = frozenset({dict, defaultdict, OrderedDict, Counter})
SIZED: frozenset[type] = SEQUENCES | MAPPINGS | {str, bytes, bytearray, range}
_PASSIVE = (GetSetDescriptorType, MemberDescriptorType)

#: A class's own dictionary, whatever its metaclass says.
own_dictionary: Callable[[type], MappingProxyType[str, Any]] = type.__dict__["__dict__"].__get__

_bases_of: Callable[[type], Any] = type.__dict__["__mro__"].__get__

#: How a part is read: "part" by the plain builtin way; "class", "module" in its dictionary;
#: "same" for what is no object of the script's, but words that are handed on; or why it is not.
Rule = Literal["part", "class", "module", "same"] | Text


def attribute_rule(kind: type, name: str) -> Rule:
    """Return how the attribute *name* of instances of *kind* is read."""
    if kind is Text:
        return "same"
    if kind is ModuleType:
        return "module"
    if type in _bases(kind):
        return "class"
    if kind in KEEP or kind in SIZED:
        return "part"
    for hook in ("__getattr__", "__getattribute__"):
        if _inherited(kind, hook) not in (None, object.__getattribute__):
            return Text(f"not read: {kind.__name__} computes its attributes ({hook})")
    found = type(_inherited(kind, name))
    if issubclass(found, property):
        return Text(f"not read: {name} is a property of {kind.__name__}, and would run code")
    getter = _inherited(found, "__get__")
    if found not in _PASSIVE and (
        isinstance(getter, FunctionType) or (getter and _inherited(found, "__set__"))
    ):
        return Text(f"not read: {name} is computed by {kind.__name__}")
    return "part"


def item_rule(kind: type) -> Rule:
    """Return how an entry of a container of type *kind* is read: by position or by key."""
    if kind is Text:
        return "same"
    if kind in MAPPINGS:
        return "class"
    if kind in (list, tuple):
        return "part"
    return Text(f"not read: entries of a {kind.__name__} (only of a dict, a list or a tuple)")


def length_rule(kind: type) -> Rule:
    """Return how the length of a value of type *kind* is read."""
    if kind is Text:
        return "same"
    if kind in SIZED:
        return "part"
    return Text(f"not read: the length of a {kind.__name__} (only of builtin containers)")


def _bases(kind: type) -> tuple[type, ...]:
    found: tuple[type, ...] = _bases_of(kind)
    return found


def is_kind_of(kind: type, wanted: object) -> bool:
    """Whether *kind* is the class *wanted* or inherits from it; runs no `__instancecheck__`."""
    return any(base is wanted for base in _bases(kind))


def _inherited(kind: type, name: str) -> Any:
    """Return what *kind* or the first of its bases has under *name*, as it lies there, or None."""
    return next((own_dictionary(b)[name] for b in _bases(kind) if name in own_dictionary(b)), None)


def read_step(value: Any, step: Step) -> Any:
    """Return the part of *value* that *step* leads to."""
    if not step.is_item:
        name = str(step.key)
        rule = attribute_rule(type(value), name)
        if rule == "part":
            return getattr(value, name, ABSENT)
        if rule == "class":
            return own_dictionary(value).get(name, ABSENT)
        return value.__dict__.get(name, ABSENT) if rule == "module" else handed_on(value, rule)
    rule = item_rule(type(value))
    if rule == "class":
        return dict.get(value, step.key, ABSENT)
    if rule == "part":
        return next(iter(value[position(step.key)]), ABSENT)
    return handed_on(value, rule)


def position(key: object) -> slice:
    """Return the slice that holds the entry number *key* of a list, or nothing."""
    if not isinstance(key, int):
        return slice(0, 0)
    return slice(key, None if key == -1 else key + 1)


def length(value: Any) -> Any:
    """Return `len(value)`, or why it is not known."""
    rule = length_rule(type(value))
    return len(value) if rule == "part" else handed_on(value, rule)


def handed_on(value: Any, rule: Rule) -> Any:
    """Return what stands for a value that is not read by *rule*."""
    return value if rule == "same" else rule


def kept(value: Any) -> Any:
    """Return the plain data that stand for *value* from now on."""
    kind = type(value)
    if kind is Text or kind in KEEP:
        return value
    if kind in MAPPINGS or kind in SEQUENCES:
        parts = [value, value.values()] if kind in MAPPINGS else [value]
        return (kind, len(value), *(tuple(map(_kept_item, _head(part))) for part in parts))
    return kind


def _head(values: Any) -> list[Any]:
    try:
        return list(itertools.islice(values, MOST_ITEMS))
    except RuntimeError:  # another thread changed it meanwhile, without a GIL
        return []


def _kept_item(item: Any) -> Any:
    return item if type(item) in KEEP else type(item)


def computed(value: Any) -> Any:
    """Return the value of a watched formula from the plain data `(formula, p0, p1, ...)`.

    Computed when the log is sent, not at the store. What is no formula is given back.
    """
    if type(value) is not tuple or type(value[0]) is not Formula:
        return value
    for part in value[1:]:
        if type(part) not in (int, float, bool):
            return part if type(part) is Text else Text(f"not a number: {value_text(part)}")
    try:
        return value[0].compute({f"p{index}": part for index, part in enumerate(value[1:])})
    except ValueError as error:
        return Text(f"not computed: {error}")
