"""JSON from a file that anybody may have made: read by key, with the type that each must have.

Guarantees: what is returned has the type and the bounds asked for; anything else is a
RunFileError that names the key.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from engine.formats.errors import RunFileError

LARGEST_INT = 1 << 62
MOST_STRUCTURE = 4 << 20
_TEXTS = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


def parsed(data: bytes, where: str) -> object:
    """Return the JSON in *data*.

    Three bytes of it, `[],`, become sixty in memory, while a text stays what it is: so it is what
    stands outside of texts that is bounded.
    """
    if len(data) > MOST_STRUCTURE and len(_TEXTS.sub(b"", data)) > MOST_STRUCTURE:
        raise RunFileError(f"{where} is larger than any that ThreadLab writes; nothing was opened.")
    try:
        return json.loads(data)
    except (ValueError, RecursionError):  # bad UTF-8 and numbers of 5,000 digits are ValueErrors
        raise RunFileError(
            f"{where} is no JSON that ThreadLab writes; nothing was opened."
        ) from None


class Fields:
    """An object of JSON, taken key by key."""

    def __init__(self, value: object, where: str) -> None:
        if not isinstance(value, dict):
            raise RunFileError(f"{where} must be an object; nothing was opened.")
        self._value: Mapping[str, Any] = value
        self.where = where

    def fault(self, key: str, wanted: str) -> RunFileError:
        """Return the error for *key*."""
        return RunFileError(f"{self.where}: {key} must be {wanted}; nothing was opened.")

    def text(self, key: str, default: str | None = None) -> str:
        """Take a text."""
        found = self._value.get(key, default)
        if not isinstance(found, str):
            raise self.fault(key, "a text")
        return found

    def texts(self, key: str) -> tuple[str, ...]:
        """Take a list of texts; a missing one is empty."""
        found = self._value.get(key, [])
        if not isinstance(found, list) or not all(isinstance(part, str) for part in found):
            raise self.fault(key, "a list of texts")
        return tuple(found)

    def number(self, key: str, least: int = 0, most: int = LARGEST_INT) -> int:
        """Take a whole number from *least* to *most*."""
        return whole(self._value.get(key), f"{self.where}: {key}", least, most)

    def maybe(self, key: str, least: int = 0, most: int = LARGEST_INT) -> int | None:
        """Take a whole number, or None."""
        return None if self._value.get(key) is None else self.number(key, least, most)

    def real(self, key: str) -> float:
        """Take a finite number."""
        found = self._value.get(key)
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise self.fault(key, "a number")
        if not math.isfinite(found) or abs(found) > LARGEST_INT:
            raise self.fault(key, "a number of reasonable size")
        return float(found)

    def flag(self, key: str) -> bool:
        """Take true or false."""
        found = self._value.get(key)
        if not isinstance(found, bool):
            raise self.fault(key, "true or false")
        return found

    def table(self, key: str) -> Mapping[str, Any]:
        """Take an object; a missing one is empty."""
        found = self._value.get(key, {})
        if not isinstance(found, dict):
            raise self.fault(key, "an object")
        return found

    def fields(self, key: str) -> Fields | None:
        """Take an object to be taken key by key, or None."""
        found = self._value.get(key)
        return None if found is None else Fields(found, f"{self.where}: {key}")

    def rows(self, key: str, most: int) -> list[Any]:
        """Take a list of at most *most* entries; a missing one is empty."""
        found = self._value.get(key, [])
        if not isinstance(found, list) or len(found) > most:
            raise self.fault(key, f"a list of at most {most:,}")
        return found


def whole(value: object, where: str, least: int = 0, most: int = LARGEST_INT) -> int:
    """Return *value*, a whole number from *least* to *most*."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise RunFileError(
            f"{where} must be a whole number from {least:,} to {most:,}; nothing was opened."
        )
    return value


def scalar(value: object, where: str) -> int | float | bool | str:
    """Return *value*, which must be a number, a text, true or false."""
    if not isinstance(value, (bool, int, float, str)):
        raise RunFileError(f"{where} must be one value; nothing was opened.")
    return value
