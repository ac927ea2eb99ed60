"""Progress on standard error: one line that is rewritten, or a line now and then where it cannot be."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Generator
from typing import TypeVar

from specks._core.progress import Progress

__all__ = ["follow"]

R = TypeVar("R")
REDRAWN, PLAIN = 0.1, 10.0


def follow(run: Generator[Progress, None, R]) -> R:
    """Run to the end and say how far it has come.

    Parameters
    ----------
    run : generator of Progress

    Returns
    -------
    object
        What the generator returns.
    """
    terminal = sys.stderr.isatty()
    told, shown = time.monotonic() - (REDRAWN if terminal else 0.0), 0
    try:
        while True:
            progress = next(run)
            now = time.monotonic()
            if now - told < (REDRAWN if terminal else PLAIN):
                continue
            told = now
            if terminal:
                line = _line(progress)[: shutil.get_terminal_size().columns - 1]
                sys.stderr.write("\r" + line.ljust(shown))
                shown = len(line)
            else:
                sys.stderr.write(_line(progress) + "\n")
            sys.stderr.flush()
    except StopIteration as end:
        result: R = end.value
        return result
    finally:
        run.close()
        if shown:
            sys.stderr.write("\r" + " " * shown + "\r")
            sys.stderr.flush()


def _line(progress: Progress) -> str:
    share = f"{100 * progress.done // progress.total:3d} %  " if progress.total else ""
    return f"{share}{progress.what}"
