"""Bookmarks in the file of a run."""

from __future__ import annotations

import dataclasses
import json
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.bookmarks import LONGEST_NOTE, MOST, Bookmark, note_of
from engine.events import Kind
from engine.formats import manifest, tables
from engine.formats.amending import amend
from engine.formats.errors import RunFileError
from engine.formats.opening import open_run, peek
from engine.formats.record import Record
from engine.formats.saving import save
from tests.engine import runs

MARKS = (Bookmark(5, "the first wait"), Bookmark(70, "ä <b>not bold</b> & 日本"), Bookmark(71))


@pytest.fixture
def record() -> Record:
    """A run that says everything, with three bookmarks."""
    kinds = (Kind.LOCK_ACQUIRED, Kind.LOCK_RELEASED)
    steps: list[runs.Step] = [(10, n % 4, kinds[n // 4 % 2], 2, 1, n, set()) for n in range(40)]
    return dataclasses.replace(runs.with_the_rest(runs.a_trace(steps)), bookmarks=MARKS)


def test_they_are_saved_and_opened(record: Record, tmp_path: Path) -> None:
    save(record, tmp_path / "run.threadlab")
    assert open_run(tmp_path / "run.threadlab").record.bookmarks == MARKS
    assert peek(tmp_path / "run.threadlab").bookmarks == MARKS


def test_others_take_their_place_and_nothing_else_changes(record: Record, tmp_path: Path) -> None:
    path = tmp_path / "run.threadlab"
    save(record, path)
    others = (Bookmark(3, "another"),)
    before = _parts(path)
    amend(path, others)
    opened = open_run(path)
    assert opened.problems == ()
    assert opened.record.bookmarks == others
    runs.assert_same(opened.record, dataclasses.replace(record, bookmarks=others))
    after = _parts(path)
    changed = {name for name in before if before[name] != after.get(name)}
    assert changed == {"manifest.json", "checksums.json"}
    assert list(after) == list(before)
    assert [each.name for each in tmp_path.iterdir()] == ["run.threadlab"]


def _parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as file:
        assert file.testzip() is None
        return {name: file.read(name) for name in file.namelist()}


@pytest.mark.parametrize("keep", [0.2, 0.5])
def test_a_file_that_was_cut_is_left_alone(record: Record, tmp_path: Path, keep: float) -> None:
    path = tmp_path / "run.threadlab"
    save(record, path)
    path.write_bytes(path.read_bytes()[: int(keep * path.stat().st_size)])
    before = path.read_bytes()
    with pytest.raises(RunFileError):
        amend(path, MARKS)
    assert path.read_bytes() == before


def test_a_file_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(RunFileError, match="cannot be read"):
        amend(tmp_path / "none.threadlab", MARKS)


def _said(record: Record, bookmarks: object) -> bytes:
    data = manifest.write(record, tables.counts_of(record.trace), 1)
    said = json.loads(data)
    if bookmarks is None:
        del said["bookmarks"]
    else:
        said["bookmarks"] = bookmarks
    return json.dumps(said).encode()


def test_a_file_from_before_there_were_any_has_none(record: Record) -> None:
    assert manifest.read(_said(record, None)).bookmarks == ()


def test_they_ascend_however_they_stand(record: Record) -> None:
    found = manifest.read(_said(record, [[9, "b"], [3, "a"], [9, "c"]])).bookmarks
    assert found == (Bookmark(3, "a"), Bookmark(9, "c"))


@pytest.mark.parametrize(
    "bookmarks",
    [
        {},
        "x",
        [3],
        [[3]],
        [[3, 4]],
        [["3", "a"]],
        [[-1, "a"]],
        [[True, "a"]],
        [[1.5, "a"]],
        [[1 << 70, "a"]],
        [[1, "a", 2]],
        [[n, ""] for n in range(MOST + 1)],
    ],
)
def test_what_is_none_is_refused(record: Record, bookmarks: object) -> None:
    with pytest.raises(RunFileError, match="bookmarks"):
        manifest.read(_said(record, bookmarks))


@given(st.text())
def test_a_note_is_one_line_whatever_it_was(text: str) -> None:
    note = note_of(text)
    assert note.isprintable()
    assert len(note) <= LONGEST_NOTE
    assert note_of(note) == note
    assert note.split() == note_of(f"  {text}\n").split()


def test_a_hostile_note_is_only_text() -> None:
    hostile = "\x1b[2J<script>alert(1)</script>\u202egpj.exe\r\n\x00" + "a" * 10_000
    note = note_of(hostile)
    assert note.startswith("[2J<script>alert(1)</script> gpj.exe aaa")
    assert len(note) == LONGEST_NOTE
