"""A histogram split into background and particles, with a threshold to drag."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from napari.components import ViewerModel
from qtpy.QtCore import Qt, Signal

from specks.ui.bars import log_ticks
from specks.ui.plots import Plot, colored

__all__ = ["HistogramPlot", "Split"]

Floats = npt.NDArray[np.float64]

#: Log odds beyond which a person need not tell probabilities apart: one in a million.
SURE = float(np.log(1e6))


@dataclass(frozen=True)
class Split:
    """What was counted in each bin, and how it is shared out.

    Parameters
    ----------
    edges : numpy.ndarray (n + 1,)
        Of the bins.
    total, background, particle : numpy.ndarray (n,)
        Share of all pixels in each bin, and the two components' parts of it.
    """

    edges: Floats
    total: Floats
    background: Floats
    particle: Floats

    @property
    def centers(self) -> Floats:
        """Middle of each bin."""
        return (self.edges[1:] + self.edges[:-1]) / 2

    @property
    def log_odds(self) -> Floats:
        """Particle against background in each bin; never falling, and within `SURE`."""
        least = np.finfo(float).tiny
        odds = np.log(np.maximum(self.particle, least)) - np.log(np.maximum(self.background, least))
        odds[(self.particle <= 0) & (self.background <= 0)] = -SURE
        return np.maximum.accumulate(np.clip(odds, -SURE, SURE))

    @property
    def undecided(self) -> tuple[float, float]:
        """Between the last value that is surely background and the first that is surely particle."""
        odds = self.log_odds
        first = int(np.searchsorted(odds, -SURE, side="right")) - 1
        last = int(np.searchsorted(odds, SURE))
        at = self.centers
        return float(at[max(first, 0)]), float(at[min(last, at.size - 1)])

    def probability(self, value: float) -> float:
        """Probability of particle at a value on the x axis; interpolated between bins."""
        return float(1 / (1 + np.exp(-np.interp(value, self.centers, self.log_odds))))

    def threshold(self, value: float) -> float:
        """The probability at a value in as few digits as a hand means, and as keep the same bins.

        Where many values share one probability, rounding it up would leave out all of them.
        """
        exact, levels = self.probability(value), np.unique(1 / (1 + np.exp(-self.log_odds)))
        above = min(int(np.searchsorted(levels, exact * (1 - 1e-9))), levels.size - 1)
        low = levels[above - 1] if above else -1.0
        high = levels[above] * (1 - 1e-9) if above else 1.0

        def fits(threshold: float) -> bool:
            return bool(low < threshold <= high)

        nearest = _rounded(exact, 2)
        if fits(nearest):
            return nearest
        digits = range(_decimals(exact, 2), 12)
        lower = (np.floor(exact * 10.0**n) / 10.0**n for n in digits)
        return next((round(float(t), 12) for t in lower if fits(t)), exact)

    def value(self, probability: float) -> float:
        """Where the probability of particle first reaches a value."""
        odds = self.log_odds
        goal = float(np.clip(_logit(probability), -SURE, SURE))
        after = int(np.searchsorted(odds, goal))
        if after == 0 or after == odds.size:
            return float(self.centers[min(after, odds.size - 1)])
        part = (goal - odds[after - 1]) / (odds[after] - odds[after - 1])
        return float(self.centers[after - 1] + part * (self.centers[after] - self.centers[after - 1]))


class HistogramPlot(Plot):
    """The histogram of a mixture on a logarithmic scale.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    threshold_dragged : Signal
        With the new probability, once the line was let go.
    """

    threshold_dragged = Signal(float)

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(viewer, "Contrast (background σ)", "Share")
        self.split: Split | None = None
        self.threshold, self.counted = 0.5, "pixels"
        self.getAxis("left").setLogMode(True)
        self.line = pg.InfiniteLine(angle=90, movable=True)
        self.line.setCursor(Qt.CursorShape.SplitHCursor)
        self.line.sigPositionChanged.connect(self._on_moved)
        self.line.sigPositionChangeFinished.connect(self._on_let_go)
        self.setToolTip(
            "<qt>Drag the line to move the threshold; the particles follow. "
            "The dashed curve is the probability of particle, from 0 below to 1 above.</qt>"
        )
        self.setAccessibleName("Histogram with threshold")
        self._write_legend()

    def show_split(self, split: Split, threshold: float, counted: str = "pixels") -> None:
        """Show a histogram; drawn when it is next seen.

        Parameters
        ----------
        split : Split
        threshold : float
            Probability at which the line stands.
        counted : str
            What was counted.
        """
        self.split, self.threshold, self.counted = split, threshold, counted
        self.show_with(self._draw_split)

    def show_threshold(self, threshold: float) -> None:
        """Move the line only."""
        self.threshold = threshold
        if self.split is not None and not self._stale:
            self._place_line()

    def _draw_split(self) -> None:
        split = self.split
        self.clear()
        counted = split.total[split.total > 0]
        floor = np.log10(counted.min() / 2) if counted.size else -1.0
        inside = np.flatnonzero(split.total > 0)
        first, last = (int(inside[0]), int(inside[-1])) if inside.size else (0, split.total.size - 1)
        shown = slice(first, last + 1)
        bars = pg.PlotDataItem(
            split.edges[first : last + 2],
            _log(split.total[shown], floor),
            stepMode="center",
            fillLevel=floor,
            brush=pg.mkBrush(self.colors.faint),
            pen=pg.mkPen(None),
        )
        self.addItem(bars)
        for part, color in (
            (split.background, self.colors.background),
            (split.particle, self.colors.particle),
        ):
            seen = np.where(part[shown] > 10.0**floor, _log(part[shown], floor), np.nan)
            self.plot(split.centers[shown], seen, connect="finite", pen=pg.mkPen(color, width=2))
        top = (np.log10(counted.max()) if counted.size else 0.0) + 0.1
        # From bottom to top it goes from 0 to 1: where it crosses the threshold, there stands the line.
        sure = 1 / (1 + np.exp(-split.log_odds[shown]))
        dashes = pg.mkPen(self.colors.marker, width=1, style=Qt.PenStyle.DashLine)
        self.plot(split.centers[shown], floor + sure * (top - floor), pen=dashes)
        self._place_line()
        self.addItem(self.line)
        self.getAxis("left").setTicks(log_ticks(floor, top))
        self.setRange(xRange=(split.edges[first], split.edges[last + 1]), yRange=(floor, top), padding=0.02)

    def _write_legend(self) -> None:
        """Name what is drawn in the color that it has, and below it where the line stands.

        Beside the line there is not always room: it often stands in the flank of a peak.
        """
        words = (
            (self.colors.ink, self.counted),
            (self.colors.background, "background"),
            (self.colors.particle, "particles"),
        )
        parts = " ".join(colored(color, word) for color, word in words)
        line = colored(self.colors.marker, f"threshold {_as_written(self.threshold)}")
        self.write_above(f"{parts}<br>{line}")

    def _place_line(self) -> None:
        self.line.setPen(pg.mkPen(self.colors.marker, width=2))
        self.line.setHoverPen(pg.mkPen(self.colors.marker, width=4))
        low, high = self.split.undecided
        blocked = self.line.blockSignals(True)
        self.line.setBounds((low, high))
        self.line.setValue(float(np.clip(self.split.value(self.threshold), low, high)))
        self.line.blockSignals(blocked)
        self._write_legend()

    def _on_moved(self, line: Any) -> None:
        if self.split is not None:
            self.threshold = self.split.threshold(line.value())
            self._write_legend()

    def _on_let_go(self, line: Any) -> None:
        if self.split is not None:
            self.threshold_dragged.emit(self.threshold)


def _logit(probability: float) -> float:
    """Log odds of a probability; infinite at 0 and 1."""
    if probability <= 0 or probability >= 1:
        return np.copysign(np.inf, probability - 0.5)
    return float(np.log(probability / (1 - probability)))


def _log(share: Floats, floor: float) -> Floats:
    """Logarithm to base 10, nothing below `floor`."""
    return np.log10(np.maximum(share, 10.0**floor))


def _rounded(threshold: float, digits: int) -> float:
    """With so many digits as count from 0 or from 1, whichever is nearer: a hand means no more."""
    return round(threshold, _decimals(threshold, digits))


def _decimals(threshold: float, digits: int) -> int:
    """Decimals of which so many digits count."""
    nearer = max(min(threshold, 1 - threshold), np.exp(-SURE))
    return digits - 1 - int(np.floor(np.log10(nearer)))


def _as_written(threshold: float) -> str:
    """A probability as people write it: 0.5, 0.95, 0.999, 0.00002."""
    return f"{_rounded(threshold, 3):.9f}".rstrip("0").rstrip(".")
