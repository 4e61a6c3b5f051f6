"""What a path is as a program, and what a person's line of arguments is as words.

Python runs more than files: a folder or an archive with a `__main__.py` (`python folder`), and a
package by its name (`python -m package`). Guarantees: nothing is imported or run to find out;
what cannot be run is one SourceError, and words that cannot be split one ValueError, that say what
to do.
"""

from __future__ import annotations

import shlex
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.probe.source import SourceError

MAIN = "__main__.py"


@dataclass(frozen=True, slots=True)
class Program:
    """How Python is to run a script.

    Attributes:
        script: the file whose code is the main module's.
        root: what Python is given to look for it in, the first place of `sys.path`; None for a
            script that is run as a file.
        module: its name as in `python -m module`; empty where *root* is run (`python root`).
    """

    script: Path
    root: Path | None = None
    module: str = ""


def program(path: Path) -> Program:
    """Return what *path* is as a program; SourceError for a folder without a `__main__.py`."""
    if path.is_dir():
        script = path.resolve() / MAIN
        if not script.is_file():
            raise SourceError(
                f"{path.name or path} is a folder without a {MAIN}.",
                detail="Choose a Python file in it.",
            )
        root, names = script.parent, list[str]()
        while (root / "__init__.py").is_file() and root.name.isidentifier():
            names.insert(0, root.name)
            root = root.parent
        return Program(script, root, ".".join(names))
    if path.is_file() and path.suffix not in (".py", ".pyw") and zipfile.is_zipfile(path):
        return Program(path.resolve() / MAIN, path.resolve())
    return Program(path)


def split_arguments(text: str) -> tuple[str, ...]:
    """Return the words of a line of arguments, as a shell splits them; ValueError if it cannot.

    Quotation marks keep words together; nothing else that a shell does (`*`, `$HOME`, `|`) is done.
    """
    words: Any = shlex.shlex(text, posix=True, punctuation_chars=False)
    words.whitespace_split = True
    words.commenters = ""
    if sys.platform == "win32":
        words.escape = ""  # a path's backslashes are no escapes there
    try:
        return tuple(words)
    except ValueError:
        if words.state == "\\":
            raise ValueError(
                "The arguments end with a backslash. Write \\\\ for a backslash itself."
            ) from None
        raise ValueError(
            f"A quotation mark {words.state} in the arguments is not closed. "
            f"Close it, or write \\{words.state} for the mark itself."
        ) from None


def joined_arguments(words: Sequence[str]) -> str:
    """Return the line that `split_arguments` splits into *words*."""
    return shlex.join(words)
