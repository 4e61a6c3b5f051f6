"""Notice a PySide6 that steals references to `None`, `True` or `False`.

PySide6 6.12.0 does so on Python 3.11, where these three are counted like any other object: some
thousand paint calls and the interpreter ends with "none_dealloc". A window that repaints 60 times
a second is dead within minutes, and no other test runs for long enough to see it. From Python
3.12 on they are immortal and nothing happens, so this says something on 3.11 only.
Measured: docs/decisions/0001-dependencies.md.
"""

import json
import os
import subprocess
import sys

import pytest

CALLS = 2_000

# In a process of its own: a version that steals would take pytest down with it. The million
# references held in `reserve` keep the interpreter alive until the drift has been told.
PROGRAM = """\
import json, sys
from PySide6.QtCore import QCoreApplication, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

calls = int(sys.argv[1])
single = (None, True, False)
reserve = [[one] * 1_000_000 for one in single]
app = QApplication([])
image = QImage(64, 64, QImage.Format.Format_RGB32)

class Speaker(QObject):
    flag = Signal(bool)
    thing = Signal(object)

class Pane(QWidget):
    def paintEvent(self, event):
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("white"))
        painter.end()

speaker, pane, timer = Speaker(), Pane(), QTimer()
speaker.flag.connect(lambda value: None)
speaker.thing.connect(lambda value: None)
timer.setSingleShot(True)

def paint():
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(Qt.GlobalColor.red)
    painter.drawLine(0, 0, 9, 9)
    painter.fillRect(QRect(0, 0, 9, 9), Qt.GlobalColor.blue)
    painter.end()

def signal():
    speaker.flag.emit(True)
    speaker.flag.emit(False)
    speaker.thing.emit(None)

def widget():
    pane.setEnabled(True)
    pane.isVisible()
    pane.parent()
    pane.grab()

def loop():
    timer.start(0)
    QCoreApplication.processEvents()

drift = {}
for work in (paint, signal, widget, loop):
    work()  # what is cached at the first call is no drift
    before = [sys.getrefcount(one) for one in single]
    for _ in range(calls):
        work()
    after = [sys.getrefcount(one) for one in single]
    drift[work.__name__] = [later - earlier for earlier, later in zip(before, after)]
print(json.dumps(drift))
"""


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None is immortal: nothing can be stolen")
def test_painting_and_signals_leave_the_counts_of_none_true_and_false_alone() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(CALLS)],
        env=dict(os.environ, QT_QPA_PLATFORM="offscreen"),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    stolen = {
        work: counts
        for work, counts in json.loads(done.stdout).items()
        # One in a hundred calls is far below one a call, and far above what a cache keeps.
        if any(abs(count) > CALLS // 100 for count in counts)
    }
    assert stolen == {}, f"references to [None, True, False] in {CALLS} calls: {stolen}"
