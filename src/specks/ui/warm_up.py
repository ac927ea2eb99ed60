"""Compile what a step needs beside the window, when its dock is first seen."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any, ClassVar

import numpy as np
from qtpy.QtCore import QObject, QTimer

from specks._core.progress import Progress
from specks._core.step import StepFunction
from specks.ui.jobs import Job, JobRunner, Outcome, State
from specks.ui.wrapped import WrappedLabel

__all__ = ["WarmUp", "compile_colors"]

NOTE = "Preparing… (this takes a while only once after installation)"
#: Where everything is compiled already it is over before this, and nothing is said.
NOTE_MS = 1500

Prepare = Callable[[StepFunction[..., Any]], Generator[Progress, None, Any]]


class WarmUp(QObject):
    """Runs a step on next to nothing, once in a process, and shows a note when that takes its time.

    A run that is started meanwhile waits only for the kernels that are being compiled.

    Parameters
    ----------
    step : StepFunction
    prepare : callable, optional
        ``prepare(step)`` runs it on small data; nothing happens without it.
    parent : QObject

    Attributes
    ----------
    note : WrappedLabel
        Empty, and takes no room, while there is nothing to say.
    """

    _warm: ClassVar[set[str]] = set()

    def __init__(self, step: StepFunction[..., Any], prepare: Prepare | None, parent: QObject) -> None:
        super().__init__(parent)
        self._step, self._prepare = step, prepare
        self._wanted = False
        self.note = WrappedLabel()
        self.runner = JobRunner(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(NOTE_MS)
        self._timer.timeout.connect(lambda: self.note.setText(NOTE))

    def start(self) -> None:
        """Begin, unless it was done or is under way."""
        step, prepare = self._step, self._prepare
        name = step.spec().target
        if prepare is None or name in self._warm or self._wanted:
            return

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.CANCELLED and self._wanted:
                return  # it was begun again before the cancelled one had ended
            self._wanted = False
            self._timer.stop()
            self.note.setText("")
            if outcome.state is State.DONE:
                self._warm.add(name)

        self._wanted = True
        self._timer.start()
        self.runner.start(Job(lambda: lambda: prepare(step), lambda news: None, ended))

    def cancel(self) -> None:
        """Stop at the next kernel; the one that is being compiled is finished unseen."""
        self._wanted = False
        self.runner.cancel()


def compile_colors(labels: np.dtype[Any], colors: np.dtype[Any]) -> None:
    """Compile the loop with which napari colors labels of a type, without running it.

    For a dock's `warm_up`, before everything else: numba compiles one thing at a time, so
    that the first labels layer would wait in the main thread for whatever is being compiled here.
    The loop is a parallel one: making a layer in this thread, while the window draws another,
    could abort the process. It is private to napari; where there is none, napari works without
    numba and there is nothing to wait for.

    Parameters
    ----------
    labels : numpy.dtype
    colors : numpy.dtype
        That holds their number: of 8 bits for a few in turn, of 16 where each label has its own.
    """
    from napari.utils.colormaps import _accelerated_cmap

    loop = getattr(_accelerated_cmap, "_zero_preserving_modulo_inner_loop", None)
    if not hasattr(loop, "compile"):
        return
    from numba import from_dtype, int64, types

    for ndim in (1, 2):  # single values, and planes
        raw, shown = (types.Array(from_dtype(kind), ndim, "C") for kind in (labels, colors))
        loop.compile((raw, int64, int64, shown))
