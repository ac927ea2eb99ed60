"""The dock *Drift*: hold a sample still that moves."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Points, Tracks
from qtpy.QtWidgets import QCheckBox, QWidget

from specks._core.progress import Progress, Steps
from specks._core.step import StepFunction
from specks.drift import Drift
from specks.ui.companions import Companions
from specks.ui.course import Course
from specks.ui.dock import StepDock
from specks.ui.drift_plot import DriftCurves, DriftPlot, ErrorPlot
from specks.ui.export import Export
from specks.ui.hold_still import HoldStill
from specks.ui.inputs import Takes
from specks.ui.lifetime import ClosedWatcher
from specks.ui.plot_pages import PlotPages
from specks.ui.request import Finished
from specks.ui.results import is_material

__all__ = ["DriftDock"]


def warm_up(step: StepFunction[..., Any]) -> Generator[Progress, None, None]:
    """Texture that moves a little, in two usual kinds of pixels."""
    scene = np.random.default_rng(0).normal(100, 20, (40, 40))
    moved = np.stack([scene[t : t + 32, t : t + 32] for t in range(4)])
    for dtype in (np.uint8, np.float32):
        yield from step.iterate(moved.astype(dtype), axes="tyx")


class DriftDock(StepDock):
    """Estimate drift and hold the sample still by clicking.

    Parameters
    ----------
    napari_viewer : napari viewer
        The name by which napari knows what to hand over.
    """

    step = "estimate_drift"
    run_word = "Estimate drift"
    no_preview = "No preview: it takes all frames"
    takes: ClassVar = {"images": Takes((Image, Labels), "an image or labels", needs="t")}
    by_hand = ("bad_frame", "set_shift", "landmark", "region", "exclude_region", "mask")
    warm_up = staticmethod(warm_up)

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self.still_box.toggled.connect(self.still.set_on)
        self.still.moved.connect(self._on_moved)
        self.companions.changed.connect(self._hold)
        for plot in self.plots.pages:
            plot.frame_chosen.connect(self._go_to)
        ClosedWatcher(self).closed.connect(lambda: self.still.set_away(True))

    def plot(self) -> PlotPages:
        """Drift and its error against frame."""
        self.still = HoldStill(self.viewer, self)
        self.drift_plot, self.error_plot = DriftPlot(self.viewer), ErrorPlot(self.viewer)
        self.plots = PlotPages({"Drift": self.drift_plot, "Uncertainty": self.error_plot})
        return self.plots

    def parts(self, plot: QWidget | None) -> Sequence[QWidget | None]:
        """What is done with a drift once it is known."""
        self.still_box = QCheckBox("Hold still")
        self.still_box.setChecked(True)
        self.still_box.setToolTip(
            "<qt>Show each frame where it would be had the sample not moved. Only the place of the layer on the "
            "canvas changes, no pixel; it is taken back when this is switched off or the dock is closed.</qt>"
        )
        self.companions = Companions(self.viewer, "Layers that move along", self._moves_along)
        return (self.still_box, plot, self.companions, *super().parts(None)[1:])

    @property
    def course(self) -> Course | None:
        """The drift that is shown, with the layer that it is about."""
        return self.still.course

    def describe(self, result: Drift) -> str:
        """What was found, and what should make one doubt it."""
        summary = result.summary()
        return " ".join([summary[0].upper() + summary[1:] + ".", *map(_sentence, result.warnings)])

    def exports(self, finished: Finished) -> list[Export]:
        """A table for everybody, and a file that can be corrected further."""

        def write(path: Path) -> Steps[None]:
            yield Progress(0, 0, f"Writing {path.name}")
            finished.result.save(path)

        return [
            Export("Drift as a table…", "drift.csv", "Tables (*.csv)", write),
            Export("Drift, to be corrected further…", "drift.json", "Drifts (*.json)", write),
        ]

    def show_result(self, finished: Finished) -> None:
        """Hold the layer still by the new drift, and draw it."""
        drift = finished.result
        self.still.follow(Course(self.runs.request.main, drift.shifts, drift.axes))
        self.companions.refresh()
        curves = DriftCurves.of(drift)
        for plot in self.plots.pages:
            plot.show_curves(curves)
        self.plots.setVisible(True)

    def showEvent(self, event: Any) -> None:
        """A dock that was closed goes on where it was left."""
        super().showEvent(event)
        self.still.set_away(False)

    def _moves_along(self, layer: Layer) -> bool | None:
        """Whether a layer is offered to be held still too, and whether that is meant at first."""
        course = self.still.course
        if course is None or layer is course.layer or not isinstance(layer, Image | Labels | Points | Tracks):
            return None
        if not is_material(layer) or not course.has_time(layer):
            return None
        axis = course.time_axis - course.layer.ndim
        if isinstance(layer, Image | Labels):
            pixels = layer.data[0] if layer.multiscale else layer.data
            return pixels.shape[: layer.ndim][axis] == len(course.shifts)
        return True

    def _hold(self) -> None:
        course = self.still.course
        self.still.hold([] if course is None else [course.layer, *self.companions.layers])

    def _on_moved(self) -> None:
        for plot in self.plots.pages:
            plot.show_frame(self.still.frame)

    def _go_to(self, frame: int) -> None:
        if self.course is not None:
            self.course.show_frame(self.viewer, frame)

    def _on_corrected(self) -> None:
        """Solve again with the corrections; with the settings of the last run, whatever is in the form by now."""
        request = self.runs.request
        if request is not None and self.runs.fresh and request.views == self.inputs.views:
            self.runs.refit(replace(request, corrections=self.hand.corrections))


def _sentence(text: str) -> str:
    """With a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")
