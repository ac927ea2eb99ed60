"""The dock *Drift*: hold a sample still that moves."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Points, Tracks
from qtpy.QtWidgets import QPushButton, QWidget

from specks._core.errors import InputError
from specks._core.progress import Progress, Steps
from specks._core.step import StepFunction
from specks.drift import Drift, correct_images
from specks.ui.apply_row import ApplyRow
from specks.ui.companions import Companions
from specks.ui.course import Course
from specks.ui.dock import StepDock
from specks.ui.drift_look import DriftLook
from specks.ui.drift_opening import OpenDrift, drift_for
from specks.ui.drift_plot import DriftCurves, DriftPlot, ErrorPlot, ResidualPlot
from specks.ui.drift_tools import DriftTools
from specks.ui.export import Export
from specks.ui.inputs import Takes
from specks.ui.jobs import Job, Outcome, State
from specks.ui.lifetime import ClosedWatcher
from specks.ui.outcome import sentence
from specks.ui.plot_pages import PlotPages
from specks.ui.request import Finished, Stored
from specks.ui.still_layers import StillLayers
from specks.ui.still_plan import Corrected, plan_layer

__all__ = ["DriftDock"]


def warm_up(step: StepFunction[..., Any]) -> Generator[Progress, None, None]:
    """Texture that moves a little, in two usual kinds of pixels."""
    scene = np.random.default_rng(0).normal(100, 20, (40, 40))
    moved = np.stack([scene[t : t + 32, t : t + 32] for t in range(4)])
    for dtype in (np.uint8, np.float32):
        drift = yield from step.iterate(moved.astype(dtype), axes="tyx")
        yield from correct_images.iterate(moved.astype(dtype), drift)


class DriftDock(StepDock):
    """Estimate drift and hold the sample still by clicking.

    Parameters
    ----------
    napari_viewer : napari viewer
        The name by which napari knows what to hand over.
    """

    step = "estimate_drift"
    run_word = "Estimate drift"
    no_preview = "Preview needs all frames"
    doubts_page = ("drift", "When not to trust it")
    takes: ClassVar = {"images": Takes((Image, Labels), "an image or labels", needs="t")}
    by_hand = ("bad_frame", "set_shift", "landmark", "region", "exclude_region", "mask")
    warm_up = staticmethod(warm_up)
    applied: StillLayers | tuple[()] = ()  # before anything is laid out

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self.look.still.moved.connect(self._on_moved)
        self.companions.changed.connect(self._hold)
        self.by_hand_tools.aids.connect(self._hold)
        self.by_hand_tools.moving.connect(self.look.lend)
        self.inputs.changed.connect(self._arm)
        self.apply_row.apply.connect(self.apply)
        self.outcome.keep.connect(self.applied.keep)
        for plot in self.plots.pages:
            plot.frame_chosen.connect(self._go_to)
        self.opening.opened.connect(self._take_up)
        self.opening.said.connect(self.progress.say)
        ClosedWatcher(self).closed.connect(self._put_away)
        self._arm()

    def more_inputs(self) -> Sequence[QWidget]:
        """A drift that was stored."""
        self.opening = OpenDrift()
        return (self.opening,)

    def tools(self) -> Sequence[QPushButton]:
        """Bad frames, frames moved by hand, landmarks, regions."""
        self.look = DriftLook(self.viewer)
        self.by_hand_tools = DriftTools(self.viewer, self.look.still, self)
        return tuple(self.by_hand_tools.buttons.values())

    def plot(self) -> PlotPages:
        """Drift, its error and what it does not explain, against frame."""
        self.drift_plot, self.error_plot = DriftPlot(self.viewer), ErrorPlot(self.viewer)
        self.residual_plot = ResidualPlot(self.viewer)
        self.plots = PlotPages(
            {"Drift": self.drift_plot, "Uncertainty": self.error_plot, "Residual": self.residual_plot}
        )
        return self.plots

    def parts(self, plot: QWidget | None) -> Sequence[QWidget | None]:
        """What is done with a drift once it is known."""
        self.companions = Companions(self.viewer, "Layers that move along", self._moves_along)
        self.apply_row, self.applied = ApplyRow(self.companions), StillLayers(self.viewer)
        return (self.look, plot, self.hand, self.by_hand_tools.hint, self.apply_row)

    @property
    def course(self) -> Course | None:
        """The drift that is shown, with the layer that it is about."""
        return self.look.course

    def describe(self, result: Drift) -> str:
        """What was found, and what should make one doubt it."""
        words = [*result.warnings]
        if result.table["ok"].any() or not words:  # else they say it all
            words.insert(0, result.summary())
        return " ".join(map(sentence, words))

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
        ok = np.flatnonzero(drift.table["ok"])
        course = Course(self.runs.request.main, drift.shifts, drift.axes)
        self.look.follow(course, int(ok[0]) if ok.size else 0)
        self.companions.refresh()
        curves = DriftCurves.of(drift)
        for plot in self.plots.pages:
            plot.show_curves(curves)
        self.plots.setVisible(True)
        self.apply_row.allow("" if ok.size else "No frame of the drift can be trusted")
        self.apply_row.setVisible(True)
        self._arm()

    def apply(self) -> None:
        """Make layers without the drift, of the one that drifts and of those that move along."""
        course, drift, border = self.course, self.result, self.apply_row.border.currentData()
        if course is None or course.layer not in self.viewer.layers:
            self.progress.say("The layer that drifts is gone; estimate the drift of another one")
            return
        self.look.compare_box.setChecked(False)  # the layer that drifts is hidden while it is compared
        layers = [course.layer, *self.companions.layers]

        def prepare() -> Callable[[], Steps[list[Corrected]]]:
            plans = [plan_layer(course, drift, layer, border) for layer in layers]
            return lambda: _carried_out(plans)

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.DONE:
                there = [
                    (s, c) for s, c in zip(layers, outcome.result, strict=True) if s in self.viewer.layers
                ]
                names = [self.applied.put(source, corrected).name for source, corrected in there]
                self.progress.say(f"Made {', '.join(names)}")

        self.runs.runner.start(Job(prepare, lambda news: None, ended))

    def _may_be_input(self, layer: Layer) -> bool:
        return super()._may_be_input(layer) and not any(layer is own for own in self.applied)

    def showEvent(self, event: Any) -> None:
        """A dock that was closed goes on where it was left."""
        super().showEvent(event)
        self.look.open_view()
        self.by_hand_tools.open()

    def hideEvent(self, event: Any) -> None:
        """Behind another tab the key is free for who is in front."""
        super().hideEvent(event)
        self.by_hand_tools.keys.unbind()

    def _take_up(self, path: Path, drift: Drift) -> None:
        """Go on from a drift that was stored, on the layer that is chosen."""
        view = next(iter(self.inputs.views.values()), None)
        if view is None:
            self.progress.say(self.inputs.reason or "Add the layer that moves first")
            return
        try:
            fitting = drift_for(drift, view)
        except InputError as error:
            self.progress.say(f"{path.name}: {error}")
            return
        self.form.reset()
        settings = {name: value for name, value in fitting.settings.items() if name in self.form.fields}
        self.form.update(settings)
        self.runs.cancel()
        self.runs.outdate()  # these corrections are none of what is shown now
        self.hand.log.take_up(fitting.corrections)
        self.runs.adopt(
            replace(self.request, stored=Stored(Drift, path)), Finished(fitting, fitting.provenance)
        )

    def _put_away(self) -> None:
        self.opening.runner.cancel()
        self.by_hand_tools.close()
        self.look.close_view()

    @property
    def _current(self) -> Drift | None:
        """The result, if it is about the layer that is chosen as it is now."""
        request = self.runs.request
        fits = request is not None and self.runs.fresh and request.views == self.inputs.views
        return self.result if fits else None

    def _arm(self) -> None:
        """Let the tools work on the layer that is chosen."""
        view = next(iter(self.inputs.views.values()), None)
        self.by_hand_tools.work_on(view, None if view is None else self.hand.log, self._current)

    def _moves_along(self, layer: Layer) -> bool | None:
        """Whether a layer is offered to be held still too, and whether that is meant at first."""
        course = self.look.course
        if course is None or layer is course.layer or course.layer not in self.viewer.layers:
            return None
        if not isinstance(layer, Image | Labels | Points | Tracks) or not self._may_be_input(layer):
            return None
        if not course.has_time(layer):
            return None
        axis = course.time_axis - course.layer.ndim
        if isinstance(layer, Image | Labels):
            pixels = layer.data[0] if layer.multiscale else layer.data
            return pixels.shape[: layer.ndim][axis] == len(course.shifts)
        return True

    def _hold(self) -> None:
        self.look.hold([*self.companions.layers, *self.by_hand_tools.layers])

    def _on_moved(self) -> None:
        for plot in self.plots.pages:
            plot.show_frame(self.look.still.frame)

    def _go_to(self, frame: int) -> None:
        if self.course is not None:
            self.course.show_frame(self.viewer, frame)

    def _on_corrected(self) -> None:
        """Solve again with the corrections; with the settings of the last run, whatever is in the form by now."""
        if self._current is not None:
            self.runs.refit(replace(self.runs.request, corrections=self.hand.corrections))


def _carried_out(plans: Sequence[Callable[[], Corrected]]) -> Steps[list[Corrected]]:
    done = []
    for i, plan in enumerate(plans):
        yield Progress(i, len(plans), f"Correcting layer {i + 1} of {len(plans)}")
        done.append(plan())
    return done
