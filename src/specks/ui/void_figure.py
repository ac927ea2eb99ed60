"""All plots of tracked voids on one sheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pyqtgraph as pg
from qtpy.QtCore import QSize
from qtpy.QtGui import QFont

from specks.ui.plots import LIGHT, Palette
from specks.ui.void_axes import clear
from specks.ui.void_curves import draw_count, draw_growth, draw_radius, draw_speed, draw_swelling
from specks.ui.void_figures import VoidFigures
from specks.ui.void_maps import (
    draw_masks_after,
    draw_masks_before,
    draw_paths,
    draw_places_after,
    draw_places_before,
)

__all__ = ["PAGES", "PAPER", "VoidFigure"]

Draw = Callable[[pg.PlotItem, VoidFigures, Palette], None]

#: In the order of the sheet, two rows.
PAGES: dict[str, Draw] = {
    "Masks as measured": draw_masks_before,
    "Masks without drift": draw_masks_after,
    "Positions as measured": draw_places_before,
    "Positions without drift": draw_places_after,
    "Tracks": draw_paths,
    "Count": draw_count,
    "Mean radius": draw_radius,
    "Swelling": draw_swelling,
    "Growth against size": draw_growth,
    "Speed against size": draw_speed,
}
ROW = 5
SIZE = QSize(1700, 760)
#: Height of letters in pixels of the window.
TEXT = 13
PAPER = Palette("#ffffff", "#000000", "#888888", *LIGHT)


class VoidFigure(pg.GraphicsLayoutWidget):
    """The sheet, on white paper whatever the theme.

    Attributes
    ----------
    plots : dict of str to pyqtgraph.PlotItem
        By page; they come with the first figures.
    """

    def __init__(self) -> None:
        super().__init__()
        self.setBackground(PAPER.paper)
        self.setWindowTitle("Voids")
        self.plots: dict[str, pg.PlotItem] = {}
        for column in range(ROW):  # all as wide, whatever is written on their axes
            self.ci.layout.setColumnPreferredWidth(column, SIZE.width() / ROW)
            self.ci.layout.setColumnStretchFactor(column, 1)
        self.resize(SIZE)

    def filling(self, figures: VoidFigures) -> Iterator[str]:
        """Draw one plot after the other, and name each."""
        for i, (name, draw) in enumerate(PAGES.items()):
            if name not in self.plots:
                self.plots[name] = self._added(i)
            clear(self.plots[name])
            draw(self.plots[name], figures, PAPER)
            yield name

    def _added(self, place: int) -> pg.PlotItem:
        font = QFont(self.font())
        font.setPixelSize(TEXT)
        plot = self.addPlot(place // ROW, place % ROW, enableMenu=False)
        plot.hideButtons()
        plot.setMouseEnabled(x=False, y=False)
        plot.getAxis("left").setWidth(4 * TEXT)
        plot.getAxis("bottom").setHeight(3 * TEXT)
        for side in ("left", "bottom"):
            plot.getAxis(side).setStyle(tickFont=font, tickLength=-3)
        return plot
