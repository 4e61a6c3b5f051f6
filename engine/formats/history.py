"""The runs made last, kept without being asked for.

Guarantees: a folder of ordinary run files, at most `most_runs` and `most_bytes` of them, the
oldest removed first; only files that this module names are ever removed; several windows may
share a folder.
"""

from __future__ import annotations

import contextlib
import re
import time
from dataclasses import dataclass
from pathlib import Path

from engine.formats.errors import RunFileError
from engine.formats.manifest import SUFFIX, Manifest
from engine.formats.opening import peek
from engine.formats.record import Record
from engine.formats.saving import Progress, save
from engine.replacing import PART

MOST_RUNS = 50
MOST_BYTES = 512 << 20
#: What a crash may have left behind of a file that was being written is removed after a day.
LEFT_OVER_SECONDS = 86_400
_NAME = re.compile(r"\d{8}-\d{6}-\d{6}-[\w-]{1,40}" + re.escape(SUFFIX))


@dataclass(frozen=True, slots=True)
class Kept:
    """One run of the history: its file, and what its manifest says."""

    path: Path
    manifest: Manifest


class History:
    """The runs in one folder."""

    def __init__(
        self, folder: Path, most_runs: int = MOST_RUNS, most_bytes: int = MOST_BYTES
    ) -> None:
        self.folder = folder
        self._most_runs = most_runs
        self._most_bytes = most_bytes

    def add(self, record: Record, progress: Progress = lambda share: None) -> Path:
        """Keep *record*, remove what is over the limits, return its file. Raises RunFileError."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise RunFileError(
                f"The runs made last cannot be kept in {self.folder}: {error.strerror or error}."
            ) from error
        words = record.scenario.title or record.request.script.stem
        slug = re.sub(r"[^A-Za-z0-9]+", "-", words).strip("-").lower()[:40] or "run"
        path = self.folder / f"{record.saved:%Y%m%d-%H%M%S-%f}-{slug}{SUFFIX}"
        save(record, path, progress)
        self._prune()
        return path

    def files(self) -> list[Path]:
        """Return the files of the history, newest first."""
        try:
            found = [path for path in self.folder.iterdir() if _NAME.fullmatch(path.name)]
        except OSError:
            return []
        return sorted(found, key=lambda path: path.name, reverse=True)

    def runs(self, most: int = MOST_RUNS) -> list[Kept]:
        """Return the *most* newest runs; one that cannot be read is passed over."""
        found = []
        for path in self.files()[:most]:
            with contextlib.suppress(RunFileError):
                found.append(Kept(path, peek(path)))
        return found

    def clear(self) -> None:
        """Remove every run of the history."""
        for path in self.files():
            _remove(path)

    def _prune(self) -> None:
        total = 0
        for number, path in enumerate(self.files()):
            with contextlib.suppress(OSError):  # another window may have removed it just now
                total += path.stat().st_size
            if number >= self._most_runs or total > self._most_bytes:
                _remove(path)
        with contextlib.suppress(OSError):
            for path in self.folder.glob(f".*{PART}"):
                if time.time() - path.stat().st_mtime > LEFT_OVER_SECONDS:
                    _remove(path)


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink()
