"""Collect cyclic garbage in the main thread only, while threads of ours run.

Why is said in `specks._core.collection`; there the thread that waits collects, here the one of the window.
"""

from __future__ import annotations

import gc
import threading
import time

from qtpy.QtCore import QCoreApplication, QObject, QTimer

from specks._core.collection import due

__all__ = ["collect_here_until"]

#: Milliseconds between two looks at how much there is to collect.
TICK_MS = 15
#: Seconds between two collections of everything: with napari loaded each takes a tenth of one to a half.
FULL_S = 60.0


def collect_here_until(over: threading.Event) -> None:
    """Leave no collecting to other threads until an event is set. To be called in the main thread.

    Then, and at the latest when the application quits, Python goes on as it did before. Whoever
    has switched collecting off is left alone.

    Parameters
    ----------
    over : threading.Event
        Set by a thread that is about to end.
    """
    application = QCoreApplication.instance()
    collector = application.findChild(_Collector) or _Collector(application)
    collector.add(over)


class _Collector(QObject):
    """One in an application, which owns it: it outlives docks, whose threads may outlive them too."""

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        self._running: list[threading.Event] = []
        self._wanted = False
        self._full = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        application.aboutToQuit.connect(self._restore)  # a script may go on after its window

    def add(self, over: threading.Event) -> None:
        self._take_over()
        self._running.append(over)
        self._timer.start()

    def _take_over(self) -> None:
        """Switch it off; also when somebody switched it on again meanwhile."""
        if gc.isenabled():
            gc.disable()
            self._wanted = True

    def _tick(self) -> None:
        self._take_over()
        if self._wanted:
            self._collect()
        self._running = [over for over in self._running if not over.is_set()]
        if not self._running:
            self._restore()

    def _collect(self) -> None:
        """As Python would by its counters, but everything more rarely: the window waits for it."""
        oldest = due()
        if oldest == 2 and time.monotonic() - self._full > FULL_S:
            gc.collect()
            self._full = time.monotonic()
        elif oldest >= 0:
            gc.collect(min(oldest, 1))

    def _restore(self) -> None:
        """Go on as before.

        Nothing is collected for a farewell: after each preview the window would stand still for it.
        """
        self._timer.stop()
        self._running.clear()
        if self._wanted:
            self._wanted = False
            gc.enable()
