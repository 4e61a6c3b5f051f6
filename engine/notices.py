"""Where each notice is recorded: the ticket at the end of a wait leads to the NOTIFY that ended it.

Guarantees: a ticket is looked up in constant time; one that was never told, or that is too high
to be true, leads nowhere.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from engine.columns import Column

_SLACK = 4096


class NoticeTable:
    """The index in the trace of each process's notices, by ticket."""

    def __init__(self) -> None:
        self._events: dict[int, Column] = {}

    def add(
        self, process: int, tickets: npt.NDArray[np.int64], events: npt.NDArray[np.int64]
    ) -> None:
        """Note that notice *tickets[i]* of *process* is event number *events[i]*.

        A process counts its notices one by one, so it has not more of them than events: a higher
        ticket is damage, and is left out rather than given room.
        """
        column = self._events.setdefault(process, Column(np.uint32))
        true = (tickets > 0) & (tickets <= events + _SLACK)
        tickets, events = tickets[true], events[true]
        if len(tickets):
            missing = int(tickets.max()) + 1 - len(column)
            if missing > 0:
                column.extend(np.zeros(missing, np.uint32))
            column.view[tickets] = events + 1  # 0: never told

    def event_of(self, process: int, ticket: int) -> int | None:
        """Return the index in the trace of the notice with *ticket*, or None."""
        column = self._events.get(process)
        if column is None or not 0 < ticket < len(column):
            return None
        event = int(column.view[ticket])
        return event - 1 if event else None
