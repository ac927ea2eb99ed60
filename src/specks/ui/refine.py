"""The dock *Refine*: from blobs to positions, where they touch too."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, ClassVar

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Points
from qtpy.QtWidgets import QPushButton, QTabBar, QVBoxLayout, QWidget

from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError, InputError
from specks._core.progress import Progress
from specks._core.step import StepFunction
from specks._core.words import counted
from specks.refinement import Refined, locate
from specks.ui.diameters import REFINE
from specks.ui.dock import StepDock
from specks.ui.feature_choice import FeatureChoice
from specks.ui.inputs import Takes
from specks.ui.jobs import Job, Outcome, State
from specks.ui.lifetime import ClosedWatcher
from specks.ui.linked_diameters import LinkedDiameters
from specks.ui.locate_page import LocatePage
from specks.ui.missed import find_missed
from specks.ui.outcome import sentence
from specks.ui.point_edits import PointEdits
from specks.ui.point_tools import KINDS, PointTools
from specks.ui.refine_estimate import estimate_features
from specks.ui.refine_layers import FEATURES, RefineLayers
from specks.ui.refine_panel import RefinePanel
from specks.ui.refine_request import FRAME, elsewhere, fit_number, locate_request, refine_request
from specks.ui.refine_scene import RefineScene
from specks.ui.refined_columns import warnings_of
from specks.ui.request import Estimate, Finished, Request
from specks.ui.wrapped import WrappedLabel

__all__ = ["RefineDock"]

PAGES = ("Locate", "Refine")
LOCATING, REFINING = range(2)
#: What the modes of a parameter are called.
MODES = {
    "global": "one for all",
    "frame": "per frame",
    "cluster": "per cluster",
    "var": "each its own",
    "const": "as given",
}
MISNAMED = (
    "Corrections name points by where their fit begins, and other settings or points let it begin elsewhere. Undo takes "
    "them back, the last first"
)
WHERE_FROM = "Positions come from the layer of points that is chosen above"


def warm_up(step: StepFunction[..., Any]) -> Generator[Progress, None, None]:
    """A pair of features in usual kinds of pixels: located, and fitted as the dock does it."""
    y, x = np.mgrid[:40, :40]
    shapes = [np.exp(-((y - 20) ** 2 + (x - c) ** 2) / 9) for c in (17, 23)]
    image = np.random.default_rng(0).normal(20, 2, (40, 40)) + 100 * sum(shapes)
    for dtype in (np.uint8, np.uint16, np.float32):
        table = yield from locate.iterate(image.astype(dtype), 7, minmass=100, separation=3)
        for size in ("global", "const"):
            yield from step.iterate(table, image.astype(dtype), 13, size=size)


class RefineDock(StepDock):
    """Refine positions by clicking.

    Parameters
    ----------
    napari_viewer : napari viewer
        The name by which napari knows what to hand over.
    """

    step = "refine"
    run_word = "Refine"
    takes: ClassVar = {
        "images": Takes((Image,), "an image", title="Image", prefers="t"),
        "f": Takes((Points,), "points", title="Points", without="as located below", along="images"),
    }
    words: ClassVar = {"size": MODES, "signal": MODES}
    start: ClassVar = {"diameter": REFINE}
    essentials = ("profile", "diameter", "size", "signal", "tails", "loss")
    doubts_page = ("touching-fit", "When not to trust it")
    preview_part = FRAME
    result_layers = RefineLayers
    looks: ClassVar = {FEATURES: {"name": "refined", "border_width": 0.12, "symbol": "disc"}}
    by_hand = KINDS
    warm_up = staticmethod(warm_up)

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self.linked = LinkedDiameters(self.locating.form, self.form)
        ClosedWatcher(self).closed.connect(self._put_away)
        self._arm()

    @property
    def request(self) -> Request:
        """What Run would run now."""
        views = self.inputs.views
        return refine_request(views, self.form.values, self.locating.values, self.hand.corrections)

    @property
    def scene(self) -> RefineScene | None:
        """The last result in its image, while that is there and as it was."""
        request, result = self.runs.request, self.result
        if request is None or result is None or not self.runs.fresh:
            return None
        return RefineScene(request.main, result) if request.main.layer in self.viewer.layers else None

    def more_inputs(self) -> Sequence[QWidget]:
        """How features are located where no points are chosen."""
        self.locating, self.tabs = LocatePage(self.viewer, self.layers), QTabBar()
        self.elsewhere = WrappedLabel()
        return (self.elsewhere,)

    def head(self) -> Sequence[QWidget]:
        """Settings of both steps, one page at a time."""
        self.pages = (self.locating, QWidget())
        column = QVBoxLayout(self.pages[REFINING])
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.form.native)
        column.addWidget(self.settings)
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(True)
        for name in PAGES:
            self.tabs.addTab(name)
        for i, page in enumerate(self.pages):
            page.setVisible(i == LOCATING)
        return (self.inputs, *self.further, self.tabs, *self.pages, self.preview_box, self.warming.note)

    def tools(self) -> Sequence[QPushButton]:
        """Points that are moved, added and deleted."""
        self.point_tools, self.edits = PointTools(self.viewer, self), PointEdits(self.layers, self)
        self.choice = FeatureChoice(self.viewer, self)
        return tuple(self.point_tools.buttons.values())

    def plot(self) -> QWidget:
        """How well features are fitted."""
        self.panel = RefinePanel(self.viewer, self.choice)
        return self.panel.plots

    def parts(self, plot: QWidget | None) -> Sequence[QWidget | None]:
        """Tools, then what is seen of the result: that is high, and a press should not need a scroll."""
        return (self.hand, self.point_tools.hint, self.panel)

    def describe(self, result: Refined) -> str:
        """What was found, and what should make one doubt it."""
        located = warnings_of(result.table)
        return " ".join(map(sentence, [result.summary(), *located, *result.warnings]))

    def show_page(self, page: int) -> None:
        """Turn to a page: `LOCATING` or `REFINING`."""
        self.tabs.setCurrentIndex(page)

    def show_result(self, finished: Finished) -> None:
        """Bring tools, table and plots up to date; a preview has none."""
        if self._previewed or self.runs.request is None:
            return
        self.choice.follow(self.scene, self.layers.get(FEATURES))
        self.panel.show_result(RefineScene(self.runs.request.main, finished.result), self.layers.shades)
        self._arm()

    def showEvent(self, event: Any) -> None:
        """Clicks choose features again."""
        super().showEvent(event)
        self.panel.pictures.follow(self.scene)
        self._arm()

    def hideEvent(self, event: Any) -> None:
        """Behind another tab it must not take clicks."""
        super().hideEvent(event)
        self.choice.listen(False)
        self.point_tools.put_down()

    def _connect(self) -> None:
        super()._connect()
        self.locating.changed.connect(self._on_changed)
        self.locating.said.connect(self._say_located)
        self.locating.settings.estimate.connect(self._estimate)
        self.locating.button.clicked.connect(self.locate_all)
        self.inputs.edited.connect(self.locating.clear)
        self.tabs.currentChanged.connect(self._turn)
        self.panel.colored.connect(self._paint)
        self.panel.pictures.said.connect(self.progress.say)
        self.point_tools.live.fitted.connect(self.layers.follow)
        self.edits.said.connect(self.progress.say)
        self.outcome.keep.connect(self._arm)  # what is kept is the person's own
        self.point_tools.taken_back.connect(self._take_back)
        self.point_tools.buttons["missed"].clicked.connect(self.find_missed)
        for name in ("move", "add", "delete"):
            self.point_tools.buttons[name].toggled.connect(lambda _: self._listen())

    def _on_ended(self, outcome: Outcome) -> None:
        super()._on_ended(outcome)
        if isinstance(outcome.error, CorrectionError):
            self.progress.say(f"{outcome.error}. {MISNAMED}")

    def _turn(self, page: int) -> None:
        for i, widget in enumerate(self.pages):
            widget.setVisible(i == page)
        self._preview_soon()

    def _say_located(self, text: str) -> None:
        self._previewed = True
        self.outcome.say(text)

    def _on_changed(self) -> None:
        given = "f" in self.inputs.views
        self.tabs.setTabEnabled(LOCATING, not given)
        self.tabs.setTabToolTip(LOCATING, WHERE_FROM if given else "")
        self.elsewhere.setText(elsewhere(self.inputs.views))
        super()._on_changed()
        faults = [] if given else self.locating.faults
        self.progress.allow(self.inputs.reason or next(iter([*faults, *self.form.faults]), None))
        self.locating.button.setEnabled(not (self.inputs.reason or faults))
        self._arm()

    def _preview_soon(self, *_: Any) -> None:
        super()._preview_soon()
        if self._wants_located():
            self.locating.ask(self._located)
        else:
            self.locating.clear()

    def _wants_preview(self) -> bool:
        return self.tabs.currentIndex() == REFINING and super()._wants_preview()

    def _forget_preview(self) -> None:
        if not self._wants_located():
            super()._forget_preview()

    def _wants_located(self) -> bool:
        """Whether the page *Locate* is open and there is something to look at."""
        views = self.inputs.views
        ready = bool(views) and "f" not in views and not self.locating.faults and not self._closed
        there = self.tabs.currentIndex() == LOCATING and self.preview_box.isChecked()
        return ready and there and not self.runs.runner.busy

    def _located(self) -> Request | None:
        """What the page *Locate* shows: features of any mass."""
        if not self._wants_located():
            return None
        values = {name: value for name, value in self.locating.values.items() if name != "minmass"}
        return locate_request(self.inputs.views, values)

    def _estimate(self) -> None:
        if self.inputs.reason:
            return
        try:
            one = FRAME.of(locate_request(self.inputs.views, {}), self.viewer)
        except InputError as error:
            self.progress.say(str(error))
            return
        self.runs.estimate(estimate_features, one, self._use)

    def _use(self, found: Estimate) -> None:
        values = dict(found.values)
        if values:
            self.linked.estimated(values.pop("diameter"), values.pop("refine_diameter"))
            self.locating.form.update(values)
        self.progress.say(found.sentence)

    def locate_all(self) -> None:
        """Make a layer of points of what is located in all frames."""
        request = locate_request(self.inputs.views, self.locating.values)

        def ended(outcome: Outcome) -> None:
            if outcome.state is State.DONE:
                self.locating.show_points(request, outcome.result)

        self.runs.runner.start(Job(lambda: lambda: request.run({}), lambda news: None, ended))

    def find_missed(self) -> None:
        """Add what the residual of the frame in view holds."""
        scene, log = self.scene, self.hand.log
        frame = None if scene is None else scene.frame(self.viewer)
        if scene is None or frame is None or log is None:
            self.progress.say("The slider stands on no frame")
            return
        known, values = self.hand.corrections, self.locating.values
        number = fit_number(scene.refined, frame)

        def ended(outcome: Outcome) -> None:
            if outcome.state is not State.DONE:
                return
            more = len(outcome.result) - len(known)
            if more and self.hand.corrections == known:
                log.write(Corrections((*log.corrections, *outcome.result.records[len(known) :])))
            self.progress.say(f"{counted(more, 'feature')} added" if more else "Nothing is left over")

        steps = lambda: find_missed(scene, frame, number, values, known)  # noqa: E731
        self.runs.runner.start(Job(lambda: steps, lambda news: None, ended))

    def _arm(self) -> None:
        """Let the tools work on the result while it is about what is chosen."""
        current = self.runs.done is not None and not self.stale and not self._closed
        scene = self.scene if current else None
        values = self.runs.request.values if current else {}
        if self.scene is None:
            self.choice.follow(None, None)
            self.panel.pictures.follow(None)
        self.point_tools.work_on(scene, self.hand.log if current else None, values)
        self.edits.work_on(self.layers.get(FEATURES), scene, self.hand.log if current else None)
        self._listen()

    def _listen(self) -> None:
        """Clicks choose while no tool is in the hand."""
        self.choice.listen(self.isVisible() and not self._closed and self.point_tools.tool is None)

    def _paint(self, column: str) -> None:
        for layers in (self.layers, self.preview.layers):
            layers.paint(column)
        self.panel.show_shades(self.layers.shades)

    def _take_back(self) -> None:
        if self.result is not None:
            self.layers.follow(np.arange(len(self.result.table)), self.result.table)

    def _put_away(self) -> None:
        self.locating.clear()
        self.point_tools.put_down()
        self.choice.listen(False)
        self.panel.pictures.follow(None)  # else the slider would draw them again
