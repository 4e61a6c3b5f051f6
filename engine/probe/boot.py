"""The child's entry: makes the package `_threadlab` and hands over to the host.

Run as `python boot.py RUNDIR` for a warm child, and loaded by the command line of every spawned
child of the script (`join`). Guarantees: nothing of ours stays on `sys.path`, and no module of
the name `engine` is ever made, so the script's own may have it.
"""

import os
import sys
import types


def package() -> None:
    """Make `_threadlab`, whose modules are the files of `engine/`."""
    if "_threadlab" not in sys.modules:
        made = types.ModuleType("_threadlab")
        here = os.path.dirname(os.path.abspath(__file__))
        made.__path__ = [os.path.dirname(here)]
        sys.modules["_threadlab"] = made


def join(rundir: str) -> None:
    """Make this process, spawned by the script, one of the run."""
    package()
    from _threadlab.probe import processes  # type: ignore[import-not-found]

    processes.join_spawned(rundir)


def main() -> None:
    """Become a warm child."""
    here = os.path.dirname(os.path.abspath(__file__))
    if sys.path and os.path.abspath(sys.path[0]) == here:
        del sys.path[0]
    package()
    from _threadlab.probe import host

    host.main(sys.argv[1])


if __name__ == "__main__":
    main()
