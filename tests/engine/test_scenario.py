"""The catalogue, its lessons, scripts from elsewhere, and errors that name file and key."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import pytest

from engine.probe.source import (
    SourceError,
    compile_tree,
    instrument,
    parse,
    replace_constants,
)
from engine.scenario import (
    SHIPPED,
    Scenario,
    ScenarioError,
    catalogue,
    expected_values,
    find,
    from_script,
    to_json,
)

PRESETS = [
    "start-and-join",
    "lost-update",
    "lock",
    "deadlock",
    "deadlock-fixed",
    "producer-consumer",
    "thread-pool",
    "threads-or-processes",
    "free-threaded",
]


# --- what is shipped ---------------------------------------------------------------------------


def test_the_gallery_has_its_presets_in_order() -> None:
    assert [scenario.id for scenario in catalogue()] == PRESETS
    groups = [scenario.group for scenario in catalogue()]
    assert sorted(groups, key=groups.index) == groups, "a group is split in the gallery"


@pytest.mark.parametrize("scenario", catalogue(), ids=PRESETS)
def test_a_preset_is_complete(scenario: Scenario) -> None:
    lesson = scenario.lesson
    assert lesson.right is not None
    assert len(lesson.options) >= 3
    assert "ended" in lesson.notice or "thread_end" in lesson.notice
    texts = [scenario.summary, lesson.question, *lesson.notice.values()]
    texts += [option.text + option.misconception for option in lesson.options]
    texts += [getattr(lesson.teaching, name) for name in lesson.teaching.__slots__]
    assert all(text.strip() for text in texts)
    for sentence in [*lesson.notice.values(), *(o.misconception for o in lesson.options)]:
        assert not sentence or sentence[-1] in ".?", sentence
    for parameter in scenario.parameters:
        assert parameter.help or parameter.unit, f"{parameter.name} is not explained"
        assert parameter.title, f"{parameter.name} has no label"
        if parameter.type in ("int", "float"):
            assert parameter.minimum is not None
            assert parameter.maximum is not None
        assert parameter.check(parameter.default) == parameter.default


@pytest.mark.parametrize("scenario", catalogue(), ids=PRESETS)
def test_a_preset_compiles_with_probes_and_other_values(scenario: Scenario) -> None:
    tree = parse(scenario.text, str(scenario.path))
    replace_constants(tree, scenario.defaults)
    points = instrument(tree, scenario.lesson.watch)
    compile_tree(tree, str(scenario.path))
    assert {point.name for point in points} == set(scenario.lesson.watch)
    for point in points:
        assert point.initial or point.change == 1 or scenario.id == "threads-or-processes"


@pytest.mark.parametrize("scenario", catalogue(), ids=PRESETS)
def test_a_preset_fits_the_code_pane(scenario: Scenario) -> None:
    lines = scenario.text.splitlines()
    assert len(lines) <= 60
    assert max(map(len, lines)) <= 100


def test_expected_values_follow_the_parameters() -> None:
    lock = find("lock")
    assert expected_values(lock, {}) == {"total": 5}
    assert expected_values(lock, {"THREADS": 7, "INCREMENTS": 10}) == {"total": 70}


def test_a_listing_is_plain_json() -> None:
    listed = json.loads(json.dumps([to_json(scenario) for scenario in catalogue()]))
    lock = next(entry for entry in listed if entry["id"] == "lock")
    assert set(lock) == {"id", "title", "group", "level", "summary", "parameters"}
    assert lock["parameters"][0] == {
        "name": "THREADS",
        "label": "Threads",
        "type": "int",
        "default": 5,
        "minimum": 1,
        "maximum": 64,
        "unit": "threads",
        "choices": [],
        "help": "",
    }


# --- finding -----------------------------------------------------------------------------------


def test_presets_are_found_by_id_and_by_path() -> None:
    assert find("lock").id == "lock"
    assert find("Lost_Update").id == "lost-update"
    assert find(str(SHIPPED / "lock.py")) is find("lock")


def test_an_unknown_name_gets_a_suggestion() -> None:
    with pytest.raises(ScenarioError, match=r"neither a preset nor a file\. Did you mean lock"):
        find("lok")
    with pytest.raises(SourceError, match=r"no file called lok\.py"):
        find("lok.py")


def test_any_script_is_a_scenario(tmp_path: Path) -> None:
    script = tmp_path / "mine.py"
    script.write_text(
        "N: int = 2  # 1..9\n"
        "count = 0  # expected: N / (N - 1)\n"
        "def f():\n    global count\n    count += '\\d' is N\n",
        encoding="utf-8",
    )
    scenario = find(str(script))
    assert (scenario.title, scenario.level, scenario.id) == ("mine.py", None, str(script.resolve()))
    assert scenario.lesson.watch == ("count",)
    assert scenario.lesson.right is None
    assert scenario.text == script.read_text(encoding="utf-8")
    assert expected_values(scenario, {}) == {"count": 2.0}
    assert expected_values(scenario, {"N": 1}) == {}
    assert scenario.parameter("N").maximum == 9
    with pytest.raises(ValueError, match="its parameters are: N"):
        scenario.parameter("M")
    assert math.isclose(
        float(json.loads(json.dumps(to_json(scenario)))["parameters"][0]["default"]), 2
    )


def test_a_script_with_an_error_says_where(tmp_path: Path) -> None:
    script = tmp_path / "broken.py"
    script.write_text("x = 1\ny = (\n", encoding="utf-8")
    with pytest.raises(SourceError) as caught:
        from_script(script)
    assert caught.value.line == 2


# --- lessons that are wrong --------------------------------------------------------------------


def _folder(tmp_path: Path, *edits: tuple[str, str]) -> Path:
    """Return a gallery that holds the lock alone, its lesson edited."""
    lesson = (SHIPPED / "lock.toml").read_text(encoding="utf-8")
    lesson = lesson.replace('next = "deadlock"\n', "")
    for pattern, replacement in edits:
        lesson, changed = re.subn(pattern, replacement, lesson, count=1, flags=re.MULTILINE)
        assert changed, pattern
    (tmp_path / "lock.toml").write_text(lesson, encoding="utf-8")
    (tmp_path / "lock.py").write_bytes((SHIPPED / "lock.py").read_bytes())
    (tmp_path / "gallery.toml").write_text('order = ["lock"]\n', encoding="utf-8")
    return tmp_path


def test_the_folder_for_these_tests_is_right_itself(tmp_path: Path) -> None:
    assert [scenario.id for scenario in catalogue(_folder(tmp_path))] == ["lock"]


def test_a_lesson_may_watch_an_expression(tmp_path: Path) -> None:
    folder = _folder(tmp_path, ("^watch = .*$", 'watch = ["total", "total+1", "threads[ 0 ]"]'))
    script = (folder / "lock.py").read_text(encoding="utf-8")
    (folder / "lock.py").write_text(f"{script}\nthreads = []\n", encoding="utf-8")
    (found,) = catalogue(folder)
    assert found.lesson.watch == ("total", "total + 1", "threads[0]")


@pytest.mark.parametrize(
    ("pattern", "replacement", "message"),
    [
        ("^watch = .*$", 'watch = ["total()"]', r"watch holds 'total\(\)': .* Only len\(\)"),
        ("^title = .*$", "", r"lock\.toml: title is missing"),
        ("^title = .*$", "title = 5", r"title must be text, not 5"),
        ("^title = .*$", 'title = " "', r"title is empty"),
        ("^level = .*$", 'level = "easy"', r"level must be one of beginner"),
        ("^watch = .*$", 'watch = ["sum"]', r"watch names 'sum'"),
        ("^watch = .*$", 'watch = "total"', r"watch must be a list"),
        ("^total = .*$", 'total = "THREADS * UPDATES"', r"expected\.total cannot be computed"),
        ("^total = .*$", 'sum = "1"', r"expected\.sum is no name that the script shares"),
        ("^THREADS = ", "THREAD = ", r"labels\.THREAD is no parameter of the script"),
        ("^lock_wait = ", "lock_waits = ", r"notice\.lock_waits is no moment of a run"),
        ("^right = true$", "right = 1", r"question\.options\[1\]\.right must be true or false"),
        ("^right = true$", "", r"options\[1\]\.misconception belongs to each wrong answer"),
        (
            "^right = true$",
            'right = true\nmisconception = "x"',
            r"options\[1\]\.misconception belongs to each wrong answer and to no right one",
        ),
        ("^tidbit = ", "tidbits = ", r"teaching\.tidbit is missing"),
        ("^summary = ", "sumary = 1\nsummary = ", r"sumary is not a key of a lesson"),
        ("^solves = ", "solved = 1\nsolves = ", r"teaching\.solved is not a key"),
        ("^group = ", 'next = "gone"\ngroup = ', r"next names 'gone'"),
        (
            "^\\[labels\\]$",
            '[beside]\nruns = "x"\nfigures = ["a"]\n[labels]',
            r"runs must be one of",
        ),
        ("^\\[labels\\]$", '[beside]\nruns = "other-build"\n[labels]', r"figures must name a line"),
        (
            "^\\[labels\\]$",
            '[beside]\nruns = "other-build"\nfigures = ["a"]\nheadline = ["b"]\n[labels]',
            r"beside\.headline names 'b', which is none of the figures",
        ),
        ("^title = ", "title = = ", r"lock\.toml is no valid TOML"),
        (r"\[\[question.options\]\][^\[]*right = true", "", r"exactly one right answer"),
        (r"^\[notice\]$", "[[notice]]", r"notice must be a table"),
    ],
)
def test_a_wrong_lesson_names_file_and_key(
    tmp_path: Path, pattern: str, replacement: str, message: str
) -> None:
    with pytest.raises(ScenarioError, match=message) as caught:
        catalogue(_folder(tmp_path, (pattern, replacement)))
    assert caught.value.file == "lock.toml"


def test_a_lesson_without_script_and_a_script_with_an_error(tmp_path: Path) -> None:
    folder = _folder(tmp_path)
    (folder / "lock.py").write_text("x = (", encoding="utf-8")
    with pytest.raises(ScenarioError, match=r"lock\.py Line 1 is not valid Python"):
        catalogue(folder)
    (folder / "lock.py").unlink()
    with pytest.raises(ScenarioError, match=r"no file called lock\.py"):
        catalogue(folder)


@pytest.mark.parametrize(
    ("order", "message"),
    [
        ('["lock", "gone"]', "the lesson files in the folder differ in: gone"),
        ('["lock", "lock"]', "names a scenario twice"),
        ("[]", "differ in: lock"),
        ("[1]", "must be a list of texts"),
    ],
)
def test_the_order_names_every_lesson_once(tmp_path: Path, order: str, message: str) -> None:
    folder = _folder(tmp_path)
    (folder / "gallery.toml").write_text(f"order = {order}\n", encoding="utf-8")
    with pytest.raises(ScenarioError, match=message):
        catalogue(folder)


def test_a_missing_gallery_is_said(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"gallery\.toml cannot be read"):
        catalogue(tmp_path)
