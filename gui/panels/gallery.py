"""The scenarios by group, one click or one arrow key apart.

Guarantees: `chosen` is sent when a person picks an entry, and not when the program selects one;
headings are never selected; what does not fit is elided and whole in the tooltip.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHBoxLayout,
    QListView,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
)

from gui import icons, theme
from gui.pane import Pane

OPENED = "Opened"
ENTRY_PIXELS = 48
HEADING_PIXELS = 30
Index = QModelIndex | QPersistentModelIndex


class Entry(Protocol):
    """What the gallery needs to know of a scenario."""

    @property
    def id(self) -> str:
        """What `chosen` tells."""

    @property
    def title(self) -> str:
        """The name."""

    @property
    def summary(self) -> str:
        """One line, or nothing."""

    @property
    def group(self) -> str:
        """The heading; empty for a script that a person opened."""


class _Model(QAbstractListModel):
    """Headings (text) and entries (scenarios) in one list."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[str | Entry] = []

    def fill(self, scenarios: Sequence[Entry]) -> None:
        self.beginResetModel()
        groups: dict[str, list[Entry]] = {}
        for scenario in scenarios:
            groups.setdefault(scenario.group or OPENED, []).append(scenario)
        self.rows = []
        for group, members in groups.items():
            self.rows += [group, *members]
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid() or isinstance(self.rows[index.row()], str):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        if isinstance(row, str):
            return row if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return row.title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{row.title}: {row.summary}" if row.summary else row.title
        if role == Qt.ItemDataRole.ToolTipRole:
            place = row.id if row.group == "" else ""
            return "\n".join(part for part in (row.title, row.summary, place) if part)
        return None


class _Delegate(QStyledItemDelegate):
    """Draws headings in small quiet capitals, entries as a title over a quiet summary."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        heading = not index.flags() & Qt.ItemFlag.ItemIsEnabled
        return QSize(80, HEADING_PIXELS if heading else ENTRY_PIXELS)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, _Model)
        row = model.rows[index.row()]
        box: QRect = option.rect
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(row, str):
            self._heading(painter, box, row)
        else:
            state: QStyle.StateFlag = option.state
            self._entry(painter, box, row, state)
        painter.restore()

    def _heading(self, painter: QPainter, box: QRect, text: str) -> None:
        font = theme.body_font(11)
        font.setLetterSpacing(QFont.SpacingType.AbsoluteSpacing, 0.9)
        painter.setPen(theme.current().quiet)
        _line(painter, font, box.adjusted(14, 6, -14, 0), text.upper())

    def _entry(self, painter: QPainter, box: QRect, entry: Entry, state: QStyle.StateFlag) -> None:
        tokens = theme.current()
        card = QRectF(box).adjusted(7, 1, -7, -1)
        if state & QStyle.StateFlag.State_Selected:
            focused = bool(state & QStyle.StateFlag.State_HasFocus)
            painter.setPen(QPen(tokens.accent, 2.0 if focused else 1.0))
            painter.setBrush(tokens.selection)
            painter.drawRoundedRect(card.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8)
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.hover)
            painter.drawRoundedRect(card, 8, 8)
        words = box.adjusted(22, 6, -12, -6)
        painter.setPen(tokens.text)
        middle = words.top() + 20
        title = QRect(words.left(), words.top(), words.width(), 20)
        if not entry.summary:
            title.moveTop(box.center().y() - 10)
        _line(painter, theme.body_font(14, QFont.Weight.DemiBold), title, entry.title)
        painter.setPen(tokens.quiet)
        rest = QRect(words.left(), middle, words.width(), words.bottom() - middle + 1)
        _line(painter, theme.body_font(12), rest, entry.summary)


def _line(painter: QPainter, font: QFont, box: QRect, text: str) -> None:
    painter.setFont(font)
    shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


class Gallery(Pane):
    """The pane of scenarios.

    Attributes:
        view: the list.
        previous_button, next_button, open_button: the controls.

    Signals:
        chosen: the id of the scenario that a person picked.
        open_requested: a script is to be opened.
    """

    chosen = Signal(str)
    open_requested = Signal()

    def __init__(self) -> None:
        super().__init__("Scenarios")
        self._model = _Model()
        self._quiet = False
        self.view = QListView()
        self.view.setModel(self._model)
        self.view.setItemDelegate(_Delegate(self.view))
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setMouseTracking(True)
        self.view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setAccessibleName("Scenarios")
        self.view.setAccessibleDescription("Up and down arrows change the scenario")
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.open_button = QToolButton()
        self.open_button.setText("Open script…")
        self.open_button.setFont(theme.body_font(13))
        self.open_button.setProperty("role", "quiet")
        self.open_button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.open_button.setAccessibleName("Open script")
        self.open_button.setToolTip("Open a Python script of your own")
        self.open_button.clicked.connect(self.open_requested)
        self.add_header_widget(self.open_button)
        self.previous_button = self._walker("Previous", "previous", -1)
        self.next_button = self._walker("Next", "next", 1)
        self.next_button.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(9, 8, 9, 4)
        buttons.setSpacing(8)
        buttons.addWidget(self.previous_button)
        buttons.addWidget(self.next_button)
        self.body.addWidget(self.view, 1)
        self.body.addLayout(buttons)
        self.setMinimumWidth(230)
        theme.notifier().changed.connect(self._dress)
        self._dress()
        self._show_ends()

    def set_scenarios(self, scenarios: Sequence[Entry]) -> None:
        """Show `scenarios` in order; those without a group stand under "Opened"."""
        kept = self.selected()
        self._quiet = True
        self._model.fill(scenarios)
        self._quiet = False
        if kept is not None:
            self.select(kept)
        self._show_ends()

    def select(self, scenario_id: str) -> bool:
        """Select the entry without sending `chosen`; False if there is none of that id."""
        for number, row in enumerate(self._model.rows):
            if not isinstance(row, str) and row.id == scenario_id:
                self._quiet = True
                self._go(number)
                self._quiet = False
                return True
        return False

    def select_none(self) -> None:
        """Select nothing: what is shown is none of the entries."""
        self._quiet = True
        self.view.setCurrentIndex(QModelIndex())
        self._quiet = False

    def selected(self) -> str | None:
        """Return the id of the selected scenario."""
        index = self.view.currentIndex()
        row = self._model.rows[index.row()] if index.isValid() else ""
        return None if isinstance(row, str) else row.id

    def _walker(self, text: str, icon: str, step: int) -> QPushButton:
        button = QPushButton(text)
        button.setProperty("icon-name", icon)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(f"{text} scenario")
        button.setToolTip(f"{text} scenario")
        button.clicked.connect(lambda: self._walk(step))
        return button

    def _entries(self) -> list[int]:
        return [n for n, row in enumerate(self._model.rows) if not isinstance(row, str)]

    def _neighbour(self, step: int) -> int | None:
        entries = self._entries()
        here = self.view.currentIndex().row()
        if here not in entries:
            return entries[0] if entries and step > 0 else None
        there = entries.index(here) + step
        return entries[there] if 0 <= there < len(entries) else None

    def _walk(self, step: int) -> None:
        there = self._neighbour(step)
        if there is not None:
            self._go(there)

    def _go(self, row: int) -> None:
        # The heading above comes into view too: an entry without its group says half.
        self.view.scrollTo(self._model.index(max(row - 1, 0)))
        self.view.setCurrentIndex(self._model.index(row))

    def _on_current(self, now: QModelIndex, before: QModelIndex) -> None:
        self._show_ends()
        picked = self.selected()
        if picked is not None and not self._quiet:
            self.chosen.emit(picked)

    def _show_ends(self) -> None:
        self.previous_button.setEnabled(self._neighbour(-1) is not None)
        self.next_button.setEnabled(self._neighbour(1) is not None)

    def _dress(self) -> None:
        tokens = theme.current()
        for button in (self.previous_button, self.next_button):
            name = str(button.property("icon-name"))
            button.setIcon(icons.icon(name, tokens.text, theme.disabled_text(tokens)))
            button.setIconSize(QSize(14, 14))
        self.view.viewport().update()
