"""Settings for every test: no screen, no deadlines, no warm machine assumed."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from engine import python_answers

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A shell that runs the tests in the background lets them ignore Ctrl+C, and with them every script
# that they start: those that interrupt themselves would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A deadline is a timing assertion: it would fail on a busy machine.
settings.register_profile("threadlab", deadline=None)
settings.load_profile("threadlab")


@pytest.fixture(autouse=True, scope="session")
def answers_of_our_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Keep what interpreters answered apart from what the person's own window remembers."""
    folder: Path = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(python_answers, "cache_folder", lambda: folder)
        yield


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-python",
        action="store_true",
        help="hold every script against plain Python on each Python found",
    )
