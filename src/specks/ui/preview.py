"""A look at the frame that is shown before everything is run."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import QObject, QTimer, Signal

from specks._core.errors import InputError
from specks.ui.jobs import Job, JobRunner, Outcome, State
from specks.ui.narrow import narrow
from specks.ui.progress_row import sentence_of
from specks.ui.request import Request
from specks.ui.results import ResultLayers

__all__ = ["PLANE", "Preview", "PreviewPart"]

DEBOUNCE_MS = 200


@dataclass(frozen=True)
class PreviewPart:
    """What part of a request a preview shows.

    Parameters
    ----------
    words : str
        For the switch.
    of : callable
        ``of(request, viewer)`` gives the part; raises `InputError` when there is none.
    where : callable
        ``where(part, request)`` says in words which part it is.
    """

    words: str
    of: Callable[[Request, ViewerModel], Request]
    where: Callable[[Request, Request], str]


class Preview(QObject):
    """Runs a request on a part, in layers of its own; those of a full run are hidden meanwhile.

    Parameters
    ----------
    viewer : napari viewer
    layers : ResultLayers
        Of the preview.
    finished : ResultLayers
        Of the full run.
    part : PreviewPart
        What is shown of a request.
    parent : QObject

    Attributes
    ----------
    shown : Signal
        With the result on the plane and a sentence about where it is.
    said : Signal
        With a sentence on why there is none.
    plane, whole : Request or None
        What was shown last, and what it is a part of.
    """

    shown = Signal(object, str)
    said = Signal(str)

    def __init__(
        self,
        viewer: ViewerModel,
        layers: ResultLayers,
        finished: ResultLayers,
        part: PreviewPart,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._viewer, self._finished, self._part = viewer, finished, part
        self.layers = layers
        self.runner = JobRunner(self)
        self.plane: Request | None = None
        self.whole: Request | None = None
        self._shown = False
        self._hidden: list[weakref.ref[Layer]] = []
        self._asked: Callable[[], Request | None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._start)

    def ask(self, request: Callable[[], Request | None]) -> None:
        """Show a preview soon; one that is under way is outdated.

        Parameters
        ----------
        request : callable
            Gives what is to be run when the time has come, or None when nothing can be.
        """
        self.runner.cancel()
        self._asked = request
        self._timer.start()

    def clear(self) -> None:
        """Take the preview away and show the full result again."""
        self._timer.stop()
        self.runner.cancel()
        self.layers.remove()
        self._shown = False
        for held in self._hidden:
            layer = held()
            if layer is not None:
                layer.visible = True
        self._hidden.clear()

    def cover(self) -> None:
        """While there is a preview, hide what the full run shows in the same place."""
        if not self._shown:
            return
        for layer in self._finished:
            if layer.visible:
                layer.visible = False
                self._hidden.append(weakref.ref(layer))

    def _start(self) -> None:
        request = self._asked() if self._asked is not None else None
        if request is None:
            self.clear()
            return
        try:
            plane = self._part.of(request, self._viewer)
        except InputError as error:
            self.clear()
            self.said.emit(str(error))
            return
        where = self._part.where(plane, request)

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.DONE:
                self.layers.finish(plane, outcome.result.result, outcome.result.provenance)
                self._shown = True
                self.cover()
                self.plane, self.whole = plane, request
                self.shown.emit(outcome.result, where)
            elif outcome.state is State.FAILED:
                self.said.emit(f"{where}: {sentence_of(outcome)}")

        self.runner.start(Job(lambda: lambda: plane.run({}), lambda news: None, ended))


def _where(plane: Request, request: Request) -> str:
    before, now = request.main, plane.main
    names = {"t": "frame", "z": "slice"}
    held = [
        f"{names[before.axes[i]]} {now.fixed[axis]}"
        for i, axis in enumerate(before.kept)
        if axis in now.fixed
    ]
    return f"Preview of {', '.join(held)}" if held else "Preview"


#: The frame or slice in view.
PLANE = PreviewPart("Preview of what is shown", narrow, _where)
