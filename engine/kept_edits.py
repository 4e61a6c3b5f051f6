"""Edits that were not saved, kept on disk so that they survive a crash of the window.

Guarantees: at most one a script; written as a whole or not at all, readable by this user only;
edits of a window that is still open are nobody else's to restore; what is damaged is skipped; a
folder that cannot be written costs the safety, never the editing.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from engine.replacing import NotWritten, replacing

LARGEST_BYTES = 40_000_000


@dataclass(frozen=True, slots=True)
class KeptEdit:
    """The text that the script at *path* was given, when (seconds since 1970), and where it is."""

    path: Path
    text: str
    when: float
    file: Path


class KeptEdits:
    """The folder of one user's edits. Attributes: folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, path: Path, text: str) -> bool:
        """Keep *text*; False if the folder cannot be written."""
        content = {
            "path": str(path),
            "text": text,
            "when": time.time(),
            "pid": os.getpid(),
            "began": psutil.Process().create_time(),
        }
        try:
            self.folder.mkdir(0o700, parents=True, exist_ok=True)
            with replacing(self._file(path)) as file:
                file.write(json.dumps(content).encode("utf-8", "surrogatepass"))
        except (OSError, NotWritten):
            return False
        return True

    def forget(self, path: Path) -> None:
        """Let go of what was kept for *path*: it was saved, or is not wanted."""
        with contextlib.suppress(OSError):
            self._file(path).unlink()

    def abandoned(self) -> list[KeptEdit]:
        """Return what windows that are gone have left, the newest first."""
        found = []
        with contextlib.suppress(OSError):
            for file in self.folder.glob("*.json"):
                kept = _read(file)
                if kept is not None:
                    found.append(kept)
        return sorted(found, key=lambda kept: -kept.when)

    def _file(self, path: Path) -> Path:
        return self.folder / f"{hashlib.sha256(str(path).encode()).hexdigest()[:32]}.json"


def _read(file: Path) -> KeptEdit | None:
    try:
        if file.stat().st_size > LARGEST_BYTES:
            return None
        content = json.loads(file.read_bytes())
        path, text, when = content["path"], content["text"], float(content["when"])
        if not (isinstance(path, str) and isinstance(text, str)):
            return None
        if _lives(int(content["pid"]), float(content["began"])):
            return None
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return KeptEdit(Path(path), text, when, file)


def _lives(pid: int, began: float) -> bool:
    """Whether the process that kept it is still there, and no other with its number."""
    if pid == os.getpid():
        return True
    try:
        return abs(psutil.Process(pid).create_time() - began) < 1.0
    except psutil.Error:
        return False
