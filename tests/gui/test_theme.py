from __future__ import annotations

from itertools import combinations

import pytest
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui import icons, theme
from gui.theme import DARK, LIGHT, Theme, chip_label, contrast

BOTH = pytest.mark.parametrize("look", [DARK, LIGHT], ids=["dark", "light"])


@pytest.mark.parametrize(
    ("look", "text", "quiet", "accent"),
    [(DARK, 13.8, 6.6, 6.7), (LIGHT, 16.2, 5.9, 4.6)],
    ids=["dark", "light"],
)
def test_the_contrasts_on_a_pane_are_those_of_the_table(
    look: Theme, text: float, quiet: float, accent: float
) -> None:
    assert contrast(look.text, look.pane) == pytest.approx(text, abs=0.06)
    assert contrast(look.quiet, look.pane) == pytest.approx(quiet, abs=0.06)
    assert contrast(look.accent, look.pane) == pytest.approx(accent, abs=0.06)


@BOTH
def test_words_are_readable_on_every_surface(look: Theme) -> None:
    for surface in (look.window, look.pane, look.field, look.hover, look.selection):
        for words in (look.text, look.quiet):
            assert contrast(words, surface) >= 4.5, (words.name(), surface.name())
    for surface in (look.window, look.pane, look.field):
        for words in (look.ok, look.bad):
            assert contrast(words, surface) >= 4.5, (words.name(), surface.name())
    assert contrast(look.on_accent, look.accent) >= 4.5
    assert contrast(look.on_state, look.running_label) == pytest.approx(4.7, abs=0.06)


@BOTH
def test_states_and_the_focus_ring_stand_out_from_the_pane(look: Theme) -> None:
    assert contrast(look.accent, look.field) >= 3
    for state in (look.running, look.lock_wait, look.sleeping):
        assert contrast(state, look.pane) >= 3, state.name()
    # Amber on white is below 3: a wait is told by its hatch, its outline and its label too.
    assert contrast(look.other_wait, look.pane) >= 2.8


@BOTH
def test_chips_are_readable_and_told_apart(look: Theme) -> None:
    for color in look.threads:
        assert 4.5 <= contrast(look.ink, color) <= 15
    for one, other in combinations(look.threads, 2):
        away = sum(abs(getattr(one, c)() - getattr(other, c)()) for c in ("red", "green", "blue"))
        assert away > 50, (one.name(), other.name())


def test_colours_repeat_and_labels_do_not() -> None:
    assert DARK.thread_color(0) == DARK.thread_color(6) == QColor("#56b4e9")
    assert DARK.lock_color(0) == DARK.lock_color(4) == QColor("#e0a526")
    assert [chip_label(n) for n in (0, 1, 5, 6, 11, 12, 99, 100, 1000)] == [
        "M", "1", "5", "6b", "11b", "12c", "99q", "100", "1000",
    ]  # fmt: skip
    assert len({chip_label(n) for n in range(1000)}) == 1000


@BOTH
def test_applying_dresses_the_application_and_tells(qapp: QApplication, look: Theme) -> None:
    told: list[Theme] = []
    theme.notifier().changed.connect(told.append)
    theme.apply(qapp, look)
    theme.notifier().changed.disconnect(told.append)
    assert told == [look]
    assert theme.current() is look
    assert qapp.palette().color(QPalette.ColorRole.Window) == look.window
    assert qapp.font().pixelSize() == 14
    assert look.accent.name() in qapp.styleSheet()
    assert "$" not in qapp.styleSheet()


def test_the_shipped_fonts_are_loaded(qapp: QApplication) -> None:
    assert {"Inter", "JetBrains Mono"} <= set(theme.load_fonts())
    metrics = QFontMetricsF(theme.code_font())
    assert metrics.horizontalAdvance("iiii") == metrics.horizontalAdvance("MMMM")


def test_figures_are_all_as_wide_as_each_other(qapp: QApplication) -> None:
    theme.load_fonts()
    metrics = QFontMetricsF(theme.numbers_font())
    assert len({round(metrics.horizontalAdvance(each * 8), 3) for each in "0123456789"}) == 1


@pytest.mark.parametrize("name", icons.NAMES)
def test_every_icon_draws_within_its_box(qapp: QApplication, name: str) -> None:
    image = QImage(64, 64, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(0)
    painter = QPainter(image)
    icons.paint(painter, name, QRectF(16, 16, 32, 32), QColor("#ffffff"))
    painter.end()
    inked = {(x, y) for x in range(64) for y in range(64) if image.pixelColor(x, y).alpha()}
    assert len(inked) > 40
    assert all(16 <= x < 48 and 16 <= y < 48 for x, y in inked)


def test_an_icon_is_sharp_at_twice_the_scale(qtbot: QtBot) -> None:
    icon = icons.icon("play", QColor("#ffffff"))
    assert icon.pixmap(icons.SIDE, icons.SIDE).width() == icons.SIDE
    at_two = icon.pixmap(QSize(icons.SIDE, icons.SIDE), 2.0)
    assert at_two.width() == 2 * icons.SIDE
    with pytest.raises(KeyError):
        icons.icon("no such icon", QColor("#ffffff"))
