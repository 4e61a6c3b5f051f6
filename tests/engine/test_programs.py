"""Python runs more than plain files: folders, packages, archives, odd encodings, environments.

Each is run as a person does at a shell, and as ThreadLab does, and must print and end alike.
"""

from __future__ import annotations

import subprocess
import sys
import textwrap
import zipapp
from pathlib import Path

import pytest

from engine import headless, launch, program, scenario
from engine.probe.source import SourceError
from engine.report import printed
from tests.engine.side_by_side import NET, Ran, alike, run_both, text_of
from tests.pythons import found_pythons

MAIN = """
import os
import sys
import threading

LIMIT: int = 3

total = 0


def add():
    global total
    for _ in range(LIMIT):
        total += 1


if __name__ == "__main__":
    print(__name__, repr(__package__), os.path.basename(__file__), __doc__)
    print(__spec__ and (__spec__.name, __spec__.parent, type(__spec__.loader).__name__))
    print([os.path.basename(word) for word in sys.argv], os.path.basename(sys.path[0]))
    print([os.path.basename(word) for word in sys.orig_argv[1:]])
    thread = threading.Thread(target=add)
    thread.start()
    thread.join()
    print(total)
    {more}
    raise ValueError("at the end")
"""
PYTHONS = pytest.mark.parametrize("python", found_pythons())


def write(folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        path = folder / f"{name.replace('__in__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), "utf-8")


def hold(interpreter: str, words: list[str], opened: Path, directory: Path) -> None:
    """Hold `python *words*`, called in *directory*, against what is opened as *opened*."""
    ended = subprocess.run(
        [interpreter, *words, "a", "b"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=NET,
        cwd=directory,
        check=False,
    )
    bare = Ran(text_of(ended.stdout), text_of(ended.stderr), ended.returncode)
    wanted = launch.request(scenario.from_script(opened), None, ("a", "b"), directory)
    session, outcome = headless.drive(wanted, interpreter, NET)
    probed = Ran(printed(session.trace, 1), printed(session.trace, 2), outcome.exit)
    assert alike(probed) == alike(bare)
    assert session.intake.errors == []
    assert session.trace.values.series or opened.suffix == ".pyz"


@PYTHONS
def test_a_folder_with_a_main(tmp_path: Path, python: str) -> None:
    write(tmp_path / "tool", __main__=MAIN.format(more="import beside"), beside="print('beside')")
    hold(found_pythons()[python], [str(tmp_path / "tool")], tmp_path / "tool", tmp_path)


@PYTHONS
def test_a_package_by_its_name(tmp_path: Path, python: str) -> None:
    more = "from . import inner\n    from .deep import deeper"
    write(
        tmp_path / "pack",
        __init__="print('package', __name__)",
        __main__=MAIN.format(more=more),
        inner="print(__name__)",
    )
    write(tmp_path / "pack" / "deep", __init__="", deeper="from .. import inner\nprint(inner)")
    hold(found_pythons()[python], ["-m", "pack"], tmp_path / "pack", tmp_path)


def test_a_package_in_a_package(tmp_path: Path) -> None:
    write(tmp_path / "outer", __init__="")
    write(tmp_path / "outer" / "inner", __init__="", __main__=MAIN.format(more="from .. import x"))
    write(tmp_path / "outer", x="print('x of', __package__)")
    folder = tmp_path / "outer" / "inner"
    hold(sys.executable, ["-m", "outer.inner"], folder, tmp_path)
    assert program.program(folder).module == "outer.inner"


@PYTHONS
def test_an_archive(tmp_path: Path, python: str) -> None:
    write(tmp_path / "app", __main__=MAIN.format(more="import beside"), beside="print(__file__)")
    archive = tmp_path / "app.pyz"
    zipapp.create_archive(tmp_path / "app", archive, interpreter="/usr/bin/env python3")
    hold(found_pythons()[python], [str(archive)], archive, tmp_path)


def test_parameters_of_a_package_are_those_of_its_main(tmp_path: Path) -> None:
    write(tmp_path / "tool", __init__="", __main__=MAIN.format(more="pass"))
    opened = scenario.from_script(tmp_path / "tool")
    assert (opened.title, opened.parameter("LIMIT").default) == ("tool", 3)
    session, _ = headless.drive(launch.request(opened, {"LIMIT": 5}), limit=NET)
    assert "\n5\n" in printed(session.trace, 1)


def test_what_is_no_program_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="a folder without"):
        scenario.from_script(tmp_path)
    archive = tmp_path / "empty.zip"
    write(tmp_path / "app", other="")
    zipapp.create_archive(tmp_path / "app", archive, main="other:none")
    assert scenario.from_script(archive).root == archive
    archive.write_bytes(b"PK\5\6" + b"\0" * 18)
    with pytest.raises(SourceError, match="holds no"):
        scenario.from_script(archive)


ENCODINGS = {
    "BOM": b"\xef\xbb\xbfprint('caf\xc3\xa9', __file__[-9:])\n1 / 0\n",
    "cookie": b"# -*- coding: latin-1 -*-\nprint('caf\xe9')\nraise ValueError('\xe9')\n",
    "second line": b"#!/usr/bin/python3\n# vim: set fileencoding=cp1252 :\nprint('\x80')\n1 / 0",
    "CRLF": b"def f():\r\n    '''a\r\n    b'''\r\n    return 1 / 0\r\nprint(f.__doc__)\r\nf()\r\n",
    "CR": b"print(1)\rprint('two')\r1 / 0",
    "form feed": b"\x0cprint(1)\n\x0c\nif True:\n\tprint('tab')\n        \n1 / 0",
    "no newline": b"print('end')\nif 1:\n    raise KeyError # comment",
    "empty": b"",
    "only a comment": b"# nothing",
    "unicode names": "größe = 3\nprint(größe, 'ſ', '\U0001f40d')\nprint(ℌ := 1, H)\n1 / 0".encode(),
    "continued": b"x = 1 + \\\n    2\nprint(x); y = (\n 1,\n\n 2)\nprint(y)\nassert 0, (\n'n')\n",
}


@pytest.mark.parametrize("name", ENCODINGS)
def test_any_encoding_and_line_end(tmp_path: Path, name: str) -> None:
    script = tmp_path / "script.py"
    script.write_bytes(ENCODINGS[name])
    bare, probed, session, _ = run_both(sys.executable, script)
    assert probed == bare
    assert session.intake.errors == []


def test_packages_of_a_virtual_environment_are_there_and_stay_bare(tmp_path: Path) -> None:
    home = tmp_path / "venv"
    subprocess.run(
        [sys.executable, "-m", "venv", "--without-pip", str(home)], check=True, timeout=NET
    )
    (installed,) = home.glob("lib/python*/site-packages")
    write(
        installed / "lockers", __init__="import threading\ndef make():\n    return threading.Lock()"
    )
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, threading, lockers\n"
        "print(sys.prefix != sys.base_prefix, lockers.__file__[-24:], type(lockers.make()))\n"
        "with lockers.make() as held, threading.Lock() as mine:\n    print(held, mine)\n"
    )
    bare, probed, session, _ = run_both(str(home / "bin" / "python"), script)
    assert probed == bare
    assert bare.exit == 0
    locks = [made for made in session.trace.objects if made.kind.name == "LOCK" and made.file]
    assert len(locks) == 1, "the package's lock is its own affair, the script's is seen"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", ()),
        ("  one   two ", ("one", "two")),
        ("--name 'two words' \"it's\" a\\ b", ("--name", "two words", "it's", "a b")),
        ("*.txt $HOME # no comment; a|b", ("*.txt", "$HOME", "#", "no", "comment;", "a|b")),
        ("'' \"\"", ("", "")),
        ("caf\u00e9 \U0001f40d", ("caf\u00e9", "\U0001f40d")),
    ],
)
def test_a_line_of_arguments_is_split_as_a_shell_does(text: str, words: tuple[str, ...]) -> None:
    assert program.split_arguments(text) == words
    assert program.split_arguments(program.joined_arguments(words)) == words


@pytest.mark.parametrize(
    ("text", "told"), [('say "hello', 'mark "'), ("it's", "mark '"), ("a\\", "backslash")]
)
def test_a_line_that_cannot_be_split_says_why(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        program.split_arguments(text)
