"""Where a machine keeps its Pythons: PATH, pyenv, uv, conda, the py launcher, environments.

Only names of files are collected here, and nothing is started but the py launcher. Guarantees: a
folder that is missing, unreadable or damaged gives nothing; the order is the order in which
places are trusted to name an interpreter; the same layout gives the same candidates.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

RUNNING = "runs ThreadLab"
ACTIVE = "active environment"
BESIDE = "this script's environment"
#: The names of an interpreter's file; `python3.13t` is a free-threaded build.
_NAME = re.compile(r"python(3(\.\d+)?t?)?(\.exe)?", re.IGNORECASE)
_ENVIRONMENTS = (".venv", "venv", "env")
#: What marks the top folder of a project: above it, an environment is another project's.
_PROJECT = (".git", ".hg", "pyproject.toml", "setup.py", "setup.cfg", "uv.lock", "Pipfile")
_LAUNCHER_SECONDS = 10.0


def _no_lines() -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be an interpreter, and the place that named it."""

    path: str
    where: str


@dataclass(frozen=True, slots=True)
class Places:
    """The machine, as far as looking for interpreters goes; tests give a made-up one.

    Attributes: environ, home, platform (as `sys.platform`), running (the interpreter that runs
    us, or ''), root (what stands for '/'), registered and launcher (Windows: the executables
    that the registry names, and the launcher's lines).
    """

    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)
    home: Path = field(default_factory=Path.home)
    platform: str = sys.platform
    running: str = sys.executable
    root: Path = Path("/")
    registered: Callable[[], list[str]] = _no_lines
    launcher: Callable[[], list[str]] = _no_lines

    @property
    def is_windows(self) -> bool:
        """Whether names end in .exe and environments have no `bin`."""
        return self.platform == "win32"


def this_machine() -> Places:
    """Return the machine that we run on."""
    if sys.platform == "win32":
        return Places(registered=_registered, launcher=_launcher_lines)
    return Places()


def candidates(places: Places, script: Path | None = None) -> list[Candidate]:
    """Return every file that may be an interpreter, each once; the script's own first."""
    found: dict[str, Candidate] = {}
    for path, where in _all(places, script):
        name = os.path.abspath(path)
        found.setdefault(name, Candidate(name, where))
    return list(found.values())


def interpreter_in(folder: Path, *, windows: bool = sys.platform == "win32") -> Path | None:
    """Return the interpreter of an installation or an environment in *folder*."""
    places = (folder, folder / "Scripts") if windows else (folder / "bin",)
    for place in places:
        names = _names(place)
        for wanted in ("python", "python3"):
            for name in names:
                if name.lower() in (wanted, f"{wanted}.exe"):
                    return place / name
        if names:
            return place / names[-1]
    return None


def environment_name(path: str) -> tuple[str, Path] | None:
    """Return (name, folder) of the environment that the interpreter *path* belongs to, if any.

    An environment that is called as half of them are, `.venv`, is named with its project.
    """
    here = Path(path).parent
    folders = (here, here.parent)
    for folder in folders:
        if (folder / "pyvenv.cfg").is_file():
            plain = folder.name in _ENVIRONMENTS and folder.parent.name
            return (f"{folder.parent.name}/{folder.name}" if plain else folder.name), folder
    for folder in folders:
        if (folder / "conda-meta").is_dir():
            return folder.name, folder
    return None


def _all(places: Places, script: Path | None) -> Iterator[tuple[Path | str, str]]:
    if script is not None:
        yield from ((path, BESIDE) for path in _beside(places, script))
    if active := places.environ.get("VIRTUAL_ENV"):
        yield from _installed(places, [Path(active)], ACTIVE)
    if prefix := places.environ.get("CONDA_PREFIX"):
        yield from _installed(places, [Path(prefix)], "active conda environment")
    # pyenv's stand-ins start whichever version is chosen at the time; all versions follow below.
    shims = _pyenv(places) / "shims"
    for folder in places.environ.get("PATH", "").split(os.pathsep):
        # '' and '.' would offer whatever lies in the working folder.
        if os.path.isabs(folder) and Path(folder) != shims:
            yield from ((Path(folder) / name, "PATH") for name in _names(Path(folder)))
    yield from _installed(places, _inside(_pyenv(places) / "versions"), "pyenv")
    for store in _uv(places):
        yield from _installed(places, _inside(store), "uv")
    for manager, versions in _managers(places):
        yield from _installed(places, _inside(versions), manager)
    yield from _installed(places, _conda(places), "conda")
    if places.is_windows:
        yield from ((line, "py launcher") for line in launcher_paths(places.launcher()))
        yield from ((line, "registry") for line in places.registered())
    else:
        yield from ((path, "system") for path in _system(places))
    if places.running:
        yield places.running, RUNNING


def _beside(places: Places, script: Path) -> Iterator[Path]:
    """Yield the environments beside the script, then those of the folders up to its project."""
    home = places.home.resolve()
    folder = script.resolve().parent
    while folder not in (home, folder.parent):
        for name in _ENVIRONMENTS:
            place = folder / name
            if (place / "pyvenv.cfg").is_file():
                found = interpreter_in(place, windows=places.is_windows)
                if found is not None:
                    yield found
        if any((folder / mark).exists() for mark in _PROJECT):
            return
        folder = folder.parent


def _installed(
    places: Places, folders: Iterable[Path], where: str
) -> Iterator[tuple[Path | str, str]]:
    for folder in folders:
        found = interpreter_in(folder, windows=places.is_windows)
        if found is not None:
            yield found, where


def _pyenv(places: Places) -> Path:
    root = places.environ.get("PYENV_ROOT")
    default = places.home / ".pyenv"
    if places.is_windows:
        root, default = places.environ.get("PYENV"), default / "pyenv-win"
    return Path(root) if root else default


def _uv(places: Places) -> Iterator[Path]:
    if chosen := places.environ.get("UV_PYTHON_INSTALL_DIR"):
        yield Path(chosen)
    if places.is_windows:
        roaming = Path(places.environ.get("APPDATA", places.home / "AppData" / "Roaming"))
        yield from (roaming / "uv" / "data" / "python", roaming / "uv" / "python")
    else:
        share = places.environ.get("XDG_DATA_HOME") or places.home / ".local" / "share"
        yield Path(share) / "uv" / "python"


def _managers(places: Places) -> Iterator[tuple[str, Path]]:
    share = Path(places.environ.get("XDG_DATA_HOME") or places.home / ".local" / "share")
    yield (
        "asdf",
        Path(places.environ.get("ASDF_DATA_DIR") or places.home / ".asdf") / "installs/python",
    )
    yield "mise", Path(places.environ.get("MISE_DATA_DIR") or share / "mise") / "installs/python"


def _conda(places: Places) -> Iterator[Path]:
    """Yield the roots and environments that conda and mamba keep, or have noted."""
    for line in lines(places.home / ".conda" / "environments.txt"):
        yield Path(line)
    roots = [
        Path(places.environ[name]) for name in ("MAMBA_ROOT_PREFIX",) if name in places.environ
    ]
    if program := places.environ.get("CONDA_EXE"):
        roots.append(Path(program).parent.parent)
    names = ("miniconda3", "anaconda3", "miniforge3", "mambaforge", "micromamba", "conda")
    roots += [places.home / name for name in names]
    if not places.is_windows:
        roots += [places.root / "opt" / name for name in names]
    stores = [root / "envs" for root in roots]
    stores += [places.home / ".conda" / "envs"]
    for name in ("CONDA_ENVS_PATH", "CONDA_ENVS_DIRS"):
        parts = places.environ.get(name, "").split(os.pathsep)
        stores += [Path(part) for part in parts if part]
    yield from roots
    for store in stores:
        yield from _inside(store)


def _system(places: Places) -> Iterator[Path]:
    """Yield what stands in the system's own places, should PATH not name them."""
    root = places.root
    folders = [root / "usr" / "local" / "bin", root / "usr" / "bin", places.home / ".local" / "bin"]
    if places.platform == "darwin":
        for framework in ("Python.framework", "PythonT.framework"):
            versions = root / "Library" / "Frameworks" / framework / "Versions"
            folders += [version / "bin" for version in _inside(versions)]
        for brew in (root / "opt" / "homebrew", root / "usr" / "local"):
            folders.append(brew / "bin")
            kegs = [keg for keg in _inside(brew / "opt") if keg.name.startswith("python")]
            folders += [keg / "bin" for keg in kegs]
    for folder in folders:
        yield from (folder / name for name in _names(folder))


def launcher_paths(lines: Iterable[str]) -> list[str]:
    r"""Return the executables in what `py -0p` printed: ` -V:3.13t *  C:\Py\python3.13t.exe`."""
    found = (re.search(r"[A-Za-z]:\\[^*]*\.exe", line, re.IGNORECASE) for line in lines)
    return [match[0] for match in found if match]


def _launcher_lines() -> list[str]:
    try:
        done = subprocess.run(
            ["py", "-0p"],  # noqa: S607 - the launcher stands on PATH, and nowhere certain
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_LAUNCHER_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return done.stdout.splitlines()


def _registered() -> list[str]:
    """Return what PEP 514 keeps in the registry: company, tag, InstallPath."""
    found: list[str] = []
    if sys.platform == "win32":
        import winreg

        def below(key: winreg.HKEYType) -> list[str]:
            count = winreg.QueryInfoKey(key)[0]
            return [winreg.EnumKey(key, number) for number in range(count)]

        for hive in (winreg.HKEY_CURRENT_USER, winreg.HKEY_LOCAL_MACHINE):
            try:
                with winreg.OpenKey(hive, r"Software\Python") as top:
                    pairs = [
                        (company, tag)
                        for company in below(top)
                        if company != "PyLauncher"
                        for tag in below(winreg.OpenKey(top, company))
                    ]
                    for company, tag in pairs:
                        found += _install_path(winreg.OpenKey(top, rf"{company}\{tag}"))
            except OSError:
                continue
    return found


def _install_path(tag: object) -> list[str]:
    if sys.platform == "win32":
        import winreg

        assert isinstance(tag, winreg.HKEYType)
        try:
            with winreg.OpenKey(tag, "InstallPath") as key:
                try:
                    return [str(winreg.QueryValueEx(key, "ExecutablePath")[0])]
                except OSError:
                    return [os.path.join(str(winreg.QueryValueEx(key, "")[0]), "python.exe")]
        except OSError:
            return []
    return []


def _inside(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_dir())
    except OSError:
        return []


def _names(folder: Path) -> list[str]:
    """Return the files in *folder* that are named as interpreters and can be started."""
    try:
        with os.scandir(folder) as entries:
            named = [entry for entry in entries if _NAME.fullmatch(entry.name)]
    except OSError:
        return []
    return sorted(entry.name for entry in named if _starts(entry))


def _starts(entry: os.DirEntry[str]) -> bool:
    try:
        # Windows keeps empty stand-ins that open its shop.
        return entry.is_file() and entry.stat().st_size > 0 and os.access(entry.path, os.X_OK)
    except OSError:
        return False


def lines(file: Path) -> list[str]:
    """Return the lines of a small text file that hold something; none if it cannot be read."""
    try:
        text = file.read_text("utf-8", "replace")[:1_000_000]
    except OSError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip() and "\0" not in line]
