"""The page *Locate* of the dock Refine: where the fit begins."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Points
from qtpy.QtCore import Signal
from qtpy.QtWidgets import QPushButton, QVBoxLayout, QWidget

from specks._core.errors import InputError
from specks._core.provenance import Provenance
from specks._core.registry import find_step
from specks._core.words import counted
from specks.refinement.finding.mass_cut import mass_cut
from specks.ui.diameters import LOCATE, apart_of
from specks.ui.form import Form
from specks.ui.mass_plot import MassPlot
from specks.ui.number_text import write
from specks.ui.outcome import sentence
from specks.ui.plot_pages import PlotPages
from specks.ui.preview import Preview
from specks.ui.refine_request import FRAME
from specks.ui.refined_columns import warnings_of
from specks.ui.request import CHOSEN_WITH_THE_LAYER, Finished, Request
from specks.ui.results import ResultLayers
from specks.ui.settings_row import SettingsRow
from specks.ui.subpixel_plot import SubpixelPlot

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LocatePage"]

APART_TIP = "Here six tenths of the diameter where nothing is written, so that features may touch."
#: The output of the step, and how it looks.
FEATURES = "features"
LOOKS = {
    FEATURES: {
        "name": "located",
        "border_color": "#ffb454",
        "border_width": 0.1,
        "symbol": "disc",
    }
}


class LocatedLayers(ResultLayers):
    """Circles around located features with at least a mass.

    Attributes
    ----------
    cut : float
        Mass above which features are drawn.
    diameter : float
        Of the circles, in pixels.
    """

    cut, diameter = 0.0, float(LOCATE)
    _table: pd.DataFrame | None = None

    def finish(self, request: Request, result: Any, provenance: Provenance) -> None:
        """Show what was located."""
        self._table = result
        super().finish(request, self.kept(result), provenance)
        self._size()

    def kept(self, table: pd.DataFrame) -> pd.DataFrame:
        """Rows of a table above the cut."""
        return table[table["mass"] > self.cut].reset_index(drop=True)

    def set_cut(self, cut: float) -> None:
        """Draw what has more than another mass."""
        self.cut = cut
        layer = self.get(FEATURES)
        if isinstance(layer, Points) and self._table is not None and self._request is not None:
            layer.data = self._request.main.coordinates(self.kept(self._table))
            self._size()

    def _size(self) -> None:
        layer = self.get(FEATURES)
        if isinstance(layer, Points):
            layer.size = self.diameter
            layer.current_size = self.diameter


class LocatePage(QWidget):
    """Settings of *Locate*, and what they find on the frame in view.

    All masses are located for the preview, so that a cut can be set by looking at them.

    Parameters
    ----------
    viewer : napari viewer
    finished : ResultLayers
        Of full runs, hidden while the preview is shown.

    Attributes
    ----------
    changed : Signal
        Settings changed.
    said : Signal
        With a sentence.
    form : Form
    points : ResultLayers
        Of what was located in all frames, to be worked on elsewhere.
    button : QPushButton
        That asks for these.
    mass_plot, subpixel_plot : Plot
        Of what the preview has located.
    found : pandas.DataFrame or None
        That, of any mass.
    """

    changed = Signal()
    said = Signal(str)

    def __init__(self, viewer: ViewerModel, finished: ResultLayers) -> None:
        super().__init__()
        self._viewer, self._where = viewer, ""
        spec = find_step("locate").spec()
        essentials = ("diameter", "minmass", "separation", "percentile", "invert", "topn")
        self.form = Form(spec, CHOSEN_WITH_THE_LAYER, essentials, {"diameter": LOCATE, "minmass": "auto"})
        self.settings = SettingsRow(self.form, can_estimate=True)
        self.layers = LocatedLayers(viewer, LOOKS, preview=True)
        self.points = LocatedLayers(viewer, LOOKS)
        self.button = QPushButton("Locate all frames")
        self.button.setToolTip(
            "<qt>Make a layer of points of all frames, to be looked at, corrected or tracked; <i>Refine</i> locates by "
            "itself.</qt>"
        )
        self.preview = Preview(viewer, self.layers, finished, FRAME, self)
        self.found: pd.DataFrame | None = None
        self.mass_plot, self.subpixel_plot = MassPlot(viewer), SubpixelPlot(viewer)
        self.plots = PlotPages({"Mass": self.mass_plot, "Sub-pixel": self.subpixel_plot})
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.form.native, self.settings, self.button, self.plots):
            column.addWidget(part)
        self.mass_plot.cut_moved.connect(self._on_cut)
        self.mass_plot.cut_dragged.connect(lambda cut: self.form.update({"minmass": cut or None}))
        self.form.changed.connect(self._on_form)
        self.settings.said.connect(self.said)
        self.preview.said.connect(self.said)
        self.preview.shown.connect(self._on_shown)
        apart = self.form.fields["separation"].widget
        apart.tooltip = apart.tooltip.replace("</qt>", f"<br>{APART_TIP}</qt>")
        self._on_form()

    @property
    def values(self) -> dict[str, Any]:
        """Settings of the step; features may touch unless something else is said."""
        values = dict(self.form.values)
        apart = apart_of(values.get("diameter"))
        if apart is not None:
            values.setdefault("separation", apart)
        return values

    @property
    def faults(self) -> list[str]:
        """What is wrong with the settings."""
        return self.form.faults

    def ask(self, request: Callable[[], Request | None]) -> None:
        """Show soon what the settings find on the frame in view, unless it is shown already."""
        wanted = request()
        if wanted is None or not self._shows(wanted):
            self.preview.ask(request)

    def show_points(self, request: Request, finished: Finished) -> None:
        """Show what was located in all frames; what was shown of an earlier run takes it up."""
        self.points.diameter = self.layers.diameter
        self.points.finish(request, finished.result, finished.provenance)
        layer = self.points.get(FEATURES)
        self.said.emit(f"{counted(len(finished.result), 'feature')} in layer “{layer.name}”")

    def clear(self) -> None:
        """Show nothing."""
        self.preview.clear()
        self.found = None
        self.plots.setVisible(False)

    def _shows(self, request: Request) -> bool:
        """Whether the frame in view is shown with these settings."""
        shown = self.preview.plane
        if self.found is None or shown is None or self.layers.get(FEATURES) is None:
            return False
        try:
            return FRAME.of(request, self._viewer).asked == shown.asked
        except InputError:
            return False

    def sentence(self, where: str) -> str:
        """How much was found."""
        assert self.found is not None
        kept = len(self.layers.kept(self.found))
        below = len(self.found) - kept
        text = f"{where}: {counted(kept, 'feature')}"
        text += f", {below} more below the least mass" if below else ""
        said = warnings_of(self.found)
        return " ".join(map(sentence, [text, *said])) if said else text

    def _on_form(self) -> None:
        values = self.form.values
        apart = apart_of(values.get("diameter"))
        self.form.fields["separation"].widget.native.setPlaceholderText(write(apart))
        self.layers.cut = self._cut()
        widths = np.ravel(np.asarray(values.get("diameter", LOCATE), object))
        if isinstance(widths[-1], int | float):
            self.layers.diameter = float(widths[-1])
        if self.found is not None and self.mass_plot.cut != self.layers.cut:
            self.mass_plot.show_cut(self.layers.cut)
            self.layers.set_cut(self.layers.cut)
            self._tell()
        self.changed.emit()

    def _cut(self) -> float:
        """The least mass: as it is written, or what parts the features that are shown from noise."""
        minmass = self.form.values.get("minmass")
        if minmass == "auto" and self.found is not None:
            return mass_cut(self.found["mass"].to_numpy(float))
        return float(minmass) if isinstance(minmass, int | float) else 0.0

    def _on_cut(self, cut: float) -> None:
        """Follow the line that is dragged."""
        self.layers.set_cut(cut)
        self._tell()

    def _tell(self) -> None:
        if self.found is not None:
            kept = self.layers.kept(self.found)
            self.subpixel_plot.show_positions({axis: kept[axis] for axis in "zyx" if axis in kept})
            self.said.emit(self.sentence(self._where))

    def _on_shown(self, finished: Finished, where: str) -> None:
        self.found, self._where = finished.result, where
        self.layers.set_cut(self._cut())
        self.mass_plot.show_masses(self.found["mass"].to_numpy(float), self.layers.cut)
        self.plots.setVisible(True)
        self._tell()
