"""A Python file as text, and back: what an editor may change, and what it must keep.

Guarantees: line ends, encoding, byte order mark and permissions of a file stay as they were; a
file is replaced as a whole or not at all, and a link to it stays a link; what cannot be written in
the file's own encoding is refused with its line, never replaced.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
import tokenize
from dataclasses import dataclass
from pathlib import Path

from engine.probe.source import SourceError, read_source
from engine.replacing import NotWritten, replacing

_BOM = b"\xef\xbb\xbf"


class SaveError(Exception):
    """A text that was not written; says why and what to do, and the file is as it was."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """What is on disk.

    Attributes: path; text (lines end by one character); newline (how they end in the file: the
    commonest, where it holds several); bom; stamp (of the bytes, as `stamp_of` gives it).
    """

    path: Path
    text: str
    newline: str = "\n"
    bom: bool = False
    stamp: str = ""


def read(path: Path) -> TextFile:
    """Return the file at *path*; SourceError if it is no text that Python could read."""
    text = read_source(path)
    try:
        data = path.read_bytes()
    except OSError:  # gone since
        data = b""
    counts = {"\r\n": data.count(b"\r\n")}
    counts["\n"] = data.count(b"\n") - counts["\r\n"]
    counts["\r"] = data.count(b"\r") - counts["\r\n"]
    newline = max(("\n", "\r\n", "\r"), key=counts.__getitem__)
    return TextFile(path, text, newline, data.startswith(_BOM), _stamp(data))


def glimpse(path: Path) -> str:
    """Return the text of a file that cannot run, as far as it can be shown."""
    try:
        return read_source(path)
    except SourceError:
        pass
    try:
        return path.read_text("utf-8", "replace")[:200_000].replace("\0", "�")
    except OSError:
        return ""


def stamp_of(path: Path) -> str | None:
    """Return what changes with the bytes of *path*; None if there is no such file."""
    try:
        return _stamp(path.read_bytes())
    except OSError:
        return None


def write(path: Path, text: str, like: TextFile | None = None) -> TextFile:
    """Write *text* to *path* in the manner of *like*; return what is on disk now.

    SaveError when it cannot be; then nothing has changed.
    """
    newline, bom = (like.newline, like.bom) if like else ("\n", False)
    data = (_BOM if bom else b"") + _encoded(path, text, bom).replace(b"\n", newline.encode())
    target = Path(os.path.realpath(path))
    mode = _mode(target)
    try:
        with replacing(target) as file:
            file.write(data)
            if hasattr(os, "fchmod"):
                os.fchmod(file.fileno(), mode)
    except NotWritten as error:
        raise SaveError(str(error)) from error
    return TextFile(path, text, newline, bom, _stamp(data))


def _encoded(path: Path, text: str, bom: bool) -> bytes:
    first = "".join(text.splitlines(keepends=True)[:2]).encode("utf-8", "replace")
    encoding = "utf-8"
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(first).readline)
        if bom and encoding not in ("utf-8", "utf-8-sig"):
            encoding = "utf-8"
        return text.encode(encoding)
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise SaveError(
            f"{path.name} was not saved: line {line} holds {text[error.start]!r}, which its "
            f"encoding {encoding} does not have. Take it out, or change the coding line."
        ) from None
    except (SyntaxError, LookupError) as error:
        raise SaveError(
            f"{path.name} was not saved: {error}. Correct the coding line at its top."
        ) from None


def _mode(target: Path) -> int:
    try:
        return stat.S_IMODE(target.stat().st_mode)
    except OSError:
        mask = os.umask(0o077)
        os.umask(mask)
        return 0o666 & ~mask


def _stamp(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
