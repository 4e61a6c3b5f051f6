"""The bootstrap against real virtual environments, a real pip and real processes.

No network: the packages are wheels that the tests build, and pip looks for them in a folder. What
the bootstrap asks of the system (apt-get, apt-cache, sudo) are small programs on the PATH. One
environment is made in full, as the second try after a first one that was killed; the other tests
work on copies of it, because making one takes seconds.
"""

import ast
import base64
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LINUX_ONLY = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux leaves Qt's libraries out"
)
STATUS = 7  # no tool ends with it by accident

MAIN = f"""\
import os, sys, greeting
print(greeting.TEXT, sys.argv[1:], os.getcwd())
sys.exit({STATUS})
"""

# Stand-ins for the tools that `test` runs: each says how it was called.
TOOLS = {
    "ruff.py": "import sys; print('ruff', sys.argv[1:])",
    "mypy.py": "import sys; sys.exit('mypy found a mistake')",
    "importlinter/cli.py": "def lint_imports_command(): print('imports')",
    "pytest.py": "import os, sys; print('pytest', sys.argv[1:], os.environ['QT_QPA_PLATFORM'])",
}


@dataclass(frozen=True, slots=True)
class Project:
    """A folder that bootstrap.py stands in, with the wheels that its lock files may name."""

    folder: Path
    wheels: Path

    @property
    def stamp(self) -> Path:
        return self.folder / ".venv" / "threadlab.stamp"

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
        # Of these the child must see what a terminal has, not what this test run has.
        for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"):
            kept.pop(name, None)
        offline = {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "PIP_FIND_LINKS": str(self.wheels),
        }
        return kept | offline | more

    def start(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, str(self.folder / "bootstrap.py"), *arguments],
            env=self.environment(**more),
            cwd=self.wheels,  # anywhere but the project: a person may stand elsewhere
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def call(self, *arguments: str, **more: str) -> tuple[int, str]:
        with self.start(*arguments, **more) as process:
            output, _ = process.communicate(timeout=60)
        return process.returncode, output

    def killed_at(self, sign: str, *arguments: str, half: str = "") -> list[str]:
        """Start, read until a line has `sign`, kill all; return what was said so far.

        With `half`, the kill comes as soon as this file is in the environment.
        """
        said: list[str] = []
        with self.start(*arguments) as process:
            assert process.stdout is not None
            for line in process.stdout:
                said.append(line)
                if sign in line:
                    break
            while half and process.poll() is None:
                if (self.folder / ".venv" / half).exists():
                    break
            kill_all(process)
        return said

    def lock(self, name: str, **wheels: str) -> None:
        """Write a lock file that names packages, each with the hash given."""
        lines = [f"{wheel}==1.0 --hash=sha256:{digest}\n" for wheel, digest in wheels.items()]
        (self.folder / name).write_text("".join(lines), encoding="utf-8")

    def build(self, name: str, files: Mapping[str, str]) -> str:
        """Build a wheel of version 1.0 among the project's wheels; return its sha256."""
        info = f"{name}-1.0.dist-info"
        content = {
            **files,
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
            "Tag: py3-none-any\n",
        }
        record = ""
        for path, text in content.items():
            raw = hashlib.sha256(text.encode()).digest()
            digest = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
            record += f"{path},sha256={digest},{len(text.encode())}\n"
        content[f"{info}/RECORD"] = record + f"{info}/RECORD,,\n"
        wheel = self.wheels / f"{name}-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for path, text in content.items():
                archive.writestr(path, text)
        return hashlib.sha256(wheel.read_bytes()).hexdigest()


def kill_all(process: "subprocess.Popen[str]") -> None:
    """Kill the bootstrap and what it started, as a closed terminal does."""
    if sys.platform == "win32":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGKILL)


def empty_project(where: Path) -> Project:
    """Return a project with everything but an environment."""
    project = Project(where / "project", where / "wheels")
    project.folder.mkdir()
    project.wheels.mkdir()
    shutil.copy(ROOT / "bootstrap.py", project.folder)
    (project.folder / "main.py").write_text(MAIN, encoding="utf-8")
    greeting = project.build("greeting", {"greeting.py": "TEXT = 'hello'"})
    project.lock("requirements.txt", greeting=greeting)
    tools = project.build("tools", TOOLS)
    project.lock("requirements-dev.txt", greeting=greeting, tools=tools)
    return project


@dataclass(frozen=True, slots=True)
class Made:
    """A project with its environment, and what was said until it stood."""

    project: Project
    until_killed: list[str]
    status: int
    output: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    project = empty_project(tmp_path_factory.mktemp("bootstrap"))
    said = project.killed_at("Making .venv", "run", half="pyvenv.cfg")
    status, output = project.call("run", "--", "first", "--flag")
    return Made(project, said, status, output)


@pytest.fixture
def copy(made: Made, tmp_path: Path) -> Project:
    """Return a copy of the environment that believes to have been made where it is."""
    copy = moved(made.project, tmp_path)
    text = copy.stamp.read_text(encoding="utf-8")
    copy.stamp.write_text(
        text.replace(str(made.project.folder), str(copy.folder)), encoding="utf-8"
    )
    return copy


def moved(project: Project, where: Path) -> Project:
    folder = shutil.copytree(project.folder, where / "project", symlinks=True)
    wheels = shutil.copytree(project.wheels, where / "wheels")
    return Project(folder, wheels)


# ----------------------------------------------------------------------------- the environment


def test_an_interrupted_start_is_made_anew_and_runs(made: Made) -> None:
    assert any("Making .venv with Python" in line for line in made.until_killed)
    assert "Making .venv anew: an earlier start did not finish" in made.output
    assert "The environment is ready" in made.output
    assert f"hello ['first', '--flag'] {made.project.wheels}" in made.output
    assert made.status == STATUS


def test_when_nothing_changed_only_the_job_speaks(made: Made) -> None:
    before = made.project.stamp.stat().st_mtime_ns
    status, output = made.project.call("run", "--", "--", "a b", "")
    assert output == f"hello ['--', 'a b', ''] {made.project.wheels}\n"
    assert status == STATUS
    assert made.project.stamp.stat().st_mtime_ns == before


def test_a_changed_lock_is_installed_into_the_environment_that_is_there(copy: Project) -> None:
    greeting = copy.build("greeting", {"greeting.py": "TEXT = 'hello'"})
    more = copy.build("more", {"more.py": ""})
    copy.lock("requirements.txt", greeting=greeting, more=more)
    status, output = copy.call("run")
    assert status == STATUS
    assert "Installing the packages of requirements.txt" in output
    assert "Making .venv" not in output


def test_line_ends_of_the_lock_mean_nothing(copy: Project) -> None:
    lock = copy.folder / "requirements.txt"
    lock.write_bytes(lock.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"))
    assert copy.call("run")[1].startswith("hello")


def test_two_at_once_install_once(copy: Project) -> None:
    lock = copy.folder / "requirements.txt"
    lock.write_text("# changed\n" + lock.read_text(encoding="utf-8"), encoding="utf-8")
    with copy.start("run") as one, copy.start("run") as other:
        outputs = [process.communicate(timeout=60)[0] for process in (one, other)]
        statuses = [one.returncode, other.returncode]
    assert statuses == [STATUS, STATUS], outputs
    assert sum("Installing the packages" in output for output in outputs) == 1, outputs


def test_a_moved_environment_is_made_anew(made: Made, tmp_path: Path) -> None:
    said = moved(made.project, tmp_path).killed_at("Making .venv", "run")
    assert "its folder has been moved" in said[-1]


def test_the_environment_of_another_python_is_made_anew(copy: Project) -> None:
    text = copy.stamp.read_text(encoding="utf-8")
    copy.stamp.write_text(re.sub("python cpython-.*", "python cpython-310", text), encoding="utf-8")
    assert "it belongs to another Python" in copy.killed_at("Making .venv", "run")[-1]


def test_an_environment_whose_python_was_removed_is_made_anew(copy: Project) -> None:
    shutil.rmtree(copy.folder / ".venv" / ("Scripts" if os.name == "nt" else "bin"))
    assert "its Python is gone" in copy.killed_at("Making .venv", "run")[-1]


def test_an_environment_made_by_hand_is_used(copy: Project) -> None:
    copy.stamp.unlink()
    status, output = copy.call("run")
    assert (status, "Making .venv" in output) == (STATUS, False)


def test_a_folder_that_is_no_environment_is_left_alone(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    notes = project.folder / ".venv" / "notes.txt"
    notes.parent.mkdir()
    notes.write_text("mine", encoding="utf-8")
    status, output = project.call("run")
    assert (status, notes.read_text(encoding="utf-8")) == (1, "mine")
    assert "is no virtual environment, so it is left alone" in output


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    (project.folder / ".venv").write_text("a file", encoding="utf-8")
    status, output = project.call("run")
    assert status == 1
    assert "The environment in" in output
    assert "Traceback" not in output


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="root may write anywhere, Windows has ACLs"
)
def test_a_read_only_folder_is_told(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    project.folder.chmod(0o555)
    try:
        status, output = project.call("run")
    finally:
        project.folder.chmod(0o755)
    assert (status, "cannot be written to" in output) == (1, True)


# -------------------------------------------------------------------------------- what pip says


def test_a_package_with_another_hash_is_refused(copy: Project) -> None:
    copy.lock("requirements.txt", tools="0" * 64)
    status, output = copy.call("run")
    assert status == 1
    assert "its hash differs" in output


def test_no_network_is_told_in_a_sentence(copy: Project) -> None:
    copy.lock("requirements.txt", absent="0" * 64)
    # Port 9 of this machine: nobody answers, and no name has to be resolved.
    more = {"PIP_NO_INDEX": "0", "PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_RETRIES": "1"}
    status, output = copy.call("run", **more)
    assert status == 1
    assert "The package index could not be reached" in output


def test_a_package_without_a_build_for_this_python_is_told(copy: Project) -> None:
    copy.lock("requirements.txt", absent="0" * 64)
    status, output = copy.call("run")
    assert status == 1
    assert "has no build for this Python" in output


# ----------------------------------------------------------------------------- native libraries

NEEDS_GL = """\
import pathlib
if not pathlib.Path({flag!r}).exists():
    raise ImportError("libGL.so.1: cannot open shared object file: No such file or directory")
"""


def with_qt_that_lacks_gl(project: Project, commands: Path) -> None:
    """Lock a PySide6 that loads only after apt-get has been called with success.

    `apt-get` fails when asked by REFUSE; `sudo` asks for a password then. apt knows the newer
    name of one library, as Ubuntu 24.04 and Debian 13 do.
    """
    flag = commands / "installed"
    qt = {"PySide6/__init__.py": "", "PySide6/QtGui.py": "", "PySide6/QtWidgets.py": ""}
    qt["PySide6/QtCore.py"] = NEEDS_GL.format(flag=str(flag))
    greeting = project.build("greeting", {"greeting.py": "TEXT = 'hello'"})
    tools = project.build("tools", TOOLS)
    pyside = project.build("pyside", qt)
    project.lock("requirements.txt", greeting=greeting, pyside=pyside)
    project.lock("requirements-dev.txt", greeting=greeting, pyside=pyside, tools=tools)
    scripts = {
        "apt-get": f'[ -z "$REFUSE" ] || exit 100\necho "$*" >> "{commands}/calls"\n'
        f'case "$*" in *" install "*) touch "{flag}";; esac',
        "apt-cache": '[ "$2" = libglib2.0-0t64 ]',
        "sudo": '[ -z "$REFUSE" ] || exit 1\nshift\nexec "$@"',
    }
    commands.mkdir()
    for name, text in scripts.items():
        (commands / name).write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
        (commands / name).chmod(0o755)


@LINUX_ONLY
def test_a_missing_library_is_installed_where_that_is_allowed(
    copy: Project, tmp_path: Path
) -> None:
    commands = tmp_path / "commands"
    with_qt_that_lacks_gl(copy, commands)
    _, output = copy.call("test", PATH=f"{commands}:{os.environ['PATH']}")
    assert "Qt lacks a library of the system: libGL.so.1" in output
    assert "Qt loads" in output
    update, install = (commands / "calls").read_text(encoding="utf-8").splitlines()
    assert update.endswith("update")
    assert "install -y --no-install-recommends libglib2.0-0t64 libgl1" in install
    assert "libxcb" not in install  # tests need no display


@LINUX_ONLY
def test_a_missing_library_is_told_with_the_command_that_installs_it(
    copy: Project, tmp_path: Path
) -> None:
    commands = tmp_path / "commands"
    with_qt_that_lacks_gl(copy, commands)
    path = f"{commands}:{os.environ['PATH']}"
    status, output = copy.call("run", PATH=path, REFUSE="1", DISPLAY=":0")
    assert status == 1
    assert "Qt cannot be loaded: libGL.so.1" in output
    assert re.search(r"apt-get install -y libglib2.0-0t64 libgl1 .* libxcb-cursor0", output)

    # Without a display there is no window to miss: main.py can run headless.
    status, output = copy.call("run", PATH=path, REFUSE="1")
    assert status == STATUS
    assert "started all the same" in output


# ----------------------------------------------------------------------------- the command line


def test_every_check_runs_even_after_one_that_failed(copy: Project) -> None:
    status, output = copy.call("test", "--", "-k", "one thing")
    assert status == 1
    assert "'-k', 'one thing'] offscreen" in output
    assert "mypy found a mistake" in output
    verdicts = re.findall(r"([a-z ]+) (ok|FAILED) \(", output.splitlines()[-1])
    assert [(name.strip(), verdict) for name, verdict in verdicts] == [
        ("ruff check", "ok"),
        ("ruff format", "ok"),
        ("mypy", "FAILED"),
        ("imports", "ok"),
        ("pytest", "ok"),
    ]
    # What `test` installed holds for `run` too.
    assert "Installing" not in copy.call("run")[1]


def test_a_wrong_command_gets_the_usage(tmp_path: Path) -> None:
    project = empty_project(tmp_path)
    status, output = project.call("tset")
    assert (status, "bootstrap.py test" in output) == (2, True)
    assert project.call("--help")[0] == 0
    assert not (project.folder / ".venv").exists()


def test_an_old_python_gets_a_sentence() -> None:
    source = (ROOT / "bootstrap.py").read_text(encoding="utf-8")
    ast.parse(source, feature_version=(3, 6))
    program = (
        "import runpy, sys; sys.version_info = (3, 8, 1, 'final', 0); sys.argv = ['x', 'test'];"
        f"runpy.run_path({str(ROOT / 'bootstrap.py')!r}, run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("ThreadLab needs Python 3.11 or later; this is Python 3.8.")
    assert "Traceback" not in done.stderr


# --------------------------------------------------------------------------------- the lock files


def pins(name: str) -> dict[str, str]:
    """Return what a lock file holds: for each package with its version, its hashes."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (re.sub("#.*", "", line).strip() for line in text.splitlines())
    return dict(line.split(None, 1) for line in lines if line)


def test_the_locks_name_exact_versions_with_hashes_and_agree() -> None:
    run, test = pins("requirements.txt"), pins("requirements-dev.txt")
    for package, rest in (run | test).items():
        assert re.fullmatch(r"[a-z0-9-]+==[0-9.]+", package)
        assert "--hash=sha256:" in rest
    # bootstrap.py takes an environment for tests as one that ThreadLab runs in.
    assert run.items() <= test.items()
    assert run.keys() >= {"pyside6-essentials==6.11.3", "shiboken6==6.11.3"}
