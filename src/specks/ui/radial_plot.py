"""How bright it is at a distance from a feature, measured and fitted."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from napari.components import ViewerModel
from qtpy.QtCore import QSize

from specks.ui.feature_view import Radial
from specks.ui.plots import Plot, colored

__all__ = ["RadialPlot"]


class RadialPlot(Plot):
    """Means of the data as dots, the fit as a curve.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(viewer, "Distance (px)", "Gray level")
        self.radial: Radial | None = None
        self.setToolTip(
            "<qt>Mean brightness at each distance from the position: of the data (dots) and of the fit (curve). "
            "Neighbors are in both. Dots beside the curve at the middle: another profile may fit better; far out: "
            "the background does not fit.</qt>"
        )
        self.setAccessibleName("Radial profile of the feature with the fit")

    def sizeHint(self) -> QSize:
        """Lower than other plots: pictures are above it."""
        line = self.fontMetrics().height()
        return QSize(12 * line, 9 * line)

    def show_radial(self, radial: Radial) -> None:
        """Show another feature; drawn when the plot is next seen."""
        self.radial = radial
        self.set_title(f"Distance ({radial.unit})")
        self.show_with(self._draw_radial)

    def _draw_radial(self) -> None:
        self.clear()
        radial, colors = self.radial, self.colors
        self.plot(radial.distance, radial.model, pen=pg.mkPen(colors.background, width=2))
        self.addItem(
            pg.ScatterPlotItem(
                radial.distance, radial.data, size=6, pen=pg.mkPen(None), brush=pg.mkBrush(colors.particle)
            )
        )
        both = np.concatenate([radial.data, radial.model])
        low, high = float(both.min()), float(both.max())
        room = 0.06 * (high - low) or 1.0
        self.setRange(
            xRange=(0.0, float(radial.distance[-1])), yRange=(low - room, high + room), padding=0.02
        )
        self.write_above(f"{colored(colors.particle, '● data')}&nbsp; {colored(colors.background, '— fit')}")
