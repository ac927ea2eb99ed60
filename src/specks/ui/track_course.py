"""One track against time: its size with the growth that was fitted, and its speed; in numbers and in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.words import counted, number
from specks.ui.tracked import Scales, Tracked

__all__ = ["Growth", "TrackCourse"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Growth:
    """A slope with the ends of its interval of 95 %, per unit of time; a line through `middle`."""

    slope: float
    low: float
    high: float
    middle: tuple[float, float]

    def line(self, time: Floats, slope: float) -> Floats:
        """A line of another slope through the same middle."""
        return self.middle[1] + slope * (time - self.middle[0])


@dataclass(frozen=True, eq=False)
class TrackCourse:
    """What is drawn of a track.

    Parameters
    ----------
    particle : int
    frames : array of int64, shape (n,)
        In which it was seen.
    radius : array of float64, shape (n,), optional
        In the unit of lengths.
    cut : array of bool, shape (n,)
        Whether the object touches a side, so that its size says nothing.
    speed : array of float64, shape (n - 1,)
        From each frame to the next, per unit of time.
    mean_speed : float
        Without what the noise of positions adds to it; NaN of less than three frames.
    growth : Growth or None
        None of fewer than four frames, or without sizes.
    inferred : int
        Frames between in which it was not seen.
    scales : Scales
    """

    particle: int
    frames: npt.NDArray[np.int64]
    radius: Floats | None
    cut: npt.NDArray[np.bool_]
    speed: Floats
    mean_speed: float
    growth: Growth | None
    inferred: int
    scales: Scales

    @classmethod
    def of(cls, tracked: Tracked, particle: int) -> TrackCourse:
        """That of one track of a result."""
        rows, scales = tracked.rows[particle], tracked.scales
        part = tracked.filled.iloc[rows]
        seen = part["observed"].to_numpy(bool)
        frames = part["frame"].to_numpy(np.int64)[seen]
        radius = None if tracked.radius is None else tracked.radius[rows][seen]
        cut = np.zeros(len(frames), bool)
        if "touches_side" in part:
            cut = part["touches_side"].to_numpy(bool)[seen]
        sides = np.array(tracked.geometry.spatial_spacing) if tracked.geometry.is_physical else 1.0
        place = part[tracked.positions(tracked.has_corrected)].to_numpy(float)[seen] * sides
        steps = np.linalg.norm(np.diff(place, axis=0), axis=1)
        row = tracked.summary_table.loc[tracked.summary_table["particle"] == particle].iloc[0]
        time = frames * scales.step
        return cls(
            particle=particle,
            frames=frames,
            radius=radius,
            cut=cut,
            speed=steps / np.diff(time),
            mean_speed=float(row[f"speed{scales.of_rate}"]),
            growth=_growth(row, time, radius, cut, scales),
            inferred=int((~seen).sum()),
            scales=scales,
        )

    @property
    def time(self) -> Floats:
        """Of the frames, in the unit of time."""
        return self.frames * self.scales.step

    def title(self) -> str:
        """Which track it is, and how long."""
        seen = len(self.frames)
        text = f"Track {self.particle}: {counted(seen, 'frame')}"
        return text + (f", {self.inferred} inferred" if self.inferred else "")

    def growth_words(self) -> str:
        """How it grows, and how sure that is."""
        if self.growth is None:
            return "too few whole objects for a growth rate"
        g, rate = self.growth, self.scales.rate
        slope, low, high = (number(value) for value in (g.slope, g.low, g.high))
        if g.low > 0:
            return f"grows by {slope} {rate}; between {low} and {high} (95 %)"
        if g.high < 0:
            return (
                f"shrinks by {number(-g.slope)} {rate}; between {number(-g.high)} and {number(-g.low)} (95 %)"
            )
        return f"may not grow: {slope} {rate}; between {low} and {high} (95 %)"

    def speed_words(self) -> str:
        """How fast it is."""
        if not np.isfinite(self.mean_speed):
            return "too few frames for a speed"
        return f"{number(self.mean_speed)} {self.scales.rate} without the noise of positions"


def _growth(
    row: Any, time: Floats, radius: Floats | None, cut: npt.NDArray[np.bool_], scales: Scales
) -> Growth | None:
    if radius is None:
        return None
    slope, low, high = (float(row[f"growth_rate_{end}{scales.of_rate}"]) for end in ("fit", "low", "high"))
    used = ~cut & np.isfinite(radius)
    if not np.isfinite(slope) or not used.any():
        return None
    return Growth(slope, low, high, (float(time[used].mean()), float(radius[used].mean())))
