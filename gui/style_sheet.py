"""The application's style sheet, made from the tokens so that it can never disagree with them.

Guarantees: no colour is written here, only token names; every control that takes the keyboard
shows a two-pixel ring while it has it, and does not move when the ring appears.

Widgets choose a look by the dynamic property ``role``:

* ``QFrame``: ``pane`` (rounded surface), ``bar`` and ``foot`` (top and bottom of the window)
* ``QToolButton``, ``QPushButton``: ``go`` (start something), ``quiet`` (words in a header)
* a segmented choice: ``first``, ``middle``, ``last`` in the property ``segment``
"""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor

if TYPE_CHECKING:
    from gui.theme import Theme

CONTROL_PIXELS = 34

_SURFACES = """
QFrame[role="pane"] { background: $pane; border: 1px solid $line; border-radius: 10px; }
QFrame[role="header"] { background: transparent; border: 0; border-bottom: 1px solid $line; }
QFrame[role="bar"] { background: $pane; border: 0; border-bottom: 1px solid $line; }
QFrame[role="foot"] { background: $pane; border: 0; border-top: 1px solid $line; }
QFrame[role="drawer"] { background: $window; border: 0; }
QFrame[role="strip"] { background: $pane; border: 1px solid $line; border-radius: 10px; }
QLabel { background: transparent; }
QLabel[role="quiet"] { color: $quiet; }
QLabel[role="bad"] { color: $bad; }
QLabel[role="note"] { color: $accent; }
QFrame[role="banner"] { background: $field; border: 0; border-bottom: 1px solid $line; }
QLabel[role="badge"] {
    color: $quiet; background: $field; border: 1px solid $line; border-radius: 12px;
    padding: 0 9px;
}
QSplitter::handle { background: transparent; }
QSplitter::handle:hover, QSplitter::handle:focus { background: $line; border-radius: 4px; }
QSplitter::handle:pressed { background: $accent; }
QScrollArea, QAbstractScrollArea { background: transparent; border: 0; }
QToolTip {
    color: $text; background: $field; border: 1px solid $line; padding: 5px 7px;
}
"""

_BUTTONS = """
QPushButton, QToolButton {
    color: $text; background: $field; border: 1px solid $line; border-radius: 8px;
    min-height: 32px; max-height: 32px; padding: 0 13px;
}
QToolButton[compact="true"] { padding: 0 8px; }
/* Qt leaves two spaces behind the words of a button with an icon: less padding evens it out. */
QToolButton[compact="false"] { padding: 0 7px 0 14px; }
QPushButton:hover, QToolButton:hover { background: $hover; }
QPushButton:pressed, QToolButton:pressed { background: $line; }
QPushButton:disabled, QToolButton:disabled { color: $disabled; background: $pane; }
QPushButton:focus, QToolButton:focus {
    border: 2px solid $accent; min-height: 30px; max-height: 30px; padding: 0 12px;
}
QToolButton[compact="true"]:focus { padding: 0 7px; }
QToolButton[compact="false"]:focus { padding: 0 6px 0 13px; }
QToolButton:checked { color: $on_accent; background: $accent; border-color: $accent; }
QToolButton:checked:disabled { color: $disabled; background: $field; border-color: $line; }
QToolButton[role="go"] {
    color: $on_state; background: $running_label; border-color: $running_label;
}
QToolButton[role="go"]:hover { background: $running; }
QToolButton[role="go"]:focus { border-color: $accent; }
QToolButton[role="go"]:disabled { color: $disabled; background: $pane; border-color: $line; }
QToolButton[role="quiet"] {
    color: $quiet; background: transparent; border: 1px solid transparent; border-radius: 6px;
    min-height: 24px; max-height: 24px; padding: 0 6px;
}
QToolButton[role="quiet"]:hover { color: $text; background: $hover; }
QToolButton[role="quiet"]::menu-indicator { image: none; }
QToolButton[role="quiet"]:disabled { color: $disabled; background: transparent; }
QToolButton[role="quiet"]:focus {
    color: $text; border: 2px solid $accent; min-height: 22px; max-height: 22px; padding: 0 5px;
}
QToolButton[role="choice"], QToolButton[role="switch"] {
    border-radius: 6px; min-height: 24px; max-height: 24px; padding: 0 9px;
}
QToolButton[role="choice"]:focus, QToolButton[role="switch"]:focus {
    min-height: 22px; max-height: 22px; padding: 0 8px;
}
QToolButton[role="switch"]:checked:focus { border: 2px solid $text; }
QToolButton[role="spin"] {
    background: transparent; border: 0; border-radius: 3px; padding: 0;
    min-height: 14px; max-height: 14px;
}
QToolButton[role="spin"]:hover { background: $line; }
QToolButton[segment="first"] {
    border-top-right-radius: 0; border-bottom-right-radius: 0; border-right-width: 0;
}
QToolButton[segment="middle"] { border-radius: 0; border-right-width: 0; }
QToolButton[segment="last"] { border-top-left-radius: 0; border-bottom-left-radius: 0; }
QToolButton[segment]:focus { border: 2px solid $accent; }
QToolButton[segment]:checked:focus { border: 2px solid $text; }
"""

_FIELDS = """
QLineEdit, QAbstractSpinBox, QComboBox {
    color: $text; background: $field; border: 1px solid $line; border-radius: 8px;
    min-height: 32px; max-height: 32px; padding: 0 9px;
    selection-background-color: $accent; selection-color: $on_accent;
}
QLineEdit:hover, QAbstractSpinBox:hover, QComboBox:hover { background: $hover; }
QLineEdit:focus, QAbstractSpinBox:focus, QComboBox:focus {
    border: 2px solid $accent; min-height: 30px; max-height: 30px; padding: 0 8px;
}
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: $disabled; }
QLineEdit[wrong="true"], QAbstractSpinBox[wrong="true"] { border: 2px solid $bad; padding: 0 8px; }
QLineEdit[compact="true"], QLineEdit[compact="true"]:focus, QComboBox[compact="true"] {
    min-height: 24px; max-height: 24px;
}
QComboBox[compact="true"]:focus { min-height: 22px; max-height: 22px; }
QLabel[role="note"] {
    color: $text; background: $field; border: 1px solid $bad; border-radius: 8px;
}
QAbstractSpinBox QLineEdit {
    background: transparent; border: 0; padding: 0; min-height: 0; max-height: 100px;
}
QComboBox::drop-down { border: 0; width: 22px; }
QComboBox::down-arrow { image: none; }
QComboBox QAbstractItemView {
    background: $field; color: $text; border: 1px solid $line; padding: 4px; outline: 0;
    selection-background-color: $selection; selection-color: $text;
}
"""

_LISTS = """
QMenuBar { background: $pane; color: $text; }
QMenuBar::item { background: transparent; padding: 5px 10px; border-radius: 6px; }
QMenuBar::item:selected { background: $hover; }
QMenu { background: $pane; color: $text; border: 1px solid $line; padding: 5px; }
QMenu::item { padding: 6px 24px 6px 10px; border-radius: 6px; }
QMenu::item:selected { background: $selection; }
QMenu::item:disabled { color: $disabled; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 4px; }
QMenu::item:checked { font-weight: 600; }
QTabBar { background: transparent; qproperty-drawBase: 0; }
QTabBar::tab {
    color: $quiet; background: transparent; border: 0; border-bottom: 2px solid transparent;
    padding: 0 2px; margin-right: 14px; min-height: 35px; max-height: 35px;
}
QTabBar::tab:hover { color: $text; }
QTabBar::tab:selected { color: $text; border-bottom-color: $accent; }
QTabBar::tab:focus { color: $accent; }
QListView, QTreeView, QAbstractScrollArea::corner { background: transparent; border: 0; }
QTableView {
    background: transparent; border: 0; outline: 0;
    selection-background-color: $selection; selection-color: $text;
}
QTableView { border-radius: 6px; border: 2px solid transparent; }
QTableView:focus { border-color: $accent; }
QHeaderView::section {
    background: $pane; color: $quiet; border: 0; border-bottom: 1px solid $line; padding: 4px 8px;
}
QPlainTextEdit, QTextEdit, QTextBrowser {
    background: transparent; color: $text; border: 0;
    selection-background-color: $accent; selection-color: $on_accent;
}
QScrollBar { background: transparent; border: 0; margin: 0; }
QScrollBar:vertical { width: 10px; }
QScrollBar:horizontal { height: 10px; }
QScrollBar::handle { background: $handle; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::handle:hover { background: $quiet; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
"""


def style_sheet(theme: Theme) -> str:
    """Write the style sheet of `theme`."""
    from gui.theme import disabled_text, mix

    names = (
        "window pane field line text quiet accent on_accent hover selection ok bad "
        "running running_label on_state"
    )
    colors: dict[str, QColor] = {name: getattr(theme, name) for name in names.split()}
    colors["disabled"] = disabled_text(theme)
    colors["handle"] = mix(theme.quiet, theme.pane, 0.4)
    sheet = Template(_SURFACES + _BUTTONS + _FIELDS + _LISTS)
    return sheet.substitute({name: color.name() for name, color in colors.items()})
