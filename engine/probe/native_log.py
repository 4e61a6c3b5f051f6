"""The log in C: the same as `log`, from the accelerator that was built for this interpreter.

Why: see `native/accelerator.c`. Guarantees: what `log` guarantees, at a tenth of its cost; an
accelerator that cannot be loaded, or whose clock is not `time.perf_counter_ns`, is not used.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from importlib.machinery import ExtensionFileLoader
from importlib.util import module_from_spec, spec_from_file_location
from time import perf_counter_ns
from typing import Any

from ..events import HEADER, VALUE, WHAT, Kind, Message
from .log import encoded
from .owner import NOWHERE, OUR_FILES, Site, is_user_frame
from .registry import Registry, SiteTable

_CLOCKS_AGREE_NS = 1_000_000_000


def load(path: str) -> Any:
    """Return the accelerator at *path*, or None where it is not to be used."""
    if sys.byteorder != "little":  # the wire is
        return None
    try:
        spec = spec_from_file_location(
            "accelerator", path, loader=ExtensionFileLoader("accelerator", path)
        )
        assert spec is not None
        module: Any = module_from_spec(spec)
        assert spec.loader is not None
        spec.loader.exec_module(module)
    except (ImportError, OSError):
        return None
    apart = abs(module.clock() - perf_counter_ns())
    return module if apart < _CLOCKS_AGREE_NS else None


class NativeSites(SiteTable):
    """Numbers of source lines, given out by the accelerator; the registry tells what they are."""

    def __init__(self, accelerator: Any) -> None:
        self._accelerator = accelerator

    def __getitem__(self, site: Site) -> int:
        number: int = self._accelerator.site(*site)
        return number

    def take(self) -> list[tuple[int, str, int]]:
        """Return the lines not yet told, as (number, file, line)."""
        fresh: list[tuple[int, str, int]] = self._accelerator.take_sites()
        return fresh

    def known(self) -> dict[int, Site]:
        """Return the lines behind the numbers."""
        return {number: site for site, number in self._accelerator.sites().items()}


class NativeLog:
    """Records not yet sent, in the accelerator's memory.

    Attributes: registry, the names behind the numbers; accelerator, the module.
    """

    def __init__(self, registry: Registry, accelerator: Any) -> None:
        self.registry = registry
        self.accelerator = accelerator
        registry.sites = NativeSites(accelerator)
        accelerator.set_up(
            registry.numbers,
            is_user_frame,
            OUR_FILES,
            (
                Kind.LOCK_WAIT,
                Kind.LOCK_ACQUIRED,
                Kind.LOCK_RELEASED,
                Kind.LOCK_WAIT_FAILED,
                Kind.LOCK_TRY_FAILED,
            ),
        )

    def pipe(self, what: int, values: int | Iterable[object], site: int | Site) -> Iterator[None]:
        """Return an endless iterator each of whose steps (`None in pipe`) appends one record.

        *site* is a fixed line, or how many Python frames above who steps it to take it from.
        *values* is one number for all, or is stepped before the time is taken.
        """
        depth, line = (site, NOWHERE) if isinstance(site, int) else (-1, site)
        made: Iterator[None] = self.accelerator.Pipe(what, depth, line, values)
        return made

    def name_pipe(
        self,
        what: int,
        namespace: dict[str, Any],
        name: str,
        values: Iterable[object],
        site: Site,
    ) -> Iterator[None]:
        """Return a pipe that records what *namespace* holds under *name*.

        A number, a text, bytes or None is looked up in C; *values* is stepped for all else.
        """
        made: Iterator[None] = self.accelerator.Pipe(what, -1, site, values, namespace, name)
        return made

    def append(self, value: object, what: int, site: Site, thread: int | None = None) -> None:
        """Append one record from Python code, where the GIL may be given away anyway."""
        if thread is None:
            self.accelerator.append(value, what, site)
        else:
            self.accelerator.append(value, what, site, thread)

    def take(self, limit: int) -> bytearray | None:
        """Return the next at most *limit* records as a BATCH message, or None.

        Only one thread at a time may call this.
        """
        now = perf_counter_ns()
        taken = self.accelerator.take(limit, HEADER.size)
        if taken is None:
            return None
        batch: bytearray
        batch, objects = taken
        count = (len(batch) - HEADER.size) // VALUE.size // 4
        HEADER.pack_into(batch, 0, Message.BATCH, count, now)
        for position, read in objects:
            flag, bits = encoded(read, self.registry.texts)
            at = HEADER.size + position * VALUE.size
            VALUE.pack_into(batch, at, bits)
            at += 2 * count * VALUE.size
            (what,) = WHAT.unpack_from(batch, at)
            WHAT.pack_into(batch, at, what | flag << 8)
        return batch

    def clear(self) -> None:
        """Forget what was recorded, and who the threads are."""
        self.accelerator.clear()

    def troubles(self) -> tuple[int, int]:
        """Return how often a writer was held up, and how many records were lost."""
        held_up, lost = self.accelerator.troubles()
        return held_up, lost
