"""Value probes: every store is seen, nothing else changes, and nothing offers the GIL."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings

from engine.probe.source import (
    StorePoint,
    bind,
    compile_tree,
    instrument,
    parse,
    replace_constants,
    sentinel,
    watched_names,
)
from tests.engine.store_programs import changing_programs, programs, run_probed, run_traced
from tests.pythons import found_pythons

ROOT = Path(__file__).resolve().parents[2]


def _points(text: str, *watched: str) -> list[StorePoint]:
    tree = parse(text)
    return list(instrument(tree, watched or watched_names(tree)))


# --- what is watched -------------------------------------------------------------------------


def test_names_are_watched_that_functions_share_as_data() -> None:
    text = """
import math as module
N: int = 5
read_only = 0
second = first = 0
made_later = 1
made_later = 2
def f():
    global second, first, N, module, helper, read_only, made_later
    def inner():
        global first
        first += 1
    import os as module
    def helper(): ...
    second += N
"""
    assert watched_names(parse(text)) == ("second", "first", "made_later")


# --- where a store is ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "kinds"),
    [
        ("x = 1", ["set"]),
        ("x: int = 1", ["set"]),
        ("x: int", []),
        ("x += 1", ["set"]),
        ("x = y = x = 1", ["set"]),
        ("(a, [*x]) = 1, 2, 3", ["set"]),
        ("x.a = 1", []),
        ("x[0] = x[0][1] = 1", ["set"]),
        ("x.append(x.pop())", ["set", "set"]),
        ("heapq.heappush(x, 1)", ["set"]),
        ("for x in '': pass", ["set"]),
        ("with a as x, b: pass", ["set"]),
        ("with a as x, b as (c, x): pass", ["set", "set"]),
        ("import x.y", ["set"]),
        ("import y as x", ["set"]),
        ("import x.y as z", []),
        ("from y import x", ["set"]),
        ("def x(): pass", ["set"]),
        ("class x: pass", ["set"]),
        ("class K:\n    x = 1", []),
        ("class K:\n    global x\n    x = 1", ["set"]),
        ("def f():\n    x = 1", []),
        ("def f():\n    global x\n    def g():\n        x = 1", []),
        ("def f(a=(x := 1)): pass", ["set"]),
        ("f = lambda: (x := 1)", []),
        ("f = lambda a=(x := 1): a", ["set"]),
        ("try: pass\nexcept E as x: pass", ["set"]),
        ("match a:\n    case [x, *y]: pass\n    case {**x} if y: pass", ["set", "set"]),
        ("del x, (y, x)", ["del"]),
        ("[x := i for i in a if (x := i)]", ["set", "set"]),
        ("[x for x in a]", []),
        ("async def f():\n    global x\n    async for x in a: pass", ["set"]),
        ("async def f():\n    global x\n    async with a as x: pass", ["set"]),
        ("class K:\n    def f(self):\n        global __x\n        __x = 1", []),
    ],
)
def test_each_kind_of_store_is_found(body: str, kinds: list[str]) -> None:
    name = "__x" if "__x" in body else "x"
    assert [point.kind for point in _points(body, name)] == kinds


def test_future_imports_and_docstrings_stay_first() -> None:
    text = '"""doc"""\nfrom __future__ import annotations\nfrom __future__ import division\nx = 1\n'
    tree = parse(text)
    points = instrument(tree, ["annotations", "x"])
    assert [point.line for point in points] == [4]
    namespace: dict[str, object] = {}
    exec(bind(compile_tree(tree, "s"), {sentinel(0): ()}), namespace)
    assert namespace["__doc__"] == "doc"


def test_binding_wants_a_pipe_for_every_sentinel() -> None:
    tree = parse("def f():\n    global x\n    x = 1\n")
    instrument(tree, ["x"])
    with pytest.raises(KeyError):
        bind(compile_tree(tree, "s"), {})


def test_nothing_to_watch_changes_nothing() -> None:
    code = compile("x = 1", "s", "exec")
    assert instrument(parse("x = 1"), []) == ()
    assert bind(code, {}) is code


# --- by how much -----------------------------------------------------------------------------

_FUNCTION = (
    "STEP: int = 5\nLATE = 7\nTWICE = 1\nTWICE = 2\nx = 0\ndef f(STEP_IN=9):\n    global x\n"
)


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ("x += 1", 1),
        ("x -= 2.5", -2.5),
        ("x = x + STEP", 6),
        ("x = LATE + x", 7),
        ("x = x - 3", -3),
        ("x = x + 1 + STEP", 7),
        ("x += -1", -1),
        ("t = x; sleep(0); x = t + 1", 1),
        ("t = x; t += 2; x = t", 2),
        ("t = x; t = t - 2; u = t; x = u + 5", 3),
        ("d = 4; x += d", 4),
        ("with lock:\n        t = x\n    with lock:\n        x = t + 1", 1),
        (
            "lock.acquire()\n    try:\n        t = x\n        x = t + 1\n    finally:\n        g()",
            1,
        ),
        ("for _ in a:\n        t = x\n        x = t + 1", 1),
        ("while a:\n        if b:\n            t = x\n            x = t + 1", 1),
        ("t = x\n    if a:\n        x = t + 1", 1),
        # From here on it does not follow from the source.
        ("x = 1", None),
        ("x *= 2", None),
        ("x = 1 - x", None),
        ("x = x + x", None),
        ("x += TWICE", None),
        ("x += STEP_IN", None),
        ("x += True", None),
        ("x = g(x)", None),
        ("STEP = 3; x += g(STEP); x = x + STEP * 2", None),
        ("t = x\n    if a:\n        t = 9\n    x = t + 1", None),
        ("t = x\n    for t in a: pass\n    x = t + 1", None),
        ("t = x\n    for _ in a:\n        x = t + 1\n        t = 5", None),
        ("t = x\n    while a:\n        t = t + 1\n    x = t", None),
        ("t = x; g(t := 4); x = t + 1", None),
        ("t = x\n    try: t = g()\n    except E: pass\n    x = t + 1", None),
        ("t = 0\n    with suppress(E):\n        t = x\n    x = t + 1", None),
        ("t = 0\n    try:\n        g()\n        t = x\n    finally:\n        x = t + 1", None),
        ("t = x\n    def g():\n        nonlocal t\n        t = 1\n    g()\n    x = t + 1", None),
        ("t = x; del t; x = t + 1", None),
        ("global t\n    t = x\n    x = t + 1", None),
        ("t = y; x = t + 1", None),
    ],
)
def test_the_amount_of_an_update(body: str, change: float | None) -> None:
    tree = parse(f"{_FUNCTION}    {body}\n")
    replace_constants(tree, {"STEP": 6})
    points = instrument(tree, ["x"])
    assert points[0].initial
    assert points[0].change is None
    assert points[-1].change == change
    assert not points[-1].initial


def test_at_module_level_only_direct_updates_have_an_amount() -> None:
    points = _points("x = 0\nx += 1\nx = x + 2\nt = x\nx = t + 3\n", "x")
    assert [point.change for point in points] == [None, 1, 2, None]
    assert [point.initial for point in points] == [True, False, False, True]


@settings(max_examples=60, deadline=None)
@given(changing_programs())
def test_an_amount_is_always_measured_from_a_value_that_was_there(program: str) -> None:
    tree = parse(program)
    points = instrument(tree, ["x"])
    held: list[int] = []
    for index, value in run_probed(tree, points).stores:
        change = points[index].change
        assert isinstance(value, int)
        if change is not None:
            assert value - change in held, (program, points[index])
        held.append(value)


# --- the same program, with every store seen --------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(programs())
def test_instrumented_programs_do_the_same_and_every_store_is_seen(program: str) -> None:
    plain = run_traced(compile_tree(parse(program), "program.py"))
    tree = parse(program)
    points = instrument(tree, ["x", "y"])
    probed = run_probed(tree, points)
    assert probed.ending == plain.ending, program
    assert probed.names == plain.names, program
    seen = [(points[index].name, points[index].kind, value) for index, value in probed.stores]
    assert seen == plain.stores, program


# --- the bytecode, on every Python found ------------------------------------------------------

_BYTECODE = """
import dis, json, sys
sys.path.insert(0, sys.argv[1])
from engine.probe.source import bind, compile_tree, instrument, parse, sentinel
text = '''
def f():
    global x
    x = 1
    return (x := 2)
def g():
    global x
    for x in (1, 2):
        with a as x, b as x: pass
    if (x := 3) and [x := i for i in a]: raise E((x := 4))
'''
def codes(code):
    yield code
    for constant in code.co_consts:
        if hasattr(constant, "co_consts"):
            yield from codes(constant)
def names(code):
    return [i.opname for c in codes(code) for i in dis.get_instructions(c)]
plain = names(compile_tree(parse(text), "s"))
tree = parse(text)
points = instrument(tree, ["x"])
pipes = {sentinel(p.index): iter(()) for p in points}
code = bind(compile_tree(tree, "s"), pipes)
f = next(c for c in codes(code) if c.co_name == "f")
held = [k for c in codes(code) for k in c.co_consts if any(k is p for p in pipes.values())]
listing = [i.opname for i in dis.get_instructions(f)]
at = listing.index("STORE_GLOBAL")
probed = names(code)
offers = ("CALL", "JUMP_BACKWARD", "RESUME", "SEND", "FOR_ITER")
print(json.dumps({
    "probe": listing[at + 1 : at + 5],
    "pipes": [len(held), len(points)],
    "offers": [[n for n in o if n.startswith(offers)] for o in (plain, probed)],
}))
"""


@pytest.mark.parametrize("version", found_pythons())
def test_a_probe_is_four_instructions_that_call_nothing(version: str) -> None:
    run = subprocess.run(
        [found_pythons()[version], "-I", "-c", _BYTECODE, str(ROOT)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["probe"] == ["LOAD_CONST", "LOAD_CONST", "CONTAINS_OP", "POP_TOP"]
    assert found["pipes"][0] == found["pipes"][1] == 8
    plain, probed = found["offers"]
    assert probed == plain


def test_the_oracle_itself_sees_stores() -> None:
    code = compile(
        "x = 1\ntry: 1/0\nexcept ZeroDivisionError as x: pass\ndel y", "program.py", "exec"
    )
    outcome = run_traced(code)
    assert outcome.stores == [("x", "set", 1), ("x", "set", "ZeroDivisionError")]
    assert outcome.ending == ("NameError", [4])
