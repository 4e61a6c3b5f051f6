"""Random small programs, and two ways of watching them: by probes, and opcode by opcode.

The oracle traces opcodes, so it knows each store from the interpreter itself and shares no line
with the code under test.
"""

from __future__ import annotations

import ast
import dis
import sys
import textwrap
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any, Generic, TypeVar

from hypothesis import strategies as st

from engine.probe.source import StorePoint, bind, compile_tree, sentinel
from engine.probe.store_points import POP, PUSH, change_sentinel

WATCHED = ("x", "y")
_STORES = {"STORE_NAME", "STORE_GLOBAL", "DELETE_NAME", "DELETE_GLOBAL"}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """How a program ended, what its globals were then, and the stores that were seen."""

    ending: tuple[str, list[int]] | None
    names: dict[str, object]
    stores: list[T]


def shown(value: object) -> object:
    """Return something that is equal in two runs: whole numbers, else the type's name."""
    return value if isinstance(value, int) else type(value).__name__


def _names() -> dict[str, Any]:
    @contextmanager
    def context(value: object) -> Any:
        yield value

    flags = iter([True, False, False, True, True] * 4000)

    def maybe() -> None:
        if next(flags):
            raise ValueError

    return {
        "__name__": "program",
        "context": context,
        "flag": lambda: next(flags),
        "maybe": maybe,
        "suppress": suppress,
        "lock": nullcontext(),
    }


def _execute(code: CodeType, names: dict[str, Any]) -> tuple[str, list[int]] | None:
    try:
        exec(code, names)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno or 0 for frame in frames if frame.filename == "program.py"]
        return type(error).__name__, lines
    return None


def _ours(names: dict[str, Any]) -> dict[str, object]:
    return {name: shown(names[name]) for name in WATCHED if name in names}


class _Pipe:
    """A probe's other end, in Python: notes the name's value at each step."""

    def __init__(self, point: StorePoint, names: dict[str, Any], log: list[Any]) -> None:
        self._point, self._names, self._log = point, names, log

    def __contains__(self, _: object) -> bool:
        value = shown(self._names[self._point.name]) if self._point.kind == "set" else None
        self._log.append((self._point.index, value))
        return False


def run_probed(tree: ast.Module, points: Sequence[StorePoint]) -> Outcome[tuple[int, object]]:
    """Run an instrumented tree; stores are `(index of the point, value)`."""
    names, log = _names(), list[tuple[int, object]]()
    # What may change a container of the same name in another scope stores no global.
    pipes: dict[str, object] = {PUSH: (None,), POP: (None,)}
    for point in points:
        pipe = _Pipe(point, names, log) if point.base is None else (None,)
        pipes[sentinel(point.index)] = pipe
        pipes[change_sentinel(point.index)] = (None,)
    ending = _execute(bind(compile_tree(tree, "program.py"), pipes), names)
    return Outcome(ending, _ours(names), log)


def _stores(code: CodeType) -> dict[int, tuple[str, str]]:
    """Return the offsets that store or delete a watched global, but not `except ... as`'s end."""
    found: dict[int, tuple[str, str]] = {}
    steps = list(dis.get_instructions(code))
    for position, step in enumerate(steps):
        if step.opname not in _STORES or step.argval not in WATCHED:
            continue
        if step.opname.endswith("_NAME") and code.co_name != "<module>":
            continue
        kind = "set" if step.opname.startswith("STORE") else "del"
        before, after = steps[position - 1], steps[(position + 1) % len(steps)]
        clears = before.opname == "LOAD_CONST" and before.argval is None
        cleared = steps[position - 2].opname == "LOAD_CONST" and steps[position - 2].argval is None
        if kind == "set" and clears and after.opname.startswith("DELETE"):
            continue
        if kind == "del" and cleared and before.opname.startswith("STORE"):
            continue
        found[step.offset] = step.argval, kind
    return found


class _Oracle:
    """Notes the stores of one run, told of each opcode before it is executed."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.log: list[tuple[str, str, object]] = []
        self._names = names
        self._known: dict[CodeType, dict[int, tuple[str, str]]] = {}
        self._begun: tuple[str, str] | None = None

    def settle(self) -> None:
        """Whatever opcode had begun has been executed."""
        if self._begun is not None:
            name, kind = self._begun
            self.log.append((name, kind, shown(self._names[name]) if kind == "set" else None))
            self._begun = None

    def fail(self) -> None:
        """Whatever opcode had begun has raised."""
        self._begun = None

    def begin(self, code: CodeType, offset: int) -> None:
        """An opcode is about to be executed."""
        self.settle()
        if code not in self._known:
            self._known[code] = _stores(code)
        self._begun = self._known[code].get(offset)


@contextmanager
def _tracing(oracle: _Oracle) -> Iterator[None]:
    def trace(frame: FrameType, event: str, _: object) -> Any:
        if frame.f_code.co_filename != "program.py":
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        if event == "exception":
            oracle.fail()
        elif event == "opcode":
            oracle.begin(frame.f_code, frame.f_lasti)
        elif event == "return":
            oracle.settle()
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        yield
    finally:
        sys.settrace(before)


@contextmanager
def _monitoring(oracle: _Oracle) -> Iterator[None]:
    """From 3.12 on: there `sys.settrace` sends a frame's first opcodes too late."""
    monitoring: Any = getattr(sys, "monitoring", None)
    events, tool = monitoring.events, 4

    def begin(code: CodeType, offset: int) -> None:
        if code.co_filename == "program.py":
            oracle.begin(code, offset)

    def fail(code: CodeType, *_: object) -> None:
        if code.co_filename == "program.py":
            oracle.fail()

    def settle(code: CodeType, *_: object) -> None:
        if code.co_filename == "program.py":
            oracle.settle()

    monitoring.use_tool_id(tool, "oracle")
    monitoring.register_callback(tool, events.INSTRUCTION, begin)
    monitoring.register_callback(tool, events.RAISE, fail)
    monitoring.register_callback(tool, events.PY_RETURN, settle)
    monitoring.set_events(tool, events.INSTRUCTION | events.RAISE | events.PY_RETURN)
    try:
        yield
    finally:
        monitoring.set_events(tool, 0)
        monitoring.free_tool_id(tool)


def run_traced(code: CodeType) -> Outcome[tuple[str, str, object]]:
    """Run plain code opcode by opcode; stores are `(name, kind, value)`."""
    names = _names()
    oracle = _Oracle(names)
    watching = _monitoring if sys.version_info >= (3, 12) else _tracing
    with watching(oracle):
        ending = _execute(code, names)
    return Outcome(ending, _ours(names), oracle.log)


# --- programs ----------------------------------------------------------------------------------

_name = st.sampled_from(WATCHED)
_number = st.integers(-3, 9).map(str)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(
        st.builds("({} := {})".format, _name, inner),
        st.builds("({} + {})".format, inner, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("({} and {} or {})".format, inner, inner, inner),
        st.builds("[{} := i + {} for i in range(3)][-1]".format, _name, inner),
        st.builds("(lambda a={}: (y := a))()".format, inner),
        st.builds("len(f'{{{}}}')".format, inner),
    )


_expression = st.recursive(st.one_of(_number, _name), _larger, max_leaves=5)


def _block(statements: list[str]) -> str:
    return textwrap.indent("\n".join(statements), "    ")


def _compound(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=3).map(_block)
    return st.one_of(
        st.builds("if {}:\n{}\nelse:\n{}".format, _expression, body, body),
        st.builds("for {} in range({}):\n{}\nelse:\n{}".format, _name, _number, body, body),
        st.builds("for {} in range(3):\n    if {}: break\n{}".format, _name, _expression, body),
        st.builds(
            "with context({}) as {}, context({}) as {}:\n{}".format,
            _expression, _name, _expression, _name, body,
        ),
        st.builds(
            "try:\n{}\n    raise ValueError({})\nexcept ValueError as {}:\n{}\nfinally:\n{}".format,
            body, _expression, _name, body, body,
        ),
        st.builds(
            "match {}:\n    case 3 | 4: pass\n    case {} if {}:\n        pass\n    case _:\n"
            "        pass".format,
            _expression, _name, _expression,
        ),
        st.builds("match [{}, {}]:\n    case [x, *y]:\n        pass".format, _number, _number),
        st.builds("class K:\n    x = 5\n    global y\n{}".format, body),
        st.builds(
            "def f(a={}):\n    global {}\n    x\n    return ({} := 3)\nf()".format,
            _expression, st.just("x, y"), _name,
        ),
        st.builds(
            "def f():\n    global x\n    def g():\n        y = 1\n    g()\n{}\nf()".format, body
        ),
    )  # fmt: skip


_simple = st.one_of(
    st.builds("{} = {}".format, _name, _expression),
    st.builds("x = y = {}".format, _expression),
    st.builds("{}, *_ = {}, 7".format, _name, _expression),
    st.builds("{} += {}".format, _name, _expression),
    st.builds("{}: int = {}".format, _name, _expression),
    st.builds("{}: int".format, _name),
    st.builds("del {}".format, _name),
    st.builds("import math as {}".format, _name),
    st.just("from math import pi as y, tau as x"),
    st.builds("def {}(): pass".format, _name),
    st.builds("class {}: x = 1".format, _name),
    st.builds("assert {}, {}".format, _expression, _expression),
    st.builds("print({}, file=None) if 0 else {}".format, _expression, _expression),
)


def _accepted(program: str) -> bool:
    try:
        compile(program, "program.py", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True


def programs() -> st.SearchStrategy[str]:
    """Programs over the globals x and y with every kind of store; many end by an exception."""
    statement = st.recursive(_simple, _compound, max_leaves=6)
    lines = st.lists(statement, min_size=1, max_size=6)
    return lines.map(lambda body: "\n".join(["x = 1", "y = 2", *body])).filter(_accepted)


_step = st.integers(1, 10**6).map(str)
_update = st.one_of(
    st.just("t = x"),
    st.just("x = t"),
    st.just("u = t"),
    st.just("t = u"),
    st.builds("t += {}".format, _step),
    st.builds("t = t - {}".format, _step),
    st.builds("t = {}".format, _step),
    st.builds("x = t + {}".format, _step),
    st.builds("x += {}".format, _step),
    st.builds("x = {} - x".format, _step),
    st.just("maybe()"),
    st.just("if flag(): break"),
)


def _flows(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, min_size=1, max_size=4).map(_block)
    return st.one_of(
        st.builds("if flag():\n{}\nelse:\n{}".format, body, body),
        st.builds("for _ in range(3):\n{}\nelse:\n{}".format, body, body),
        st.builds("for t in range(2):\n{}".format, body),
        st.builds("while flag():\n{}".format, body),
        st.builds("try:\n{}\nexcept ValueError:\n{}\nelse:\n{}".format, body, body, body),
        st.builds("try:\n{}\nfinally:\n{}".format, body, body),
        st.builds("with lock:\n{}".format, body),
        st.builds("with suppress(ValueError):\n{}".format, body),
    )


def changing_programs() -> st.SearchStrategy[str]:
    """Programs whose function copies x to locals, changes them and writes them back."""
    statement = st.recursive(_update, _flows, max_leaves=10)
    body = st.lists(statement, min_size=2, max_size=8).map(
        lambda parts: textwrap.indent("\n".join(["t = u = 0", *parts]), "        ")
    )
    whole = "x = 3\ndef f():\n    global x\n    for _ in range(2):\n{}\nfor _ in range(3): f()"
    return body.map(whole.format).filter(_accepted)
