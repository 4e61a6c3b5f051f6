"""Frames of the probes do not show where a script looks at its own stack.

Why: `traceback.print_stack()`, `logging` with `stack_info`, `inspect.stack()` and every traceback
that Python code prints would show lines of ours among the script's. Guarantees: what walks the
frames through the standard library sees those that would be there without us, in their order.
Who follows `f_back` by hand sees ours too: they cannot be taken out of the chain.
"""

from __future__ import annotations

import functools
import inspect
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import Any

_ENGINE = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_HELPER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "flusher.py")


def install() -> None:
    """Filter what `traceback` and `inspect` walk."""
    modules: Any = traceback
    for name in ("walk_stack", "walk_tb", "_walk_tb_with_full_positions"):
        bare = getattr(modules, name, None)
        if bare is not None:
            setattr(modules, name, _without_ours(bare))
    system: Any = sys
    frames = system._current_frames
    system._current_frames = _frames_of_others(frames)
    system._current_exceptions = _exceptions_of_others(system._current_exceptions, frames)
    walk: Any = inspect
    walk.getouterframes = _shorter(walk.getouterframes)
    walk.getinnerframes = _shorter(walk.getinnerframes)


def _without_ours(walk: Callable[[Any], Iterator[Any]]) -> Callable[[Any], Iterator[Any]]:
    # `filter` is C: `walk_stack(None)` counts the Python frames above it, and finds as many.
    @functools.wraps(walk)
    def walked(start: Any) -> Iterator[Any]:
        return filter(_is_not_ours, walk(start))

    return walked


def _is_not_ours(step: tuple[Any, Any]) -> bool:
    return not step[0].f_code.co_filename.startswith(_ENGINE)


def _frames_of_others(current: Callable[[], dict[int, Any]]) -> Callable[[], dict[int, Any]]:
    """A script that prints where its threads are does not meet the one that sends the log."""

    @functools.wraps(current)
    def _current_frames() -> dict[int, Any]:
        return {ident: at for ident, at in current().items() if not _is_helper(at)}

    return _current_frames


def _exceptions_of_others(
    current: Callable[[], dict[int, Any]], frames: Callable[[], dict[int, Any]]
) -> Callable[[], dict[int, Any]]:
    @functools.wraps(current)
    def _current_exceptions() -> dict[int, Any]:
        found, helpers = current(), [ident for ident, at in frames().items() if _is_helper(at)]
        return {ident: error for ident, error in found.items() if ident not in helpers}

    return _current_exceptions


def _is_helper(at: Any) -> bool:
    while (caller := at.f_back) is not None:  # read once: without a GIL the thread goes on
        at = caller
    return bool(at.f_code.co_filename == _HELPER)


def _shorter(frames: Callable[..., list[Any]]) -> Callable[..., list[Any]]:
    @functools.wraps(frames)
    def shortened(*arguments: Any, **named: Any) -> list[Any]:
        found = frames(*arguments, **named)
        return [entry for entry in found if not entry.filename.startswith(_ENGINE)]

    return shortened
