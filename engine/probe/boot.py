"""The first file that a child runs: `python boot.py <rundir>`.

It makes the package `_threadlab`, whose path is `engine/`, and hands over. The script never
meets us: our folder is not on `sys.path`, and a module of its own called `engine` stays its own.
"""

import os
import sys
import types

HERE = os.path.dirname(os.path.abspath(__file__))


def make_package(rundir: str | None) -> None:
    """Make `engine/` importable as `_threadlab`, without a place on `sys.path`.

    Its attribute `accelerator` is the file that `recorder` may load, or empty; a run without
    probes has no *rundir*.
    """
    package = types.ModuleType("_threadlab", "ThreadLab's probes.")
    package.__path__ = [os.path.dirname(HERE)]
    package.accelerator = _accelerator(rundir) if rundir else ""  # type: ignore[attr-defined]
    sys.modules["_threadlab"] = package


def _accelerator(rundir: str) -> str:
    try:
        with open(os.path.join(rundir, "accelerator"), encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def join_run(rundir: str) -> None:
    """Put the probes into a process that the script started, or into its fork server."""
    make_package(rundir)
    from _threadlab.probe import host  # type: ignore[import-not-found]

    host.join_run(rundir)


if __name__ == "__main__":
    if not getattr(sys.flags, "safe_path", False):
        del sys.path[0]  # our own folder; the script's takes its place
    if sys.argv[1] == "--bare":
        make_package(None)
        from _threadlab.probe import bare

        bare.main(sys.argv[2])
        sys.exit()
    make_package(sys.argv[1])
    from _threadlab.probe import host

    # One frame lies below the script's own, which `recursion` makes up for.
    # The script gets this very module: from `exec` on, all that is needed is on the stack.
    with host.Ending() as ending, host.prepare(sys.argv[1], globals(), ending) as main:
        exec(*main)  # noqa: S102 - to run the script is what this is for
