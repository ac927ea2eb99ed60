"""The track table of rtdefects' "Label and Track Voids" notebook, column by column as it defines them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.progress import Progress
from specks.tracking._columns import Floats, Ints
from specks.tracking._in_blocks import in_blocks
from specks.tracking._slope_kernels import repeated_medians
from specks.tracking._tracks import TrackRows

__all__ = ["Filled", "fill_gaps", "original_arrays", "original_numbers"]

#: Tracks that span fewer frames have no growth rate.
FEWEST = 4
#: Pairs of frames that are worked on between two reports.
PAIRS = 10_000_000


@dataclass(frozen=True, eq=False)
class Filled:
    """Tracks with a row in every frame from their first to their last one.

    Parameters
    ----------
    first : array of int64, shape (tracks + 1,)
        First row of each track.
    frame : array of int64, shape (n,)
    row : array of int64, shape (n,)
        Observed row, -1 where it is inferred.
    position : array of float64, shape (n, d)
        In pixels, in the order x, y, z; linear between observed ones.
    radius : array of float64, shape (n,), optional
    on_edge : array of bool, shape (n,)
        Whether the object, or one of the two that it is inferred from, touches the side.
    """

    first: Ints
    frame: Ints
    row: Ints
    position: Floats
    radius: Floats | None
    on_edge: npt.NDArray[np.bool_]

    @cached_property
    def from_start(self) -> Floats:
        """Distance from the first position of the track."""
        start = np.repeat(self.position[self.first[:-1]], np.diff(self.first), axis=0)
        distance: Floats = np.linalg.norm(self.position - start, axis=1)
        return distance

    @cached_property
    def steps(self) -> Floats:
        """Distance from the position before; 0 at the start of a track."""
        steps = np.zeros(len(self.frame))
        steps[1:] = np.linalg.norm(np.diff(self.position, axis=0), axis=1)
        steps[self.first[:-1]] = 0.0
        return steps


def fill_gaps(rows: TrackRows) -> Filled:
    """Infer what lies between observed rows, linearly in the index of the frame."""
    begin, end = rows.frame[rows.first[:-1]], rows.frame[rows.first[1:] - 1]
    span = end - begin + 1
    first = np.concatenate([[0], np.cumsum(span)]).astype(np.int64)
    track = np.repeat(np.arange(len(span)), span)
    frame = np.arange(first[-1]) - first[track] + begin[track]
    # A frame counts from the end of all tracks before it: one sorted list for all of them.
    shift = first[:-1] - begin
    at = np.searchsorted(rows.frame + shift[rows.track], frame + shift[track], side="right") - 1
    after = np.minimum(at + 1, rows.first[1:][track] - 1)
    gap = rows.frame[after] - rows.frame[at]
    part = np.divide(frame - rows.frame[at], gap, out=np.zeros(len(frame)), where=gap > 0)
    seen = rows.frame[at] == frame

    def between(values: Floats) -> Floats:
        inferred: Floats = values[at] + part * (values[after] - values[at])
        return inferred

    return Filled(
        first=first,
        frame=frame,
        row=np.where(seen, at, -1),
        position=np.stack([between(axis) for axis in rows.position.T[::-1]], axis=1),
        radius=None if rows.radius is None else between(rows.radius),
        on_edge=np.where(seen, rows.on_edge[at], rows.on_edge[at] | rows.on_edge[after]),
    )


def original_numbers(filled: Filled) -> Generator[Progress, None, dict[str, Floats | Ints]]:
    """Columns that hold a number for each track; all lengths in pixels."""
    starts, ends = filled.first[:-1], filled.first[1:]
    span = ends - starts
    several = span > 1
    furthest = np.where(several, _reduced(np.maximum, filled.from_start, starts), np.nan)
    traveled = np.where(several, _reduced(np.add, filled.steps, starts), np.nan)
    columns: dict[str, Floats | Ints] = {
        "start_frame": filled.frame[starts],
        "end_frame": filled.frame[ends - 1],
        "total_frames": span,
        "inferred_frames": _reduced(np.add, filled.row < 0, starts).astype(np.int64),
        "max_disp": furthest,
        "drift_rate": furthest / span,
        "total_traveled": traveled,
        "movement_rate": traveled / span,
    }
    radius = filled.radius
    if radius is not None:
        slope = np.empty(len(span))

        def fit(some: slice, begin: Ints) -> None:
            repeated_medians(begin, radius, FEWEST, slope[some])

        yield from in_blocks(fit, filled.first, span**2, PAIRS, "Fitting Siegel's slope")
        columns["max_radius"] = _reduced(np.maximum, radius, starts)
        columns["min_radius"] = _reduced(np.minimum, radius, starts)
        columns["growth_rate"] = slope
    return columns


def original_arrays(filled: Filled, local_id: Ints | None) -> dict[str, npt.NDArray[np.object_]]:
    """Columns that hold an array, or a list, for each track.

    Parameters
    ----------
    filled : Filled
    local_id : array of int64, optional
        Number of each observed row within its frame.
    """
    several = np.diff(filled.first) > 1
    columns = {
        "positions": _pieces(filled.position, filled.first),
        "touches_side": _pieces(filled.on_edge, filled.first),
        "local_id": _ids(filled, local_id),
        "disp_from_start": _pieces(filled.from_start, filled.first, several),
        "dist_traveled": _pieces(_sums(filled.steps, filled.first), filled.first, several),
    }
    return columns if filled.radius is None else columns | {"radii": _pieces(filled.radius, filled.first)}


def _reduced(how: np.ufunc, values: npt.NDArray[Any], starts: Ints) -> Floats:
    """One number a track; `reduceat` knows no empty list."""
    found: Floats = how.reduceat(values, starts) if len(starts) else np.empty(0)
    return found


def _sums(steps: Floats, first: Ints) -> Floats:
    """Running sums that begin anew with each track."""
    running: Floats = np.cumsum(steps)
    return running - np.repeat(running[first[:-1]], np.diff(first))


def _pieces(
    values: npt.NDArray[Any], first: Ints, there: npt.NDArray[np.bool_] | None = None
) -> npt.NDArray[np.object_]:
    """One array a track; NaN where there is none."""
    pieces = np.empty(len(first) - 1, object)
    for i in range(len(pieces)):
        pieces[i] = values[first[i] : first[i + 1]] if there is None or there[i] else np.nan
    return pieces


def _ids(filled: Filled, local_id: npt.NDArray[Any] | None) -> npt.NDArray[np.object_]:
    """One list a track, None where nothing was observed."""
    ids = np.full(len(filled.frame), None, object)
    if local_id is not None:
        seen = filled.row >= 0
        ids[seen] = local_id[filled.row[seen]].tolist()
    lists = np.empty(len(filled.first) - 1, object)
    for i in range(len(lists)):
        lists[i] = ids[filled.first[i] : filled.first[i + 1]].tolist()
    return lists
