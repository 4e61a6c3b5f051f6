"""Which lock a thread took last among those that it holds: a whole batch of all threads at once.

Why: a lane shows the held lock of every slice, and locks come by the hundred thousand a second.
Guarantees: the same as a walk event by event. Threads that release in the order opposite to that
of taking (nearly all: `with` does) cost a few passes over arrays; others are walked.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_DEEPEST = 8  # more locks than this at once, in one thread, and the walk is used


def tops_after(
    taken: npt.NDArray[np.bool_],
    objs: npt.NDArray[np.uint32],
    begins: npt.NDArray[np.int64],
    stacks: Sequence[list[int]],
) -> npt.NDArray[np.uint32]:
    """Return, for each acquisition (*taken*) or release of *objs*, the lock taken last after it.

    Thread number i's events begin at begins[i] and end where those of the next begin; *stacks[i]*
    are the locks that it held before, the one taken last at the end, and is brought up to date.
    """
    counts = np.diff(begins, append=len(objs))
    sizes = np.array([len(stack) for stack in stacks])
    # The locks held before stand in front of each thread's events, as if just taken.
    before = np.repeat(begins, sizes)
    held = np.array([obj for stack in stacks for obj in stack], np.uint32)
    steps = np.insert(np.where(taken, 1, -1), before, 1)
    both = np.insert(objs, before, held)
    owner = np.repeat(np.arange(len(stacks)), counts + sizes)
    firsts = np.cumsum(counts + sizes) - (counts + sizes)
    total = np.cumsum(steps)
    depth = total - np.concatenate(([0], total))[firsts][owner]
    deepest = min(int(depth.max(initial=0)), _DEEPEST)
    top = np.zeros(len(both), np.uint32)
    levels = []
    for level in range(1, deepest + 1):
        at = np.where((steps == 1) & (depth == level), np.arange(len(both)), 0)
        last = np.maximum.accumulate(at)
        levels.append(last)
        here = depth == level
        top[here] = both[last[here]]
    wrong = (depth < 0) | (depth > _DEEPEST)
    wrong[1:] |= (steps[1:] < 0) & (top[:-1] != both[1:])
    real = np.ones(len(both), np.bool_)
    real[np.repeat(firsts, sizes) + _ranks(sizes)] = False
    after = top[real]
    walked = set(np.unique(owner[wrong]).tolist())
    for number, stack in enumerate(stacks):
        end = int(firsts[number] + counts[number] + sizes[number]) - 1
        part = slice(int(begins[number]), int(begins[number] + counts[number]))
        if number in walked:
            after[part] = _walk(taken[part].tolist(), objs[part].tolist(), stack)
        elif counts[number]:
            stack[:] = [int(both[levels[n][end]]) for n in range(int(depth[end]))]
    return after


def _ranks(sizes: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return 0, 1, .. size - 1 for each of *sizes*, one behind the other."""
    begins = np.cumsum(sizes) - sizes
    ranks: npt.NDArray[np.int64] = np.arange(int(sizes.sum())) - np.repeat(begins, sizes)
    return ranks


def _walk(taken: list[bool], objs: list[int], stack: list[int]) -> list[int]:
    after = []
    for is_taken, obj in zip(taken, objs, strict=True):
        if is_taken:
            stack.append(obj)
        elif obj in stack:  # else: another thread's lock, released here; see locks.py
            del stack[len(stack) - 1 - stack[::-1].index(obj)]
        after.append(stack[-1] if stack else 0)
    return after
