"""What is compared: CPython's suites, where they lie, and the pythons that have them.

An interpreter may lack parts of its `test` package (Debian puts them into
`libpython3.11-testsuite`); a folder named by `--tests` fills in what is missing.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.pythons import found_pythons

SUITES = (
    "lock_tests",
    "test_threading",
    "test_queue",
    "test_concurrent_futures",
    "test_thread",
    "test_threading_local",
    "test_threadedtempfile",
)

_ASK = """
import importlib.util, json, os, sys, sysconfig
try:
    import test.support
except ImportError:
    folder = ""
    have = []
else:
    folder = os.path.dirname(test.__file__)
    test.__path__ += sys.argv[2:]
    have = [n for n in json.loads(sys.argv[1]) if importlib.util.find_spec("test." + n)]
free = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
print(json.dumps({"version": sys.version.split()[0], "free": free, "folder": folder, "have": have}))
"""


@dataclass(frozen=True, slots=True)
class Python:
    """An interpreter: its path, its label (`3.13.5t` has no GIL), its test package.

    *folder* is empty where there is no test package; *have* are the suites that can run.
    """

    path: str
    label: str
    folder: str
    have: tuple[str, ...]

    @property
    def minor(self) -> str:
        """The label without its last number: `3.13`, `3.13t`."""
        return self.label.rpartition(".")[0] + ("t" if self.label.endswith("t") else "")


def ask(path: str, folders: Sequence[str] = ()) -> Python:
    """Return what *path* is. Raises ValueError when it is no interpreter that answers."""
    command = [path, "-c", _ASK, json.dumps(SUITES), *folders]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise ValueError(f"{path} is no Python that answers: {error}") from error
    known = json.loads(said.stdout)
    label = known["version"] + ("t" if known["free"] else "")
    return Python(path, label, known["folder"], tuple(known["have"]))


def find(name: str) -> str:
    """Return the path of the Python called *name*: a path, or a version such as 3.13 or 3.13t.

    Raises ValueError when there is none.
    """
    if Path(name).is_file():
        return name
    pythons = found_pythons()
    if name not in pythons:
        raise ValueError(f"There is no Python {name} here. Found: {', '.join(sorted(pythons))}.")
    return pythons[name]
