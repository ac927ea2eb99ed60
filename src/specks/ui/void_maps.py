"""Where voids were: masks, positions and tracks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from napari.utils.colormaps import AVAILABLE_COLORMAPS

from specks._core.words import counted
from specks.ui.plots import Palette
from specks.ui.void_axes import map_axes, write
from specks.ui.void_figures import LONGER, VoidFigures

__all__ = ["draw_masks_after", "draw_masks_before", "draw_paths", "draw_places_after", "draw_places_before"]

#: More points take the window longer to draw than a blink, and nobody tells them apart.
MOST_POINTS = 3000
#: Colors from the first frame to the last.
SHADES = 12


def draw_masks_before(plot: pg.PlotItem, figures: VoidFigures, colors: Palette) -> None:
    """In how many frames each place was covered, as measured."""
    _masks(plot, figures, colors, corrected=False)


def draw_masks_after(plot: pg.PlotItem, figures: VoidFigures, colors: Palette) -> None:
    """In how many frames each place was covered, without the drift."""
    _masks(plot, figures, colors, corrected=True)


def draw_places_before(plot: pg.PlotItem, figures: VoidFigures, colors: Palette) -> None:
    """Objects of all frames, as measured."""
    _places(plot, figures, colors, corrected=False)


def draw_places_after(plot: pg.PlotItem, figures: VoidFigures, colors: Palette) -> None:
    """Objects of all frames, without the drift."""
    _places(plot, figures, colors, corrected=True)


def draw_paths(plot: pg.PlotItem, figures: VoidFigures, colors: Palette) -> None:
    """Tracks of more than some frames, without the drift."""
    _, place = figures.paths()
    y, x = place.T
    if len(x):
        pen = pg.mkPen(colors.background, width=1.5)
        plot.addItem(pg.PlotDataItem(x, y, connect="finite", pen=pen))
    ends = np.flatnonzero(np.isnan(x))
    last = ends - 1
    plot.addItem(
        pg.ScatterPlotItem(x[last], y[last], size=4, pen=pg.mkPen(None), brush=pg.mkBrush(colors.particle))
    )
    map_axes(plot, figures.shape, colors)
    write(plot, f"{counted(len(ends), 'track')} of more than {LONGER} frames", colors)


def _masks(plot: pg.PlotItem, figures: VoidFigures, colors: Palette, corrected: bool) -> None:
    maps = figures.maps
    if maps is not None:
        counts = maps.after if corrected else maps.before
        image = pg.ImageItem(counts, axisOrder="row-major")
        image.setLookupTable(_ramp(colors))
        image.setLevels((0, max(1, int(maps.after.max()))))
        height, width = figures.shape
        image.setRect(-0.5, -0.5, width, height)
        plot.addItem(image)
    map_axes(plot, figures.shape, colors)
    write(plot, "Masks without the drift" if corrected else "Masks as measured", colors)


def _places(plot: pg.PlotItem, figures: VoidFigures, colors: Palette, corrected: bool) -> None:
    frames, place = figures.places(corrected, MOST_POINTS)
    shade = np.zeros(len(frames), int)
    if len(frames):
        shade = (SHADES * (frames - frames.min()) / (np.ptp(frames) + 1)).astype(int)
    for i, color in enumerate(time_colors()):
        y, x = place[shade == i].T
        plot.addItem(pg.ScatterPlotItem(x, y, size=4, pen=pg.mkPen(None), brush=pg.mkBrush(color)))
    map_axes(plot, figures.shape, colors)
    what = "without the drift" if corrected else "as measured"
    write(plot, f"Positions {what} (dark: first frame)", colors)


def time_colors() -> list[tuple[int, int, int]]:
    """From the first frame to the last."""
    scale = AVAILABLE_COLORMAPS["viridis"].map(np.linspace(0, 0.92, SHADES))
    return [tuple(int(255 * part) for part in color[:3]) for color in scale]


def _ramp(colors: Palette) -> npt.NDArray[np.uint8]:
    """From the paper to the ink, by way of a color."""
    stops = np.array([pg.mkColor(c).getRgb()[:3] for c in (colors.paper, colors.background, colors.ink)])
    at = np.linspace(0, 2, 256)
    found = np.stack([np.interp(at, [0, 1, 2], stops[:, i]) for i in range(3)], axis=1)
    return found.astype(np.uint8)
