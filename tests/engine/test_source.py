"""Reading scripts, their parameters, their names and the arithmetic of expected values."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.probe.source import (
    LARGEST_BYTES,
    NameHint,
    Parameter,
    SourceError,
    compile_tree,
    constants,
    evaluate,
    expected_comments,
    object_names,
    parse,
    read_source,
    replace_constants,
)

# --- reading ---------------------------------------------------------------------------------


def _write(folder: Path, data: bytes, name: str = "script.py") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"", ""),
        (b"x = 1\r\ny = 2\r\n", "x = 1\ny = 2\n"),
        (b"\xef\xbb\xbfx = 1\n", "x = 1\n"),
        (b"# coding: latin-1\nx = '\xe4'\n", "# coding: latin-1\nx = 'ä'\n"),
    ],
)
def test_a_script_is_read_as_python_reads_it(tmp_path: Path, data: bytes, text: str) -> None:
    assert read_source(_write(tmp_path, data)) == text


@pytest.mark.parametrize(
    ("data", "line", "words"),
    [
        (b"x = 1\n\x00\x01", 2, "not a text file"),
        (b"x = 1\ny = '\xff'\n", 2, "not UTF-8 in line 2"),
        ("x = 1".encode("utf-16"), None, "saved as UTF-16"),
        (b"# coding: nonsense\n", None, "cannot be decoded"),
        (b"# coding: rot13\n", None, "cannot be decoded"),
        (b" " * (LARGEST_BYTES + 1), None, "larger than 5 MB"),
    ],
)
def test_what_is_no_script_is_said_in_a_sentence(
    tmp_path: Path, data: bytes, line: int | None, words: str
) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        read_source(_write(tmp_path, data))
    assert caught.value.line == line
    assert caught.value.message.endswith(".")
    assert caught.value.detail


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no file called gone\.py"):
        read_source(tmp_path / "gone.py")
    with pytest.raises(SourceError, match="is a folder"):
        read_source(tmp_path)
    with pytest.raises(SourceError, match="cannot be opened"):
        read_source("a\0b.py")


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = 1\ny = (\n", 2, "never closed"),
        ("def f():\nreturn 1\n", 2, "indented block"),
        ("x = 1\nreturn x\n", 2, "outside function"),
        ("def f():\n    x = 1\n    global x\n", 3, "before global declaration"),
        ("x = 1\0", None, "null bytes"),
        ("(" * 500 + ")" * 500, 1, "too many nested"),
        ("-" * 200_000 + "1", None, "nested too deeply"),
    ],
)
def test_a_syntax_error_has_its_line_and_reason(text: str, line: int | None, words: str) -> None:
    with pytest.raises(SourceError, match=words) as caught:
        parse(text)
    assert caught.value.line == line


def test_a_deep_script_that_python_accepts_is_accepted() -> None:
    chain = "if x == 0: pass\n" + "".join(f"elif x == {n}: pass\n" for n in range(1, 300))
    total = "y = " + " + ".join(["x"] * 900) + "\n"
    tree = parse("x = 5\n" + chain + total)
    assert constants(tree, "") == ()
    namespace: dict[str, object] = {}
    exec(compile_tree(tree, "deep.py"), namespace)
    assert namespace["y"] == 4500


def test_our_own_future_imports_do_not_reach_the_script() -> None:
    namespace: dict[str, object] = {}
    exec(compile_tree(parse("def f(x: 1 + 1): ...\nseen = f.__annotations__"), "s"), namespace)
    assert namespace["seen"] == {"x": 2}


# --- parameters ------------------------------------------------------------------------------


def _only(line: str) -> Parameter:
    (found,) = constants(parse(line + "\n"), line + "\n")
    return found


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("N: int = 5", Parameter("N", "int", 5, line=1)),
        ("N: int = 5  # 1..64 threads", Parameter("N", "int", 5, 1, 64, "threads", line=1)),
        ("N: int = -5  # -10..-1", Parameter("N", "int", -5, -10, -1, line=1)),
        (
            "N: float = 1  # 0..2.5 s  time between reading and writing",
            Parameter(
                "N", "float", 1.0, 0, 2.5, "s", help="time between reading and writing", line=1
            ),
        ),
        (
            "N: int = 5  # 1..  at least one",
            Parameter("N", "int", 5, 1, help="at least one", line=1),
        ),
        (
            "N: int = 5  # ..9 - up to nine",
            Parameter("N", "int", 5, None, 9, help="up to nine", line=1),
        ),
        ("N: int = 9  # 1..4", Parameter("N", "int", 9, 1, 9, line=1)),
        ("N: int = 5  # how many", Parameter("N", "int", 5, help="how many", line=1)),
        ("N: int = 5  # 9..1 odd", Parameter("N", "int", 5, help="9..1 odd", line=1)),
        (
            "N: int = 5  # 1..9 words that explain",
            Parameter("N", "int", 5, 1, 9, help="words that explain", line=1),
        ),
        ("N: int = 5  # noqa: E501", Parameter("N", "int", 5, line=1)),
        ("ON: bool = True  # use it", Parameter("ON", "bool", True, help="use it", line=1)),
        (
            'MODE: str = "both"  # one of: threads, processes, both - what to compare',
            Parameter(
                "MODE",
                "str",
                "both",
                choices=("threads", "processes", "both"),
                help="what to compare",
                line=1,
            ),
        ),
        ("N: int = 3  # one of: 1, 2, 4", Parameter("N", "int", 3, choices=(3, 1, 2, 4), line=1)),
        ("N: 'int' = 5 # 1..9 °C", Parameter("N", "int", 5, 1, 9, "°C", line=1)),
    ],
)
def test_a_comment_gives_range_unit_choices_and_help(line: str, expected: Parameter) -> None:
    assert _only(line) == expected


@pytest.mark.parametrize(
    "text",
    [
        "n: int = 5",
        "_N: int = 5",
        "N = 5",
        "N: int",
        "N: int = 5.0",
        "N: int = True",
        "N: float = 1e999",
        "N: list = [1]",
        "N: int = 2 + 3",
        "N: int = 5\nN = 6",
        "N: int = 5\nfor N in range(3): pass",
        "N: int = 5\nif (N := 6): pass",
        "N: int = 5\ndef f():\n    global N\n    N = 6",
        "def f():\n    N: int = 5",
    ],
)
def test_what_is_no_parameter(text: str) -> None:
    assert constants(parse(text), text) == ()


def test_a_local_of_the_same_name_does_not_matter() -> None:
    text = "N: int = 5\ndef f():\n    N = 6\n"
    assert [parameter.name for parameter in constants(parse(text), text)] == ["N"]


def test_labels() -> None:
    assert Parameter("TASK_SECONDS", "float", 1.0).label == "Task seconds"
    assert Parameter("TASK_SECONDS", "float", 1.0, title="Task duration").label == "Task duration"


@pytest.mark.parametrize(
    ("line", "typed", "value"),
    [
        ("N: int = 5  # 1..9", " 7 ", 7),
        ("T: float = 5.0  # 0..9 s", "7", 7.0),
        ("ON: bool = True", "Off", False),
        ('M: str = "a"  # one of: a, b', "b", "b"),
    ],
)
def test_what_a_person_types_becomes_a_value(line: str, typed: str, value: object) -> None:
    found = _only(line).parse(typed)
    assert (type(found), found) == (type(value), value)


@pytest.mark.parametrize(
    ("line", "typed", "sentence"),
    [
        ("N: int = 5", "five", "N must be a whole number; it cannot be 'five'."),
        ("N: int = 5  # 1..9 threads", "0", "N must be at least 1 threads, not 0."),
        ("N: int = 5  # 1..9", "10", "N must be at most 9, not 10."),
        ("N: int = 5", "9" * 5000, "N must be a whole number; it cannot be '9999"),
        ("T: float = 5.0", "nan", "T must be a number; it cannot be nan."),
        ("ON: bool = True", "maybe", "On must be on or off; it cannot be 'maybe'."),
        ('M: str = "a"  # one of: a, b', "c", "M must be one of a, b; it cannot be 'c'."),
    ],
)
def test_a_refused_value_says_why(line: str, typed: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}"):
        _only(line).parse(typed)


@pytest.mark.parametrize("value", [True, 1.5, "5", None])
def test_check_wants_the_parameters_own_type(value: object) -> None:
    with pytest.raises(ValueError, match="whole number"):
        Parameter("N", "int", 5).check(value)


@given(st.integers(-(10**9), 10**9), st.floats(allow_nan=False, allow_infinity=False))
def test_replacing_changes_values_and_nothing_else(whole: int, real: float) -> None:
    text = "N: int = 5  # a\nT: float = -1\nM: str = 'x'\nON: bool = False\nlate = (N, T, M, ON)\n"
    tree = parse(text)
    lines = [node.lineno for node in tree.body]
    replace_constants(tree, {"N": whole, "T": real, "M": "ü'\n", "ON": True})
    assert [node.lineno for node in tree.body] == lines
    namespace: dict[str, object] = {}
    exec(compile_tree(tree, "s"), namespace)
    assert namespace["late"] == (whole, real, "ü'\n", True)
    assert [found.default for found in constants(tree, text)] == [whole, real, "ü'\n", True]


def test_only_parameters_can_be_replaced() -> None:
    with pytest.raises(ValueError, match="no parameter called 'n'"):
        replace_constants(parse("n = 5"), {"n": 6})
    with pytest.raises(ValueError, match="whole number"):
        replace_constants(parse("N: int = 5"), {"N": "6"})


def test_expected_values_may_stand_in_comments() -> None:
    text = (
        "N: int = 2\na = 0  # Expected: N * 3\nb = 0  # expected: (\n"
        "if N:\n    c = 0  # expected: 1\n"
    )
    assert expected_comments(parse(text), text) == {"a": "N * 3", "c": "1"}


# --- arithmetic ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("THREADS * UPDATES", 10),
        ("-THREADS + 2 ** 3 // 3 % 2", -5),
        ("7 / 2", 3.5),
        ("THREADS * UPDATES if LOCK else 0", 0),
        ("min(THREADS, 3) + max(1, 2) + abs(-1) + int(2.9) + float(1)", 9.0),
        ("1 < THREADS <= 5 and not LOCK", True),
        ("0 or UPDATES", 2),
        ("MODE == 'both'", True),
    ],
)
def test_arithmetic_over_parameters(expression: str, value: object) -> None:
    assert (
        evaluate(expression, {"THREADS": 5, "UPDATES": 2, "LOCK": False, "MODE": "both"}) == value
    )


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os')",
        "MISSING + 1",
        "(1).real",
        "[1]",
        "'a' * 9",
        "1 / 0",
        "9 ** 9 ** 9",
        "(-8) ** 0.5",
        "2.0 ** 99999",
        "int('5')",
        "int(1e999)",
        "max()",
        "1 << 9",
        "'a' < 1",
        "lambda: 1",
        "1 +",
        "1 * " * 200 + "1",
        "",
    ],
)
def test_arithmetic_refuses_everything_else(expression: str) -> None:
    with pytest.raises(ValueError, match=r"\w+.*\.$"):
        evaluate(expression, {})


# --- names of objects ------------------------------------------------------------------------

_OBJECTS = """\
lock = Lock()
a, b = Lock(), Lock()
forks = [Lock() for _ in range(5)]
both = [
    Lock(),
    Lock(),
]
for n in range(3):
    t = Thread(target=f)
    threads.append(t)
    others.append(Thread())
    table[n] = Lock()
class Account:
    guard = Lock()
    def __init__(self):
        self.lock = Lock()
accounts = {"ana": Lock(), "ben": Lock()}
with Pool(3) as pool:
    pass
tables["x"] = Lock()
c = d = Lock()
left, right = make_two()
number = 5
x = Lock(); y = Lock()
"""


def test_objects_are_called_as_the_script_calls_them() -> None:
    found = object_names(ast.parse(_OBJECTS))
    assert found == {
        1: NameHint(("lock",)),
        2: NameHint(("a", "b")),
        3: NameHint(("forks",), repeated=True),
        5: NameHint(("both[0]",)),
        6: NameHint(("both[1]",)),
        9: NameHint(("threads",), repeated=True),
        11: NameHint(("others",), repeated=True),
        12: NameHint(("table",), repeated=True),
        14: NameHint(("Account.guard",)),
        16: NameHint(("self.lock",)),
        17: NameHint(("accounts['ana']", "accounts['ben']")),
        18: NameHint(("pool",)),
        20: NameHint(("tables['x']",)),
        21: NameHint(("c",)),
        22: NameHint(("left", "right")),
        24: NameHint(("x", "y")),
    }
    assert [found[3].name(0), found[3].name(4)] == ["forks[0]", "forks[4]"]
    assert [found[2].name(n) for n in range(3)] == ["a", "b", "a (2)"]
