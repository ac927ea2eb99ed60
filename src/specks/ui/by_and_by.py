"""Work that only the main thread may do, done a little at a time so that the window lives on."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator
from typing import Any

from qtpy.QtCore import QObject, QTimer

from specks._core.progress import Progress

__all__ = ["ByAndBy"]


class ByAndBy(QObject):
    """Drives an iterator in the main thread, one step between two looks at what else there is to do.

    Parameters
    ----------
    steps : iterator
        Each step is short.
    total : int
        How many there are.
    parent : QObject, optional
        When it is destroyed, nothing goes on.
    """

    def __init__(self, steps: Iterator[Any], total: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._steps, self.total, self.done = steps, total, 0
        self.error: BaseException | None = None
        self._over = threading.Event()
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._step)
        self._timer.start()

    def stop(self) -> None:
        """Go no further."""
        self._timer.stop()
        self._over.set()

    def waiting(self, what: str) -> Generator[Progress, None, None]:
        """Progress until the last step, for a worker that needs what comes of it; raises what a step did."""
        while not self._over.wait(0.02):
            yield Progress(self.done, self.total, what)
        if self.error is not None:
            raise self.error

    def _step(self) -> None:
        try:
            next(self._steps)
            self.done += 1
        except StopIteration:
            self.stop()
        except Exception as error:  # noqa: BLE001 - told to whoever waits
            self.error = error
            self.stop()
