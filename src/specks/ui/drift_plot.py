"""How a sample drifted, frame by frame, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from napari.components import ViewerModel
from qtpy.QtWidgets import QGraphicsPathItem

from specks.drift import Drift
from specks.ui.frame_plot import FramePlot
from specks.ui.plots import Palette, axis_colors, colored

__all__ = ["DriftCurves", "DriftPlot", "ErrorPlot", "ResidualPlot"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DriftCurves:
    """A drift as it is drawn.

    Parameters
    ----------
    axes : str
    shifts, errors : numpy.ndarray (frame, axis) of float64
        In pixels.
    ok : numpy.ndarray (frame,) of bool
    reasons : tuple of str
        Why a frame is not ok, or what was said by hand.
    residual : numpy.ndarray (frame,) of float64
        Root mean square of what parts of a frame move beyond the frame, in pixels; NaN where it is not known.
    """

    axes: str
    shifts: Floats
    errors: Floats
    ok: npt.NDArray[np.bool_]
    reasons: tuple[str, ...]
    residual: Floats

    @classmethod
    def of(cls, drift: Drift) -> DriftCurves:
        """Those of a drift."""
        table = drift.table
        errors = table[[f"{axis}_std" for axis in drift.axes]].to_numpy(float)
        ok, reasons = table["ok"].to_numpy(bool), tuple(table["reason"])
        return cls(drift.axes, drift.shifts, errors, ok, reasons, _residual(drift))

    def said(self, frame: int, colors: Palette) -> tuple[str, str]:
        """What is known of a frame, as rich text: whether it can be trusted and why, and where it is."""
        reason = self.reasons[frame]
        if not self.ok[frame]:
            title = colored(colors.marker, f"frame {frame}: {reason or 'cannot be trusted'}")
        else:
            title = colored(colors.ink, f"frame {frame}" + (f": {reason}" if reason else ""))
        numbers = [
            colored(color, f"{axis}&nbsp;{_signed(self.shifts[frame, i])}{self._error(frame, i)}")
            for i, (axis, color) in enumerate(zip(self.axes, axis_colors(self.axes, colors), strict=True))
        ]
        return title, "&nbsp; ".join(numbers)  # lines are broken between axes only

    def _error(self, frame: int, axis: int) -> str:
        """A standard error, of frames that have one."""
        error = self.errors[frame, axis]
        return f"&nbsp;±&nbsp;{error:.1g}" if self.ok[frame] and np.isfinite(error) else ""


class _CurvesPlot(FramePlot):
    """What the plots of a drift have in common."""

    def __init__(self, viewer: ViewerModel, y: str) -> None:
        super().__init__(viewer, "Frame", y)
        self.curves: DriftCurves | None = None

    def show_curves(self, curves: DriftCurves | None) -> None:
        """Show another drift; drawn when the plot is next seen."""
        self.curves = curves
        self.show_frames(0, -1 if curves is None else len(curves.ok) - 1, 1.0)

    def draw(self) -> None:
        """Draw the curves."""
        if self.curves is not None:
            self._draw_curves(self.curves)

    def _draw_curves(self, curves: DriftCurves) -> None:
        raise NotImplementedError

    def _place_line(self) -> None:
        super()._place_line()
        self._write(self.marked)

    def _write(self, there: bool) -> None:
        """Say what is drawn, above it."""


class DriftPlot(_CurvesPlot):
    """Drift along each axis with a band of 95 %; frames that cannot be trusted are marked.

    Parameters
    ----------
    viewer : napari viewer

    Attributes
    ----------
    frame_chosen : Signal
        With the frame that was clicked.
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(viewer, "Drift (px)")
        self.setToolTip(
            "<qt>How far the sample has moved. The band holds the truth in 95 of 100 frames; frames with a cross "
            "cannot be trusted and are interpolated. Click to go to a frame.</qt>"
        )
        self.setAccessibleName("Drift against frame")

    def _draw_curves(self, curves: DriftCurves) -> None:
        frames = np.arange(len(curves.ok), dtype=float)
        for i, color in enumerate(axis_colors(curves.axes, self.colors)):
            shift, band = curves.shifts[:, i], 1.96 * np.nan_to_num(curves.errors[:, i])
            self.addItem(_between(frames, shift - band, shift + band, color), ignoreBounds=True)
            self.plot(frames, shift, pen=pg.mkPen(color, width=2), connect="finite")
        bad = np.flatnonzero(~curves.ok & np.isfinite(curves.shifts).all(axis=1))
        crosses = np.repeat(bad, len(curves.axes))
        self.addItem(
            pg.ScatterPlotItem(
                crosses,
                curves.shifts[bad].ravel(),
                symbol="x",
                size=9,
                pen=pg.mkPen(None),
                brush=pg.mkBrush(self.colors.marker),
            )
        )
        bands = 1.96 * np.nan_to_num(curves.errors)
        low, high = np.min(curves.shifts - bands), np.max(curves.shifts + bands)
        room = max(0.05 * (high - low), 0.1)
        self.setYRange(low - room, high + room, padding=0)

    def _write(self, there: bool) -> None:
        if self.curves is None:
            return
        names = [
            colored(color, axis)
            for axis, color in zip(self.curves.axes, axis_colors(self.curves.axes, self.colors), strict=True)
        ]
        if not self.curves.ok.all():
            names.append(colored(self.colors.marker, "✕ not trusted"))
        title, numbers = (
            self.curves.said(self.frame, self.colors) if there else ("&nbsp;", "&nbsp; ".join(names))
        )
        self.write_above(f"{title}<br>{numbers}")


class ErrorPlot(_CurvesPlot):
    """Standard error of the drift along each axis.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(viewer, "Standard error (px)")
        self.setToolTip(
            "<qt>How sure the drift of each frame is; frames that cannot be trusted have none. "
            "Click to go to a frame.</qt>"
        )
        self.setAccessibleName("Standard error against frame")

    def _draw_curves(self, curves: DriftCurves) -> None:
        frames = np.arange(len(curves.ok), dtype=float)
        known = np.where(curves.ok[:, None], curves.errors, np.nan)
        for i, color in enumerate(axis_colors(curves.axes, self.colors)):
            self.plot(
                frames,
                known[:, i],
                pen=pg.mkPen(color, width=2),
                connect="finite",
                symbol="o",
                symbolSize=3,
                symbolPen=None,
                symbolBrush=pg.mkBrush(color),
            )
        finite = known[np.isfinite(known)]
        self.setYRange(0, 1.1 * float(finite.max()) if finite.size and finite.max() > 0 else 1, padding=0)
        names = zip(curves.axes, axis_colors(curves.axes, self.colors), strict=True)
        middle = "" if not finite.size else colored(self.colors.ink, f"median {np.median(finite):.2g} px")
        self.write_above(
            "&nbsp; ".join([*(colored(color, axis) for axis, color in names), middle]) + "<br>&nbsp;"
        )


class ResidualPlot(_CurvesPlot):
    """What a single shift does not explain, frame by frame: rotation, growth, parts that move by themselves.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(viewer, "Residual (px)")
        self.setToolTip(
            "<qt>By how much parts of a frame move beyond the frame itself (root mean square): the sample turns, "
            "grows, or moves in parts where this is large. Click to go to a frame.</qt>"
        )
        self.setAccessibleName("Residual against frame")

    def _draw_curves(self, curves: DriftCurves) -> None:
        frames = np.arange(len(curves.ok), dtype=float)
        known = np.where(curves.ok, curves.residual, np.nan)
        dots = {"symbol": "o", "symbolSize": 3, "symbolPen": None}
        ink = self.colors.third
        self.plot(
            frames, known, pen=pg.mkPen(ink, width=2), connect="finite", symbolBrush=pg.mkBrush(ink), **dots
        )
        finite = known[np.isfinite(known)]
        self.setYRange(0, 1.1 * float(finite.max()) if finite.size and finite.max() > 0 else 1, padding=0)
        middle = "not known" if not finite.size else f"median {np.median(finite):.2g} px"
        self.write_above(colored(self.colors.ink, middle) + "<br>&nbsp;")


def _residual(drift: Drift) -> Floats:
    """Root mean square over the parts of each frame."""
    field, out = drift.residuals, np.full(len(drift.table), np.nan)
    if len(field):
        squares = (field.filter(like="_residual") ** 2).sum(axis=1)
        mean = squares.groupby(field["frame"]).mean()
        out[mean.index] = np.sqrt(mean)
    return out


def _between(x: Floats, low: Floats, high: Floats, color: str) -> QGraphicsPathItem:
    """A shade between two curves; the one of pyqtgraph takes a blink to make."""
    path = pg.arrayToQPath(np.append(x, x[::-1]), np.append(high, low[::-1]))
    shade = pg.mkColor(color)
    shade.setAlpha(70)
    item = QGraphicsPathItem(path)
    item.setPen(pg.mkPen(None))
    item.setBrush(pg.mkBrush(shade))
    return item


def _signed(number: float) -> str:
    """With a proper minus, two decimals."""
    return f"{number:.2f}".replace("-", "−")
