"""What a person typed to be found: a text, or a comparison with a value.

Guarantees: any text is a query; `total = 5`, `x > 2.5` and `name == "done"` compare, everything
else is looked for as it stands, whether letters are large or small.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

_COMPARISON = re.compile(r"\s*([^=<>!]*?)\s*(==|!=|<=|>=|=|<|>)\s*(\S.*?)\s*")
_OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "=": operator.eq,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True, slots=True)
class Query:
    """One query.

    Attributes: text (folded), number (it as a number, or None), name (which value is compared;
    "" for any), compare (with what comparison; None where it is none), value (folded), amount
    (the value as a number, or None).
    """

    text: str
    number: float | None
    name: str = ""
    compare: Callable[[Any, Any], Any] | None = None
    value: str = ""
    amount: float | None = None

    def matches(self, text: str) -> bool:
        """Tell whether *text* holds the query's."""
        return self.text in text.casefold()

    def matches_value(self, shown: str) -> bool:
        """Tell whether a value that is no number, shown as *shown*, is one that is looked for."""
        folded = shown.casefold()
        if self.compare is None:
            return self.text in folded
        if self.amount is not None:
            return False
        # An order among texts is that of a dictionary; nobody looks for that.
        is_equal = folded.strip("'\"") == self.value
        return (
            is_equal
            if self.compare is operator.eq
            else self.compare is operator.ne and not is_equal
        )


def read(typed: str) -> Query | None:
    """Return the query in *typed*; None where nothing was typed."""
    text = " ".join(typed.split()).casefold()
    if not text:
        return None
    found = _COMPARISON.fullmatch(text)
    if found is None:
        return Query(text, _number(text))
    name, sign, value = found.groups()
    return Query(text, None, name, _OPERATORS[sign], value.strip("'\""), _number(value))


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return {"true": 1.0, "false": 0.0}.get(text)
    return found if found == found and abs(found) != float("inf") else None
