"""The words of one row of the table of events and slices.

Guarantees: what a row says is read from the trace, in the words of the story (events) and of the
lanes (slices); a cell without anything to say is empty.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from engine.columns import Ints
from engine.event_words import STATES, event_words, shown_object, value_words
from engine.events import State
from engine.lanes import Slice
from engine.sentences import Book, called
from engine.trace import Event, Trace
from gui.labels import duration, slice_label


@dataclass(frozen=True, slots=True)
class Row:
    """One event, or one slice.

    Attributes: event (its number in the trace; of a slice, the event that began it); time (ns);
    end (of a slice that is over, ns); thread (lane); what, object, line and value (words; the
    value of a slice is its length).
    """

    event: int
    time: int
    end: int | None
    thread: int
    what: str
    object: str
    line: str
    value: str


def moment(ns: int) -> str:
    """Return a time to the nanosecond, as a number of seconds that programs read as well."""
    return f"{ns // 10**9}.{ns % 10**9:09}"


class RowWords:
    """Makes rows of one trace. *slices* says of which kind."""

    def __init__(self, trace: Trace, *, slices: bool) -> None:
        self._trace = trace
        self._slices = slices
        self._book = Book.of(trace)
        self._threads = len(trace.threads)

    def rows(self, events: Ints) -> list[Row]:
        """Return the rows of *events*, in their order."""
        if len(self._trace.threads) != self._threads:
            self._book, self._threads = Book.of(self._trace), len(self._trace.threads)
        make = self._slice if self._slices else self._event
        return [make(event) for event in self._trace.decoded(events)]

    def _event(self, event: Event) -> Row:
        length = duration(event.value) if isinstance(event.value, (int, float)) else ""
        return Row(
            event.index,
            event.time,
            None,
            event.thread,
            event_words(self._book, event),
            shown_object(self._trace, event.obj),
            self._line(event.site),
            value_words(event, length),
        )

    def _slice(self, event: Event) -> Row:
        trace, number = self._trace, event.thread
        lane = trace.lanes[number]
        places = lane.firsts.indices_at(np.array([event.index])) - 1
        piece = lane.slice(int(places[0]))
        assert piece is not None, "a row of the table stands for a slice"
        return Row(
            event.index,
            piece.start,
            piece.end,
            number,
            self._state(number, piece),
            shown_object(trace, piece.obj or piece.held),
            self._line(event.site),
            self._length(number, piece),
        )

    def _state(self, number: int, piece: Slice) -> str:
        label = slice_label(self._trace, number, piece)
        if piece.state in (State.RUNNING, State.SLEEPING):
            plain = STATES[piece.state, False]
            return f"{plain}, {label}" if label else plain
        return label or STATES[piece.state, False]

    def _length(self, number: int, piece: Slice) -> str:
        if piece.state is State.NONE:
            return ""
        if piece.end is not None:
            return duration(piece.end - piece.start)
        return f"{duration(max(0, self._trace.now - piece.start))} so far"

    def _line(self, site: int) -> str:
        found = self._trace.sites[site]
        return f"{PurePath(found.file).name}:{found.line}" if found.line else ""


def sentence(trace: Trace, row: Row) -> str:
    """Return *row* as a sentence, for those who hear it."""
    said = f"{duration(row.time)}: {called(trace, row.thread)} {row.what}"
    more = [f"line {row.line.rpartition(':')[2]}" if row.line else "", row.value]
    return ", ".join(part for part in (said, *more) if part)
