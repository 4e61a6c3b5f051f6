"""The value view: the watched values over time, a row each, and who wrote them.

Why: a race is visible in the value, as a curve that ends below what was expected.
Guarantees: a step for each store that was recorded; a lost update is marked only where the
change of every store is known; what is beyond the cursor is drawn in a quiet colour; a watch
that was not recorded says so instead of showing a value.
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QMenu, QScrollBar, QWidget

from engine.trace import Trace
from gui.cursor import Cursor
from gui.painting.figures import Figures
from gui.painting.ruler import RULER
from gui.painting.steps import Collector, Floats, Steps, step_points
from gui.painting.text_steps import paint_text_steps
from gui.painting.time_plot import TimePlot
from gui.painting.value_marks import (
    paint_dots,
    paint_expected,
    paint_heading,
    paint_note,
    paint_range,
    range_left,
)
from gui.painting.value_rows import LEAST, Row, Rows
from gui.row_actions import row_key, row_menu
from gui.theme import Theme, body_font, mix
from gui.time_axis import LABEL_WIDTH, Scale, TimeAxis
from gui.value_words import curve_figures, rows_figures, store_words
from gui.watch_list import WatchList

TITLE = "Shared value"
QUESTION = "what the threads have in common"
WRITERS = "each dot: who wrote it"
MOST_DOTS = 1_000
_BAR = 10  # px, the scroll bar, in the margin that the axis leaves free
_BEFORE = "Nothing has run yet: press Run."
_EMPTY = (
    "No value is watched: the script declares no global that its threads store, "
    "and uses no queue and no pool. Add a watch above."
)
_NEXT_RUN = "Recorded from the next run on."
_NOT_STORED = "No store of it was recorded."


class ValueView(TimePlot):
    """The values.

    Attributes:
        rows: where each value stands.
        chosen: the name of the row that the keyboard acts on, or "".

    Signals:
        subtitle_changed(str): the names of what is shown, for the pane's header.
    """

    subtitle_changed = Signal(str)
    splits = True

    def __init__(
        self,
        theme: Theme,
        cursor: Cursor,
        axis: TimeAxis,
        watches: WatchList | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, cursor, axis, LABEL_WIDTH, parent)
        self.rows = Rows()
        self.chosen = ""
        self._watches = watches or WatchList(self)
        self._collector = Collector()
        self._subtitle = QUESTION
        self._dots_hidden = False
        self._corners: tuple[object, dict[str, tuple[Floats, Floats]]] = (None, {})
        self._figures = Figures(theme)
        self._bar = QScrollBar(Qt.Orientation.Vertical, self)
        self._bar.setAccessibleName("Scroll the values")
        self._bar.valueChanged.connect(self._scrolled)
        self._bar.hide()
        self._watches.changed.connect(self._watches_changed)
        self.setAccessibleName(TITLE)
        self.setAccessibleDescription(_EMPTY)

    def show_moment(self, trace: Trace, t: int) -> None:
        """Show *trace* with the cursor at *t* (ns)."""
        self.trace, self.t = trace, t
        self._lay_out()
        super().show_moment(trace, t)
        names = " · ".join(row.label for row in self.rows.rows[:1]) or QUESTION
        names = WRITERS if len(self.rows.rows) > 1 else names
        if names != self._subtitle:
            self._subtitle = names
            self.subtitle_changed.emit(names)
        self._figures.show_figures(self.figures)

    def set_theme(self, theme: Theme) -> None:
        """Draw in *theme* from now on."""
        super().set_theme(theme)
        self._figures.set_theme(theme)

    def header(self) -> QWidget:
        """Return the widget with the figures, for the pane's header."""
        return self._figures

    def figures(self) -> list[tuple[str, str]]:
        """Return what the header says at the cursor: (words, figure)."""
        rows = self.rows.rows
        said = [(row.label, self.value_words(row)) for row in rows]
        self.setAccessibleDescription(", ".join(" ".join(pair) for pair in said) or _EMPTY)
        curve = rows[0].curve if len(rows) == 1 else None
        if curve is None:
            return rows_figures(rows, self.t)
        found = curve_figures(curve, self.t)
        self.setAccessibleDescription(", ".join(" ".join(pair) for pair in found))
        return found

    def value_words(self, row: Row) -> str:
        """Return what the row shows at the cursor, or why it shows nothing."""
        if row.curve is None:
            return row.note
        return row.curve.text_at(self.t) or "–"

    def empty_note(self) -> str:
        """Say why there is nothing to see."""
        if self.rows.rows:
            return ""
        return _EMPTY if len(self.trace) else _BEFORE

    def sizeHint(self) -> QSize:
        """Ask for a handful of steps."""
        return QSize(900, 170)

    def minimumSizeHint(self) -> QSize:
        """Be content with a thin strip."""
        return QSize(LABEL_WIDTH + 160, 90)

    # --- rows

    def _lay_out(self) -> None:
        """Make a row for each value that is shown, in the order chosen."""
        found: dict[str, list[Row]] = {}
        for curve in self._collector.collect(self.trace):
            found.setdefault(curve.name, []).append(Row(curve.name, curve.label, curve))
        for text in (*self._watches.added, *self._watches.refused):
            if text not in found:
                found[text] = [Row(text, text, None, self._note(text))]
        names = self._watches.ordered(list(found))
        rows = [row for name in names for row in found[name]]
        room = self.plot_rect()
        self.rows.lay_out(rows, room.top(), room.height() + 1)
        self._place_bar()

    def _note(self, text: str) -> str:
        if text in self._watches.refused:
            return f"Not recorded: {self._watches.refused[text]}"
        return _NOT_STORED if text in self.trace.values.watched else _NEXT_RUN

    def _place_bar(self) -> None:
        room, hidden = self.plot_rect(), round(self.rows.hidden_height)
        self._bar.setVisible(self.rows.is_scrollable)
        if self.rows.is_scrollable:
            self._bar.setGeometry(self.width() - _BAR - 1, room.top(), _BAR, room.height())
            self._bar.setPageStep(room.height())
            self._bar.setSingleStep(LEAST // 2)
            if self._bar.maximum() != hidden:
                self._bar.setRange(0, hidden)
            self._bar.setValue(round(self.rows.offset))

    def _scrolled(self, value: int) -> None:
        if round(self.rows.offset) != value:
            self.rows.offset = float(value)
            self._lay_out()
            self.refresh()

    def _watches_changed(self) -> None:
        self._lay_out()
        self.refresh()
        self._figures.show_figures(self.figures)

    def _choose(self, name: str) -> None:
        self.chosen = name
        row = next((row for row in self.rows.rows if row.name == name), None)
        if row is not None:
            self.rows.offset = self.rows.offset_for(row)
            self._lay_out()
        self.refresh()

    # --- curves

    def _color(self, row: Row) -> QColor:
        return self._theme.accent if row.number == 0 else self._theme.lock_color(row.number)

    def y_of(self, value: float) -> float:
        """Return the y of *value* in the first row, in px."""
        return self.rows.rows[0].y(value) if self.rows.rows else super().y_of(value)

    def data_key(self) -> tuple[object, ...]:
        """Return what the curves depend on."""
        places = tuple((row.name, row.label, row.top, row.height) for row in self.rows.visible())
        return (self.trace, len(self.trace), self.trace.now, places)

    def draw_curves(self, *, quiet: bool) -> None:
        """Draw each curve in its colour, a paler one for what is beyond the cursor."""
        scale, now = self.scale, float(self.trace.now)
        bottom = self.plot_rect().bottom() + 1
        for row in self.rows.visible():
            if row.curve is None or not row.is_numeric:
                continue
            color = self._color(row)
            pen = QPen(mix(color, self._theme.pane, 0.35), 1.6) if quiet else QPen(color, 2)
            times, values = self._points(row.curve, scale, now)
            low, unit = row.scaled()
            self.steps(times, (values - low) * unit + (bottom - row.foot()), pen)

    def _points(self, curve: Steps, scale: Scale, now: float) -> tuple[Floats, Floats]:
        """Return the corners of *curve*, computed once for the picture and its quiet twin."""
        moment = (scale, now, len(self.trace))
        if self._corners[0] != moment:
            self._corners = (moment, {})
        made = self._corners[1]
        if curve.label not in made:
            # Thinned for pixels of the device, so that a dense curve is crisp on dense screens.
            wide = (scale.right - scale.left) * self.devicePixelRatioF()
            fine = Scale(scale.start, scale.end, 0.0, wide)
            made[curve.label] = step_points(curve, fine, scale.start, now)
        return made[curve.label]

    def set_range(self) -> None:
        """Let a unit be a pixel: each row has a scale of its own."""
        self._lay_out()
        self.lowest, self.highest = 0.0, float(max(1, self.plot_rect().height()))
        parts = [self._seen(row.curve) for row in self.rows.visible() if row.curve is not None]
        self._dots_hidden = sum(part.stop - part.start for part in parts) > MOST_DOTS

    def _seen(self, curve: Steps) -> slice:
        scale = self.scale
        if curve.is_text:
            return slice(0, 0)
        last = curve.index_at(min(scale.end, self.trace.now))
        return slice(max(0, curve.index_at(scale.start)), last + 1)

    # --- words and marks

    def paint_under(self, painter: QPainter) -> None:
        """Draw beside each curve its name, its value, the lowest and the highest."""
        painter.save()
        painter.setClipRect(QRectF(0, RULER - 2, self.width(), self.height() - RULER))
        rows = self.rows.rows
        for row in self.rows.visible():
            if row.number:
                painter.setPen(QPen(self._theme.line, 1))
                painter.drawLine(QLineF(8, row.top, self.width() - 14, row.top))
            if row.is_numeric:
                paint_range(painter, self._theme, row, named=len(rows) > 1)
            if len(rows) > 1 or row.curve is None:
                chosen = row.name == self.chosen and self.hasFocus()
                ink = self._color(row) if row.is_numeric else self._theme.text
                value = "" if row.curve is None else self.value_words(row)
                paint_heading(painter, self._theme, row, value, ink, chosen=chosen)
        painter.restore()
        words = ""
        if self._dots_hidden:
            words = "too many writes for dots: zoom in"
        elif len(rows) == 1 and rows[0].curve is not None:
            words = "each dot: who changed it" if rows[0].curve.is_queue else WRITERS
        painter.setPen(self._theme.quiet)
        painter.setFont(body_font(12 if len(rows) == 1 else 10))
        if len(rows) == 1:
            painter.drawText(self.words_room(), int(Qt.TextFlag.TextWordWrap), words)
        elif words:
            painter.drawText(QPointF(12, 17), "too many writes")

    def words_room(self) -> QRectF:
        """Return where the words beside a single curve go: left of the numbers of its range."""
        wide = min(LABEL_WIDTH - 40, range_left(self.rows.rows[0]) - 12 - 8)
        return QRectF(12, RULER - 4, wide, self.height() - RULER)

    def paint_marks(self, painter: QPainter) -> None:
        """Draw in each row the expected line, the dots, the losses and the texts."""
        room = self.plot_rect()
        painter.setClipRect(room.adjusted(-6, -2, 8, 4))
        scale = self.scale
        for row in self.rows.visible():
            if row.curve is None:
                paint_note(painter, self._theme, row, room.right())
                continue
            if row.curve.has_texts:
                now = float(self.trace.now)
                paint_text_steps(
                    painter, self._theme, row.curve, scale, row.band(), now, float(self.t)
                )
            if row.is_numeric and row.curve.expected is not None:
                paint_expected(painter, self._theme, scale, row, row.curve.expected)
            if row.is_numeric and not self._dots_hidden:
                paint_dots(painter, self._theme, scale, row, self._seen(row.curve), self.t)

    def tooltip_at(self, x: float, y: float) -> str:
        """Return who wrote what at the store nearest to *x*, *y*, and what got lost."""
        row = self.rows.at(y)
        if row is None or row.curve is None:
            return row.note if row else ""
        if x < LABEL_WIDTH:
            return f"{row.label}\n{self.value_words(row)}"
        curve = row.curve
        if curve.is_text:
            index = curve.index_at(self.scale.t(x + 0.5))
            return store_words(self.trace, curve, index) if index >= 0 else ""
        best, reach = "", 12.0
        index = curve.index_at(self.scale.t(x + reach))
        for number in range(index, max(-1, index - 200), -1):
            across = abs(self.scale.x(float(curve.times[number])) - x)
            if across > 12:
                break
            value = float(curve.values[number])
            away = across if value != value else max(across, abs(row.y(value) - y))
            if away < reach:
                best, reach = store_words(self.trace, curve, number), away
        return best

    def stretch_at(self, x: float, y: float) -> tuple[float, float] | None:
        """Return how long the value at *x*, *y* stood: from its store to the next one."""
        row, t = self.rows.at(y), self.scale.t(x)
        if row is None or row.curve is None or t > self.trace.now:
            return None
        curve, place = row.curve, row.curve.index_at(t)
        if place < 0:
            return None
        last = place + 1 == len(curve.times)
        return float(curve.times[place]), float(self.trace.now if last else curve.times[place + 1])

    # --- what a person does with rows

    def menu_for(self, row: Row | None) -> QMenu:
        """Return the menu of a row (or of none): move, hide, remove, show again."""
        return row_menu(self, self._watches, row.name if row else None, self._names())

    def _names(self) -> list[str]:
        return list(dict.fromkeys(row.name for row in self.rows.rows))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Open the menu of the row at the pointer, or of the chosen one."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        if not by_key and event.pos().x() >= LABEL_WIDTH:
            event.ignore()  # the right button pans there
            return
        row = self._chosen_row() if by_key else self.rows.at(event.pos().y())
        place = QPoint(20, round(row.top + 20)) if by_key and row else event.pos()
        if row is not None:
            self._choose(row.name)
        self.menu_for(row).popup(self.mapToGlobal(place))

    def _chosen_row(self) -> Row | None:
        return next((row for row in self.rows.rows if row.name == self.chosen), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a row by its name; scrub or pan elsewhere."""
        if event.position().x() < LABEL_WIDTH:
            row = self.rows.at(event.position().y())
            self._choose(row.name if row else "")
            return
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom or pan as everywhere; a plain wheel scrolls the rows."""
        if self._gestures.wheel(event):
            return
        if self.rows.is_scrollable and event.angleDelta().y():
            self._bar.setValue(self._bar.value() - event.angleDelta().y() // 2)
        else:
            event.ignore()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Walk the rows (Up, Down), move one (Ctrl), hide it (H), remove it (Delete)."""
        chosen = row_key(event, self._watches, self.chosen, self._names())
        if chosen is None:
            super().keyPressEvent(event)
        else:
            self._choose(chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the rows their places anew."""
        super().resizeEvent(event)
        self._lay_out()
