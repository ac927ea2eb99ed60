"""One gray scale for all frames of a series."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.progress import Progress
from specks._core.source import Region, Source

__all__ = ["GrayScale", "frame_count", "frame_region", "read_frame", "series_scale"]

#: By how many times their usual spread the ends of a frame's range may differ from those of most.
_ODD = 10.0


def frame_count(source: Source) -> int:
    """How many frames there are; one without a time axis."""
    return source.shape[0] if "t" in source.axes else 1


def frame_region(source: Source, t: int) -> Region:
    """The region of one frame."""
    spatial = tuple(slice(0, n) for a, n in zip(source.axes, source.shape, strict=True) if a != "t")
    return (slice(t, t + 1), *spatial) if "t" in source.axes else spatial


def read_frame(source: Source, t: int) -> npt.NDArray[Any]:
    """One frame, shape ([z,] y, x)."""
    block = source.read(frame_region(source, t))
    return block[0] if "t" in source.axes else block


@dataclass(frozen=True)
class GrayScale:
    """What is black and what is white.

    Parameters
    ----------
    low, high : float
    """

    low: float
    high: float

    def apply(self, frame: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Gray values from 0 to 1; 0 where there is none, and everywhere if black is white.

        Examples
        --------
        >>> GrayScale(10, 30).apply(np.array([[0.0, 20.0, np.nan, 50.0]]))
        array([[0. , 0.5, 0. , 1. ]], dtype=float32)
        """
        if not self.high > self.low:
            return np.zeros(frame.shape, np.float32)
        gray = (frame.astype(np.float64) - self.low) / (self.high - self.low)
        return np.nan_to_num(np.clip(gray, 0, 1), nan=0.0).astype(np.float32)


def series_scale(source: Source) -> Generator[Progress, None, tuple[GrayScale, dict[int, str]]]:
    """Find the range of a series, reading each frame once.

    Frames whose darkest or brightest pixel is far from what is usual, such as flashes, do not
    stretch it: the rest would have no contrast.

    Yields
    ------
    Progress

    Returns
    -------
    tuple of GrayScale and dict of int to str
        The scale, and the frames in which there is nothing to see, with the reason.
    """
    frames = frame_count(source)
    blank = dict(source.ruined)
    ranges = []
    for t in range(frames):
        yield Progress(t, frames, f"Gray values of frame {t + 1} of {frames}")
        if t in blank:
            continue
        values = read_frame(source, t)
        if values.dtype.kind == "f":
            values = values[np.isfinite(values)]
        low, high = (float(values.min()), float(values.max())) if values.size else (np.nan, np.nan)
        if values.size and high > low:
            ranges.append((low, high))
        else:
            blank[t] = "all pixels are equal" if values.size else "no pixel is a number"
    if not ranges:
        return GrayScale(0.0, 0.0), blank
    lows, highs = np.array(ranges).T
    usual = float(np.median(highs) - np.median(lows))
    return GrayScale(float(_near(lows, usual).min()), float(_near(highs, usual).max())), blank


def _near(values: npt.NDArray[np.float64], usual: float) -> npt.NDArray[np.float64]:
    """Those within the usual range of gray values from their median, or within their spread."""
    away = np.abs(values - np.median(values))
    near: npt.NDArray[np.float64] = values[away <= usual + _ODD * np.median(away)]
    return near
