"""CPython's quick suites pass under the probes as they do bare; and the runner judges rightly."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from engine import accelerator
from tests.fidelity import table
from tests.fidelity.compare import (
    Difference,
    Listed,
    accuse,
    differing,
    judged,
    read_exceptions,
    settled,
)
from tests.fidelity.drive import Form, Result
from tests.fidelity.suites import Python, ask

OK, FAILED, SKIPPED = Result("ok"), Result("failed", "why"), Result("skipped")
HERE = Python(sys.executable, "3.13.5t", "/somewhere/test", ())

FORMS: tuple[Form, ...] = ("C", "Python")
#: Suites that end within seconds, and what of them takes longer.
QUICK = {
    "lock_tests": "",
    "test_queue": "test_many_threads",
    "test_thread": "",
    "test_threading_local": "",
    "test_threadedtempfile": "",
}


@pytest.fixture(scope="module")
def python() -> Python:
    """The interpreter at hand."""
    return ask(sys.executable)


@pytest.fixture(scope="module")
def not_in_c(python: Python) -> str:
    """Why the probes have no form in C here; empty where they have one."""
    try:
        accelerator.build(python.path)
    except accelerator.NoAccelerator as error:
        return str(error)
    return ""


@pytest.fixture(scope="module")
def verdicts(
    python: Python, not_in_c: str
) -> Iterator[dict[tuple[str, Form], Future[list[Difference]]]]:
    """All that is compared, at once: most of these tests sleep most of the time."""
    exceptions = read_exceptions()
    with ThreadPoolExecutor(4, thread_name_prefix="fidelity") as pool:
        yield {
            (suite, form): pool.submit(accuse, python, suite, exceptions, form, skip=skip)
            for suite, skip in QUICK.items()
            for form in FORMS
            if suite in python.have and not (form == "C" and not_in_c)
        }


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("suite", QUICK)
def test_what_passes_bare_passes_probed(
    python: Python,
    not_in_c: str,
    verdicts: dict[tuple[str, Form], Future[list[Difference]]],
    suite: str,
    form: Form,
) -> None:
    if suite not in python.have:
        pytest.skip(f"{python.path} lacks {suite} of CPython's test package")
    if form == "C" and not_in_c:
        pytest.skip(not_in_c)
    found = verdicts[suite, form].result()
    assert not found, "\n".join(f"{one.test}: {one.probed}" for one in found)


def test_only_a_test_that_passes_bare_can_differ() -> None:
    bare = {"a": OK, "b": FAILED, "c": SKIPPED, "d": OK, "e": OK}
    assert differing(bare, {"a": FAILED, "b": FAILED, "c": FAILED, "d": OK}) == ["a", "e"]


def test_a_test_that_is_flaky_by_itself_accuses_nobody() -> None:
    bare = settled(["a", "b"], {"a": OK, "b": OK, "c": OK}, {"a": FAILED, "b": OK})
    assert differing(bare, {"a": FAILED, "b": FAILED, "c": OK}) == ["b"]


def test_an_exception_holds_for_its_test_and_its_pythons() -> None:
    bare, probed = {"a": OK, "b": OK, "c": OK}, {"a": FAILED, "b": FAILED, "c": OK}
    listed = [Listed("a", "looks at a private field"), Listed("b", "so does it", ("3.11",))]
    found = judged("test_queue", HERE, "C", bare, probed, listed)
    assert [one.test for one in found.unlisted] == ["b"]
    assert (found.bare, found.probed) == (3, 1)
    assert table.row_of(found, "today")[3:6] == ("3", "1", "1")


def test_an_exception_needs_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "exceptions.toml"
    path.write_text("[[exception]]\ntest = 'a'\nreason = ' '\n")
    with pytest.raises(ValueError, match="no reason"):
        read_exceptions(path)


def test_the_page_keeps_what_a_run_did_not_measure(tmp_path: Path) -> None:
    path = tmp_path / "fidelity.md"
    listed = [Listed("a.b", "looks inside", ("3.12",))]
    table.write([judged("test_queue", HERE, "C", {"a": OK}, {"a": OK}, [])], listed, path)
    table.write([judged("lock_tests", HERE, "C", {"a": OK, "b": OK}, {"a": OK}, [])], listed, path)
    rows = table.rows_of(path.read_text("utf-8"))
    assert [row[:6] for row in rows.values()] == [
        ("lock_tests", "3.13.5t", "C", "2", "1", "0"),
        ("test_queue", "3.13.5t", "C", "1", "1", "0"),
    ]
    assert "`a.b` (3.12): looks inside" in path.read_text("utf-8")


def test_the_page_in_docs_lists_the_exceptions_of_today() -> None:
    text = table.PAGE.read_text("utf-8")
    assert text == table.page(table.rows_of(text).values(), read_exceptions())
