"""Run a script without any probe: only its constants are replaced.

Why: what a bare run prints is what plain Python prints, so times and lost updates that are
compared between two builds are theirs, not the probes'. Guarantees: nothing is installed, no
thread is started, nothing is connected.
"""

from __future__ import annotations

import json
import os
import sys
from types import ModuleType

from .source import compile_tree, parse, read_source, replace_constants


def main(order: str) -> None:
    """Run the script that *order* names, with its values: `{"script": ..., "values": {...}}`."""
    wanted = json.loads(order)
    path = wanted["script"]
    tree = parse(read_source(path), path)
    replace_constants(tree, wanted["values"])
    code = compile_tree(tree, path)
    module = ModuleType("__main__")
    module.__file__ = path
    sys.modules["__main__"] = module
    sys.argv = [path]
    if not sys.flags.safe_path:
        sys.path.insert(0, os.path.dirname(os.path.realpath(path)))
    exec(code, module.__dict__)  # noqa: S102 - to run the script is what this is for
