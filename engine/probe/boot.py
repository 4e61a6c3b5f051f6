"""The first file that a child runs: `python boot.py <rundir>`.

It makes the package `_threadlab`, whose path is `engine/`, and hands over. The script never
meets us: our folder is not on `sys.path`, and a module of its own called `engine` stays its own.
"""

import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))


def make_package() -> None:
    """Make `engine/` importable as `_threadlab`, without a place on `sys.path`."""
    package = types.ModuleType("_threadlab", "ThreadLab's probes.")
    package.__path__ = [os.path.dirname(HERE)]
    sys.modules["_threadlab"] = package


def join_run(rundir: str) -> None:
    """Put the probes into a process that the script started, or into its fork server."""
    make_package()
    from _threadlab.probe import host  # type: ignore[import-not-found]

    host.join_run(rundir)


if __name__ == "__main__":
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[0]  # our own folder; the script's takes its place
    make_package()
    from _threadlab.probe import host

    script = host.prepare(sys.argv[1])
    if script is not None:
        # Here, so that one frame lies below the script's own: a recursion goes as deep as it
        # does alone, but for one call.
        failure = None
        try:
            exec(script.code, script.namespace)  # noqa: S102 - to run it is what this is for
        except BaseException as error:  # noqa: BLE001 - shown as Python itself would
            failure = error
        # No longer in the `except`: the script's own `sys.excepthook` finds no error in hand.
        if failure is not None:
            host.end(script, failure)
