"""What to run, and the words in which a warm child is told.

Guarantees: plain data, which a file may keep; the child is sent JSON and nothing else.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.intake import NameObject
from engine.probe.source import SourceError, read_source


@dataclass(frozen=True, slots=True)
class Request:
    """What to run. *values* replace the script's constants; *watch* are names to record.

    *own* are files and folders whose code counts as the user's besides the script's, wherever
    they lie: what it makes is shown, as an installed package's objects are not.
    *text* runs in place of what the file *script* holds (None: the file as it is); *names* tells
    what the script calls what it makes. *root* and *module* are those of `program.Program`.
    """

    script: Path
    arguments: tuple[str, ...] = ()
    directory: Path | None = None
    values: dict[str, int | float | bool | str] = field(default_factory=dict)
    watch: tuple[str, ...] = ()
    expected: dict[str, float] = field(default_factory=dict)
    own: tuple[Path, ...] = ()
    text: str | None = None
    names: NameObject | None = None
    root: Path | None = None
    module: str = ""

    def source(self) -> str:
        """Return the text that runs, or nothing if it cannot be read."""
        if self.text is not None:
            return self.text
        try:
            return read_source(self.script)
        except SourceError:
            return ""

    def message(self, environ: Mapping[str, str]) -> bytes:
        """Return the go request for a child that is to have *environ*."""
        script = self.script.resolve()
        called = "-m" if self.module else str(self.root or script)
        return json.dumps(
            {
                "script": str(script),
                "root": None if self.root is None else str(self.root),
                "module": self.module,
                "argv": [called, *self.arguments],
                "cwd": str(self.directory or Path.cwd()),
                "env": dict(environ),
                "values": self.values,
                "watch": list(self.watch),
                "own": [str(path.absolute()) for path in self.own],
                "text": self.text,
                "sample_hz": 50,
            }
        ).encode()
