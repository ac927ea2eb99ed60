"""Open a folder that `specks.track_voids` has written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from napari.components import ViewerModel
from napari.layers import Layer
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QFileDialog

from specks._core.progress import Progress, Steps
from specks._core.registry import find_step
from specks.ui.layer_view import view_layer
from specks.ui.opening import Opening
from specks.ui.request import Finished, Request
from specks.ui.source_layers import pixels_of, placed
from specks.ui.voids_shown import VoidsShown, voids_shown

__all__ = ["OpenResult"]


class OpenResult(Opening):
    """A button that reads a result and adds the layer that it is about.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    opened : Signal
        With the `Request` and `Finished` of the result, once its layer is there.
    """

    opened = Signal(object, object)

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__("Open a result…", "Open a folder that <i>Track voids</i> has written")
        self._viewer = viewer

    def ask(self) -> str:
        """A folder."""
        return str(QFileDialog.getExistingDirectory(self, "Open a result of Track voids"))

    @staticmethod
    def reading(path: Path) -> Steps[tuple[VoidsShown, Any]]:
        """The result, and the pixels that it is about."""
        from specks.workflows import VoidTracks

        yield Progress(0, 0, f"Opening {path.name}")
        shown = yield from voids_shown(VoidTracks.load(path))
        return shown, pixels_of([shown.voids.series.source])

    def show_found(self, path: Path, found: tuple[VoidsShown, Any]) -> None:
        """Add the layer."""
        shown, pixels = found
        source = shown.voids.series.source
        of_labels = shown.provenance.parameters.get("segmenter") == "labels"
        options = {"name": path.name, **placed(source)}
        if not of_labels:
            options["rgb"] = False
        layer = Layer.create(pixels, options, "labels" if of_labels else "image")
        self._viewer.add_layer(layer)
        request = Request(find_step("track_voids"), {"source": view_layer(layer, source.axes)}, {})
        self.opened.emit(request, Finished(shown, shown.provenance))
