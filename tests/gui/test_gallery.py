from __future__ import annotations

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui import theme
from gui.panels.gallery import OPENED, Gallery
from tests.gui.shells import ENTRIES, MINE, Entry


@pytest.fixture
def gallery(qtbot: QtBot, qapp: QApplication) -> Gallery:
    theme.apply(qapp, theme.DARK)
    made = Gallery()
    qtbot.addWidget(made)
    made.set_scenarios(ENTRIES)
    made.resize(272, 560)
    made.show()
    return made


def rows(gallery: Gallery) -> list[str]:
    model = gallery.view.model()
    return [str(model.index(n, 0).data()) for n in range(model.rowCount())]


def place(gallery: Gallery, title: str) -> QRect:
    return gallery.view.visualRect(gallery.view.model().index(rows(gallery).index(title), 0))


def test_entries_stand_under_their_groups(gallery: Gallery) -> None:
    assert rows(gallery) == [
        "Threading basics", "Start and join", "Races and locks", "Lost update", "Lock",
        "Pools", "ThreadPoolExecutor",
    ]  # fmt: skip


def test_a_click_chooses_and_a_heading_does_not(gallery: Gallery, qtbot: QtBot) -> None:
    told: list[str] = []
    gallery.chosen.connect(told.append)
    port = gallery.view.viewport()
    QTest.mouseClick(port, Qt.MouseButton.LeftButton, pos=place(gallery, "Lock").center())
    QTest.mouseClick(port, Qt.MouseButton.LeftButton, pos=place(gallery, "Pools").center())
    assert told == ["lock"]
    assert gallery.selected() == "lock"


def test_the_arrow_keys_walk_over_the_headings(gallery: Gallery, qtbot: QtBot) -> None:
    told: list[str] = []
    gallery.select("start")
    gallery.chosen.connect(told.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up):
        QTest.keyClick(gallery.view, key)
    assert told == ["lost", "lock", "pool", "lock"]


def test_selecting_by_program_tells_nobody(gallery: Gallery, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(gallery.chosen):
        assert gallery.select("pool")
        assert not gallery.select("no such")
        gallery.set_scenarios([*ENTRIES, MINE])
    assert gallery.selected() == "pool"


def test_previous_and_next_stop_at_the_ends(gallery: Gallery, qtbot: QtBot) -> None:
    told: list[str] = []
    gallery.chosen.connect(told.append)
    assert not gallery.previous_button.isEnabled()
    for _ in range(6):
        QTest.mouseClick(gallery.next_button, Qt.MouseButton.LeftButton)
    assert told == ["start", "lost", "lock", "pool"]
    assert not gallery.next_button.isEnabled()
    QTest.mouseClick(gallery.previous_button, Qt.MouseButton.LeftButton)
    assert told[-1] == "lock"


def test_an_opened_script_has_a_group_of_its_own(gallery: Gallery) -> None:
    gallery.set_scenarios([*ENTRIES, MINE])
    assert rows(gallery)[-2:] == [OPENED, "mine.py"]
    index = gallery.view.model().index(len(rows(gallery)) - 1, 0)
    assert MINE.id in index.data(Qt.ItemDataRole.ToolTipRole)


def test_the_script_button_asks_for_a_file(gallery: Gallery, qtbot: QtBot) -> None:
    with qtbot.waitSignal(gallery.open_requested, timeout=1000):
        QTest.mouseClick(gallery.open_button, Qt.MouseButton.LeftButton)


def test_a_screen_reader_hears_title_and_summary(gallery: Gallery) -> None:
    index = gallery.view.model().index(1, 0)
    words = index.data(Qt.ItemDataRole.AccessibleTextRole)
    assert words == "Start and join: Main and a worker count side by side"
    for control in (gallery.view, gallery.open_button, gallery.next_button):
        assert control.accessibleName()


def test_a_title_without_end_does_not_widen_the_list(gallery: Gallery) -> None:
    gallery.set_scenarios([Entry("x", "A title " * 40, "words " * 90, "A group " * 30)])
    gallery.grab()
    assert gallery.width() == 272
    assert not gallery.view.horizontalScrollBar().isVisible()


def test_an_empty_gallery_is_quiet(gallery: Gallery) -> None:
    gallery.set_scenarios([])
    assert gallery.selected() is None
    assert not gallery.next_button.isEnabled()
    gallery.grab()
