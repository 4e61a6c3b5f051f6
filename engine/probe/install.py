"""The order in which the probes go in."""

from __future__ import annotations

from . import clock, output, pools, queues, sync, threads


def install_probes() -> None:
    """Install every probe but those of process creation, which need this one."""
    output.install()
    clock.install()
    threads.install()
    queues.install()
    pools.install()
    sync.install()
