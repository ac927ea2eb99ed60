"""The dock *Mixture*: from a micrograph to particles."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Layer

from specks._core.corrections import Corrections
from specks._core.progress import Progress
from specks._core.step import StepFunction
from specks.mixture.estimate import guess_particles
from specks.mixture.variable import automatic
from specks.ui.aside import Aside
from specks.ui.circle import DiameterCircle
from specks.ui.dock import StepDock
from specks.ui.hand_log import VERDICTS
from specks.ui.histogram import HistogramPlot, Split
from specks.ui.inputs import unit_symbol
from specks.ui.layer_view import LayerView
from specks.ui.lifetime import ClosedWatcher
from specks.ui.looks import particles_look, posterior_look
from specks.ui.plot_pages import PlotPages
from specks.ui.preferences import preferences
from specks.ui.request import Estimate, Finished, Request
from specks.ui.size_plot import SizePlot
from specks.ui.warm_up import compile_colors

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MixtureDock"]

#: Clarity of an estimate from which it is used; that of noise alone is up to about 1.
CLEAR = 1.5
#: Title of the axis of the histogram, and what it counts, by variable.
PLOTTED = {
    "peaks": ("Height of peaks (noise σ)", "peaks"),
    "contrast": ("Contrast (background σ)", "pixels"),
    "intensity": ("Intensity (background σ)", "pixels"),
    "gray": ("Gray value", "pixels"),
}


def estimate(request: Request) -> Estimate:
    """Diameter and polarity of what stands out most in the image."""
    source = request.main.source
    guess = guess_particles(source)
    if guess is None or guess.clarity < CLEAR:
        return Estimate({}, "Nothing stands out clearly; the settings stay as they are")
    diameter = guess.diameter / max(source.geometry.to_pixels(1.0)[-2:])
    polarity, unit = "bright" if guess.sign > 0 else "dark", unit_symbol(source.geometry.length_unit)
    values = {"diameter": float(f"{diameter:.3g}"), "polarity": polarity}
    what = f"{polarity.capitalize()} particles of about {diameter:.3g} {unit}"
    return Estimate(values, f"{what} stand out (clarity {guess.clarity:.1f})")


def automatic_for(request: Request) -> str:
    """What is compared in an image when nobody says it."""
    source = request.main.source
    return automatic(source.axes, source.shape)


def compared(request: Request) -> str:
    """What a request compares: "peaks", or a number a pixel."""
    values = request.values
    if values.get("mode") == "documented":
        return "gray"
    chosen = values.get("variable", "auto")
    return automatic_for(request) if chosen == "auto" else chosen


def errors_expected(result: Any) -> str:
    """What the probabilities promise at the threshold, in a sentence; none where they promise nothing."""
    model = result.model
    expected = model.expected(result.threshold)
    # The probabilities of the documented mode are those of the original, several times too high.
    if model.mode == "documented" or np.isnan([expected.precision, expected.recall]).any():
        return ""
    right, found = (f"{100 * share:.0f} %" for share in (expected.precision, expected.recall))
    of = "them" if model.peaks is not None else "their pixels"
    return f"About {right} of {of} should be real, and {found} of all should be found."


#: Diameter in pixels from which images are binned before anything is looked for.
WIDE = 30


def warm_up(step: StepFunction[..., Any]) -> Generator[Progress, None, None]:
    """What colors labels; one particle in each usual kind of pixels, with a stroke on it; what colors classes."""
    yield Progress(0, 0, "Colors of labels")
    compile_colors(np.dtype(np.int32), np.dtype(np.uint8))
    image = np.random.default_rng(0).normal(60, 4, (64, 64))
    image[24:36, 24:36] += 100
    stroke = np.zeros(image.shape, np.uint8)
    stroke[28:30, 26:34] = 2
    for dtype in (np.uint8, np.uint16, np.float32):
        yield from step.iterate(image.astype(dtype), axes="yx", scribbles=stroke)
        yield from step.iterate(image.astype(dtype), axes="yx", diameter=WIDE)
    yield Progress(0, 0, "Colors of classes")
    compile_colors(np.dtype(np.int32), np.dtype(np.uint16))


class MixtureDock(StepDock):
    """Segment particles by clicking.

    Parameters
    ----------
    napari_viewer : napari viewer
        The name by which napari knows what to hand over.
    """

    step = "segment_particles"
    doubts_page = ("posterior", "When not to trust it")
    by_hand = ("scribble", "accept", "reject", "exclude_frame", "threshold")
    cutting = ("threshold", "min_size", "closing_radius", "connectivity", "borders")
    estimate = staticmethod(estimate)
    warm_up = staticmethod(warm_up)

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self.preview_box.setChecked(preferences().preview_on)
        self.circle, self.aside = DiameterCircle(self.viewer, self), Aside()
        self.histogram.threshold_dragged.connect(self._on_dragged)
        self.review.moved.connect(self._show_circle)
        self.review.moved.connect(self._set_aside)
        self._threshold = self._written
        self._found: tuple[Layer, float] | None = None
        self.form.changed.connect(self._on_form)
        self.inputs.changed.connect(self._draw_circle)
        ClosedWatcher(self).closed.connect(lambda: self.circle.show(False))
        self._draw_circle()

    @property
    def request(self) -> Request:
        """What Run would run now; without verdicts on peaks where pixels are compared, for which they mean nothing."""
        request = super().request
        if not request.views or compared(request) == "peaks":
            return request
        kept = tuple(r for r in request.corrections if r["kind"] not in VERDICTS)
        return replace(request, corrections=Corrections(kept))

    @property
    def looks(self) -> Mapping[str, Mapping[str, Any]]:
        """The posterior as a glow over the image, the particles as outlines."""
        return {"posterior": posterior_look(), "labels": {"name": "particles", **particles_look()}}

    def plot(self) -> PlotPages:
        """Background and particles with the threshold to drag, and the sizes of what was found."""
        self.histogram, self.sizes = HistogramPlot(self.viewer), SizePlot(self.viewer)
        self.plots = PlotPages({"Threshold": self.histogram, "Sizes": self.sizes})
        return self.plots

    def settled(self, request: Request) -> Request:
        """What is compared follows from the axes of the whole image; a slice of a volume looks like an image."""
        if request.values.get("variable", "auto") != "auto":
            return request
        return replace(request, values={**request.values, "variable": automatic_for(request)})

    def doubtful(self, result: Any) -> pd.DataFrame | str:
        """Peaks that may or may not be particles."""
        model = result.model
        if len(model.shape) > 3:
            return "No review of series of volumes"
        if model.peaks is None:
            what = "of volumes" if "z" in result.source.axes else "with this variable"
            return f"No review {what}: pixels are judged there, not particles"
        return model.candidates()

    def describe(self, result: Any) -> str:
        """What came out, how sure that is, and what should make one doubt it."""
        model, log = result.model, result.model.corrections
        text = [result.summary() + ".", errors_expected(result), model.summary()]
        if log.of("threshold"):
            text.append(f"Threshold {result.threshold:g}, by hand.")
        if model.peaks is None and self.hand.corrections.of(*VERDICTS):
            text.append("What was accepted or rejected is left out: it is about peaks.")
        return " ".join(filter(None, [*text, *result.provenance.warnings]))

    def show_result(self, finished: Finished) -> None:
        """Bring plots, circle and what a review hides up to date."""
        self._set_aside()
        result, model = finished.result, finished.result.model
        title, counted = PLOTTED[model.variable.name]
        self.histogram.set_title(title)
        self.histogram.show_split(Split(*model.histogram()), result.threshold, counted)
        unit = unit_symbol(result.source.geometry.length_unit)
        self.sizes.show_sizes(result.objects["equivalent_diameter"].to_numpy(float), unit)
        self.plots.setVisible(True)
        view = next(iter(self.inputs.views.values()), None)
        self._found = None if view is None or model.diameter is None else (view.layer, model.diameter)
        self._draw_circle()

    def showEvent(self, event: Any) -> None:
        """The circle comes back with the dock."""
        super().showEvent(event)
        self._show_circle()

    def _show_circle(self) -> None:
        """Beside the ring of the review a second circle would be in the way."""
        self.circle.show(not self._closed and self.review.current is None)

    def _set_aside(self) -> None:
        """Who is asked looks at the image: a glow over it would be the answer to agree with."""
        if self.review.current is None:
            self.aside.show_again()
            self.preview.cover()
        else:
            shown = (own.get("posterior") for own in (self.layers, self.preview.layers))
            self.aside.hide(layer for layer in shown if layer is not None)

    @property
    def _written(self) -> float:
        return self.form.fields["threshold"].value

    def _on_dragged(self, threshold: float) -> None:
        if self.hand.log is not None:
            self.hand.log.replace("threshold", value=threshold)

    def _on_form(self) -> None:
        """A threshold that is typed counts more than one that was dragged before."""
        typed, self._threshold = self._threshold != self._written, self._written
        if typed and self.hand.log is not None:
            self.hand.log.drop("threshold")
        self._draw_circle()

    def _draw_circle(self) -> None:
        view = next(iter(self.inputs.views.values()), None)
        self.circle.set(None if view is None else self._diameter(view), None if view is None else view.layer)

    def _diameter(self, view: LayerView) -> float | None:
        """In pixels along x: as it is set, else as it was last found in this layer."""
        value = self.form.fields["diameter"].value
        if value is None and self._found is not None and self._found[0] is view.layer:
            value = self._found[1]
        try:
            return view.source.geometry.to_pixels(value)[-1]
        except (TypeError, ValueError):  # none at all, or no length yet while it is typed
            return None
