"""Read a script and understand its source, without ever running it.

The window asks what a script's parameters are, the child replaces them and puts in the value
probes; both use this module, so both mean the same. It is the door to its neighbours
(`constants`, `stores`, `changes`, `creations`, `arithmetic`): others import from here.

Guarantees: nothing of the script is executed or imported; whatever is wrong with a file becomes
one `SourceError` that a student understands, found before anything runs.
"""

from __future__ import annotations

import ast
import io
import os
import stat
import sys
import tokenize
import warnings
from types import CodeType

from .arithmetic import Value, evaluate
from .changes import known_changes
from .constants import (
    Parameter,
    TypeName,
    constant_names,
    constants,
    expected_comments,
    replace_constants,
)
from .creations import NameHint, object_names
from .scopes import deep_trees
from .store_points import StoreKind, StorePoint, bind, sentinel
from .stores import instrument
from .watches import Watch, WatchError, check_watch, parse_watch, suggestions, watched_names

__all__ = [
    "LARGEST_BYTES",
    "NameHint",
    "Parameter",
    "SourceError",
    "StoreKind",
    "StorePoint",
    "TypeName",
    "Value",
    "Watch",
    "WatchError",
    "bind",
    "check_watch",
    "compile_tree",
    "constant_names",
    "constants",
    "evaluate",
    "expected_comments",
    "instrument",
    "known_changes",
    "object_names",
    "parse",
    "parse_watch",
    "read_source",
    "replace_constants",
    "sentinel",
    "suggestions",
    "watched_names",
]

LARGEST_BYTES = 5_000_000


class SourceError(Exception):
    """A file that cannot be run as a script.

    Attributes:
        message: what is wrong, in one sentence.
        line: the line at fault, or None.
        offset: the column at fault, from 1, or None.
        detail: the likely cause, or what to do next; may be empty.
    """

    def __init__(
        self, message: str, line: int | None = None, detail: str = "", offset: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.detail = detail
        self.offset = offset

    def __str__(self) -> str:
        return f"{self.message} {self.detail}".strip()


def read_source(path: str | os.PathLike[str]) -> str:
    """Return the text of a script, decoded as Python itself would; lines end by one character."""
    name = os.path.basename(os.fspath(path)) or os.fspath(path)
    data = _read(path, name)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(
            f"{name} is saved as UTF-16, which Python cannot read.",
            detail="Save it again with the encoding UTF-8.",
        )
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise SourceError(
            f"{name} is not a text file.", line, "It holds zero bytes, as binary files do."
        )
    encoding = "utf-8"
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        return io.TextIOWrapper(io.BytesIO(data), encoding).read()
    except UnicodeDecodeError as error:
        at_fault = data.count(b"\n", 0, error.start) + 1 if error.object == data else None
        raise _undecodable(name, encoding, at_fault) from None
    except (SyntaxError, LookupError, UnicodeError) as error:
        raise SourceError(
            f"{name} cannot be decoded: {error}.", detail="Save it again with the encoding UTF-8."
        ) from None


def parse(text: str, filename: str = "<script>") -> ast.Module:
    """Return the tree of a script that Python would accept; SourceError otherwise.

    What only the compiler notices (`return` outside a function, a name used before its `global`)
    is found here too. Warnings are given as Python gives them, once.
    """
    try:
        with deep_trees():
            tree = ast.parse(text, filename)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # whoever compiles the tree to run it shows them
                compile(text, filename, "exec", dont_inherit=True)
    except SyntaxError as error:
        raise _syntax_error(error) from None
    except (RecursionError, MemoryError):
        raise SourceError(
            "The script is nested too deeply for Python to read.",
            detail="Split its longest expression or its deepest block.",
        ) from None
    except ValueError as error:
        raise SourceError(f"The script is not valid Python: {error}.") from None
    return tree


def compile_tree(tree: ast.Module, filename: str) -> CodeType:
    """Compile a tree to run it, with no `__future__` of ours and as deep as Python allows."""
    with deep_trees():
        return compile(tree, filename, "exec", dont_inherit=True)


def _read(path: str | os.PathLike[str], name: str) -> bytes:
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise SourceError(f"{name} is a folder.", detail="Choose a Python file in it.")
        if not stat.S_ISREG(status.st_mode):
            raise SourceError(f"{name} is not an ordinary file.", detail="Choose a Python file.")
        if status.st_size <= LARGEST_BYTES:
            with open(path, "rb") as file:
                data = file.read(LARGEST_BYTES + 1)
            if len(data) <= LARGEST_BYTES:
                return data
    except NotADirectoryError:
        return _read_in_archive(path, name)
    except FileNotFoundError:
        raise SourceError(
            f"There is no file called {name}.", detail=f"Looked for {os.path.abspath(path)}."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SourceError(f"{name} cannot be opened: {reason}.") from None
    raise SourceError(
        f"{name} is larger than {LARGEST_BYTES // 1_000_000} MB.",
        detail="A script of that size is most likely data; choose a Python file.",
    )


def _read_in_archive(path: str | os.PathLike[str], name: str) -> bytes:
    """Return what `archive.pyz/__main__.py` holds."""
    import zipfile

    archive = os.path.dirname(path)
    try:
        with zipfile.ZipFile(archive) as opened:
            if opened.getinfo(name).file_size <= LARGEST_BYTES:
                return opened.read(name)
    except (OSError, KeyError, zipfile.BadZipFile, NotImplementedError, RuntimeError):
        raise SourceError(
            f"{os.path.basename(archive)} holds no {name} that can be read.",
            detail="Choose a Python file, or an archive with a __main__.py in it.",
        ) from None
    raise SourceError(f"{name} is larger than {LARGEST_BYTES // 1_000_000} MB.")


def _undecodable(name: str, encoding: str, line: int | None) -> SourceError:
    where = "" if line is None else f" in line {line}"
    return SourceError(
        f"{name} holds bytes that are not {encoding.upper()}{where}.",
        line,
        "Save it again with the encoding UTF-8, or choose a Python file.",
    )


def _syntax_error(error: SyntaxError) -> SourceError:
    line = error.lineno or None
    where = "The script" if line is None else f"Line {line}"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    return SourceError(
        f"{where} is not valid Python: {error.msg}.",
        line,
        f"Checked with Python {version}; nothing was run.",
        error.offset or None,
    )
