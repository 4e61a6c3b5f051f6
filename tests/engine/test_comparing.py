"""Two runs in numbers: what was recorded, and how they differ."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

import main
from engine import scenario
from engine.comparing import compare, whole_or_not
from engine.comparison import Figure, Unit
from engine.events import Kind, State
from engine.formats import keeping
from engine.formats.record import Record
from engine.formats.saving import save
from engine.launch import request
from engine.outcome import Outcome
from engine.session import Interpreter
from engine.trace import Trace
from tests.gui.traces import TraceBuilder, lock_trace, race_trace


def record(trace: Trace, seconds: float, *, gil: bool = True, **values: int) -> Record:
    shown = scenario.find("lock")
    made = Interpreter("3.13.5", gil=gil, free_threaded=not gil)
    trace.interpreter = str(made)
    wanted = request(shown, values)
    return keeping.keep(shown, wanted, trace, Outcome("finished", 0, None, seconds), None, made)


def by_key(figures: tuple[Figure, ...]) -> dict[str, Figure]:
    return {figure.key: figure for figure in figures}


def test_figures_are_what_a_plain_look_at_the_lanes_gives() -> None:
    one, other = lock_trace(5), lock_trace(2)
    found = by_key(compare(record(one, 1.2), record(other, 0.6)).figures)
    for trace, side in ((one, "a"), (other, "b")):
        waits, lengths = 0, []
        for number in range(len(trace.lanes)):
            place = 0
            while (piece := trace.lanes[number].slice(place)) is not None:
                if piece.state is State.WAITS_LOCK:
                    waits += 1
                    lengths.append(((piece.end or trace.now) - piece.start) / 1e9)
                place += 1
        assert getattr(found["lock_waits"], side) == waits
        assert getattr(found["lock_wait"], side) == pytest.approx(sum(lengths))
        assert getattr(found["longest_lock_wait"], side) == pytest.approx(max(lengths))
        assert getattr(found["events"], side) == len(trace)
        assert getattr(found["threads"], side) == len(trace.threads)
    assert found["elapsed"].words == "2.0 times faster"
    assert found["lock_waits"].words == "75 % fewer"
    assert found["threads"].words == "50 % fewer"


def test_what_one_run_lacks_is_not_recorded() -> None:
    with_cpu = TraceBuilder()
    lane = with_cpu.thread("MainThread")
    with_cpu.at(0, lane, Kind.THREAD_BEGIN).cpu(lane, [(0.5, 0.25), (1.0, 0.75)])
    without = TraceBuilder()
    without.at(0, without.thread("MainThread"), Kind.THREAD_BEGIN)
    said = compare(record(with_cpu.build(1.0), 1.0), record(without.build(1.0), 1.0))
    cpu = by_key(said.figures)["cpu"]
    assert (cpu.a, cpu.b, cpu.difference, cpu.ratio) == (0.75, None, None, None)
    assert (cpu.shown(cpu.b), cpu.words) == ("not recorded", "cannot be compared")
    lost = by_key(said.figures)["lost_updates"]
    assert (lost.a, lost.b) == (None, None)


def test_a_run_that_was_cut_has_no_end() -> None:
    whole = record(lock_trace(), 1.2)
    cut = whole_or_not(whole, ("The last 5 events could not be read.",))
    said = compare(whole, cut)
    elapsed = by_key(said.figures)["elapsed"]
    assert (elapsed.a, elapsed.b) == (1.2, None)
    assert said.b.outcome == "its end was not recorded"
    assert not said.b.ended
    assert whole_or_not(whole, ()) is whole


def test_lost_updates_values_and_locks_stand_beside_each_other() -> None:
    race = race_trace(4, 5)
    said = compare(record(race, 0.8), record(lock_trace(), 1.2))
    found = by_key(said.figures)
    assert found["lost_updates"].a == 15
    assert found["lost_updates"].b == 0
    assert found["lost_updates"].words == "15 fewer"
    (lock,) = said.locks
    assert lock.name == "lock"
    waited = by_key(lock.figures)["waited"]
    assert waited.a is None  # no lock of that name was made
    assert waited.shown(waited.a) == "not there"
    assert waited.b == pytest.approx(found["lock_wait"].b)
    assert said.values == (
        ("count", "5", "not recorded"), ("shared_resource", "not recorded", "5")
    )  # fmt: skip


def test_parameters_pythons_and_texts_that_differ_are_told() -> None:
    one = record(lock_trace(), 1.2, THREADS=3)
    other = record(lock_trace(), 0.4, gil=False, THREADS=8)
    said = compare(one, other)
    assert {name for name, _, _, differs in said.parameters if differs} == {"THREADS"}
    assert ("INCREMENTS", "1", "1", False) in said.parameters
    assert (said.a.build, said.b.build) == ("GIL", "free-threaded")
    assert said.headline == (
        "THREADS 3 → 8; Python 3.13.5 · GIL → Python 3.13.5 · free-threaded. "
        "B against A: 3.0 times faster."
    )
    assert said.script == ()
    changed = dataclasses.replace(other, script=f"{other.script}\nprint('more')\n")
    said = compare(one, changed)
    assert (said.removed, said.added) == (0, 2)
    assert "+print('more')" in said.script
    assert "text of the script: 0 lines out, 2 in" in said.headline


@pytest.mark.parametrize(
    ("unit", "a", "b", "less", "more", "words", "signed"),
    [
        ("s", 2.1, 1.0, "faster", "slower", "2.1 times faster", "−1.1 s"),
        ("s", 1.0, 12.4, "faster", "slower", "12 times slower", "+11.4 s"),
        ("s", 1.0, 1.01, "faster", "slower", "hardly slower", "+10 ms"),
        ("count", 10, 4, "fewer", "more", "60 % fewer", "−6"),
        ("count", 1000, 1, "fewer", "more", "over 99 % fewer", "−999"),
        ("count", 4, 10, "fewer", "more", "2.5 times as many", "+6"),
        ("count", 4, 5, "fewer", "more", "25 % more", "+1"),
        ("count", 0, 5, "fewer", "more", "5 more", "+5"),
        ("count", 5, 0, "fewer", "more", "5 fewer", "−5"),
        ("count", 7, 7, "fewer", "more", "the same", "0"),
        ("s", 1.0, 3.0, "shorter", "longer", "3.0 times as long", "+2 s"),
        ("cores", 2.0, 1.0, "less", "more", "50 % less", "−1.00"),
        ("count", None, 7, "fewer", "more", "cannot be compared", ""),
    ],
)
def test_a_difference_has_its_direction_in_words(
    unit: Unit, a: float | None, b: float | None, less: str, more: str, words: str, signed: str
) -> None:
    figure = Figure("key", "name", unit, a, b, less, more)
    assert (figure.words, figure.signed) == (words, signed)


def test_the_command_line_compares_saved_runs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [tmp_path / "a.threadlab", tmp_path / "b.threadlab"]
    for path, threads in zip(paths, (5, 2), strict=True):
        save(record(lock_trace(threads), 0.3 * threads, THREADS=threads), path)
    assert main.main(["compare", *map(str, paths)]) == 0
    text = capsys.readouterr().out
    assert "2.5 times faster" in text
    assert "recording costs time" in text
    assert "* THREADS: 5 → 2" in text
    assert main.main(["compare", "--json", *map(str, paths)]) == 0
    said = json.loads(capsys.readouterr().out)
    elapsed = next(figure for figure in said["figures"] if figure["key"] == "elapsed")
    assert elapsed["ratio"] == pytest.approx(0.4)
    assert elapsed["words"] == "2.5 times faster"
    assert {p["name"]: p["differs"] for p in said["parameters"]}["THREADS"] is True


def test_both_runs_are_drawn_into_a_picture(tmp_path: Path) -> None:
    paths = [tmp_path / "a.threadlab", tmp_path / "b.threadlab"]
    for path, threads in zip(paths, (5, 2), strict=True):
        save(record(lock_trace(threads), 0.3 * threads, THREADS=threads), path)
    picture = tmp_path / "both.png"
    words = [sys.executable, main.__file__, "compare", *map(str, paths), "-o", str(picture)]

    def called(*more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*words, *more], check=False, capture_output=True, text=True, timeout=90
        )

    made = called("--size", "900x640")
    assert made.returncode == 0, made.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    made = called("-o", str(tmp_path / "no folder" / "both.png"))
    assert made.returncode == main.USAGE_ERROR
    assert "Does its folder exist?" in made.stderr


def test_a_file_that_is_no_run_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good, bad = tmp_path / "a.threadlab", tmp_path / "b.threadlab"
    save(record(lock_trace(), 1.2), good)
    bad.write_bytes(b"import os; os.remove('x')")
    assert main.main(["compare", str(good), str(bad)]) == 1
    assert "is no run that ThreadLab saved" in capsys.readouterr().err
    bad.write_bytes(good.read_bytes()[:-3000])
    assert main.main(["compare", str(good), str(bad)]) == 0
    streams = capsys.readouterr()
    assert "b.threadlab: It ends too early" in streams.err
    assert "cannot be compared" in streams.out
