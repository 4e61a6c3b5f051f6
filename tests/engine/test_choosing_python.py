"""`--python`: a path, a version, a name; and the other build."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine import interpreters
from engine.interpreters import InterpreterError, Python, choose, look_at
from engine.python_places import environment_name


class TestChoose:
    """`--python`: a path, a version, a name."""

    @staticmethod
    def machine() -> list[Python]:
        def one(name: str, problem: str = "") -> Python:
            free = name.endswith("t")
            text = name.removesuffix("t")
            major, minor, micro = (int(part) for part in text.split("."))
            return Python(
                path=f"/{name}",
                where=("PATH",),
                version=(major, minor, micro),
                release=text,
                implementation="cpython",
                free_threaded=free,
                gil=not free,
                problem=problem,
                name=name,
            )

        return [
            one("3.13.5"),
            one("3.13.5t"),
            one("3.13.0"),
            one("3.12.1"),
            one("3.9.1", problem="Python 3.9: ThreadLab needs 3.11 or later"),
        ]

    @pytest.mark.parametrize(
        ("wanted", "path"),
        [
            ("3.13", "/3.13.5"),
            ("3.13t", "/3.13.5t"),
            ("python3.13", "/3.13.5"),
            ("3.13.0", "/3.13.0"),
            ("3.12.1", "/3.12.1"),
            (" 3.12 ", "/3.12.1"),
            ("3.13.5t", "/3.13.5t"),
        ],
    )
    def test_by_version_or_name(self, wanted: str, path: str) -> None:
        assert choose(wanted, self.machine).path == path

    @pytest.mark.parametrize("wanted", ["3.14", "3.12t", "3.12.9", "nobody", "/no/where"])
    def test_what_there_is_not_lists_what_there_is(self, wanted: str) -> None:
        with pytest.raises(InterpreterError) as refused:
            choose(wanted, self.machine)
        assert repr(wanted) in str(refused.value)
        for python in self.machine()[:-1]:
            assert python.path in str(refused.value)
        assert "/3.9.1" not in str(refused.value)

    def test_one_that_cannot_be_used_says_why(self) -> None:
        with pytest.raises(InterpreterError, match=r"needs 3\.11 or later"):
            choose("3.9.1", self.machine)

    def test_by_path_nothing_is_looked_for(self) -> None:
        def never() -> list[Python]:
            raise AssertionError("the machine was looked through")

        assert choose(sys.executable, never).version == sys.version_info[:3]

    def test_by_the_folder_of_an_environment(self) -> None:
        name, _folder = environment_name(sys.executable) or ("", Path())
        assert look_at(sys.prefix).environment == name

    def test_a_file_that_is_no_python_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(InterpreterError, match="without a Python in it"):
            look_at(str(tmp_path))
        with pytest.raises(InterpreterError, match="no such file"):
            look_at(str(tmp_path / "gone"))
        (tmp_path / "text").write_text("hello")
        with pytest.raises(InterpreterError, match="does not start"):
            look_at(str(tmp_path / "text"))


def test_the_other_build_is_the_nearest_one() -> None:
    machine = TestChoose.machine()
    pick: Callable[..., Python | None] = interpreters.other_build
    free, near = pick(machine, False, "3.13.0"), pick(machine, True, "3.12.4")
    assert free is not None
    assert near is not None
    assert (free.name, near.name) == ("3.13.5t", "3.12.1")
    assert pick([machine[0]], False) is None
