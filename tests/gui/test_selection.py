"""The choice that every view shares."""

from gui.selection import Selection


def test_a_ruler_runs_forwards_whichever_way_it_was_laid() -> None:
    selection = Selection()
    selection.measure(9, 4)
    assert selection.stretch == (4, 9)


def test_a_ruler_outlives_a_choice_and_ends_with_everything_else() -> None:
    selection = Selection()
    selection.measure(4, 9)
    selection.choose(lane=1, time=6)
    assert selection.stretch == (4, 9)
    selection.clear()
    assert (selection.lane, selection.time) == (None, None)
    assert str(selection.stretch) == "None"


def test_news_is_told_only_of_what_differs() -> None:
    selection = Selection()
    told: list[object] = []
    selection.changed.connect(lambda: told.append(selection.stretch))
    selection.measure(4, 9)
    selection.measure(9, 4)
    selection.measure_nothing()
    selection.measure_nothing()
    assert told == [(4, 9), None]
