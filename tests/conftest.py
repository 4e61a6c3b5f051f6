"""Settings for every test: no screen, no deadlines, no warm machine assumed."""

from __future__ import annotations

import os

from hypothesis import settings

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A deadline is a timing assertion: it would fail on a busy machine.
settings.register_profile("threadlab", deadline=None)
settings.load_profile("threadlab")
