"""Tooltips show a script's own names letter by letter, whatever they look like."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from gui import theme
from gui.chips import Chip
from gui.pane import ElidedLabel

NAME = "<b>bold</b> & <img src='x'>\nsecond"


def test_a_name_that_looks_like_markup_is_shown_as_it_is(qtbot: QtBot) -> None:
    chip, label = Chip(theme.DARK, 0, NAME), ElidedLabel()
    for made in (chip, label):
        qtbot.addWidget(made)
    label.resize(20, 20)
    label.setText(NAME)
    for text in (chip.toolTip(), label.toolTip()):
        assert "&lt;b&gt;bold&lt;/b&gt; &amp; &lt;img" in text
