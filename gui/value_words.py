"""What is said of a watched value: its figures at the cursor, and who wrote what at a store.

Guarantees: a loss is a number only where the change of every store is known.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.trace import Trace
from gui.labels import duration
from gui.painting.steps import Steps
from gui.painting.value_rows import Row
from gui.theme import chip_label

Pairs = list[tuple[str, str]]


def curve_figures(curve: Steps, t: int) -> Pairs:
    """Return the figures of the only value that is shown: (words, figure)."""
    found = [("now", curve.text_at(t) or "–")]
    if curve.is_queue:
        upto = curve.values[: curve.index_at(t) + 1]
        found.append(("highest", f"{upto.max(initial=0.0):g}"))
    if curve.expected is not None:
        found.append(("expected", f"{curve.expected:g}"))
    series = curve.series
    if series is not None and series.counts_losses and not (curve.is_queue or curve.is_text):
        lost = series.lost_at(t)
        found.append(("lost updates", "not known" if lost is None else f"{lost:g}"))
        if stale := series.stale_at(t):
            found.append(("stale writes", str(stale)))
    return found


def rows_figures(rows: Sequence[Row], t: int) -> Pairs:
    """Return the figures of several values together; each row says its own."""
    if not rows:
        return []
    found = [("values", str(len(rows)))]
    series = [row.curve.series for row in rows if row.curve and row.is_numeric]
    losses = [each.lost_at(t) for each in series if each is not None and each.counts_losses]
    known = [loss for loss in losses if loss is not None]
    if known:
        found.append(("lost updates", f"{sum(known):g}"))
    return found


def store_words(trace: Trace, curve: Steps, number: int) -> str:
    """Return who wrote what at store *number* of *curve*, and what got lost by it."""
    thread, time = int(curve.threads[number]), int(curve.times[number])
    name = trace.threads[thread].name if thread < len(trace.threads) else "?"
    text = curve.text_at(time) if curve.series is None else curve.series.texts[number]
    words = f"{chip_label(thread)} {name} at {duration(time)}: {curve.label} becomes {text}"
    series = curve.series
    if series is not None and series.change_known and not curve.is_queue:
        view = series.lost.view
        lost = float(view[number]) - (float(view[number - 1]) if number else 0.0)
        if lost:
            words += f"\nwritten from a stale value: {lost:g} lost"
    return words
