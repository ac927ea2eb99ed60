"""What there is to see of tracked voids: the plots of the original, as numbers."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.progress import Progress
from specks._core.source import array_source
from specks.drift import Drift
from specks.ui.tracked import Tracked

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["LONGER", "Maps", "VoidFigures", "void_figures"]

Floats = npt.NDArray[np.float64]

#: Tracks of more frames than this are drawn; as in the original.
LONGER = 6
#: Most points along a side of a map.
SIDE = 400


@dataclass(frozen=True, eq=False)
class Maps:
    """In how many frames each place was covered.

    Parameters
    ----------
    before, after : numpy.ndarray (y, x) of uint16
        As measured, and without the drift.
    step : int
        Pixels of the image from one point of a map to the next.
    """

    before: npt.NDArray[np.uint16]
    after: npt.NDArray[np.uint16]
    step: int


@dataclass(frozen=True, eq=False)
class VoidFigures:
    """The numbers of all plots.

    Parameters
    ----------
    maps : Maps or None
        None where there are no labels.
    tracked : Tracked
    frames : pandas.DataFrame
        What `specks.measure_swelling` gives.
    shape : tuple of int
        Of a frame, (y, x).
    lost : numpy.ndarray (frames,) of bool
        Frames that were left out, or whose drift cannot be trusted: their numbers mean little.
    """

    maps: Maps | None
    tracked: Tracked
    frames: pd.DataFrame
    shape: tuple[int, int]
    lost: npt.NDArray[np.bool_]

    @property
    def clock(self) -> tuple[str, Floats]:
        """What frames are drawn against: dose, time or their index, whichever says most; title and values."""
        names = {"dose_dpa": "Dose (dpa)", "time_s": "Time (s)"}
        name = next((name for name in names if name in self.frames), "frame")
        return names.get(name, "Frame"), self.frames[name].to_numpy(float)

    def of_frame(self, name: str) -> tuple[Floats, Floats]:
        """A column of the frames with its standard errors, in the unit of lengths; NaN where not known."""
        end = self.tracked.scales.of_length
        there = f"{name}{end}" if f"{name}{end}" in self.frames else name
        values = self.frames[there].to_numpy(float)
        error = self.frames.get(f"{there}_se", None)
        return values, np.full(len(values), np.nan) if error is None else error.to_numpy(float)

    @property
    def swelling(self) -> tuple[str, Floats]:
        """Swelling, or where the foil is not known the covered area; title and per cents."""
        if "swelling_percent" in self.frames and self.frames["swelling_percent"].notna().any():
            return "Swelling (%)", self.frames["swelling_percent"].to_numpy(float)
        if "area_fraction" in self.frames:
            return "Covered area (%)", 100 * self.frames["area_fraction"].to_numpy(float)
        return "Swelling (%)", np.full(len(self.frames), np.nan)

    def of_tracks(self, name: str, rate: bool) -> Floats:
        """A column of the summary of tracks, in the units that are known."""
        scales = self.tracked.scales
        found: Floats = self.tracked.summary_table[
            name + (scales.of_rate if rate else scales.of_length)
        ].to_numpy(float)
        return found

    @property
    def grown(self) -> npt.NDArray[np.int64]:
        """Rows of the summary whose growth is known."""
        if self.tracked.radius is None:
            return np.empty(0, np.int64)
        return np.flatnonzero(np.isfinite(self.of_tracks("growth_rate_fit", rate=True)))

    def places(self, corrected: bool, most: int) -> tuple[Floats, Floats]:
        """Frames, and y and x of the objects, in pixels; of more than `most` every n-th."""
        table = self.tracked.table
        names = ["y_corrected", "x_corrected"] if corrected and "y_corrected" in table else ["y", "x"]
        some = slice(None, None, max(1, -(-len(table) // most)))
        return table["frame"].to_numpy(float)[some], table[names].to_numpy(float)[some]

    def paths(self, longer: int = LONGER) -> tuple[npt.NDArray[np.int64], Floats]:
        """Tracks of more frames, y and x without the drift in pixels; a row of NaN ends each.

        Returns
        -------
        particle : array of int64, shape (n,)
        place : array of float64, shape (n, 2)
        """
        tracked = self.tracked
        names = tracked.positions(tracked.has_corrected)[-2:]
        place = tracked.filled[names].to_numpy(float)
        particles, rows = [np.empty(0, np.int64)], [np.empty((0, 2))]
        observed = tracked.filled["observed"].to_numpy(bool)
        for particle, part in tracked.rows.items():
            if np.count_nonzero(observed[part]) > longer:
                rows += [place[part], np.full((1, 2), np.nan)]
                particles.append(np.full(part.stop - part.start + 1, particle))
        return np.concatenate(particles), np.concatenate(rows)


def void_figures(
    tracked: Tracked, frames: pd.DataFrame, labels: Any, axes: str, drift: Drift | None
) -> Generator[Progress, None, VoidFigures]:
    """Collect what is drawn; labels are looked at frame by frame.

    Parameters
    ----------
    tracked : Tracked
    frames : pandas.DataFrame
    labels : array
        Of the whole series.
    axes : str
        "tyx" or "tzyx".
    drift : Drift, optional
    """
    source = array_source(labels, axes)
    shape = source.shape[-2:]
    step = max(1, -(-max(shape) // SIDE))
    before = np.zeros(tuple(-(-n // step) for n in shape), np.uint16)
    after = np.zeros_like(before)
    count = source.shape[axes.index("t")]
    for t in range(count):
        yield Progress(t, count, f"Drawing frame {t + 1} of {count}")
        frame = (slice(t, t + 1), *(slice(0, n) for n in source.shape[1:]))
        covered = source.read(frame)[0] != 0
        covered = covered.any(axis=0) if covered.ndim > 2 else covered
        before += covered[::step, ::step]
        shift = (0, 0) if drift is None else _whole(drift, t)
        after += _moved(covered, shift, step)
    size = (int(shape[0]), int(shape[1]))
    return VoidFigures(Maps(before, after, step), tracked, frames, size, _lost(frames, drift))


def _lost(frames: pd.DataFrame, drift: Drift | None) -> npt.NDArray[np.bool_]:
    """Frames whose numbers mean little."""
    lost = np.zeros(len(frames), np.bool_)
    if "reason" in frames:
        lost |= frames["reason"].fillna("").astype(str).to_numpy() != ""
    if drift is not None and len(drift.table) == len(frames):
        lost |= ~drift.table["ok"].to_numpy(bool)
    return lost


def _whole(drift: Drift, frame: int) -> tuple[int, int]:
    """Shift of a frame by whole pixels, (y, x)."""
    y, x = drift.table[["y", "x"]].iloc[frame]
    return (round(float(y)), round(float(x))) if np.isfinite([y, x]).all() else (0, 0)


def _moved(covered: npt.NDArray[np.bool_], shift: tuple[int, int], step: int) -> npt.NDArray[np.bool_]:
    """Every n-th pixel of a mask without its shift; nothing where the frame does not reach."""
    found = np.zeros(tuple(-(-n // step) for n in covered.shape), np.bool_)
    ranges = []
    for n, moved in zip(covered.shape, shift, strict=True):
        at = np.arange(0, n, step) + moved
        ranges.append((np.flatnonzero((at >= 0) & (at < n)), at))
    (rows, y), (columns, x) = ranges
    found[np.ix_(rows, columns)] = covered[np.ix_(y[rows], x[columns])]
    return found
