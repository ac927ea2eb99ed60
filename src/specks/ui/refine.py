"""The dock *Refine*: from blobs to positions, where they touch too."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, ClassVar

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Points
from qtpy.QtWidgets import QTabBar, QVBoxLayout, QWidget

from specks._core.progress import Progress
from specks._core.step import StepFunction
from specks.refinement import Refined, locate
from specks.ui.diameters import REFINE
from specks.ui.dock import StepDock
from specks.ui.inputs import Takes
from specks.ui.lifetime import ClosedWatcher
from specks.ui.linked_diameters import LinkedDiameters
from specks.ui.locate_page import LocatePage
from specks.ui.outcome import sentence
from specks.ui.refine_layers import FEATURES, RefineLayers
from specks.ui.refine_request import FRAME, locate_request, refine_request
from specks.ui.request import Request

__all__ = ["RefineDock"]

PAGES = ("Locate", "Refine")
LOCATING, REFINING = range(2)
WHERE_FROM = "Positions come from the layer of points that is chosen above."


def warm_up(step: StepFunction[..., Any]) -> Generator[Progress, None, None]:
    """A pair of features in usual kinds of pixels: located, and fitted as the dock does it."""
    y, x = np.mgrid[:40, :40]
    shapes = [np.exp(-((y - 20) ** 2 + (x - c) ** 2) / 9) for c in (17, 23)]
    image = np.random.default_rng(0).normal(20, 2, (40, 40)) + 100 * sum(shapes)
    for dtype in (np.uint8, np.uint16, np.float32):
        table = yield from locate.iterate(image.astype(dtype), 5, minmass=200, separation=3)
        yield from step.iterate(table, image.astype(dtype), 13)


class RefineDock(StepDock):
    """Refine positions by clicking.

    Parameters
    ----------
    napari_viewer : napari viewer
        The name by which napari knows what to hand over.
    """

    step = "refine"
    takes: ClassVar = {
        "images": Takes((Image,), "an image", title="Image", prefers="t"),
        "f": Takes((Points,), "points", title="Points", without="as located below", along="images"),
    }
    start: ClassVar = {"diameter": REFINE}
    essentials = ("profile", "diameter", "size", "signal", "tails", "loss")
    preview_part = FRAME
    result_layers = RefineLayers
    looks: ClassVar = {FEATURES: {"name": "refined", "border_width": 0.12, "symbol": "disc"}}
    by_hand = ("point_add", "point_move", "point_delete")
    warm_up = staticmethod(warm_up)

    def __init__(self, napari_viewer: ViewerModel) -> None:
        super().__init__(napari_viewer)
        self.linked = LinkedDiameters(self.locating.form, self.form)
        ClosedWatcher(self).closed.connect(self.locating.clear)

    @property
    def request(self) -> Request:
        """What Run would run now."""
        views = self.inputs.views
        return refine_request(views, self.form.values, self.locating.values, self.hand.corrections)

    def more_inputs(self) -> Sequence[QWidget]:
        """How features are located where no points are chosen."""
        self.locating = LocatePage(self.viewer, self.layers)
        self.tabs = QTabBar()
        return ()

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
        self._turn(self.tabs.currentIndex())
        return (self.inputs, self.tabs, *self.pages, self.preview_box, self.warming.note)

    def describe(self, result: Refined) -> str:
        """What was found, and what should make one doubt it."""
        return " ".join(map(sentence, [result.summary(), *result.warnings]))

    def show_page(self, page: int) -> None:
        """Turn to a page: `LOCATING` or `REFINING`."""
        self.tabs.setCurrentIndex(page)

    def _connect(self) -> None:
        super()._connect()
        self.locating.changed.connect(self._on_changed)
        self.locating.said.connect(self._say_located)
        self.tabs.currentChanged.connect(self._turn)

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
        super()._on_changed()
        faults = [] if given else self.locating.faults
        self.progress.allow(self.inputs.reason or next(iter([*faults, *self.form.faults]), None))

    def _preview_soon(self, *_: Any) -> None:
        super()._preview_soon()
        if self._wants_located():
            self.locating.ask(self._located)
        else:
            self.locating.clear()

    def _wants_preview(self) -> bool:
        return self.tabs.currentIndex() == REFINING and super()._wants_preview()

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
