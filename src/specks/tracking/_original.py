"""The track table of rtdefects' "Label and Track Voids" notebook, column by column as it defines them."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.progress import Progress
from specks.measure import fill_gaps
from specks.tracking._columns import Floats, Ints
from specks.tracking._in_blocks import in_blocks
from specks.tracking._slope_kernels import repeated_medians
from specks.tracking._tracks import TrackRows

__all__ = ["Filled", "filled_tracks", "original_arrays", "original_numbers"]

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
    observed : array of bool, shape (n,)
        Whether the object was seen; else it is inferred.
    position : array of float64, shape (n, d)
        In pixels, in the order x, y, z; linear between observed ones.
    radius : array of float64, shape (n,), optional
    on_edge : array of bool, shape (n,)
        Whether the object, or one of the two that it is inferred from, touches the side.
    local_id : array of int64, shape (n,), optional
        Place among the objects of its frame; -1 where it is inferred.
    """

    first: Ints
    frame: Ints
    observed: npt.NDArray[np.bool_]
    position: Floats
    radius: Floats | None
    on_edge: npt.NDArray[np.bool_]
    local_id: Ints | None

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


def filled_tracks(rows: TrackRows) -> Filled:
    """Infer what lies between observed rows, linearly in the index of the frame."""
    import pandas as pd

    names = ["x", "y", "z"][: rows.position.shape[1]]
    columns: dict[str, Any] = {"particle": rows.particle[rows.track], "frame": rows.frame}
    columns |= dict(zip(names, rows.position.T[::-1], strict=True)) | {"touches_side": rows.on_edge}
    columns |= {} if rows.radius is None else {"radius": rows.radius}
    columns |= {} if rows.local_id is None else {"local_id": rows.local_id}
    table = fill_gaps(pd.DataFrame(columns))
    first = np.searchsorted(table["particle"].to_numpy(), rows.particle)
    return Filled(
        first=np.append(first, len(table)).astype(np.int64),
        frame=table["frame"].to_numpy(),
        observed=table["observed"].to_numpy(),
        position=table[names].to_numpy(),
        radius=None if rows.radius is None else table["radius"].to_numpy(),
        on_edge=table["touches_side"].to_numpy(),
        local_id=None if rows.local_id is None else table["local_id"].to_numpy(),
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
        "inferred_frames": _reduced(np.add, ~filled.observed, starts).astype(np.int64),
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


def original_arrays(filled: Filled) -> dict[str, npt.NDArray[np.object_]]:
    """Columns that hold an array, or a list, for each track."""
    several = np.diff(filled.first) > 1
    columns = {
        "positions": _pieces(filled.position, filled.first),
        "touches_side": _pieces(filled.on_edge, filled.first),
        "local_id": _ids(filled),
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


def _ids(filled: Filled) -> npt.NDArray[np.object_]:
    """One list a track, None where nothing was observed."""
    ids = np.full(len(filled.frame), None, object)
    if filled.local_id is not None:
        ids[filled.observed] = filled.local_id[filled.observed].tolist()
    lists = np.empty(len(filled.first) - 1, object)
    for i in range(len(lists)):
        lists[i] = ids[filled.first[i] : filled.first[i + 1]].tolist()
    return lists
