"""Histograms: values in bars, on a logarithmic axis where a few are many times as large as most."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg

from specks.ui.plots import Plot

__all__ = ["Bins", "bar_item", "bar_outline", "bins_of", "log_ticks", "show_bins"]

Floats = npt.NDArray[np.float64]

#: More bars than this say no more in a plot of this size.
BARS = 30
#: An axis of values is logarithmic where all but the outermost of a hundred span this ratio; one of counts where a
#: hump of bars is less than one of so many parts of the peak, and rises by more than by chance.
SPAN, LOW, CHANCE = 20.0, 20, 8
#: What lies farther out than this part of the range of all but the outermost is counted in the last bar, so that one
#: wild value does not make one bar of all others.
TAIL, OUTSIDE = 0.005, 0.5
#: Where a bar of nothing stands on a logarithmic axis of counts, and what a bar of one is told apart from.
LEAST = 0.5


@dataclass(frozen=True, eq=False)
class Bins:
    """Bars that several histograms have in common.

    Parameters
    ----------
    edges : numpy.ndarray (n + 1,)
        On the axis as it is drawn: logarithms to base 10 where `log`.
    log : bool
        Whether the axis of values is logarithmic.
    log_counts : bool
        The same of counts.
    top : float
        Count of the highest bar.
    """

    edges: Floats
    log: bool = False
    log_counts: bool = False
    top: float = 1.0

    def place(self, values: npt.ArrayLike) -> Floats:
        """Where values stand on the axis, such as cannot be logarithms at its low end."""
        given = np.asarray(values, np.float64)
        if not self.log:
            return given
        return np.log10(np.maximum(given, 10.0 ** self.edges[0]))

    def value(self, place: float) -> float:
        """The value at a place on the axis."""
        return float(10.0**place) if self.log else float(place)

    def count(self, values: Floats) -> npt.NDArray[np.int64]:
        """Values in each bar; what lies beyond is in the outermost."""
        inside = np.clip(self.place(values[np.isfinite(values)]), self.edges[0], self.edges[-1])
        counts, _ = np.histogram(inside, self.edges)
        return counts.astype(np.int64)

    def height(self, counts: npt.ArrayLike) -> Floats:
        """Where bars end on the axis of counts."""
        counted = np.asarray(counts, np.float64)
        return np.log10(np.maximum(counted, LEAST)) if self.log_counts else counted

    def as_high_as(self, top: float) -> Bins:
        """The same bars on an axis of counts up to another one."""
        return replace(self, top=float(top))

    @property
    def floor(self) -> float:
        """Where bars begin."""
        return float(np.log10(LEAST)) if self.log_counts else 0.0


def bins_of(*parts: Floats, whole: bool = False) -> Bins:
    """Bars for one or several sets of values.

    Parameters
    ----------
    *parts : numpy.ndarray (n,)
        What is not finite is left out.
    whole : bool
        Whether the few that lie far from all others are what matters; else they are counted in the outermost bars.
    """
    values = np.concatenate([part[np.isfinite(part)] for part in parts])
    if not len(values):
        return Bins(np.array([0.0, 1.0]))
    low, high = np.quantile(values, (0.01, 1.0 if whole else 0.99))
    log = bool(low > 0 and high > SPAN * low)
    drawn = np.log10(values[values > 0]) if log else values
    if not whole:
        low, high = np.quantile(drawn, (TAIL, 1 - TAIL))
        room = OUTSIDE * (high - low)
        drawn = np.clip(drawn, low - room, high + room)
    edges = np.histogram_bin_edges(drawn, "auto")
    if len(edges) > BARS + 1 or len(edges) < 8 <= len(values):
        edges = np.histogram_bin_edges(drawn, min(BARS, max(8, round(2 * len(values) ** (1 / 3)))))
    counts, _ = np.histogram(drawn, edges)
    return Bins(edges, log, _has_low_hump(counts), float(counts.max()))


def _has_low_hump(counts: npt.NDArray[np.int64]) -> bool:
    """Whether counts rise again beside their peak, but so little that nobody would see it."""
    peak = int(counts.argmax())
    for side in (counts[peak:], counts[peak::-1]):
        hump = side[side > 2 * np.minimum.accumulate(side) + CHANCE]
        if hump.size and LOW * hump.max() < counts[peak]:
            return True
    return False


def bar_item(bins: Bins, edges: Floats, counts: npt.ArrayLike, color: str, paper: str) -> pg.PlotDataItem:
    """Bars between edges, from the floor of the axis up."""
    return pg.PlotDataItem(
        edges,
        bins.height(counts),
        stepMode="center",
        fillLevel=bins.floor,
        brush=pg.mkBrush(color),
        pen=pg.mkPen(paper),
    )


def bar_outline(bins: Bins, counts: npt.ArrayLike, color: str) -> pg.PlotDataItem:
    """Bars of which only the upper ends are drawn, so that several can be seen at once."""
    return pg.PlotDataItem(bins.edges, bins.height(counts), stepMode="center", pen=pg.mkPen(color, width=2))


def show_bins(plot: Plot, bins: Bins, room: float = 1.1) -> None:
    """Give a plot the range and the numbers of the bars."""
    top = bins.floor + room * (float(bins.height(max(bins.top, 1.0))) - bins.floor)
    plot.setRange(xRange=(bins.edges[0], bins.edges[-1]), yRange=(bins.floor, top), padding=0.02)
    ends = float(bins.edges[0]), float(bins.edges[-1])
    plot.getAxis("bottom").setTicks(log_ticks(*ends, among=5) if bins.log else None)
    plot.getAxis("left").setTicks(log_ticks(bins.floor, top) if bins.log_counts else None)


def log_ticks(floor: float, top: float, among: int = 6) -> list[Sequence[tuple[float, str]]]:
    """Of a logarithmic axis: decades, and 2 and 5 between them where there are few. Those of pyqtgraph overlap.

    Parameters
    ----------
    floor, top : float
        Ends of the axis, as logarithms.
    among : int
        Decades beyond which not all are written.
    """
    every = int(np.ceil((top - floor) / among))
    decades = range(int(np.floor(floor / every)) * every, int(np.ceil(top)) + 1, every)
    steps = (1,) if top - floor > 2 else (1, 2, 5)
    marks = [(step, decade) for decade in decades for step in steps]
    return [[(np.log10(step) + decade, f"{step * 10.0**decade:g}") for step, decade in marks]]
