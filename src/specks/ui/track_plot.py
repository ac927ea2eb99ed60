"""Plots of the track that was picked."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from napari.components import ViewerModel

from specks.ui.frame_plot import FramePlot
from specks.ui.plots import colored
from specks.ui.track_course import TrackCourse
from specks.ui.tracked import Scales

__all__ = ["TrackSizePlot", "TrackSpeedPlot"]


class _CoursePlot(FramePlot):
    """What two plots of a track have in common."""

    def __init__(self, viewer: ViewerModel, y: str) -> None:
        super().__init__(viewer, "Frame", y)
        self._what = y
        self.course: TrackCourse | None = None

    def show_course(self, course: TrackCourse | None, scales: Scales) -> None:
        """Show another track; None for nothing."""
        self.course = course
        self._titles |= {
            "bottom": "Frame" if scales.time == "frame" else f"Time ({scales.time})",
            "left": self._titled(scales),
        }
        self._dress()
        missing = self._missing(course)
        if missing:
            self.last = self.first - 1
            self.say(missing)
        else:
            self.show_frames(int(course.frames[0]), int(course.frames[-1]), scales.step)

    def _titled(self, scales: Scales) -> str:
        raise NotImplementedError

    def _missing(self, course: TrackCourse | None) -> str:
        """Why there is nothing to draw; empty where there is."""
        return "Pick a track to see it here" if course is None else ""

    def _write(self, words: str) -> None:
        """Say above the plot what it shows; in lines that a narrow dock has room for."""
        first, _, second = words.partition("; ")
        self.write_above(
            colored(self.colors.ink, f"{self.course.title()}<br>{first or '&nbsp;'}<br>{second or '&nbsp;'}")
        )

    def _dots(self, x: np.ndarray, y: np.ndarray, hollow: np.ndarray) -> None:
        color = pg.mkColor(self.colors.particle)
        brushes = [pg.mkBrush(self.colors.paper) if one else pg.mkBrush(color) for one in hollow]
        self.addItem(pg.ScatterPlotItem(x, y, size=6, pen=pg.mkPen(color, width=1), brush=brushes))


class TrackSizePlot(_CoursePlot):
    """Radius against time, with the line that was fitted and its interval.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(viewer, "Radius")
        self.setToolTip(
            "<qt>Radius of the picked track and the growth that was fitted, between the least and the greatest "
            "that are likely (95 %). Hollow: cut by a side of the image, and not used. Click to go to a frame.</qt>"
        )
        self.setAccessibleName("Radius of the picked track against time")

    def _titled(self, scales: Scales) -> str:
        return f"Radius ({scales.length})" if scales.length else "Radius"

    def _missing(self, course: TrackCourse | None) -> str:
        return super()._missing(course) or ("" if course.radius is not None else "These objects have no size")

    def draw(self) -> None:
        """Dots, line and interval."""
        course = self.course
        self._write(course.growth_words())
        time = course.time
        if course.growth is not None:
            growth, ends = course.growth, time[[0, -1]]
            both = np.array([*ends, growth.middle[0]])
            both.sort()
            edges = [
                pg.PlotDataItem(both, growth.line(both, slope), pen=pg.mkPen(None))
                for slope in (growth.low, growth.high)
            ]
            shade = pg.mkColor(self.colors.background)
            shade.setAlpha(70)
            for item in (*edges, pg.FillBetweenItem(*edges, brush=shade)):
                self.addItem(item)
            self.plot(ends, growth.line(ends, growth.slope), pen=pg.mkPen(self.colors.background, width=2))
        known = np.isfinite(course.radius)
        self._dots(time[known], course.radius[known], course.cut[known])
        self.enableAutoRange(axis="y")


class TrackSpeedPlot(_CoursePlot):
    """Speed against time.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: ViewerModel) -> None:
        super().__init__(viewer, "Speed")
        self.setToolTip(
            "<qt>Way of the picked track from frame to frame, which the noise of positions makes longer; the line is "
            "the speed without it. Click to go to a frame.</qt>"
        )
        self.setAccessibleName("Speed of the picked track against time")

    def _titled(self, scales: Scales) -> str:
        return f"Speed ({scales.rate})"

    def draw(self) -> None:
        """Dots and a line."""
        course = self.course
        self._write(course.speed_words())
        if not len(course.speed):
            return
        time = course.time
        if np.isfinite(course.mean_speed):
            level = [course.mean_speed, course.mean_speed]
            self.plot(time[[0, -1]], level, pen=pg.mkPen(self.colors.background, width=2))
        self._dots(time[1:], course.speed, np.zeros(len(course.speed), bool))
        top = 1.1 * max(float(course.speed.max()), course.mean_speed if np.isfinite(course.mean_speed) else 0)
        self.setYRange(0, top if top > 0 else 1, padding=0)
