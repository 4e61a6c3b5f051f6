"""Finding the machine's Pythons: made-up layouts with files that answer, hang, crash and lie."""

from __future__ import annotations

import os
import sys
import threading
import venv
from pathlib import Path

import pytest

from engine.aside import Cancelled
from engine.interpreters import BESIDE, Python, choose, find, look_at
from engine.python_answers import Memory
from engine.python_places import Places, candidates, launcher_paths
from tests.engine.fake_pythons import fake, posix_only, says
from tests.pythons import found_pythons


def release(text: str) -> dict[str, object]:
    return {"version": [int(part) for part in text.split(".")], "release": text}


@pytest.fixture
def machine(tmp_path: Path) -> Places:
    """A machine without a Python."""
    return Places({}, tmp_path / "home", "linux", "", tmp_path / "root")


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory(tmp_path / "cache" / "interpreters.json")


def look(places: Places, memory: Memory, script: Path | None = None) -> dict[str, Python]:
    found = find(script, places=places, memory=memory, seconds=60)
    assert len({python.name for python in found}) == len(found)
    return {python.name: python for python in found}


def on_path(places: Places, *folders: Path, **environ: str) -> Places:
    listed = os.pathsep.join(map(str, folders))
    return Places(
        {"PATH": listed, **environ}, places.home, places.platform, places.running, places.root
    )


@posix_only
def test_every_place_is_looked_at(machine: Places, memory: Memory, tmp_path: Path) -> None:
    home, root = machine.home, machine.root
    layout = {
        home / "bin/python3.20": "3.20.0",
        home / "bin/python3.20t": "3.20.1",
        home / ".pyenv/versions/3.21.0/bin/python": "3.21.0",
        home / ".local/share/uv/python/cpython-3.22/bin/python3": "3.22.0",
        home / "miniconda3/bin/python": "3.23.0",
        home / "miniconda3/envs/data/bin/python": "3.24.0",
        tmp_path / "elsewhere/bin/python": "3.25.0",
        root / "usr/bin/python3": "3.26.0",
        home / ".asdf/installs/python/3.27.0/bin/python": "3.27.0",
        tmp_path / "active/bin/python": "3.28.0",
        tmp_path / "running/python": "3.29.0",
    }
    for path, version in layout.items():
        says(path, **release(version))
    for env in (home / "miniconda3", home / "miniconda3/envs/data", tmp_path / "elsewhere"):
        (env / "conda-meta").mkdir()
    (home / ".conda").mkdir()
    (home / ".conda/environments.txt").write_text(f"{tmp_path / 'elsewhere'}\n/gone\n\0\n")
    (tmp_path / "active/pyvenv.cfg").write_text("home = /usr\n")
    fake(home / "bin/python2", "echo never asked; exit 3")
    fake(home / ".pyenv/shims/python3", "echo pyenv: no version is chosen; exit 127")
    places = on_path(
        machine, home / "bin", home / ".pyenv/shims", VIRTUAL_ENV=str(tmp_path / "active")
    )
    places = Places(places.environ, home, "linux", str(tmp_path / "running/python"), root)
    found = find(places=places, memory=memory, seconds=60)
    assert {python.path: python.release for python in found} == {
        str(path): version for path, version in layout.items()
    }
    where = {python.release: python.where for python in found}
    assert where["3.20.0"] == ("PATH",)
    assert where["3.21.0"] == ("pyenv",)
    assert where["3.22.0"] == ("uv",)
    assert where["3.23.0"] == where["3.24.0"] == where["3.25.0"] == ("conda",)
    assert where["3.26.0"] == ("system",)
    assert where["3.29.0"] == ("runs ThreadLab",)
    names = {python.release: python.environment for python in found}
    assert (names["3.24.0"], names["3.25.0"], names["3.28.0"]) == ("data", "elsewhere", "active")
    releases = [python.release for python in found if not python.environment]
    assert releases == sorted(releases, reverse=True)


@posix_only
def test_places_that_variables_name(machine: Places, memory: Memory, tmp_path: Path) -> None:
    says(tmp_path / "py/versions/a/bin/python3.30", **release("3.30.0"))
    says(tmp_path / "uv/cpython-3.31/bin/python3.31", **release("3.31.0"))
    says(tmp_path / "envs/x/bin/python", **release("3.32.0"))
    says(tmp_path / "active/bin/python", **release("3.33.0"))
    found = look(
        on_path(
            machine,
            PYENV_ROOT=str(tmp_path / "py"),
            UV_PYTHON_INSTALL_DIR=str(tmp_path / "uv"),
            CONDA_ENVS_PATH=str(tmp_path / "envs"),
            CONDA_PREFIX=str(tmp_path / "active"),
        ),
        memory,
    )
    assert set(found) == {"3.30.0", "3.31.0", "3.32.0", "3.33.0"}


@posix_only
def test_a_mac_has_frameworks_and_homebrew(machine: Places, memory: Memory) -> None:
    root = machine.root
    says(root / "Library/Frameworks/Python.framework/Versions/3.13/bin/python3")
    says(
        root / "Library/Frameworks/PythonT.framework/Versions/3.13/bin/python3.13t",
        free_threaded=True,
        gil=False,
        **release("3.13.5"),
    )
    says(root / "opt/homebrew/opt/python@3.14/bin/python3.14", **release("3.14.0"))
    found = look(Places({}, machine.home, "darwin", "", root), memory)
    assert set(found) == {"3.12.4", "3.13.5t", "3.14.0"}
    assert found["3.13.5t"].label == "Python 3.13.5 · free-threaded"


def test_windows_asks_the_launcher_and_the_registry(tmp_path: Path) -> None:
    lines = [
        r" -V:3.13t *      C:\Program Files\Python313\python3.13t.exe",
        r" -3.9-64        D:\Py\python.exe *",
        "Installed Pythons found by py Launcher for Windows",
    ]
    assert launcher_paths(lines) == [
        r"C:\Program Files\Python313\python3.13t.exe",
        r"D:\Py\python.exe",
    ]
    places = Places(
        {"APPDATA": str(tmp_path)},
        tmp_path,
        "win32",
        "",
        tmp_path,
        registered=lambda: ["/registered/python.exe"],
        launcher=lambda: [r"C:\a\python.exe"],
    )
    kept = tmp_path / "uv" / "data" / "python" / "cpython-3.13"
    kept.mkdir(parents=True)
    (kept / "python.exe").write_text("x")
    (kept / "python.exe").chmod(0o755)
    where = {candidate.where for candidate in candidates(places)}
    assert where == {"py launcher", "registry", "uv"}


@posix_only
def test_looking_can_be_given_up(machine: Places, memory: Memory, tmp_path: Path) -> None:
    fake(tmp_path / "bin/python3", f"touch {tmp_path / 'begun'}; sleep 1000")
    begun = tmp_path / "begun"
    before = set(threading.enumerate())
    with pytest.raises(Cancelled):
        find(
            places=on_path(machine, tmp_path / "bin"),
            memory=memory,
            seconds=600,
            cancelled=begun.exists,
        )
    assert set(threading.enumerate()) == before


@posix_only
def test_old_and_other_implementations_say_why(
    machine: Places, memory: Memory, tmp_path: Path
) -> None:
    says(tmp_path / "a/python3", **release("3.9.18"))
    says(tmp_path / "b/python3", implementation="pypy", **release("3.11.9"))
    fake(tmp_path / "c/python3", "exit 9")
    found = look(on_path(machine, *(tmp_path / name for name in "abc")), memory)
    assert found["3.9.18"].problem == "Python 3.9: ThreadLab needs 3.11 or later"
    assert found["pypy-3.11.9"].problem == "pypy: ThreadLab needs CPython 3.11 or later"
    assert found["python3"].problem == "does not start: exit status 9"
    assert not any(python.usable for python in found.values())


@posix_only
def test_links_are_one_interpreter_and_environments_are_many(
    machine: Places, memory: Memory, tmp_path: Path
) -> None:
    real = says(tmp_path / "a/bin/python3.12", prefix=str(tmp_path / "a"))
    (tmp_path / "a/bin/python3").symlink_to(real)
    (tmp_path / "b").mkdir()
    (tmp_path / "b/python").symlink_to(real)
    for name in ("one", "two"):
        env = machine.home / "miniconda3/envs" / name
        (env / "bin").mkdir(parents=True)
        (env / "bin/python").symlink_to(real)
        (env / "pyvenv.cfg").write_text("home = x\n")
    found = look(on_path(machine, tmp_path / "a/bin", tmp_path / "b"), memory)
    assert set(found) == {"3.12.4", "one", "two"}


@posix_only
def test_two_of_one_version_have_two_names(machine: Places, memory: Memory, tmp_path: Path) -> None:
    says(tmp_path / "a/bin/python3")
    says(machine.home / ".pyenv/versions/3.12.4/bin/python3")
    found = look(on_path(machine, tmp_path / "a/bin"), memory)
    assert set(found) == {"3.12.4", "3.12.4@pyenv"}


@posix_only
class TestBesideTheScript:
    """Environments beside a script: offered, and not started unless the machine knows them."""

    @pytest.fixture
    def project(self, tmp_path: Path) -> Path:
        (tmp_path / "home/project/src").mkdir(parents=True)
        script = tmp_path / "home/project/src/script.py"
        script.write_text("print(1)\n")
        (tmp_path / "home/project/pyproject.toml").write_text("")
        return script

    def test_its_project_ends_the_search(self, machine: Places, project: Path) -> None:
        for folder in (project.parent, project.parent.parent, machine.home):
            says(folder / ".venv/bin/python")
            (folder / ".venv/pyvenv.cfg").write_text("version = 3.12.4\n")
        found = [one.path for one in candidates(machine, project) if one.where == BESIDE]
        assert found == [
            str(project.parent / ".venv/bin/python"),
            str(project.parent.parent / ".venv/bin/python"),
        ]

    def test_a_strangers_program_is_not_started(
        self, machine: Places, memory: Memory, project: Path, tmp_path: Path
    ) -> None:
        trap = tmp_path / "sprung"
        env = project.parent.parent / ".venv"
        says(env / "bin/python").write_text(f"#!/bin/sh\ntouch {trap}\n")
        (env / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.12.7\n")
        (python,) = look(machine, memory, project).values()
        assert not trap.exists()
        assert (python.asked, python.usable, python.is_beside) == (False, True, True)
        assert (python.label, python.name) == ("Python 3.12.7", "project/.venv")

    def test_an_old_one_is_known_by_its_file(
        self, machine: Places, memory: Memory, project: Path
    ) -> None:
        env = project.parent / "venv"
        says(env / "bin/python")
        (env / "pyvenv.cfg").write_text("version_info = 3.8.1.final.0\n")
        (python,) = look(machine, memory, project).values()
        assert python.problem == "Python 3.8: ThreadLab needs 3.11 or later"

    def test_one_that_the_machine_knows_comes_first_and_is_not_started(
        self, machine: Places, memory: Memory, project: Path, tmp_path: Path
    ) -> None:
        env = project.parent.parent / ".venv"
        venv.create(env, with_pip=False, symlinks=True)
        # The library that it would load is a stranger's.
        trap, lib = tmp_path / "sprung", tmp_path / "evil/lib"
        minor = f"python{sys.version_info[0]}.{sys.version_info[1]}"
        (lib / minor / "encodings").mkdir(parents=True)
        (lib / minor / "os.py").write_text("")
        (lib / minor / "encodings/__init__.py").write_text(f"open({str(trap)!r}, 'w')\n")
        (env / "pyvenv.cfg").write_text(f"home = {tmp_path / 'evil/bin'}\n")
        base = os.path.realpath(sys.executable)
        places = Places({}, machine.home, "linux", base, machine.root)
        found = find(project, places=places, memory=memory)
        assert not trap.exists()
        assert (found[0].name, found[0].asked) == ("project/.venv", False)
        assert found[0].version == sys.version_info[:3]
        assert found[0].mark == look_at(base).mark
        assert found[0].prefix == str(env)

    def test_it_is_asked_once_it_is_chosen(
        self, machine: Places, memory: Memory, project: Path
    ) -> None:
        env = project.parent.parent / ".venv"
        venv.create(env, with_pip=False, symlinks=True)
        found = find(project, places=machine, memory=memory)
        chosen = choose("project/.venv", lambda: found)
        assert (chosen.path, chosen.asked) == (str(env / "bin/python"), True)
        assert chosen.version == sys.version_info[:3]


@posix_only
def test_answers_are_remembered_until_the_file_changes(machine: Places, tmp_path: Path) -> None:
    file = tmp_path / "cache/interpreters.json"
    asked = tmp_path / "asked"
    python = says(tmp_path / "bin/python3")
    python.write_text(python.read_text() + f"echo x >> {asked}\n")
    places = on_path(machine, tmp_path / "bin")

    def times(again: bool = False) -> int:
        find(places=places, memory=Memory(file), again=again, seconds=60)
        return len(asked.read_text().splitlines())

    assert [times(), times(), times(again=True), times()] == [1, 1, 2, 2]
    python.write_text(python.read_text() + "# changed\n")
    assert times() == 3
    assert not [name for name in os.listdir(file.parent) if name != file.name]


def test_the_real_ones_answer_as_they_are() -> None:
    """Asks those that the tests themselves have found, by other means."""
    for name, path in found_pythons().items():
        python = look_at(path)
        assert f"{python.version[0]}.{python.version[1]}" == name.removesuffix("t")
        assert python.free_threaded is name.endswith("t")
        assert python.gil is not python.free_threaded
        assert python.usable


def test_the_running_one_is_always_found(memory: Memory) -> None:
    real = os.path.realpath(sys.executable)
    assert real in {python.real for python in find(memory=memory)}
