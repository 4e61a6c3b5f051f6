"""Arithmetic on parameter values, for the expected final value of a shared variable.

A lesson says `expected = "THREADS * INCREMENTS"`, and a script may say it in a comment; neither
may run code. Guarantees: no name but the given ones is looked up, nothing is called but
`min max abs int float`, no result grows past some thousand digits, and every refusal is a
ValueError with a sentence.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping

Value = int | float | bool | str

_LONGEST = 500
_MOST_BITS = 4096

_BINARY: dict[type[ast.operator], Callable[[float, float], int | float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_UNARY: dict[type[ast.unaryop], Callable[[float], int | float | bool]] = {
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Value, Value], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_CALLS: dict[str, Callable[..., int | float]] = {
    "min": min,
    "max": max,
    "abs": abs,
    "int": int,
    "float": float,
}


class Formula:
    """An arithmetic expression, read once and computed often.

    Allowed: numbers, the given names, + - * / // % **, comparisons, `and or not`,
    `a if b else c`, and min, max, abs, int, float. Anything else is a ValueError.
    """

    def __init__(self, expression: str) -> None:
        if len(expression) > _LONGEST:
            raise ValueError(f"The expression is longer than {_LONGEST} characters.")
        self._text = expression
        try:
            self._tree = ast.parse(expression.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError(f"{expression!r} is not an arithmetic expression.") from None

    def compute(self, values: Mapping[str, Value]) -> Value:
        """Return the value over `values`; ValueError where there is none."""
        try:
            return _value(self._tree, values)
        except ZeroDivisionError:
            raise ValueError(f"{self._text!r} divides by zero.") from None
        except OverflowError:
            raise ValueError(f"{self._text!r} is too large to compute.") from None
        except TypeError:
            raise ValueError(f"{self._text!r} mixes text and numbers.") from None


def evaluate(expression: str, values: Mapping[str, Value]) -> Value:
    """Return the value of a `Formula` over `values`; ValueError where there is none."""
    return Formula(expression).compute(values)


def parse_names(expression: str) -> set[str]:
    """Return the names that an expression mentions; ValueError where it is no expression."""
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ValueError(f"{expression!r} is not an arithmetic expression.") from None
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - set(_CALLS)


def _value(node: ast.expr, values: Mapping[str, Value]) -> Value:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
        return node.value
    if isinstance(node, ast.Name):
        if node.id not in values:
            raise ValueError(f"There is no parameter called {node.id!r}.")
        return values[node.id]
    if isinstance(node, ast.BinOp):
        return _binary(node, values)
    if isinstance(node, ast.UnaryOp):
        if isinstance(node.op, ast.Not):
            return not _value(node.operand, values)
        if type(node.op) in _UNARY:
            return _UNARY[type(node.op)](_number(node.operand, values))
    if isinstance(node, ast.IfExp):
        return _value(node.body if _value(node.test, values) else node.orelse, values)
    if isinstance(node, ast.BoolOp):
        return _either(node, values)
    if isinstance(node, ast.Compare):
        return _comparison(node, values)
    if isinstance(node, ast.Call):
        return _call(node, values)
    raise ValueError(f"{ast.unparse(node)!r} is not allowed in an expected value.")


def _number(node: ast.expr, values: Mapping[str, Value]) -> int | float:
    value = _value(node, values)
    if isinstance(value, str):
        raise ValueError(f"{ast.unparse(node)!r} is text, not a number.")
    return value


def _binary(node: ast.BinOp, values: Mapping[str, Value]) -> int | float:
    left, right = _number(node.left, values), _number(node.right, values)
    if isinstance(node.op, ast.Pow):
        return _power(left, right)
    if type(node.op) not in _BINARY:
        raise ValueError(f"{ast.unparse(node)!r} is not allowed in an expected value.")
    return _BINARY[type(node.op)](left, right)


def _power(base: int | float, exponent: int | float) -> int | float:
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and exponent > 0 and int(base).bit_length() * exponent > _MOST_BITS:
        raise ValueError(f"{base} ** {exponent} is too large to compute.")
    result = base**exponent
    if not isinstance(result, int | float):
        raise ValueError(f"{base} ** {exponent} is not a real number.")
    return result


def _either(node: ast.BoolOp, values: Mapping[str, Value]) -> Value:
    stops_at = isinstance(node.op, ast.Or)
    result: Value = False
    for part in node.values:
        result = _value(part, values)
        if bool(result) is stops_at:
            break
    return result


def _comparison(node: ast.Compare, values: Mapping[str, Value]) -> bool:
    left = _value(node.left, values)
    for operation, comparator in zip(node.ops, node.comparators, strict=True):
        right = _value(comparator, values)
        if type(operation) not in _COMPARE:
            raise ValueError(f"{ast.unparse(node)!r} is not allowed in an expected value.")
        if not _COMPARE[type(operation)](left, right):
            return False
        left = right
    return True


def _call(node: ast.Call, values: Mapping[str, Value]) -> int | float:
    if not isinstance(node.func, ast.Name) or node.func.id not in _CALLS or node.keywords:
        raise ValueError(f"{ast.unparse(node)!r} is not allowed in an expected value.")
    arguments = [_number(argument, values) for argument in node.args]
    return _CALLS[node.func.id](*arguments)
