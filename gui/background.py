"""Work off the window's thread, its result back in it.

Why: to ask a dozen interpreters what they are takes a second, and the window must not wait for it.
Guarantees: `then` is called in the window's thread, and never after `close`; an exception of the
work goes there too, instead of getting lost; `close` waits for what still runs, which looks at
`closing` to end soon.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject, Qt, Signal

T = TypeVar("T")


class Background(QObject):
    """Jobs of one owner.

    Attributes: closing (a job that takes long ends early once it is true).
    """

    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.closing = False
        self._threads: list[threading.Thread] = []
        self._arrived.connect(self._deliver, Qt.ConnectionType.QueuedConnection)

    def run(
        self,
        name: str,
        work: Callable[[], T],
        then: Callable[[T], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Do *work* in a thread called *name*; then *then* with its result, or *failed*."""

        def job() -> None:
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 - handed over whole, to be told or raised
                self.tell(lambda error=error: failed(error))  # type: ignore[misc]
            else:
                self.tell(lambda: then(result))

        thread = threading.Thread(target=job, name=name)
        self._threads = [each for each in self._threads if each.is_alive()]
        self._threads.append(thread)
        thread.start()

    def tell(self, news: Callable[[], None]) -> None:
        """Have *news* called in the window's thread; a job calls this on its way."""
        if not self.closing:
            self._arrived.emit(news)

    def close(self) -> None:
        """Wait for every job; nothing of them arrives any more."""
        self.closing = True
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _deliver(self, news: Callable[[], None]) -> None:
        if not self.closing:
            news()
