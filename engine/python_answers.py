"""Ask an interpreter what it is, and keep the answers from one day to the next.

Why so carefully: a file that is called `python3` may hang, crash, print without end, or be no
interpreter at all. Guarantees: it is started without the person's packages and without the
working folder (`-E -s -S`, which Python 2 knows too, where it does not know `-I`); it and all
that it started are gone when `ask` returns; at most `SAID_BYTES` of what it says are read; what
it answers is checked field by field; a damaged file of answers is as good as none.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from engine import aside
from engine.folders import cache as cache_folder
from engine.replacing import NotWritten, replacing

SECONDS = 10.0
SAID_BYTES = 65_536
_MARK = "threadlab-python:"
#: The layout of the file of answers; another number means that it is written anew.
_EDITION = 1

#: Runs on every Python from 2.7 on: an old one has to say that it is old.
_PROGRAM = f"""
import sys
sys.path[:] = [p for p in sys.path if p]
import json, platform, sysconfig
name = getattr(getattr(sys, "implementation", None), "name", platform.python_implementation())
v = sys.version_info
mark = {{"alpha": "a", "beta": "b", "candidate": "rc"}}.get(v[3])
print("\\n{_MARK}" + json.dumps({{
    "version": list(v[:3]),
    "release": "%d.%d.%d" % v[:3] + ("%s%d" % (mark, v[4]) if mark else ""),
    "implementation": name.lower(),
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "gil": bool(getattr(sys, "_is_gil_enabled", lambda: True)()),
    "executable": sys.executable or "",
    "prefix": getattr(sys, "base_prefix", sys.prefix) or "",
}}))
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an interpreter said of itself: all of it checked to be of the right type.

    Attributes: version; release (`3.14.0rc2`); implementation (`cpython`); free_threaded (built
    without a GIL); gil (whether it has one now); executable, prefix (its own, not an
    environment's).
    """

    version: tuple[int, int, int]
    release: str
    implementation: str
    free_threaded: bool
    gil: bool
    executable: str
    prefix: str


def gil_words(free_threaded: bool, gil: bool) -> str:
    """Say what an interpreter of that build does about the GIL."""
    if free_threaded and gil:
        return "free-threaded build, GIL on"
    return "GIL" if gil else "free-threaded"


class NoAnswer(Exception):
    """It is no interpreter that can be used; the text says why, to go behind its name."""


def ask(
    path: str, seconds: float = SECONDS, cancelled: Callable[[], bool] = lambda: False
) -> Answer:
    """Start *path*, ask it, and return what it said. Raises NoAnswer and Cancelled."""
    command = [path, "-E", "-s", "-S", "-c", _PROGRAM]
    try:
        said = aside.run(command, limit=seconds, most=SAID_BYTES, cancelled=cancelled)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise NoAnswer(f"does not start: {reason or error}") from None
    status, text = said.status, said.text
    if status is None:
        raise NoAnswer(f"did not answer within {seconds:g} s")
    for line in text.splitlines():
        if line.startswith(_MARK):
            with contextlib.suppress(ValueError, RecursionError):
                return checked(json.loads(line.removeprefix(_MARK)))
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    last = _printable(lines[-1]) if lines else ""
    if status < 0:
        raise NoAnswer(f"does not start: killed by {_signal_name(-status)}")
    if status:
        raise NoAnswer(f"does not start: {last or f'exit status {status}'}")
    raise NoAnswer(f"is no Python: it said {last!r}" if last else "is no Python: it said nothing")


def checked(said: object) -> Answer:
    """Return *said* as an answer. Raises ValueError where it is none."""
    if not isinstance(said, Mapping) or set(said) != set(Answer.__dataclass_fields__):
        raise ValueError("the fields are not those of an answer")
    version = said["version"]
    if not (
        isinstance(version, list)
        and len(version) == 3
        and all(type(part) is int and 0 <= part < 10_000 for part in version)
    ):
        raise ValueError("the version is none")
    texts = [said[name] for name in ("release", "implementation", "executable", "prefix")]
    if not all(isinstance(text, str) and len(text) < 4096 and "\0" not in text for text in texts):
        raise ValueError("a text is none")
    release, implementation, executable, prefix = map(_printable, texts)
    if not release.startswith(".".join(map(str, version))):
        raise ValueError("the release is not that of the version")
    free, gil = said["free_threaded"], said["gil"]
    if not (isinstance(free, bool) and isinstance(gil, bool)):
        raise ValueError("a flag is none")
    major, minor, micro = version
    return Answer((major, minor, micro), release, implementation, free, gil, executable, prefix)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _printable(text: str) -> str:
    """Return *text* fit to be shown: what it says comes from a stranger."""
    return "".join(sign if sign.isprintable() else "�" for sign in text[:400])


class Memory:
    """The answers that were given, by the file that gave them.

    A file that was changed (its time or size) is asked again. Attributes: file.
    """

    def __init__(self, file: Path | None = None) -> None:
        self.file = cache_folder() / "interpreters.json" if file is None else file
        self._answers = self._read()

    def get(self, path: str) -> Answer | None:
        """Return what *path* answered when it was as it is now."""
        known = self._answers.get(path)
        return known[1] if known is not None and known[0] == _stamp(path) else None

    def put(self, path: str, answer: Answer) -> None:
        """Keep *answer*; not for a file that stands in for another one, which may change."""
        stamp = _stamp(path)
        if stamp and os.path.realpath(path) == os.path.realpath(answer.executable):
            self._answers[path] = (stamp, answer)

    def save(self) -> None:
        """Write the answers of files that still exist; where that cannot be, let it be."""
        kept = [
            {"path": path, "stamp": list(stamp), **asdict(answer)}
            for path, (stamp, answer) in self._answers.items()
            if os.path.exists(path)
        ]
        text = json.dumps({"edition": _EDITION, "answers": kept}, indent=1)
        with contextlib.suppress(OSError, NotWritten):
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with replacing(self.file) as file:
                file.write(text.encode())

    def _read(self) -> dict[str, tuple[tuple[int, ...], Answer]]:
        found: dict[str, tuple[tuple[int, ...], Answer]] = {}
        try:
            content = json.loads(self.file.read_text("utf-8"))
            entries = content["answers"] if content["edition"] == _EDITION else []
        except (OSError, ValueError, RecursionError, KeyError, TypeError):
            return found
        for entry in entries if isinstance(entries, list) else []:
            with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
                path, stamp = entry.pop("path"), tuple(entry.pop("stamp"))
                if isinstance(path, str) and all(type(part) is int for part in stamp):
                    found[path] = (stamp, checked(entry))
        return found


def _stamp(path: str) -> tuple[int, ...]:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return ()
    return (status.st_mtime_ns, status.st_size)
