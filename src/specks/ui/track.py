"""The dock *Track*: from objects in frames to tracks."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, ClassVar

import numpy as np
from napari.components import ViewerModel
from napari.layers import Labels, Layer, Points
from qtpy.QtWidgets import QPushButton, QWidget

from specks._core.corrections import Corrections
from specks._core.errors import InputError
from specks._core.progress import Progress, drain
from specks._core.step import StepFunction
from specks.ui.circle import DiameterCircle
from specks.ui.dock import StepDock
from specks.ui.drift_choice import DriftChoice
from specks.ui.export import Export
from specks.ui.inputs import Takes
from specks.ui.layer_view import LayerView
from specks.ui.lifetime import ClosedWatcher
from specks.ui.link_request import LinkRequest, around_the_frame, link_request, where
from specks.ui.link_tools import KINDS, LinkTools
from specks.ui.outcome import sentence
from specks.ui.picked_track import PickedTrack
from specks.ui.preview import PreviewPart
from specks.ui.request import Estimate, Finished, Request
from specks.ui.track_exports import track_exports
from specks.ui.track_layers import TrackLayers
from specks.ui.track_panel import TrackPanel
from specks.ui.track_scene import TrackScene
from specks.ui.tracked import Tracked, tracked

__all__ = ["TrackDock"]


def estimate(request: Request) -> Estimate:
    """How far objects are to be looked for, by how they move."""
    drift = request.drift if isinstance(request, LinkRequest) else None
    values = {**request.values, "search_range": None, "method": "lap"}
    tried = link_request(request.main, values, Corrections(), drift)
    result = drain(tried.run({})).result
    reach = result.links.search_range
    if not np.isfinite(reach):
        return Estimate({}, f"{result.details()}; the settings stay as they are")
    if request.values.get("method") == "trackpy":
        reach = request.main.geometry.to_pixels(reach)[-1]
    return Estimate({"search_range": float(f"{reach:.3g}")}, result.details())


def warm_up(step: StepFunction[..., Any]) -> Generator[Progress, None, None]:
    """A few objects that move and grow; what links, what corrects and what summarizes them."""
    from specks.measure import measure_objects

    labels = np.zeros((5, 32, 32), np.int32)
    for t in range(5):
        labels[t, 4:8, 4 : 8 + t] = 1
        labels[t, 20:25, 12:15] = 2
    table = yield from measure_objects.iterate(labels, axes="tyx")
    for method in ({}, {"splitting": True, "merging": True}):
        links = yield from step.iterate(table, **method)
    log = Corrections().add("link_forbid", frame_a=0, label_a=1, frame_b=1, label_b=1)
    links = yield from links.refitting(log)
    from specks._core.axes import Geometry

    yield from tracked(links, Geometry.of("tyx"))


class TrackDock(StepDock):
    """Link objects by clicking.

    Parameters
    ----------
    napari_viewer : napari viewer
        The name by which napari knows what to hand over.
    """

    step = "link"
    takes: ClassVar = {
        "table": Takes((Labels, Points), "labels or points", needs="t", title="Objects"),
    }
    preview_part = PreviewPart("Preview of three frames", around_the_frame, where)
    result_layers = TrackLayers
    by_hand = KINDS
    estimate = staticmethod(estimate)
    warm_up = staticmethod(warm_up)
    _learned: tuple[Layer, float] | None = None  # how far objects were looked for in a layer

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self.circle = DiameterCircle(self.viewer, self, "specks_search_range")
        reach = self.form.fields["search_range"].widget
        reach.tooltip = reach.tooltip.replace("</qt>", "<br>The circle on the canvas reaches as far.</qt>")
        self.form.changed.connect(self._draw_circle)
        self.inputs.changed.connect(self._draw_circle)
        self.panel.colored.connect(self._paint)
        self.panel.still.connect(self._draw_still)
        self.drift_choice.changed.connect(self._on_changed)
        ClosedWatcher(self).closed.connect(self._put_away)
        self._draw_circle()
        self._arm()

    @property
    def request(self) -> Request:
        """What Run would run now."""
        view = next(iter(self.inputs.views.values()), None)
        return link_request(view, self.form.values, self.hand.corrections, self.drift_choice.wire)

    def more_inputs(self) -> Sequence[QWidget]:
        """The drift that is taken out."""
        self.drift_choice = DriftChoice(self.viewer)
        return (self.drift_choice,)

    def tools(self) -> Sequence[QPushButton]:
        """Links that are confirmed, forbidden and drawn."""
        self.picked = PickedTrack(self.viewer, "specks_track", self)
        self.link_tools = LinkTools(self.viewer, self.picked, self)
        return tuple(self.link_tools.buttons.values())

    def plot(self) -> QWidget:
        """What is known of the picked track, and of all."""
        self.panel = TrackPanel(self.viewer, self.picked)
        return self.panel.plots

    def parts(self, plot: QWidget | None) -> Sequence[QWidget | None]:
        """Tools, then colors, table and plots: these are high, and a press should not need a scroll."""
        return (self.hand, self.link_tools.hint, self.panel)

    def describe(self, result: Tracked) -> str:
        """What was found, what it rests on, and what should make one doubt it."""
        drawn = self.layers.drawn
        still = " Linked without the drift." if result.has_corrected else ""
        words = [f"{result.summary()}.{still}", f"{result.details()}."]
        words += [sentence(warning) for warning in result.links.warnings]
        if len(result.table) > 1 and (result.table["label"] == 1).all():
            words.append("Each frame has one label only; if they are masks, number their objects first.")
        if drawn is not None and drawn.left_out:
            words.append(f"The {drawn.left_out} shortest tracks are not drawn: there are too many.")
        return " ".join(words)

    def exports(self, finished: Finished) -> list[Export]:
        """Tables, and files for other programs."""
        return track_exports(finished)

    def show_result(self, finished: Finished) -> None:
        """Bring table, plots and tools up to date; a preview has none."""
        request = self.preview.plane if self._previewed else self.runs.request
        self._learned = request.main.layer, finished.result.links.search_range
        self._draw_circle()
        if self._previewed:
            return
        drawn = self.layers.drawn
        self.panel.show_tracks(finished.result, {} if drawn is None else drawn.shades)
        self.picked.follow(TrackScene(request.main, finished.result))
        self._arm()

    def showEvent(self, event: Any) -> None:
        """Clicks pick tracks again."""
        super().showEvent(event)
        self._arm()
        self.circle.show(True)

    def hideEvent(self, event: Any) -> None:
        """Behind another tab it must not draw on the canvas."""
        super().hideEvent(event)
        self.circle.show(False)
        self.picked.listen(False)

    def _put_away(self) -> None:
        self.link_tools.put_down()
        self.picked.listen(False)
        self.circle.show(False)

    def _draw_still(self, still: bool) -> None:
        for layers in (self.layers, self.preview.layers):
            layers.draw_corrected(still)

    def _paint(self, feature: str) -> None:
        for layers in (self.layers, self.preview.layers):
            layers.paint(feature)

    def _arm(self) -> None:
        """Let the tools work on the result while it is about what is chosen, and clicks pick."""
        current = self.runs.done is not None and not self.stale and not self._closed
        self.link_tools.work_on(self.hand.log if current else None, self.form.values)
        self.picked.listen(self.isVisible() and not self._closed)

    @property
    def _in_pixels(self) -> bool:
        """Whether lengths are pixels whatever the layer says: trackpy knows of nothing else."""
        return self.form.values.get("method") == "trackpy"

    def _on_changed(self) -> None:
        self.drift_choice.work_on(next(iter(self.inputs.views.values()), None))
        super()._on_changed()
        if self._in_pixels:
            self.form.set_length_unit("px")
        self._arm()

    def _draw_circle(self) -> None:
        """As wide as objects are looked for: as it is set, else as it was learned."""
        view = next(iter(self.inputs.views.values()), None)
        reach = None if view is None else self._reach(view)
        self.circle.set(None if reach is None else 2 * reach, None if view is None else view.layer)

    def _reach(self, view: LayerView) -> float | None:
        """In pixels along x."""
        value, learned = self.form.fields["search_range"].value, self._learned
        if value is None and learned is not None and learned[0] is view.layer:
            value = learned[1]
        try:
            along = np.ravel(value)[-1] if self._in_pixels else view.geometry.to_pixels(value)[-1]
            return float(along) if np.isfinite(along) and along > 0 else None
        except (TypeError, ValueError, InputError):  # none at all, or no length yet while it is typed
            return None
