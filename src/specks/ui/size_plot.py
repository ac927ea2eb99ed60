"""How large the particles are that were found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from napari.components import ViewerModel

from specks.ui.plots import Plot, colored

__all__ = ["SizePlot"]

#: More bars than this say no more in a plot of this size.
BARS = 30


class SizePlot(Plot):
    """A histogram of diameters.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(viewer, "Diameter", "Particles")
        self.edges, self.counts = np.array([0.0, 1.0]), np.zeros(1, np.int64)
        self._median: float | None = None
        self._unit = ""
        self.setToolTip("<qt>Diameters of circles (in volumes, spheres) as large as the particles.</qt>")
        self.setAccessibleName("Histogram of diameters")

    def show_sizes(self, diameters: npt.NDArray[np.float64], unit: str) -> None:
        """Show other particles; drawn when the plot is next seen.

        Parameters
        ----------
        diameters : numpy.ndarray (n,)
        unit : str
            Symbol of their unit.
        """
        self.edges, self.counts = _binned(np.asarray(diameters, float))
        self._median = float(np.median(diameters)) if len(diameters) else None
        self._unit = unit
        self.set_title(f"Diameter ({unit})")
        self.show_with(self._draw_bars)

    def _draw_bars(self) -> None:
        self.clear()
        self.addItem(
            pg.PlotDataItem(
                self.edges,
                self.counts.astype(float),
                stepMode="center",
                fillLevel=0,
                brush=pg.mkBrush(self.colors.particle),
                pen=pg.mkPen(self.colors.paper),
            )
        )
        self.setRange(
            xRange=(self.edges[0], self.edges[-1]), yRange=(0, max(1.1 * self.counts.max(), 1)), padding=0.02
        )
        middle = "no particles" if self._median is None else f"median {self._median:.3g} {self._unit}"
        self.write_above(colored(self.colors.ink, middle))


def _binned(diameters: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Edges and counts of bars, which begin at 0 so that sizes can be compared by eye."""
    if not len(diameters):
        return np.array([0.0, 1.0]), np.zeros(1, np.int64)
    spread = np.histogram_bin_edges(diameters, "auto")
    width = max(spread[1] - spread[0], diameters.max() / BARS)
    edges = np.arange(np.ceil(diameters.max() / width + 1e-9) + 1) * width
    counts, _ = np.histogram(diameters, edges)
    return edges, counts
