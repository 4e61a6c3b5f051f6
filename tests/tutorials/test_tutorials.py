"""Programs as tutorials have them print the same bytes and end alike, bare and probed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.side_by_side import prepare, run_both
from tests.pythons import found_pythons

FOLDER = Path(__file__).parent
PROGRAMS = sorted(path.name for path in FOLDER.glob("*.py") if not path.name.startswith("test_"))


def test_there_are_twenty_of_them() -> None:
    assert len(PROGRAMS) >= 20


@pytest.mark.parametrize("python", found_pythons())
@pytest.mark.parametrize("name", PROGRAMS)
def test_is_the_same_bare_and_probed(tmp_path: Path, name: str, python: str) -> None:
    script = prepare(FOLDER / name, tmp_path)
    bare, probed, session, _ = run_both(found_pythons()[python], script)
    assert probed == bare
    assert bare.exit == 0
    assert len(bare.stdout.splitlines()) > 1
    assert session.intake.errors == []
    assert len(session.trace) > 2, "nothing of its threads was seen"
