"""How bright located features are, with a cut to drag that drops the faint ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from napari.components import ViewerModel
from qtpy.QtCore import Qt, Signal

from specks._core.words import number
from specks.ui.bars import Bins, bar_item, bins_of, show_bins
from specks.ui.plots import Plot, colored

__all__ = ["NOTHING_LOCATED", "MassPlot"]

NOTHING_LOCATED = "No features yet: press Locate"
#: Digits of a cut: a hand means no more.
DIGITS = 3


class MassPlot(Plot):
    """A histogram of the mass of features, those that a cut keeps in color.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    cut : float
        Features of a greater mass are kept; 0 keeps all.
    cut_moved : Signal
        With the cut, while the line is dragged.
    cut_dragged : Signal
        With the cut, once the line was let go.
    """

    cut_moved = Signal(float)
    cut_dragged = Signal(float)

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(viewer, "Mass", "Features")
        self.masses: npt.NDArray[np.float64] = np.empty(0)
        self.cut = 0.0
        self.bins = Bins(np.array([0.0, 1.0]))
        self._counts: npt.NDArray[np.int64] = np.zeros(1, np.int64)
        self._kept: pg.PlotDataItem | None = None
        self.line = pg.InfiniteLine(angle=90, movable=True)
        self.line.setCursor(Qt.CursorShape.SplitHCursor)
        self.line.sigPositionChanged.connect(self._on_moved)
        self.line.sigPositionChangeFinished.connect(lambda *_: self.cut_dragged.emit(self.cut))
        self.setToolTip(
            "<qt>Mass (summed brightness) of the features that were located. Drag the line: features left of it "
            "are dropped. Noise makes a peak at the left; put the line into the gap behind it.</qt>"
        )
        self.setAccessibleName("Histogram of mass with a cut")
        self.say(NOTHING_LOCATED)

    def show_masses(self, masses: npt.ArrayLike, cut: float = 0.0) -> None:
        """Show other features; drawn when the plot is next seen.

        Parameters
        ----------
        masses : array-like (n,)
            Of all features, also those that the cut drops.
        cut : float
            Where the line stands; 0 is no cut.
        """
        given = np.asarray(masses, np.float64)
        self.masses = np.sort(given[np.isfinite(given)])
        self.cut = float(cut)
        if not len(self.masses):
            self.say(NOTHING_LOCATED)
            return
        self.bins = bins_of(self.masses, whole=True)
        self.show_with(self._draw_bars)

    def show_cut(self, cut: float) -> None:
        """Move the line only, without saying so."""
        self.cut = float(cut)
        if len(self.masses) and not self._stale:
            self._place_line()

    @property
    def kept(self) -> int:
        """Features that the cut keeps."""
        dropped = int(np.searchsorted(self.masses, self.cut, side="right")) if self.cut else 0
        return len(self.masses) - dropped

    def _draw_bars(self) -> None:
        self.clear()
        bins = self.bins
        self._counts = bins.count(self.masses)
        self.addItem(bar_item(bins, bins.edges, self._counts, self.colors.faint, self.colors.paper))
        self._kept = bar_item(bins, bins.edges, self._counts, self.colors.particle, self.colors.paper)
        self.addItem(self._kept)
        self.line.setPen(pg.mkPen(self.colors.marker, width=2))
        self.line.setHoverPen(pg.mkPen(self.colors.marker, width=4))
        self.addItem(self.line)
        show_bins(self, bins)
        self._place_line()

    def _place_line(self) -> None:
        """Put the line where the cut is, at the end of the axis when it lies beyond."""
        ends = float(self.bins.edges[0]), float(self.bins.edges[-1])
        blocked = self.line.blockSignals(True)
        self.line.setBounds(ends)  # which may move the line
        self.line.setValue(float(self.bins.place(self.cut)) if self.cut else ends[0])
        self.line.blockSignals(blocked)
        self._color()

    def _color(self) -> None:
        """Bars right of the line in color, and above them how many features those are."""
        bins, at = self.bins, self.line.value()
        first = int(np.clip(np.searchsorted(bins.edges, at, side="right") - 1, 0, len(bins.edges) - 2))
        edges = np.append(min(at, bins.edges[-1]), bins.edges[first + 1 :])
        self._kept.setData(edges, bins.height(self._counts[first:]))
        kept = self.kept
        cut = f"mass over {number(self.cut)}" if self.cut else "no cut: drag the line"
        self.write_above(
            f"{colored(self.colors.particle, f'{kept} kept')} "
            f"{colored(self.colors.ink, f'{len(self.masses) - kept} dropped')}<br>"
            f"{colored(self.colors.marker, cut)}"
        )

    def _on_moved(self, line: Any) -> None:
        if line.value() <= self.bins.edges[0]:
            self.cut = 0.0
        else:
            self.cut = float(f"{self.bins.value(line.value()):.{DIGITS}g}")
        self._color()
        self.cut_moved.emit(self.cut)
