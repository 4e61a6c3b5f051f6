"""Files that an editor writes back: what must stay, and what is refused."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from engine import textfile
from engine.kept_edits import KeptEdits
from engine.textfile import SaveError


@pytest.mark.parametrize(
    "data",
    [
        b"x = 1\ny = 2\n",
        b"x = 1\r\ny = 2\r\n",
        b"x = 1\ry = 2",
        b"\xef\xbb\xbfx = '\xc3\xa9'\r\n",
        b"# -*- coding: latin-1 -*-\nx = '\xe9'\n",
        b"",
        b"no end",
    ],
)
def test_what_was_not_edited_is_written_back_byte_for_byte(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "script.py"
    path.write_bytes(data)
    path.chmod(0o751)
    file = textfile.read(path)
    saved = textfile.write(path, file.text, file)
    assert path.read_bytes() == data
    assert stat.S_IMODE(path.stat().st_mode) == 0o751
    assert saved.stamp == file.stamp == textfile.stamp_of(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["script.py"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    real, link = tmp_path / "real.py", tmp_path / "link.py"
    real.write_text("x = 1\n")
    link.symlink_to(real)
    textfile.write(link, "x = 2\n", textfile.read(link))
    assert link.is_symlink()
    assert real.read_text() == "x = 2\n"


def test_a_character_that_the_encoding_lacks_is_refused_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "script.py"
    path.write_bytes(b"# coding: latin-1\nx = 1\n")
    with pytest.raises(SaveError, match=r"line 3 holds '✓'.*iso-8859-1"):
        textfile.write(path, "# coding: latin-1\nx = 1\ny = '✓'\n", textfile.read(path))
    assert path.read_bytes() == b"# coding: latin-1\nx = 1\n"


def test_a_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    with pytest.raises(SaveError, match="folder does not exist"):
        textfile.write(tmp_path / "gone" / "script.py", "x = 1\n")
    with pytest.raises(SaveError, match="coding line"):
        textfile.write(tmp_path / "script.py", "# coding: no-such-thing\n")
    assert list(tmp_path.iterdir()) == []


def test_edits_of_a_window_that_is_gone_are_found_and_others_not(tmp_path: Path) -> None:
    kept = KeptEdits(tmp_path / "edits")
    assert kept.keep(tmp_path / "mine.py", "mine")
    assert kept.abandoned() == []  # this process lives
    root = Path(__file__).resolve().parents[2]
    program = (
        "import sys\nfrom pathlib import Path\nfrom engine.kept_edits import KeptEdits\n"
        "KeptEdits(Path(sys.argv[1])).keep(Path('other.py'), 'été')\n"
    )
    subprocess.run([sys.executable, "-c", program, str(kept.folder)], cwd=root, check=True)
    (found,) = kept.abandoned()
    assert (found.path, found.text) == (Path("other.py"), "été")
    kept.forget(Path("other.py"))
    assert kept.abandoned() == []


def test_damaged_edits_are_skipped(tmp_path: Path) -> None:
    for number, content in enumerate(("", "[]", '{"path": 1}', "[" * 100_000, "{}", "\0")):
        (tmp_path / f"{number}.json").write_text(content)
    wrong = {"path": "a", "text": 5, "when": 0, "pid": 1, "began": 0}
    (tmp_path / "w.json").write_text(json.dumps(wrong))
    assert KeptEdits(tmp_path).abandoned() == []
    (tmp_path / "file").write_text("")
    assert not KeptEdits(tmp_path / "file" / "edits").keep(tmp_path / "x.py", "x")
