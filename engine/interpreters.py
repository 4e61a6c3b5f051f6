"""The Pythons of this machine: found, asked, named, and chosen by path, version or name.

Why: a script runs in a child process, so it can be run by any Python from 3.11 on, with a GIL or
without; the person sees which there are and what each is.

Guarantees: nothing is listed as usable that did not answer; what cannot be used says why. An
environment that lies beside a script is not started before the person chooses it: to look at a
stranger's script must not run a stranger's program (and even a link to an interpreter of this
machine loads its library from wherever the environment's own `pyvenv.cfg` says). What it is, is
known from the interpreter that it links to. `find` leaves no process and no thread.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import os
import re
import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from engine import python_places
from engine.aside import Cancelled
from engine.python_answers import SECONDS, Answer, Memory, NoAnswer, ask, gil_words
from engine.python_places import BESIDE, Candidate, Places

__all__ = ["BESIDE", "Cancelled", "InterpreterError", "Python", "choose", "find", "look_at"]

OLDEST = (3, 11)
#: How many are asked at once: each is a process that loads for some 20 ms.
AT_ONCE = 4
_VERSION = re.compile(r"(?:python)?(\d+)\.(\d+)(?:\.(\d+))?(t?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Python:
    """One interpreter of this machine.

    Attributes:
        path: what to start.
        where: the places that named it, the first one first.
        real: the file behind all links.
        version: (0, 0, 0) where it is not known.
        release: the version as text, `3.14.0rc2`.
        implementation: `cpython`, `pypy`; empty where it is not known.
        free_threaded: built without a GIL.
        gil: whether it has a GIL when it starts (a free-threaded build may be told to).
        prefix: where it is installed; an environment's own folder for one in an environment.
        environment: the name of its environment, or empty.
        problem: why it cannot be used; empty if it can.
        asked: False where it was not started, and will be once it is chosen (see above).
        name: what to call it by on the command line; no two have the same.
    """

    path: str
    where: tuple[str, ...]
    real: str = ""
    version: tuple[int, int, int] = (0, 0, 0)
    release: str = ""
    implementation: str = ""
    free_threaded: bool = False
    gil: bool = True
    prefix: str = ""
    environment: str = ""
    problem: str = ""
    asked: bool = True
    name: str = ""

    @property
    def usable(self) -> bool:
        """Whether a script can be run with it, as far as is known."""
        return not self.problem

    @property
    def mark(self) -> str:
        """Say what it does about the GIL: 'GIL', 'free-threaded', or nothing if not known."""
        if not (self.usable and self.implementation):
            return ""
        return gil_words(self.free_threaded, self.gil)

    @property
    def label(self) -> str:
        """Say which it is: 'Python 3.13.5 · free-threaded'."""
        kind = "Python" if self.implementation in ("cpython", "") else self.implementation
        release = f"{kind} {self.release}".strip()
        return " · ".join(part for part in (release, self.mark) if part)

    @property
    def is_beside(self) -> bool:
        """Whether its environment lies beside the script that was asked for."""
        return BESIDE in self.where

    def to_json(self) -> dict[str, object]:
        """Return what `main.py pythons --json` prints of it."""
        return {
            "name": self.name,
            "path": self.path,
            "version": self.release,
            "implementation": self.implementation,
            "free_threaded": self.free_threaded,
            "gil": self.gil,
            "environment": self.environment,
            "prefix": self.prefix,
            "found": list(self.where),
            "usable": self.usable,
            "problem": self.problem,
            "asked": self.asked,
        }


class InterpreterError(Exception):
    """There is no such interpreter, or it cannot be used; the text says why, and what there is.

    Attributes: why (the reason alone, to go behind the interpreter's name; '' if there is none).
    """

    def __init__(self, text: str, why: str = "") -> None:
        super().__init__(text)
        self.why = why


def find(
    script: Path | None = None,
    *,
    places: Places | None = None,
    memory: Memory | None = None,
    again: bool = False,
    seconds: float = SECONDS,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Python]:
    """Return the machine's Pythons: usable ones first, newest first, each once.

    *script* adds the environments beside it; *again* asks also those whose answer is remembered;
    Cancelled is raised soon after *cancelled* turns true.
    """
    places = places or python_places.this_machine()
    memory = memory or Memory()
    every = python_places.candidates(places, script)
    beside = [candidate for candidate in every if candidate.where == BESIDE]
    elsewhere = [candidate for candidate in every if candidate.where != BESIDE]

    def look(candidate: Candidate) -> Python:
        return _look(candidate, memory, again, seconds, cancelled)

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE, "ask python") as pool:
        found = list(pool.map(look, elsewhere))
    known = {python.real: python for python in found if python.usable}
    found = [*(_unasked(one, known.get(os.path.realpath(one.path))) for one in beside), *found]
    memory.save()
    return _named(_sorted(_once(found)))


def look_at(
    path: str, *, seconds: float = SECONDS, cancelled: Callable[[], bool] = lambda: False
) -> Python:
    """Return the interpreter that the person named: a file, or the folder of an environment.

    Raises InterpreterError where it cannot be used, and says why.
    """
    place = Path(os.path.abspath(os.path.expanduser(path)))
    inside = python_places.interpreter_in(place) if place.is_dir() else place
    if inside is None:
        raise InterpreterError(f"{path} is a folder without a Python in it.", "is a folder")
    if not inside.exists():
        raise InterpreterError(f"{path}: there is no such file.", "is not there")
    try:
        python = _python(Candidate(str(inside), "chosen"), ask(str(inside), seconds, cancelled))
    except NoAnswer as error:
        raise InterpreterError(f"{path} {error}.", str(error)) from None
    if python.problem:
        raise InterpreterError(f"{path} cannot be used: {python.problem}.", python.problem)
    return dataclasses.replace(python, name=_plain_name(python))


def choose(wanted: str, found: Callable[[], Sequence[Python]]) -> Python:
    """Return the Python that *wanted* means: a path, a version (`3.13t`, `3.12.1`) or a name.

    *found* is called when the machine has to be looked through. Raises InterpreterError with
    what there is.
    """
    text = wanted.strip()
    if os.path.exists(text) and (os.sep in text or "/" in text):
        return look_at(text)
    pythons = found()
    named = next((python for python in pythons if python.name == text), None)
    if named is not None:
        if not named.usable:
            raise InterpreterError(f"{named.name} cannot be used: {named.problem}.")
        return named if named.asked else look_at(named.path)
    if match := _VERSION.fullmatch(text):
        if fits := [python for python in pythons if python.asked and _fits(python, match)]:
            return fits[0]
    elif (path := shutil.which(text)) is not None:
        return look_at(path)
    usable = [python for python in pythons if python.usable]
    listed = "\n".join(f"  {python.name:<16} {python.label}  {python.path}" for python in usable)
    raise InterpreterError(
        f"There is no Python {text!r} here. These can be used, by name, version or path:\n"
        f"{listed or '  none: ThreadLab needs CPython 3.11 or later'}"
    )


def other_build(pythons: Iterable[Python], free_threaded: bool, like: str = "") -> Python | None:
    """Return the best Python of the other build than *free_threaded*; of release *like* if any.

    Environments are left out: what they hold belongs to a project.
    """
    fits = [
        python
        for python in pythons
        if python.usable and python.asked and python.free_threaded != free_threaded
    ]
    fits.sort(key=lambda python: (bool(python.environment), not _near(python.release, like)))
    return fits[0] if fits else None


def _near(release: str, like: str) -> bool:
    return release.split(".")[:2] == like.split(".")[:2]


def _fits(python: Python, wanted: re.Match[str]) -> bool:
    major, minor, micro, free = wanted.groups()
    return (
        python.usable
        and python.version[:2] == (int(major), int(minor))
        and (micro is None or python.version[2] == int(micro))
        and python.free_threaded == bool(free)
    )


def _look(
    candidate: Candidate,
    memory: Memory,
    again: bool,
    seconds: float,
    cancelled: Callable[[], bool],
) -> Python:
    answer = None if again else memory.get(candidate.path)
    if answer is None:
        try:
            if cancelled():
                raise Cancelled
            answer = ask(candidate.path, seconds, cancelled)
        except NoAnswer as error:
            real = os.path.realpath(candidate.path)
            return Python(candidate.path, (candidate.where,), real, problem=str(error))
        memory.put(candidate.path, answer)
    return _python(candidate, answer)


def _python(candidate: Candidate, answer: Answer) -> Python:
    env = python_places.environment_name(candidate.path)
    name, folder = env or ("", Path(answer.prefix))
    return Python(
        path=candidate.path,
        where=(candidate.where,),
        real=os.path.realpath(candidate.path),
        version=answer.version,
        release=answer.release,
        implementation=answer.implementation,
        free_threaded=answer.free_threaded,
        gil=answer.gil,
        prefix=str(folder),
        environment=name,
        problem=_problem(answer.implementation, answer.version),
    )


def _problem(implementation: str, version: tuple[int, ...]) -> str:
    oldest = ".".join(map(str, OLDEST))
    if implementation not in ("cpython", ""):
        return f"{implementation}: ThreadLab needs CPython {oldest} or later"
    if version[:2] < OLDEST:
        return f"Python {version[0]}.{version[1]}: ThreadLab needs {oldest} or later"
    return ""


def _unasked(candidate: Candidate, known: Python | None) -> Python:
    """Return what an environment is, without starting anything in it.

    *known* is the interpreter that it links to, where the machine has that elsewhere; else its
    own file tells the version.
    """
    name, folder = python_places.environment_name(candidate.path) or ("", Path(candidate.path))
    if known is not None:
        return dataclasses.replace(
            known,
            path=candidate.path,
            where=(candidate.where,),
            prefix=str(folder),
            environment=name,
            asked=False,
        )
    version, release = (0, 0, 0), ""
    for line in python_places.lines(folder / "pyvenv.cfg"):
        key, _, value = line.partition("=")
        match = re.match(r"(\d+)\.(\d+)\.(\d+)", value.strip())
        if match and key.strip() in ("version", "version_info"):
            major, minor, micro = map(int, match.groups())
            version, release = (major, minor, micro), match[0]
    real = os.path.realpath(candidate.path)
    problem = _problem("", version) if release else ""
    return Python(
        candidate.path,
        (candidate.where,),
        real,
        version,
        release,
        prefix=str(folder),
        environment=name,
        problem=problem,
        asked=False,
    )


def _once(found: Iterable[Python]) -> list[Python]:
    """Leave each out but once: the same installation and build, or the same environment."""
    kept: dict[tuple[object, ...], Python] = {}
    for python in found:
        key: tuple[object, ...] = (python.real, python.path)
        if python.implementation or python.environment:
            where = os.path.realpath(python.prefix)
            key = (where, python.version, python.free_threaded, python.environment)
        before = kept.get(key)
        if before is None:
            kept[key] = python
        else:
            where_all = tuple(dict.fromkeys((*before.where, *python.where)))
            kept[key] = dataclasses.replace(before, where=where_all)
    return list(kept.values())


def _sorted(found: Iterable[Python]) -> list[Python]:
    """Sort: the script's own first, then what can be used, the newest, ordinary builds first."""

    def order(python: Python) -> tuple[object, ...]:
        newest = tuple(-part for part in python.version)
        return (
            not python.usable,
            not python.is_beside,
            bool(python.environment),
            newest,
            python.free_threaded,
        )

    return sorted(found, key=order)


def _plain_name(python: Python) -> str:
    if python.environment:
        return python.environment
    if not python.release:
        return Path(python.path).name
    kind = "" if python.implementation in ("cpython", "") else f"{python.implementation}-"
    return f"{kind}{python.release}{'t' if python.free_threaded else ''}"


def _named(found: Sequence[Python]) -> list[Python]:
    """Give each a name of its own: `3.12.1`, and `3.12.1@pyenv` for a second one."""
    taken: set[str] = set()
    named = []
    for python in found:
        plain = _plain_name(python)
        where = python.where[0].split()[0]
        names = [plain, f"{plain}@{where}", *(f"{plain}#{n}" for n in range(2, 999))]
        name = next(name for name in names if name not in taken)
        taken.add(name)
        named.append(dataclasses.replace(python, name=name))
    return named
