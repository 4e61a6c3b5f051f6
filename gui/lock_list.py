"""Which locks have a lane in the contention pane, and in what order.

Why: a script may make a lock for each of ten thousand accounts. What a person looks for are those
that somebody waited for.

Guarantees: every lock that was ever waited for has a lane, the one that cost the most first. The
others have one too where they are few; where they are many, only those held in the window, at most
`MOST_QUIET` of them. `hidden` says how many there are besides.
"""

from __future__ import annotations

from engine.contention import Contention
from engine.locks import LockTable

FEW = 40  # locks that nobody waited for; so many always have a lane
MOST_QUIET = 100


class LockList:
    """The lanes of one moment.

    Attributes: locks (object numbers, from top to bottom), hidden (locks without a lane), crowded
    (some of these may have been held in the window: there were too many).
    """

    def __init__(self) -> None:
        self.locks: list[int] = []
        self.hidden = 0
        self.crowded = False

    def fill(self, queues: Contention, start: float, end: float) -> None:
        """List the locks for a window from *start* to *end* (ns)."""
        ranked = queues.ranked()
        contended = set(ranked)
        table = queues.trace.locks
        self.crowded = False
        if len(table.histories) - len(contended) <= FEW:
            quiet = [lock for lock in table.histories if lock not in contended]
        else:
            used = queues.used(start, end)
            quiet = [lock for lock in used[:MOST_QUIET] if _held_in(table, lock, start, end)]
            self.crowded = len(used) > MOST_QUIET
        self.locks = ranked + quiet
        self.hidden = max(0, queues.known - len(self.locks))

    def more_words(self) -> str:
        """Return what a line at the foot says of locks without a lane, or ''."""
        if not self.hidden:
            return ""
        more = "1 more lock" if self.hidden == 1 else f"{self.hidden:,} more locks"
        if self.crowded:
            return f"{more}, which nobody ever waited for: zoom in to see those held then"
        return f"{more}, which nobody ever waited for: none of them was held in this window"


def _held_in(table: LockTable, lock: int, start: float, end: float) -> bool:
    """Tell whether somebody held *lock* in the window."""
    history = table.histories.get(lock)
    place = history.starts.index_at(int(end)) - 1 if history is not None else -1
    if history is None or place < 0:
        return False
    over = int(history.ends[place])
    return over < 0 or over >= start
