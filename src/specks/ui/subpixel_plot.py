"""Where in their pixels positions lie: everywhere alike, unless they are biased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from napari.components import ViewerModel

from specks.ui.bars import Bins, bar_outline, show_bins
from specks.ui.mass_plot import NOTHING_LOCATED
from specks.ui.plots import Plot, axis_colors, colored

__all__ = ["Evenness", "SubpixelPlot"]

Floats = npt.NDArray[np.float64]

#: Parts of a pixel that are counted, and features a part below which nothing is said.
PARTS, FEW = 10, 10
#: Chance of calling an even axis uneven, and unevenness that matters to nobody however sure it is.
CHANCE, SLIGHT = 0.001, 0.05


@dataclass(frozen=True, eq=False)
class Evenness:
    """How evenly positions along one axis lie in their pixels.

    Parameters
    ----------
    counts : numpy.ndarray (parts,) of int64
        Positions in each part of a pixel, from 0 to 1.
    probability : float
        That chance alone makes even positions as uneven (chi-square); NaN of too few features.
    unevenness : float
        By which part of their mean bars differ beyond chance (root mean square).
    toward : str
        Where positions pile up: "whole pixels", "half pixels", or "".
    """

    counts: npt.NDArray[np.int64]
    probability: float
    unevenness: float
    toward: str

    @classmethod
    def of(cls, positions: npt.ArrayLike) -> Evenness:
        """That of positions along one axis, in pixels."""
        from scipy.special import chdtrc

        given = np.asarray(positions, np.float64)
        part = np.mod(given[np.isfinite(given)], 1.0)
        counts = np.bincount(np.minimum((part * PARTS).astype(np.int64), PARTS - 1), minlength=PARTS)
        mean = len(part) / PARTS
        if mean < FEW:
            return cls(counts, float("nan"), 0.0, "")
        square = float(((counts - mean) ** 2).sum() / mean)
        beyond = float(np.sqrt(max(0.0, square - (PARTS - 1)) / len(part)))
        wave = np.exp(2j * np.pi * part).mean()
        leans = abs(wave.real) > abs(wave.imag)
        toward = ("whole pixels" if wave.real > 0 else "half pixels") if leans else ""
        return cls(counts, float(chdtrc(PARTS - 1, square)), beyond, toward)

    @property
    def enough(self) -> bool:
        """Whether there are enough features to say anything."""
        return not np.isnan(self.probability)

    @property
    def flat(self) -> bool:
        """Whether it looks as unbiased positions do, or so nearly that it does not matter."""
        return self.enough and (self.probability >= CHANCE or self.unevenness < SLIGHT)

    @property
    def words(self) -> str:
        """The same for people."""
        if not self.enough:
            return "too few"
        return "flat" if self.flat else f"±{100 * self.unevenness:.0f} %"


class SubpixelPlot(Plot):
    """Histograms of the fractional part of positions, one an axis, with the band that chance allows.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    found : dict of str to Evenness
        By axis.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(viewer, "Position within its pixel", "Features")
        self.found: dict[str, Evenness] = {}
        self.setToolTip(
            "<qt>The part of positions behind the decimal point. Unbiased positions lie anywhere in a pixel alike: "
            "all bars are within the band (95 %). Where they pile up, the mask is mostly too small: try a larger "
            "diameter; ± tells by how much bars differ beyond chance. Features that do not move repeat themselves in every frame and are not even either.</qt>"
        )
        self.setAccessibleName("Histogram of positions within pixels")
        self.say(NOTHING_LOCATED)

    def show_positions(self, positions: Mapping[str, npt.ArrayLike]) -> None:
        """Show other features; drawn when the plot is next seen.

        Parameters
        ----------
        positions : mapping of str to array-like (n,)
            In pixels, by axis ("z", "y", "x").
        """
        self.found = {axis: Evenness.of(at) for axis, at in positions.items()}
        if not any(one.counts.sum() for one in self.found.values()):
            self.say(NOTHING_LOCATED)
            return
        self.show_with(self._draw_bars)

    def advice(self) -> str:
        """What the histograms say, in a line."""
        if not all(one.enough for one in self.found.values()):
            return f"tells nothing before {FEW * PARTS} features"
        uneven = {axis: one for axis, one in self.found.items() if not one.flat}
        if not uneven:
            return "as unbiased positions are"
        places = {one.toward for one in uneven.values()}
        *first, last = uneven
        axes = f"{', '.join(first)} and {last}" if first else last
        verb = "pile" if first else "piles"
        if len(places) == 1 and places != {""}:
            return f"{axes} {verb} up at {places.pop()}"
        return "biased: try a larger diameter"

    def _draw_bars(self) -> None:
        self.clear()
        edges = np.linspace(0, 1, PARTS + 1)
        mean = float(np.mean([one.counts.sum() for one in self.found.values()])) / PARTS
        room = 1.96 * np.sqrt(mean * (1 - 1 / PARTS))
        top = max(mean + room, *(float(one.counts.max()) for one in self.found.values()))
        band = pg.LinearRegionItem(
            (max(0.0, mean - room), mean + room), orientation="horizontal", movable=False
        )
        shade = pg.mkColor(self.colors.faint)
        shade.setAlpha(110)
        band.setBrush(pg.mkBrush(shade))
        for line in band.lines:
            line.setPen(pg.mkPen(None))
        self.addItem(band, ignoreBounds=True)
        bins = Bins(edges, top=top)
        for (_, one), color in zip(self.found.items(), self._axis_colors(), strict=True):
            self.addItem(bar_outline(bins, one.counts, color))
        show_bins(self, bins)
        said = [
            colored(color, f"{axis} {one.words}")
            for (axis, one), color in zip(self.found.items(), self._axis_colors(), strict=True)
        ]
        self.write_above("&nbsp; ".join(said) + "<br>" + colored(self.colors.ink, self.advice()))

    def _axis_colors(self) -> list[str]:
        return axis_colors("".join(self.found), self.colors)
