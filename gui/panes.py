"""Every pane of the window: made once, framed, themed, and shown the moment together.

Guarantees: each visible view gets the same `(trace, t)` in the same frame, so panes always agree;
a hidden view costs nothing and catches up when it is shown.
"""

from __future__ import annotations

from typing import Protocol

from engine.trace import Trace
from gui import theme
from gui.cursor import Cursor
from gui.pane import Pane
from gui.panels.lane_filter_strip import LaneFilterStrip
from gui.panels.unseen_button import UnseenButton
from gui.panels.watch_field import WatchField
from gui.selection import Selection
from gui.theme import Theme
from gui.time_axis import TimeAxis
from gui.views import (
    activity,
    code,
    console,
    contention,
    cpu,
    details,
    locks,
    minimap,
    notes,
    pool,
    story,
    table,
    value,
    wait_for,
)
from gui.watch_list import WatchList


class View(Protocol):
    """What all views have in common."""

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show *trace* with the cursor at *t* (ns)."""

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""

    def isVisible(self) -> bool:
        """Whether a person can see it."""


class Panes:
    """The views, and the frames around them by the name of their place.

    Attributes: activity, minimap, value, cpu, table, locks, contention, wait_for, pool, code,
    story, console, details, notes (the views); lanes (which ones a person wants to see); lane_strip
    (filters them);
    watch_field (where a watch is typed); unseen_button (what no probe sees); frames (name to pane).
    """

    def __init__(
        self,
        cursor: Cursor,
        axis: TimeAxis,
        selection: Selection,
        watches: WatchList | None = None,
    ) -> None:
        watches = watches or WatchList()
        look = theme.current()
        self.activity = activity.ActivityView(look, cursor, axis, selection)
        self.minimap = minimap.MiniMap(look, cursor, axis)
        self.value = value.ValueView(look, cursor, axis, watches)
        self.cpu = cpu.CpuView(look, cursor, axis)
        self.table = table.TableView(look, cursor, axis, selection)
        self.locks = locks.LocksView(look, cursor, selection)
        self.contention = contention.ContentionView(look, cursor, axis, selection)
        self.wait_for = wait_for.WaitForView(look, selection)
        self.pool = pool.PoolView(look, cursor, selection)
        self.code = code.CodeView(look, cursor, selection)
        self.story = story.StoryView(look, cursor, selection)
        self.console = console.ConsoleView(look, cursor, selection)
        self.details = details.DetailsView(look, cursor, axis, selection)
        self.notes = notes.NotesView(look, cursor, selection)
        self.frames: dict[str, Pane] = {
            "activity": Pane(activity.TITLE, "", self.activity),
            "value": Pane(value.TITLE, value.QUESTION, self.value),
            "cpu": Pane(cpu.TITLE, cpu.QUESTION, self.cpu),
            "table": Pane(table.TITLE, table.SUBTITLE, self.table),
            "locks": Pane(locks.TITLE, locks.SUBTITLE, self.locks),
            "contention": Pane(contention.TITLE, contention.SUBTITLE, self.contention),
            "pool": Pane(pool.TITLE, pool.SUBTITLE, self.pool),
            "code": Pane(code.TITLE, code.SUBTITLE, self.code),
            "story": Pane(story.TITLE, "", self.story),
            "console": Pane(console.TITLE, "", self.console),
            "details": Pane(details.TITLE, "", self.details),
            "notes": Pane(notes.TITLE, "", self.notes),
        }
        self.lanes = self.activity.board.choice
        self.lane_strip = LaneFilterStrip(self.activity.board)
        self.frames["activity"].add_header_widget(self.activity.legend())
        self.frames["activity"].add_header_widget(self.lane_strip)
        self.frames["activity"].body.addWidget(self.minimap)
        self.watch_field = WatchField(watches)
        self.frames["value"].add_header_widget(self.value.header())
        self.unseen_button = UnseenButton(watches)
        self.frames["value"].add_header_widget(self.unseen_button)
        self.frames["value"].add_header_widget(self.watch_field)
        self.frames["cpu"].add_header_widget(self.cpu.header())
        self.frames["table"].add_header_widget(self.table.header())
        self.frames["contention"].add_header_widget(self.contention.header())
        self.frames["contention"].body.addWidget(self.wait_for)
        self.activity.path = self.contention.finder
        self.contention.finder.changed.connect(self.activity.update)
        self.frames["code"].add_header_widget(self.code.header)
        self.frames["console"].add_header_widget(self.console.counter)
        self._turn = 0
        self.value.subtitle_changed.connect(self.frames["value"].set_subtitle)

    @property
    def views(self) -> tuple[View, ...]:
        """All views that show a moment."""
        return (
            self.activity,
            self.minimap,
            self.value,
            self.cpu,
            self.table,
            self.locks,
            self.contention,
            self.wait_for,
            self.pool,
            self.code,
            self.story,
            self.console,
            self.details,
        )

    def show_moment(self, trace: Trace, t: int, *, live: bool) -> None:
        """Show every visible view *trace* at *t*.

        While a run is followed, what glides is drawn in every frame, and of the others, which a
        person reads, one a frame in turn: each is fresh ten times a second, and no frame pays
        for all of them.
        """
        views = [view for view in self.views if view.isVisible()]
        if live:
            gliding: tuple[View, ...] = (self.activity, self.minimap, self.value)
            reading = [view for view in views if view not in gliding]
            self._turn += 1
            views = [view for view in views if view in gliding]
            views += reading[self._turn % len(reading) :][:1] if reading else []
        for view in views:
            view.show_moment(trace, t)

    def set_theme(self, look: Theme) -> None:
        """Draw everything in *look*."""
        for view in self.views:
            view.set_theme(look)
        self.notes.set_theme(look)
