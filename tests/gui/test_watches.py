"""Watches in the window: typed, refused, chosen in code, moved, hidden, remembered, recorded."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage, QTextCursor
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from engine.events import Kind
from engine.trace import Trace
from gui.code_menu import expression_at
from gui.cursor import Cursor
from gui.main_window import MainWindow
from gui.panels.unseen_button import UnseenButton
from gui.panels.watch_field import WatchField
from gui.selection import Selection
from gui.settings import Settings
from gui.theme import DARK
from gui.time_axis import TimeAxis
from gui.views.code import CodeView
from gui.views.value import MOST_DOTS, ValueView
from gui.watch_list import WatchList
from tests.gui.traces import TraceBuilder
from tests.gui.windows import whole_window

NET = 60_000
S = 1_000_000_000
BANK = """class Account:
    def __init__(self):
        self.balance = 100

account = Account()
stats = {"hits": 0}
word = ""
for n in range(3):
    account.balance += 1
    stats["hits"] += 2
    word = f"turn {n}"
"""


@pytest.fixture
def watches(qtbot: QtBot) -> WatchList:
    made = WatchList()
    made.set_script(BANK, {})
    return made


def many_trace(names: int, stores: int, *, texts: bool = False) -> Trace:
    build = TraceBuilder()
    main, other = build.thread("MainThread"), build.thread("Thread-1")
    points = [build.store_point(f"value_{n}", 1) for n in range(names)]
    for turn in range(stores):
        for n, point in enumerate(points):
            value: int | str = f"step {turn}" if texts and n % 2 else turn * (n + 1)
            at = turn / max(1, stores) + n * 1e-7
            build.at(at, main if turn % 2 else other, Kind.STORE, point, value)
    return build.build(1.0)


def view_of(qtbot: QtBot, trace: Trace, watches: WatchList, height: int = 200) -> ValueView:
    cursor, axis = Cursor(), TimeAxis()
    cursor.advance(0, trace.now)
    axis.fit(trace.now)
    view = ValueView(DARK, cursor, axis, watches)
    qtbot.addWidget(view)
    qtbot.addWidget(view.header())
    view.resize(1_000, height)
    view.prepare()
    view.show()
    view.show_moment(trace, trace.now)
    return view


def names(view: ValueView) -> list[str]:
    return [row.name for row in view.rows.rows]


# --- the list ---------------------------------------------------------------------------------


def test_a_watch_is_added_once_and_removed(watches: WatchList) -> None:
    assert watches.add("account.balance ")
    assert watches.add("account.balance")
    assert watches.added == ["account.balance"]
    assert "account.balance" not in watches.suggestions()
    watches.remove("account.balance")
    assert watches.added == []


def test_what_was_kept_and_cannot_be_watched_any_more_is_told(watches: WatchList) -> None:
    watches.set_script(BANK, {"added": ["gone.total", "len(stats)"], "hidden": ["word"]})
    assert watches.added == ["len(stats)"]
    assert "no name gone" in watches.refused["gone.total"]
    assert watches.state()["added"] == ["len(stats)", "gone.total"]


def test_settings_keep_the_watches_of_each_script(tmp_path: Path, watches: WatchList) -> None:
    watches.add("account.balance")
    watches.set_hidden("word", hidden=True)
    Settings(tmp_path / "s.ini").set_watches("bank", watches.state())
    again = Settings(tmp_path / "s.ini")
    assert again.watches("bank") == watches.state()
    assert again.watches("other") == {}
    again.set_watches("bank", {})
    assert Settings(tmp_path / "s.ini").watches("bank") == {}


# --- the field ----------------------------------------------------------------------------------


def test_typing_and_return_add_a_watch(qtbot: QtBot, watches: WatchList) -> None:
    field = WatchField(watches)
    qtbot.addWidget(field)
    field.show()
    QTest.keyClicks(field, "account.balance")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert watches.added == ["account.balance"]
    qtbot.waitUntil(lambda: field.text() == "")


def test_what_cannot_be_watched_is_refused_under_the_field(
    qtbot: QtBot, watches: WatchList
) -> None:
    field = WatchField(watches)
    qtbot.addWidget(field)
    field.show()
    QTest.keyClicks(field, "account.total()")
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert watches.added == []
    assert field.text() == "account.total()"
    assert "Only len() can be watched" in field.note.text()
    assert field.accessibleDescription() == field.note.text()
    assert field.note.isVisible()
    QTest.keyClick(field, Qt.Key.Key_Backspace)
    assert not field.note.isVisible()


def test_lines_that_no_probe_sees_are_listed(qtbot: QtBot, watches: WatchList) -> None:
    button = UnseenButton(watches)
    qtbot.addWidget(button)
    assert button.isHidden()
    watches.set_script(BANK + 'setattr(account, "balance", 3)\n', {"added": ["account.balance"]})
    assert not button.isHidden()
    assert button.text() == "1 unseen"
    assert button.lines() == ["Line 12: setattr() stores an attribute by its name."]
    with qtbot.waitSignal(button.line_asked) as asked:
        button.menu().actions()[0].trigger()
    assert asked.args == [12]


# --- the rows -----------------------------------------------------------------------------------


def test_each_value_has_a_row_with_its_own_scale(qtbot: QtBot, watches: WatchList) -> None:
    view = view_of(qtbot, many_trace(3, 10), watches, 300)
    assert names(view) == ["value_0", "value_1", "value_2"]
    tops = [row.y(row.curve.high) for row in view.rows.rows if row.curve]
    feet = [row.y(row.curve.low) for row in view.rows.rows if row.curve]
    assert tops[0] < feet[0] < tops[1] < feet[1] < tops[2] < feet[2] < view.height()
    assert view.figures()[0] == ("values", "3")
    assert "value_2 27" in view.accessibleDescription()
    assert "value_1 becomes 18" in view.tooltip_at(view.scale.x(0.9 * S), tops[1])


def test_many_rows_scroll_by_wheel_bar_and_keys(qtbot: QtBot, watches: WatchList) -> None:
    view = view_of(qtbot, many_trace(20, 5), watches)
    assert view._bar.isVisible()
    assert len(view.rows.visible()) < 6
    for _ in range(20):
        QTest.keyClick(view, Qt.Key.Key_Down)
    assert view.chosen == "value_19"
    assert view.rows.visible()[-1].name == "value_19"
    view._bar.setValue(0)
    assert view.rows.visible()[0].name == "value_0"


def test_rows_are_moved_hidden_and_shown_again_by_keys_and_menu(
    qtbot: QtBot, watches: WatchList
) -> None:
    view = view_of(qtbot, many_trace(3, 5), watches)
    view._choose("value_0")
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert names(view) == ["value_1", "value_0", "value_2"]
    QTest.keyClick(view, Qt.Key.Key_H)
    assert names(view) == ["value_1", "value_2"]
    menu = view.menu_for(view.rows.rows[0])
    words = {action.text(): action for action in menu.actions() if action.text()}
    assert list(words) == ["Move up", "Move down", "Hide", "Remove the watch", "Show value_0"]
    assert not words["Move up"].isEnabled()
    assert not words["Remove the watch"].isEnabled()
    words["Show value_0"].trigger()
    words["Move down"].trigger()
    assert names(view) == ["value_2", "value_1", "value_0"]
    menu.deleteLater()


def test_a_watch_of_the_next_run_shows_nothing_but_says_so(
    qtbot: QtBot, watches: WatchList
) -> None:
    trace = many_trace(1, 5)
    view = view_of(qtbot, trace, watches)
    watches.add("account.balance")
    assert view.value_words(view.rows.rows[1]) == "Recorded from the next run on."
    trace.values.watched = ("account.balance",)
    view.show_moment(trace, trace.now)
    assert view.value_words(view.rows.rows[1]) == "No store of it was recorded."
    view._choose("account.balance")
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert watches.added == []
    assert names(view) == ["value_0"]


def test_texts_are_steps_between_numbers(qtbot: QtBot, watches: WatchList) -> None:
    build = TraceBuilder()
    main, point = build.thread("MainThread"), build.store_point("mixed")
    for at, value in ((0.0, 1), (0.2, "a long text that is told in full"), (0.6, 3)):
        build.at(at, main, Kind.STORE, point, value)
    view = view_of(qtbot, build.build(1.0), watches)
    (row,) = view.rows.rows
    assert row.is_numeric
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    view.render(image)
    top, bottom = row.band()
    inside = (int(view.scale.x(0.59 * S)), int((top + bottom) / 2))
    assert image.pixelColor(*inside).rgb() == DARK.field.rgb()
    assert image.pixelColor(int(view.scale.x(0.7 * S)), inside[1]).rgb() != DARK.field.rgb()
    said = view.tooltip_at(view.scale.x(0.2 * S), bottom - 4)
    assert "a long text that is told in full" in said


def test_very_many_texts_and_stores_are_drawn_together(qtbot: QtBot, watches: WatchList) -> None:
    view = view_of(qtbot, many_trace(4, MOST_DOTS, texts=True), watches, 400)
    image = QImage(view.size(), QImage.Format.Format_RGB32)
    view.render(image)
    assert view._dots_hidden


# --- the code -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "found"),
    [(0, ""), (4, "account"), (11, "account"), (14, "account.balance"), (30, "stats['hits']")],
)
def test_the_expression_under_the_pointer(column: int, found: str) -> None:
    assert expression_at("    account.balance += stats['hits'] ", column) == found


def test_the_code_offers_to_watch_what_is_selected(qtbot: QtBot) -> None:
    view = CodeView(DARK, Cursor(), Selection())
    qtbot.addWidget(view)
    view.resize(500, 400)
    view.show()
    view.set_script("bank.py", BANK)
    cursor = view.code.document().find("account.balance")
    view.code.setTextCursor(cursor)
    menu = view.menu_at(QPoint(5, 5))
    action = menu.actions()[-1]
    assert action.text() == "Watch account.balance"
    with qtbot.waitSignal(view.watch_asked) as asked:
        action.trigger()
    assert asked.args == ["account.balance"]
    menu.deleteLater()
    view.code.setTextCursor(QTextCursor(view.code.document()))
    menu = view.menu_at(QPoint(view.code.viewport().width() - 2, 390))
    assert menu.actions()[-1].text().startswith("Watch")
    menu.deleteLater()


# --- the window ---------------------------------------------------------------------------------


@pytest.fixture
def window(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    script = tmp_path / "bank.py"
    script.write_text(BANK)

    def show(made: MainWindow) -> None:
        assert made.open_script(script)

    with whole_window(qtbot, tmp_path / "settings.ini", show) as made:
        yield made


def test_a_watch_is_typed_recorded_and_remembered(
    qtbot: QtBot, window: MainWindow, tmp_path: Path
) -> None:
    field = window.panes.watch_field
    QTest.keyClicks(field, "account.balance")
    QTest.keyClick(field, Qt.Key.Key_Return)
    window.panes.code.watch_asked.emit("stats['hits']")
    window.panes.code.watch_asked.emit("word")
    window.panes.code.watch_asked.emit("word.upper()")
    assert "Only len() can be watched" in field.note.text()
    window.conductor.run()
    qtbot.waitUntil(lambda: window.bridge.state == "ended", timeout=NET)
    qtbot.waitUntil(lambda: len(names(window.panes.value)) == 3, timeout=NET)
    shown = {row.name: window.panes.value.value_words(row) for row in window.panes.value.rows.rows}
    assert shown == {"account.balance": "103", "stats['hits']": "6", "word": "'turn 2'"}
    window.conductor.remember()
    kept = Settings(tmp_path / "settings.ini")
    window.settings.save()
    assert window.conductor.scenario is not None
    assert kept.watches(window.conductor.scenario.id)["added"] == list(shown)
