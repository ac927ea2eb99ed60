"""How many voids there were, how large they were and how they grew."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg

from specks._core.words import counted
from specks.ui.plots import Palette
from specks.ui.void_axes import curve_axes, write
from specks.ui.void_figures import VoidFigures

__all__ = ["draw_count", "draw_growth", "draw_radius", "draw_speed", "draw_swelling"]

Floats = npt.NDArray[np.float64]


def draw_count(plot: pg.PlotItem, figures: VoidFigures, colors: Palette) -> None:
    """Voids in each frame."""
    title, clock = figures.clock
    _line(plot, clock, figures.frames["count"].to_numpy(float), figures, colors)
    curve_axes(plot, title, "Voids", colors, from_zero=True)
    write(plot, _named("Number of voids", figures), colors)


def draw_radius(plot: pg.PlotItem, figures: VoidFigures, colors: Palette) -> None:
    """Mean radius in each frame, with what it would vary by in other fields."""
    title, clock = figures.clock
    radius, error = figures.of_frame("radius_mean")
    band = 1.96 * np.nan_to_num(error)
    known = np.isfinite(radius) & ~figures.lost
    edges = [
        pg.PlotDataItem(clock[known], (radius + side * band)[known], pen=pg.mkPen(None)) for side in (-1, 1)
    ]
    shade = pg.mkColor(colors.background)
    shade.setAlpha(70)
    for item in (*edges, pg.FillBetweenItem(*edges, brush=shade)):
        plot.addItem(item)
    _line(plot, clock, radius, figures, colors)
    curve_axes(plot, title, _with("Mean radius", figures.tracked.scales.length), colors)
    write(plot, "Mean radius (band: 95\N{NO-BREAK SPACE}%)", colors)


def draw_swelling(plot: pg.PlotItem, figures: VoidFigures, colors: Palette) -> None:
    """Swelling, or the covered area."""
    title, clock = figures.clock
    what, values = figures.swelling
    _line(plot, clock, values, figures, colors)
    curve_axes(plot, title, what, colors, from_zero=not (values < 0).any())
    write(plot, _named(what.partition(" (")[0], figures), colors)


def draw_growth(plot: pg.PlotItem, figures: VoidFigures, colors: Palette) -> None:
    """Growth of each track against its size, with intervals."""
    rows, scales = figures.grown, figures.tracked.scales
    if len(rows):
        size = figures.of_tracks("mean_radius", rate=False)[rows]
        slope, low, high = (
            figures.of_tracks(f"growth_rate_{end}", rate=True)[rows] for end in ("fit", "low", "high")
        )
        bars = pg.ErrorBarItem(
            x=size, y=slope, top=high - slope, bottom=slope - low, pen=pg.mkPen(colors.faint)
        )
        plot.addItem(bars)
        plot.addItem(pg.InfiniteLine(0, angle=0, pen=pg.mkPen(colors.faint)))
        _dots(plot, size, slope, colors)
    curve_axes(plot, _with("Mean radius", scales.length), _with("Growth", scales.rate), colors)
    write(plot, f"Growth of {counted(len(rows), 'track')} (bars: 95\N{NO-BREAK SPACE}%)", colors)


def draw_speed(plot: pg.PlotItem, figures: VoidFigures, colors: Palette) -> None:
    """Speed of each track against its size."""
    scales = figures.tracked.scales
    if figures.tracked.radius is not None:
        size, speed = figures.of_tracks("mean_radius", rate=False), figures.of_tracks("speed", rate=True)
        known = np.isfinite(size) & np.isfinite(speed)
        _dots(plot, size[known], speed[known], colors)
    curve_axes(plot, _with("Mean radius", scales.length), _with("Speed", scales.rate), colors, from_zero=True)
    write(plot, "Speed (without the noise of positions)", colors)


def _line(plot: pg.PlotItem, x: Floats, y: Floats, figures: VoidFigures, colors: Palette) -> None:
    """A curve through the frames that can be trusted; crosses at the others."""
    lost, kept = figures.lost & np.isfinite(y), ~figures.lost & np.isfinite(y)
    if kept.any():  # pyqtgraph warns of curves without a point
        plot.addItem(
            pg.PlotDataItem(
                x,
                np.where(kept, y, np.nan),
                connect="finite",
                pen=pg.mkPen(colors.background, width=2),
                symbol="o",
                symbolSize=5,
                symbolPen=None,
                symbolBrush=pg.mkBrush(colors.background),
            )
        )
    plot.addItem(
        pg.ScatterPlotItem(
            x[lost], y[lost], symbol="x", size=9, pen=pg.mkPen(None), brush=pg.mkBrush(colors.marker)
        )
    )


def _dots(plot: pg.PlotItem, x: Floats, y: Floats, colors: Palette) -> None:
    plot.addItem(pg.ScatterPlotItem(x, y, size=5, pen=pg.mkPen(None), brush=pg.mkBrush(colors.particle)))


def _with(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit else name


def _named(title: str, figures: VoidFigures) -> str:
    """A title that says what crosses are."""
    return f"{title} (✕: frame not trusted)" if figures.lost.any() else title
