from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLabel,
    QMenu,
    QSplitter,
    QTabBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from gui import theme
from gui.arrangement import NAMES, Split, Tabs, arrange, leaves
from gui.drawer import Strip
from gui.layout import Workspace
from gui.pane import Pane
from gui.tabs import TabbedPanes
from tests.gui.shells import MINE, Shell, clipped

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def shell(qtbot: QtBot, qapp: QApplication) -> Shell:
    theme.apply(qapp, theme.DARK)
    made = Shell()
    qtbot.addWidget(made)
    made.resize(1920, 1080)
    with qtbot.waitActive(made):
        made.show()
    return made


def seen(shell: Shell) -> set[str]:
    return {name for name, pane in shell.panes.items() if pane.isVisible()}


def at(shell: Shell, name: str) -> tuple[int, int, int, int]:
    pane = shell.panes[name]
    corner = pane.mapTo(shell, QPoint(0, 0))
    return corner.x(), corner.y(), pane.width(), pane.height()


# ------------------------------------------------------------------------- the plan, no widgets


@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("pool", [False, True])
@pytest.mark.parametrize("hidden", [set(), {"cpu"}, {"story", "notes"}, {"gallery"}, set(NAMES)])
def test_every_pane_has_one_place(compact: bool, pool: bool, hidden: set[str]) -> None:
    plan = arrange(NAMES, hidden, compact=compact, pool=pool)
    places = [*leaves(plan.root), *plan.strip]
    expected = set(NAMES) - hidden - (set() if pool else {"pool"})
    assert sorted(places) == sorted(expected)


# Panes that stand behind another one's tab, or have no place without a pool.
BEHIND = {"pool", "table", "contention", "console", "details", "notes"}


def test_a_pool_changes_only_the_lower_row() -> None:
    without = arrange(NAMES, (), compact=False, pool=False).root
    with_one = arrange(NAMES, (), compact=False, pool=True).root
    assert isinstance(without, Split)
    assert isinstance(with_one, Split)
    assert without.key == with_one.key
    assert without.children[0] == with_one.children[0]
    middle = with_one.children[1]
    assert isinstance(middle, Split)
    assert middle.children[2] == Tabs("wide/pool", ("pool", "cpu", "table", "locks", "contention"))


# ------------------------------------------------------------------------------ a wide window


def test_the_panes_stand_as_in_the_picture(shell: Shell) -> None:
    assert seen(shell) == set(NAMES) - BEHIND
    x, y, width, _ = at(shell, "gallery")
    assert (x, y, width) == (10, 66, 272)
    assert at(shell, "code")[2] == 500
    assert at(shell, "code")[0] + 500 == 1910
    assert at(shell, "activity")[0] == 10 + 272 + 10
    assert at(shell, "activity")[1] < at(shell, "value")[1] < at(shell, "cpu")[1]
    assert at(shell, "cpu")[1] == at(shell, "locks")[1]
    assert abs(at(shell, "cpu")[2] - at(shell, "locks")[2]) <= 1
    assert at(shell, "parameters")[0] == 10


def test_the_tabs_show_one_at_a_time(shell: Shell, qtbot: QtBot) -> None:
    bar = next(b for b in shell.findChildren(QTabBar) if b.tabText(0) == "Story")
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(1).center())
    assert seen(shell) & {"story", "console", "notes"} == {"console"}
    shell.workspace.raise_pane("notes")
    assert seen(shell) & {"story", "console", "notes"} == {"notes"}


def test_a_pool_takes_the_lower_row_and_gives_it_back(shell: Shell) -> None:
    before = {name: at(shell, name) for name in ("gallery", "activity", "code")}
    shell.workspace.set_pool(True)
    assert seen(shell) & {"pool", "cpu", "locks"} == {"pool"}
    shell.workspace.raise_pane("locks")
    assert seen(shell) & {"pool", "cpu", "locks"} == {"locks"}
    assert {name: at(shell, name) for name in before} == before
    shell.workspace.set_pool(False)
    assert seen(shell) & {"pool", "cpu", "locks"} == {"cpu", "locks"}
    for name in ("table", "contention"):
        shell.workspace.set_pane_shown(name, False)
    locks = shell.panes["locks"]
    assert isinstance(locks, Pane)
    assert locks.findChildren(QLabel)[0].isVisible(), "a pane alone has its own title"


def test_the_gallery_keeps_the_keyboard_when_a_script_with_a_pool_is_chosen(
    shell: Shell, qtbot: QtBot
) -> None:
    shell.gallery.chosen.connect(lambda name: shell.workspace.set_pool(name == "pool"))
    shell.gallery.select("lost")
    shell.gallery.view.setFocus()
    told: list[str] = []
    shell.gallery.chosen.connect(told.append)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_Up):
        QTest.keyClick(QApplication.focusWidget() or shell, key)
    assert told == ["lock", "pool", "lock", "lost"]
    assert shell.gallery.view.hasFocus()


def test_panes_are_hidden_and_restored_from_the_view_menu(shell: Shell, qtbot: QtBot) -> None:
    menu = QMenu()
    qtbot.addWidget(menu)
    shell.workspace.fill_view_menu(menu)
    by_name = {action.text(): action for action in menu.actions()}
    with qtbot.waitSignal(shell.workspace.visibility_changed, timeout=1000) as told:
        by_name["CPU share"].trigger()
    assert told.args == ["cpu", False]
    assert "cpu" not in seen(shell)
    for name in ("Locks", "Shared value", "Activity", "Scenarios", "Story"):
        by_name[name].trigger()
    assert seen(shell) == {"table", "contention", "parameters", "code", "console"}
    by_name["Reset layout"].trigger()
    assert seen(shell) == set(NAMES) - BEHIND
    assert all(a.isChecked() for a in menu.actions() if a.isCheckable())


def test_with_every_pane_hidden_the_window_says_so(shell: Shell) -> None:
    for name in NAMES:
        shell.workspace.set_pane_shown(name, False)
    assert seen(shell) == set()
    assert any("View menu" in label.text() for label in shell.workspace.findChildren(QLabel))
    shell.workspace.set_pane_shown("code", True)
    assert seen(shell) == {"code"}


def drag_first_handle(shell: Shell, qtbot: QtBot, by: int) -> None:
    splitter = next(
        s for s in shell.findChildren(QSplitter) if s.orientation() is Qt.Orientation.Horizontal
    )
    handle = splitter.handle(1)
    start = handle.rect().center()
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=start)
    QTest.mouseMove(handle, start + QPoint(by, 0))
    QTest.mouseRelease(handle, Qt.MouseButton.LeftButton, pos=start + QPoint(by, 0))


def test_sizes_hidden_panes_and_tabs_come_back(shell: Shell, qtbot: QtBot) -> None:
    drag_first_handle(shell, qtbot, 60)
    shell.workspace.set_pane_shown("value", False)
    shell.workspace.raise_pane("console")
    assert at(shell, "gallery")[2] == 332
    packed = shell.workspace.save_state()

    again = Shell()
    qtbot.addWidget(again)
    assert again.workspace.restore_state(packed)
    again.resize(1920, 1080)
    again.show()
    assert seen(again) == seen(shell)
    assert {n: at(again, n) for n in seen(again)} == {n: at(shell, n) for n in seen(shell)}
    again.workspace.reset_layout()
    assert at(again, "gallery")[2] == 272
    assert "story" in seen(again)


@pytest.mark.parametrize(
    "packed",
    [
        b"", b"\x80\x04", b"[]", b'{"version": 99}', b'{"version": 1}',
        b'{"version": 1, "sizes": {"a": ["x"]}, "hidden": [], "fronts": {}}',
        b'{"version": 1, "sizes": {}, "hidden": [{}], "fronts": {}}',
    ],
)  # fmt: skip
def test_a_damaged_state_changes_nothing(shell: Shell, packed: bytes) -> None:
    before = {name: at(shell, name) for name in seen(shell)}
    assert not shell.workspace.restore_state(packed)
    assert {name: at(shell, name) for name in seen(shell)} == before


def test_a_state_that_fits_another_program_is_survived(shell: Shell) -> None:
    odd = b'{"version": 1, "sizes": {"wide/columns": [1, 2]}, "hidden": ["gone"], "fronts": {"talk": "no"}}'  # noqa: E501
    assert shell.workspace.restore_state(odd)
    assert at(shell, "gallery")[2] == 272


def test_a_wider_window_gives_the_middle_the_room(shell: Shell, qapp: QApplication) -> None:
    shell.resize(2300, 1200)
    qapp.processEvents()
    assert at(shell, "gallery")[2] == 272
    assert at(shell, "code")[2] == 500


# ---------------------------------------------------------------------------- a narrow window


@pytest.fixture
def narrow(shell: Shell, qapp: QApplication) -> Shell:
    shell.resize(1280, 720)
    qapp.processEvents()
    return shell


def test_the_side_folds_and_the_lower_panes_are_tabs(narrow: Shell) -> None:
    assert narrow.workspace.compact
    assert (narrow.width(), narrow.height()) == (1280, 720)
    assert seen(narrow) == {"activity", "value", "code", "story"}
    narrow.workspace.raise_pane("locks")
    assert seen(narrow) == {"activity", "locks", "code", "story"}


def test_the_window_unfolds_again_at_its_old_sizes(
    shell: Shell, qtbot: QtBot, qapp: QApplication
) -> None:
    drag_first_handle(shell, qtbot, 40)
    before = {name: at(shell, name) for name in seen(shell)}
    for size in ((1280, 720), (1920, 1080)):
        shell.resize(*size)
        qapp.processEvents()
    assert {name: at(shell, name) for name in seen(shell)} == before


def test_an_icon_opens_its_pane_over_the_others_and_closes_it(narrow: Shell, qtbot: QtBot) -> None:
    button = narrow.workspace.strip().button("gallery")
    assert button.toolTip()
    assert button.accessibleName() == "Scenarios"
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert narrow.gallery.isVisible()
    assert narrow.gallery.view.hasFocus()
    assert button.isChecked()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not narrow.gallery.isVisible()
    assert not button.isChecked()


def test_the_open_pane_closes_at_esc_which_stops_no_run(narrow: Shell, qtbot: QtBot) -> None:
    narrow.transport.set_state(narrow.transport.state.RUNNING)
    for name in ("gallery", "parameters"):
        narrow.workspace.raise_pane(name)
        assert narrow.workspace.drawer_pane() == name
        with qtbot.assertNotEmitted(narrow.transport.stop_requested):
            QTest.keyClick(QApplication.focusWidget() or narrow, Qt.Key.Key_Escape)
        assert narrow.workspace.drawer_pane() is None


def test_the_open_pane_closes_at_a_click_elsewhere(narrow: Shell, qtbot: QtBot) -> None:
    narrow.workspace.raise_pane("gallery")
    QTest.mouseClick(narrow.gallery, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert narrow.workspace.drawer_pane() == "gallery"
    QTest.mouseClick(narrow.panes["code"], Qt.MouseButton.LeftButton)
    assert narrow.workspace.drawer_pane() is None


def test_the_open_pane_stays_when_its_choice_changes_the_tabs(narrow: Shell, qtbot: QtBot) -> None:
    narrow.gallery.chosen.connect(lambda name: narrow.workspace.set_pool(name == "pool"))
    narrow.workspace.raise_pane("gallery")
    QTest.keyClick(narrow.gallery.view, Qt.Key.Key_Down)
    assert narrow.gallery.selected() == "pool"
    assert narrow.workspace.drawer_pane() == "gallery"
    assert narrow.gallery.view.hasFocus()
    assert narrow.panes["pool"].isVisible()


def test_growing_takes_the_open_pane_back_into_the_column(
    narrow: Shell, qapp: QApplication
) -> None:
    narrow.workspace.raise_pane("gallery")
    narrow.resize(1920, 1080)
    qapp.processEvents()
    assert narrow.workspace.drawer_pane() is None
    assert at(narrow, "gallery")[:3] == (10, 66, 272)


# ------------------------------------------------------------------------------------ the look


@pytest.mark.parametrize("scale", ["1", "2"])
@pytest.mark.parametrize("size", [("1280", "720"), ("1920", "1080")])
def test_no_word_is_clipped(size: tuple[str, str], scale: str) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.gui.shells", *size],
        capture_output=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "QT_SCALE_FACTOR": scale, "QT_QPA_PLATFORM": "offscreen"},
        text=True,
        timeout=100,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == ""


def test_the_look_for_clipped_words_finds_one(shell: Shell) -> None:
    label = QLabel("a word that is longer than its place", shell)
    label.setGeometry(0, 0, 30, 20)
    label.show()
    assert any("a word that is longer" in each for each in clipped(shell))


def test_changing_the_theme_repaints_everything(shell: Shell, qapp: QApplication) -> None:
    dark = shell.grab().toImage()
    theme.apply(qapp, theme.LIGHT)
    light = shell.grab().toImage()
    for place in (QPoint(5, 500), QPoint(700, 300), QPoint(60, 1070)):
        assert dark.pixelColor(place).lightness() < 60
        assert light.pixelColor(place).lightness() > 220


def test_a_pane_without_a_place_is_refused(qtbot: QtBot) -> None:
    stray = QWidget()
    qtbot.addWidget(stray)
    with pytest.raises(ValueError, match="nonsense"):
        Workspace({"nonsense": stray})


def test_an_opened_script_is_shown(shell: Shell) -> None:
    shell.gallery.set_scenarios([MINE])
    assert shell.gallery.select(MINE.id)


def test_the_panels_need_no_plotting_library() -> None:
    code = (
        "import sys, tests.gui.shells; "
        "sys.exit(any(name in sys.modules for name in ('pyqtgraph', 'numpy')))"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False, timeout=60)
    assert run.returncode == 0


# ------------------------------------------------------------------------------ words that fit


def test_tabs_are_whole_while_the_words_beside_them_can_give_way(shell: Shell) -> None:
    group = next(group for group in shell.findChildren(TabbedPanes) if group.current() == "cpu")
    wanted = group.bar.sizeHint().width()
    for width in (700, wanted + 60):
        group.setFixedWidth(width)
        QApplication.sendPostedEvents()
        assert group.bar.width() >= wanted


def test_the_strip_shows_each_pane_once_when_the_script_changes(narrow: Shell) -> None:
    narrow.workspace.set_pool(True)
    QApplication.processEvents()
    shown = [b for b in narrow.findChildren(Strip)[0].findChildren(QToolButton) if b.isVisible()]
    assert [b.accessibleName() for b in shown] == ["Scenarios", "Parameters"]
