"""How the plots of voids are dressed, in a dock and on paper."""

from __future__ import annotations

import pyqtgraph as pg

from specks.ui.plots import Palette, colored

__all__ = ["clear", "curve_axes", "map_axes", "write"]

#: Of the height, below zero: so that what lies there is seen whole.
ROOM = 0.03
#: Points of the letters of titles and names of axes.
LABEL = 8


def clear(plot: pg.PlotItem) -> None:
    """Empty a plot for another page."""
    plot.clear()
    box = plot.getViewBox()
    box.setAspectLocked(False)
    box.invertY(False)
    for side in ("left", "bottom"):
        plot.getAxis(side).setStyle(showValues=True)


def map_axes(plot: pg.PlotItem, shape: tuple[int, int], colors: Palette) -> None:
    """A picture: y downwards, in pixels, both axes alike."""
    box = plot.getViewBox()
    box.invertY(True)
    box.setAspectLocked(True)
    label(plot, "x (px)", "y (px)", colors)
    plot.setRange(xRange=(-0.5, shape[1] - 0.5), yRange=(-0.5, shape[0] - 0.5), padding=0.02)


def curve_axes(plot: pg.PlotItem, x: str, y: str, colors: Palette, *, from_zero: bool = False) -> None:
    """Numbers against numbers; all of them are in view."""
    label(plot, x, y, colors)
    box = plot.getViewBox()
    box.enableAutoRange()
    if from_zero:
        box.updateAutoRange()
        (_, (_, top)) = box.viewRange()
        top = top if top > 0 else 1
        plot.setYRange(-ROOM * top, top, padding=0)


def label(plot: pg.PlotItem, x: str, y: str, colors: Palette) -> None:
    """Name the axes."""
    for side, text in (("bottom", x), ("left", y)):
        axis = plot.getAxis(side)
        axis.setPen(colors.faint)
        axis.setTextPen(colors.ink)
        style = {"color": colors.ink, "font-size": f"{LABEL}pt"}
        axis.setLabel(text, siPrefixEnableRanges=(), **style)  # numbers as they are


def write(plot: pg.PlotItem, text: str, colors: Palette) -> None:
    """Write above a plot."""
    plot.setTitle(colored(colors.ink, text), size=f"{LABEL}pt")
