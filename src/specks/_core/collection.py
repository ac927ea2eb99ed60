"""Where cyclic garbage is collected while threads run.

Python collects wherever something is allocated. A thread that allocates much therefore collects what
others have left behind; among it may be objects that belong to the main thread, such as those of a
window, and taking these apart elsewhere can crash the process (PySide6 6.11). Nothing can keep one
thread from collecting, so nobody collects by itself, and one thread does what would have been done.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["collecting_here", "due"]


def due() -> int:
    """Oldest generation that Python would collect by its counters now; -1 for none."""
    over = [count > limit > 0 for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
    return max((generation for generation, past in enumerate(over) if past), default=-1)


@contextmanager
def collecting_here() -> Iterator[Callable[[], None]]:
    """In the main thread, leave no collecting to other threads; elsewhere, and where it is off, change nothing.

    Yields
    ------
    callable
        To be called now and then: collects what is young, as Python would have done. The rest can wait until
        the end.
    """
    if threading.current_thread() is not threading.main_thread() or not gc.isenabled():
        yield lambda: None
        return
    gc.disable()
    try:
        yield _collect_young
    finally:
        gc.enable()


def _collect_young() -> None:
    generation = min(due(), 1)
    if generation >= 0:
        gc.collect(generation)
