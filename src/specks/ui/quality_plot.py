"""How well features were fitted, how bright and how large they are; what failed is told apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from napari.components import ViewerModel
from qtpy.QtCore import Qt

from specks._core.words import number
from specks.ui.bars import Bins, bar_item, bar_outline, bins_of, show_bins
from specks.ui.plot_pages import PlotPages
from specks.ui.plots import Plot, colored
from specks.ui.refined_columns import NOTHING_REFINED, size_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["QualityPage", "QualityPlot"]

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NONE: Floats = np.empty(0)


class QualityPage(Plot):
    """One histogram of refined features.

    Parameters
    ----------
    viewer : napari viewer
    x : str
        What is measured, with its unit.
    tip : str
    expected : float, optional
        A value of which a line tells how good it is.

    Attributes
    ----------
    good, failed, before : numpy.ndarray
        Values of rows that can be trusted, of others, and of all before the fit; what is not known is left out.
    unknown, silent : int
        Failed rows without a value, and others.
    """

    def __init__(self, viewer: ViewerModel, x: str, tip: str, expected: float | None = None) -> None:
        super().__init__(viewer, x, "Features")
        self._expected = expected
        self.good, self.failed, self.before = NONE, NONE, NONE
        self.unknown = self.silent = 0
        self.setToolTip(
            f"<qt>{tip} Red ends of bars with a ✕ are rows that are not ok; of some of these no value is known.</qt>"
        )
        self.setAccessibleName(f"Histogram of {x}")
        self.say(NOTHING_REFINED)

    def show_values(self, values: Floats | None, ok: Flags, before: Floats | None = None) -> None:
        """Show other features; drawn when the plot is next seen.

        Parameters
        ----------
        values : numpy.ndarray (n,), optional
            None where the table has no such column.
        ok : numpy.ndarray (n,) of bool
            Whether a row can be trusted.
        before : numpy.ndarray (n,), optional
            The same before the fit.
        """
        if values is None or not len(values):
            self.say("The table has no such column" if len(ok) else NOTHING_REFINED)
            return
        known = np.isfinite(values)
        self.good, self.failed = values[known & ok], values[known & ~ok]
        self.unknown, self.silent = int((~known & ~ok).sum()), int((~known & ok).sum())
        self.before = NONE if before is None else before[np.isfinite(before)]
        self.show_with(self._draw_bars)

    def _draw_bars(self) -> None:
        self.clear()
        colors, bins = self.colors, bins_of(self.good, self.failed, self.before)
        good, failed, before = (bins.count(part) for part in (self.good, self.failed, self.before))
        bins = bins.as_high_as(max(1, int((good + failed).max()), int(before.max())))
        self.addItem(bar_item(bins, bins.edges, good + failed, colors.marker, colors.paper))
        self.addItem(bar_item(bins, bins.edges, good, colors.particle, colors.paper))
        if len(self.before):
            self.addItem(bar_outline(bins, before, colors.background))
        self._mark(bins, good + failed, failed > 0)
        if self._expected is not None:
            dashes = pg.mkPen(colors.ink, width=1, style=Qt.PenStyle.DashLine)
            self.addItem(
                pg.InfiniteLine(float(bins.place(self._expected)), angle=90, pen=dashes), ignoreBounds=True
            )
        show_bins(self, bins, room=1.2)
        self._write()

    def _mark(self, bins: Bins, heights: npt.NDArray[np.int64], marked: Flags) -> None:
        """A cross above bars that hold failed rows: a few of many are not seen otherwise."""
        room = 0.08 * (float(bins.height(max(bins.top, 1.0))) - bins.floor)
        middles = (bins.edges[1:] + bins.edges[:-1]) / 2
        self.addItem(
            pg.ScatterPlotItem(
                middles[marked],
                bins.height(heights[marked]) + room,
                symbol="x",
                size=8,
                pen=pg.mkPen(None),
                brush=pg.mkBrush(self.colors.marker),
            )
        )

    def _write(self) -> None:
        """Name what is drawn in its color, and the middle of what can be trusted."""
        colors, failed, unknown = self.colors, len(self.failed) + self.unknown, self.unknown + self.silent
        parts = [colored(colors.particle, f"{len(self.good) + self.silent} ok")]
        if failed:
            parts.append(colored(colors.marker, f"✕ {failed} not ok"))
        if len(self.before):
            parts.append(colored(colors.background, "before"))
        none = "none is known" if self.silent else "none can be trusted"
        middle = f"median {number(float(np.median(self.good)))}" if len(self.good) else none
        if len(self.before) and len(self.good):
            middle += f", before {number(float(np.median(self.before)))}"
        elif unknown:
            middle += f"; {unknown} unknown"
        self.write_above("&nbsp; ".join(parts) + "<br>" + colored(colors.ink, middle))


class QualityPlot(PlotPages):
    """Histograms of refined features: misfit, signal, size; the last two with what they were before.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    chi, cost, signal, size : QualityPage
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self.chi = QualityPage(
            viewer,
            "Chi (noise σ)",
            "What the model leaves over, in standard deviations of the noise: about 1 (dashed) is as good as the "
            "noise allows, more says that features look otherwise.",
            expected=1.0,
        )
        self.cost = QualityPage(
            viewer,
            "Cost (part of brightest pixel)",
            "What the model leaves over (root mean square), as a part of the brightest pixel.",
        )
        self.signal = QualityPage(
            viewer, "Signal (gray levels)", "Height of features above their background."
        )
        self.size = QualityPage(
            viewer, "Size (px)", "Size of features; where axes have their own, their mean."
        )
        super().__init__({"Chi": self.chi, "Cost": self.cost, "Signal": self.signal, "Size": self.size})

    def show_table(self, table: pd.DataFrame, before: pd.DataFrame | None = None) -> None:
        """Show another result; drawn when it is next seen.

        Parameters
        ----------
        table : pandas.DataFrame
            That of a `Refined`.
        before : pandas.DataFrame, optional
            What was refined, for its ``signal`` and ``size``.
        """
        ok = table["ok"].to_numpy(bool) if len(table) else np.zeros(0, bool)
        for page, name in ((self.chi, "chi"), (self.cost, "cost")):
            page.show_values(_column(table, name), ok)
        self.signal.show_values(_column(table, "signal"), ok, _column(before, "signal"))
        self.size.show_values(size_of(table), ok, None if before is None else size_of(before))


def _column(table: pd.DataFrame | None, name: str) -> Floats | None:
    """Values of a column, None where there is none."""
    return None if table is None or name not in table.columns else table[name].to_numpy(float)
