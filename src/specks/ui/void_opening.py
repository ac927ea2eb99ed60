"""Open a folder that `specks.track_voids` has written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog, QHBoxLayout, QPushButton, QWidget

from specks._core.progress import Progress, Steps
from specks._core.registry import find_step
from specks.ui.jobs import Job, JobRunner, Outcome, State
from specks.ui.layer_view import view_layer
from specks.ui.progress_row import sentence_of
from specks.ui.request import Finished, Request
from specks.ui.source_layers import pixels_of, placed
from specks.ui.voids_shown import VoidsShown, voids_shown

__all__ = ["OpenResult"]


class OpenResult(QWidget):
    """A button that reads a result beside the window and adds the layer that it is about.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    opened : Signal
        With the `Request` and `Finished` of the result, once its layer is there.
    said : Signal
        With a sentence on why it could not be read.
    """

    opened = Signal(object, object)
    said = Signal(str)

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__()
        self._viewer = viewer
        self.runner = JobRunner(self)
        self.button = QPushButton("Open a result…")
        self.button.setToolTip("<qt>Open a folder that <i>Track voids</i> has written</qt>")
        self.button.clicked.connect(self._ask)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.button)

    def open(self, path: Path) -> None:
        """Read a result."""

        def steps() -> Steps[tuple[VoidsShown, Any]]:
            from specks.workflows import VoidTracks

            yield Progress(0, 0, f"Opening {path.name}")
            shown = yield from voids_shown(VoidTracks.load(path))
            return shown, pixels_of([shown.voids.series.source])

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.DONE:
                self._show(path, *outcome.result)
            else:
                self.said.emit(sentence_of(outcome))

        self.runner.start(Job(lambda: steps, lambda news: None, ended))

    def _show(self, path: Path, shown: VoidsShown, pixels: Any) -> None:
        source = shown.voids.series.source
        of_labels = shown.provenance.parameters.get("segmenter") == "labels"
        options = {"name": path.name, **placed(source)}
        if not of_labels:
            options["rgb"] = False
        layer = Layer.create(pixels, options, "labels" if of_labels else "image")
        self._viewer.add_layer(layer)
        request = Request(find_step("track_voids"), {"source": view_layer(layer, source.axes)}, {})
        self.opened.emit(request, Finished(shown, shown.provenance))

    def _ask(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Open a result of Track voids")
        if name:
            self.open(Path(name))
