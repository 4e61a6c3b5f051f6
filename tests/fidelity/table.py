"""The fidelity table: on the terminal, and in `docs/fidelity.md`, a row a suite and Python."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.fidelity.compare import Comparison, Listed
from tests.fidelity.suites import SUITES

PAGE = Path(__file__).resolve().parents[2] / "docs" / "fidelity.md"
Row = tuple[str, str, str, str, str, str, str]
HEAD: Row = (
    "suite",
    "Python",
    "probes in",
    "passes bare",
    "passes probed",
    "listed exceptions",
    "date",
)

_INTRODUCTION = """\
# How faithful the probes are

CPython's own tests, run by plain Python and under the probes; what the tests make counts as made
by the user, so its locks, threads, queues and pools are the probed ones. A test that passes bare
must pass probed, or be listed below with its reason. *lock_tests* is `test.lock_tests` bound to
what `threading` offers; tests that start a `python` of their own meet plain Python in it. The
probes have two forms: with the accelerator in C, and in Python alone.

Written by `python -m tests.fidelity --write-table`; rows that a run did not measure are kept.
What an interpreter lacks of CPython's test package comes from a folder that `--tests` names: for
the rows of *test_concurrent_futures* on 3.11 and 3.12, from Debian's `libpython3.11-testsuite`.
"""


def row_of(found: Comparison, date: str = "") -> Row:
    """Return the row of one comparison, measured on *date* (default: today)."""
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    exceptions = len(found.differences) - len(found.unlisted)
    counts = (str(found.bare), str(found.probed), str(exceptions))
    return (found.suite, found.python, found.form, *counts, date or today)


def as_text(rows: Iterable[Row]) -> str:
    """Return *rows* under their head, in columns."""
    lines = [HEAD, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def page(rows: Iterable[Row], exceptions: Sequence[Listed]) -> str:
    """Return the page with *rows*, in the order of suites and versions, and the exceptions."""
    table = ["| " + " | ".join(HEAD) + " |", "|" + "---|" * len(HEAD)]
    table += ["| " + " | ".join(row) + " |" for row in sorted(rows, key=_order)]
    listed = [
        f"- `{one.test}` ({', '.join(one.pythons) or 'every Python'}): {one.reason}"
        for one in exceptions
    ]
    parts = [_INTRODUCTION, "\n".join(table), "\n## Exceptions\n", "\n".join(listed) or "None."]
    return "\n".join(parts) + "\n"


def rows_of(text: str) -> dict[tuple[str, str, str], Row]:
    """Return the rows of a page by suite, Python and form."""
    rows = {}
    for line in text.splitlines():
        cells = tuple(cell.strip() for cell in line.strip("|").split("|"))
        if len(cells) == len(HEAD) and cells[0] in SUITES:
            suite, python, form, bare, probed, listed, date = cells
            rows[suite, python, form] = (suite, python, form, bare, probed, listed, date)
    return rows


def write(found: Iterable[Comparison], exceptions: Sequence[Listed], path: Path = PAGE) -> None:
    """Write the page; rows of suites and Pythons that are not in *found* stay."""
    rows = rows_of(path.read_text("utf-8")) if path.exists() else {}
    for comparison in found:
        rows[comparison.suite, comparison.python, comparison.form] = row_of(comparison)
    path.write_text(page(rows.values(), exceptions), "utf-8")


def _order(row: Row) -> tuple[int, list[int], bool, str]:
    version = row[1].rstrip("t")
    numbers = [int(part) for part in version.split(".") if part.isdigit()]
    return SUITES.index(row[0]), numbers, row[1].endswith("t"), row[2]
