"""The dock *Voids*: a whole series of voids in one go, as figures and as a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from napari.components import ViewerModel
from napari.layers import Image, Labels
from qtpy.QtWidgets import QPushButton, QWidget

from specks._core.corrections import Corrections
from specks._core.words import counted
from specks.ui.dock import StepDock
from specks.ui.export import Export
from specks.ui.figure_panel import FigurePanel
from specks.ui.hand_log import log_of
from specks.ui.inputs import Takes
from specks.ui.lifetime import ClosedWatcher
from specks.ui.link_tools import KINDS as LINKS
from specks.ui.looks import particles_look
from specks.ui.outcome import sentence
from specks.ui.picked_track import PickedTrack
from specks.ui.request import Finished, Request
from specks.ui.shelf import shelf_of
from specks.ui.subscriptions import Subscriptions
from specks.ui.track_layers import TrackLayers
from specks.ui.track_panel import TrackPanel
from specks.ui.track_scene import TrackScene
from specks.ui.tracked import seconds_per_frame
from specks.ui.void_exports import void_exports
from specks.ui.void_opening import OpenResult
from specks.ui.voids_shown import VoidRequest, VoidsShown

__all__ = ["VoidsDock"]

#: Kinds of corrections that teach the mixture, that leave out objects, and that are about drift.
OF_MIXTURE = ("scribble", "accept", "threshold")
LEAVING_OUT = ("reject", "exclude_frame", "region", "exclude_region")
OF_DRIFT = ("bad_frame", "set_shift", "landmark")


class VoidsDock(StepDock):
    """Track voids by clicking.

    Parameters
    ----------
    napari_viewer : napari viewer
        The name by which napari knows what to hand over.
    """

    step = "track_voids"
    run_word = "Track voids"
    takes: ClassVar = {
        "source": Takes((Image, Labels), "an image or labels", needs="t", title="Series"),
        "labels": Takes((Labels,), "labels", needs="t"),
    }
    hidden = ("segmenter",)
    essentials = ("min_size", "search_range", "memory", "min_frames", "thickness", "dose_rate")
    result_layers = TrackLayers
    by_hand = (*OF_MIXTURE, *LEAVING_OUT, *OF_DRIFT, *LINKS)

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self.panel.colored.connect(self._paint)
        self.panel.still.connect(self._draw_still)
        self.figures.plot.track_chosen.connect(lambda particle: self.picked.pick(particle, show=True))
        self.figures.plot.frame_chosen.connect(self._go_to)
        self.opening.opened.connect(self._take_up)
        self.opening.said.connect(self.progress.say)
        self.inputs.changed.connect(self._listen)
        ClosedWatcher(self).closed.connect(self._put_away)
        # Links are corrected in the dock Track, on the labels that were found here.
        self._edits, self._found = edits, found = Subscriptions(), Subscriptions()
        found.add(shelf_of(self.viewer), "changed", self._on_shelf)
        self.destroyed.connect(lambda: (edits.close(), found.close()))

    @property
    def request(self) -> Request:
        """What Run would run now; what a layer is and what its frames take is said."""
        plain = super().request
        if not plain.views:
            return plain
        values, view = dict(plain.values), plain.main
        dt = seconds_per_frame(view.geometry)
        if dt is not None:
            values.setdefault("dt", dt)
        if isinstance(view.layer, Labels) and "labels" not in plain.views:
            values["segmenter"] = "labels"
        log = _fitting(plain.corrections, "segmenter" in values or "labels" in plain.views)
        found = self.layers.get("labels")
        if found is not None and found is not view.layer:
            log = Corrections((*log, *log_of(found).corrections.of(*LINKS)))
        return VoidRequest(plain.step, plain.views, values, log, plain.files)

    @property
    def looks(self) -> Any:
        """Voids as outlines."""
        return {"labels": {"name": "voids", **particles_look()}}

    def more_inputs(self) -> Sequence[QWidget]:
        """A result that was stored, and how the same objects were linked in the dock Track."""
        self.opening, self.same_button = OpenResult(self.viewer), QPushButton("As in Track")
        self.same_button.setToolTip("<qt>Link as these labels were last linked in the dock <i>Track</i></qt>")
        self.same_button.clicked.connect(self._link_as_in_track)
        return (self.opening, self.same_button)

    def tools(self) -> Sequence[QPushButton]:
        """None: links are corrected in the dock Track, drift in the dock Drift."""
        self.picked = PickedTrack(self.viewer, "specks_voids", self)
        return ()

    def plot(self) -> QWidget:
        """All that is known of the voids, and of one track."""
        self.figures = FigurePanel(self.viewer)
        self.panel = TrackPanel(self.viewer, self.picked)
        return self.figures.plot

    def parts(self, plot: QWidget | None) -> Sequence[QWidget | None]:
        """Figures, then the table and what belongs to one row of it."""
        return (self.figures, self.panel)

    def settled(self, request: Request) -> Request:
        """On a single frame there is neither drift nor a link to correct."""
        kept = request.corrections.of(*OF_MIXTURE, *LEAVING_OUT)
        return replace(request, corrections=Corrections(kept))

    def describe(self, result: VoidsShown) -> str:
        """What was found, what it rests on, and what should make one doubt it."""
        voids = result.voids
        if result.figures is None:
            count = len(voids.objects)
            return counted(count, "void")
        words = [f"{voids.summary()}."]
        by_hand = len(voids.corrections)
        if by_hand:
            words.append(f"Corrections by hand that it takes in: {by_hand}.")
        words += [sentence(voids.drift.summary()), f"{result.tracked.details()}."]
        return " ".join([*words, *map(sentence, voids.warnings)])

    def exports(self, finished: Finished) -> list[Export]:
        """The figure, and files for other programs."""
        return void_exports(finished)

    def show_result(self, finished: Finished) -> None:
        """Bring figures, table and plots up to date; a preview has none."""
        if self._previewed:
            return
        result: VoidsShown = finished.result
        self.figures.show_figures(result.figures)
        drawn = self.layers.drawn
        self.panel.show_tracks(result.tracked, {} if drawn is None else drawn.shades)
        self.picked.follow(TrackScene(self.runs.request.main, result.tracked))
        self._listen()
        found = self.layers.get("labels")
        self._edits.close()
        if found is not None:
            self._edits.add(log_of(found), "changed", self._on_corrected)
            shelf_of(self.viewer).put(self.runs.request, finished, found)

    def showEvent(self, event: Any) -> None:
        """Clicks pick tracks again."""
        super().showEvent(event)
        self._listen()

    def _wants_preview(self) -> bool:
        """Labels are what a preview would show."""
        view = next(iter(self.inputs.views.values()), None)
        shows = view is not None and isinstance(view.layer, Image) and "labels" not in self.inputs.views
        return shows and super()._wants_preview()

    def _take_up(self, request: Request, finished: Finished) -> None:
        """Go on from a result that was stored."""
        parameters = finished.provenance.parameters
        self.inputs.choose("source", request.main.layer)
        self.form.reset()
        self.form.update({name: parameters[name] for name in self.form.fields if name in parameters})
        log_of(request.main.layer).take_up(finished.result.voids.corrections)
        self.runs.adopt(self.request, finished)

    def _on_shelf(self) -> None:
        self.same_button.setVisible(self._linked() is not None)

    def _on_changed(self) -> None:
        self.same_button.setVisible(self._linked() is not None)
        super()._on_changed()

    def _linked(self) -> Request | None:
        """How the objects of the layer that is chosen were linked in the dock Track."""
        view = next(iter(self.inputs.views.values()), None)
        found = None if view is None else shelf_of(self.viewer).get(view.layer, "link")
        return None if found is None else found[0]

    def _link_as_in_track(self) -> None:
        request = self._linked()
        if request is None:
            return
        values = {p.name: p.default for p in request.spec.settings} | dict(request.values)
        reach = values["search_range"]
        if reach is not None and values["method"] != "trackpy":
            sides = request.main.geometry.to_pixels(reach)
            values["search_range"] = sides[0] if len(set(sides)) == 1 else sides
        names = ("search_range", "memory", "method", "splitting", "merging")
        self.form.update({name: values[name] for name in names})

    def _paint(self, feature: str) -> None:
        self.layers.paint(feature)

    def _draw_still(self, still: bool) -> None:
        self.layers.draw_corrected(still)

    def _go_to(self, frame: int) -> None:
        scene = self.picked.scene
        if scene is not None and scene.layer in self.viewer.layers:
            axis = scene.view.kept[scene.view.axes.index("t")]
            place = [0.0] * scene.layer.ndim
            place[axis] = frame
            world = scene.layer.data_to_world(place)
            self.viewer.dims.set_point(axis + self.viewer.dims.ndim - scene.layer.ndim, float(world[axis]))

    def _listen(self) -> None:
        self.picked.listen(self.isVisible() and not self._closed)

    def _put_away(self) -> None:
        self.picked.listen(False)
        self.figures.close_sheet()
        self.opening.runner.cancel()


def _fitting(log: Corrections, given: bool) -> Corrections:
    """Corrections that fit: what teaches the mixture means nothing where objects are given."""
    return Corrections(tuple(r for r in log if not (given and r["kind"] in OF_MIXTURE)))
