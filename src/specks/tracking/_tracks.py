"""The rows of tracks, sorted by track and time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks._core.tables import numbers
from specks.tracking._columns import Floats, Ints, position_columns, radii, time_steps, whole_numbers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TrackRows", "read_tracks"]


@dataclass(frozen=True, eq=False)
class TrackRows:
    """Observed rows of tracks.

    Parameters
    ----------
    order : array of int64, shape (n,)
        Row of the table that each one comes from.
    particle : array of int64, shape (tracks,)
        Numbers of the tracks, ascending.
    first : array of int64, shape (tracks + 1,)
        First row of each track, and the number of rows.
    frame, time : array of int64, shape (n,)
        Index along t, and steps of time.
    position : array of float64, shape (n, d)
        In pixels, in the order z, y, x.
    radius : array of float64, shape (n,), optional
        In pixels.
    on_edge : array of bool, shape (n,)
        Whether the object touches the side of the image.
    confidence : array of float64, shape (n,), optional
        Of the link to the row before.
    local_id : array of int64, shape (n,), optional
        Place among the objects of its frame, from 0: the column ``local_id``, or else ``label`` - 1.
    """

    order: Ints
    particle: Ints
    first: Ints
    frame: Ints
    time: Ints
    position: Floats
    radius: Floats | None
    on_edge: npt.NDArray[np.bool_]
    confidence: Floats | None
    local_id: Ints | None

    def __len__(self) -> int:
        return len(self.order)

    @property
    def track(self) -> Ints:
        """Which track each row belongs to, as an index into `particle`."""
        return np.repeat(np.arange(len(self.particle)), self.count)

    @property
    def count(self) -> Ints:
        """Rows of each track."""
        return np.diff(self.first)

    def of(self, used: npt.NDArray[np.bool_]) -> Ints:
        """Where each track begins among some of the rows, and the number of these."""
        return np.concatenate([[0], np.cumsum(np.bincount(self.track[used], minlength=len(self.particle)))])

    def reduced(self, how: np.ufunc, values: Floats) -> Floats:
        """One number a track."""
        found: Floats = how.reduceat(values, self.first[:-1]) if len(self.particle) else np.empty(0)
        return found


def read_tracks(links: Any) -> TrackRows:
    """Check a table of tracks and sort it.

    Raises
    ------
    InputError
        When it is no table, lacks columns, or a track is twice in a frame.
    """
    import pandas as pd

    table = getattr(links, "table", links)
    if not isinstance(table, pd.DataFrame):
        raise InputError(
            f"links is {type(links).__name__}; it must be what link returns, or a table of tracks"
        )
    if "particle" not in table.columns:
        raise InputError(
            f"links has no column 'particle'; it has {', '.join(map(str, table.columns))}; link gives a table with one"
        )
    names = position_columns(table)
    particle = whole_numbers(table, "particle")
    frame = whole_numbers(table, "frame")
    numbered = "frame_number" in table.columns
    time = time_steps(frame, whole_numbers(table, "frame_number") if numbered else None)
    order = np.lexsort((frame, particle))
    order = order[particle[order] >= 0]
    particle, frame = particle[order], frame[order]
    _check_once(particle, frame)
    found, first = np.unique(particle, return_index=True)
    position = _at(table, names, order)
    lost = ~np.isfinite(position).all(axis=1)
    if lost.any():
        raise InputError(
            f"particle {particle[lost][0]} has no position in frame {frame[lost][0]}; rows without one belong to "
            "particle -1"
        )
    radius = radii(table)
    confidence = numbers(table, "confidence") if "confidence" in table.columns else None
    local_id = None
    if "local_id" in table.columns:
        local_id = whole_numbers(table, "local_id")
    elif "label" in table.columns:
        local_id = whole_numbers(table, "label") - 1
    edge = (
        table["touches_side"].to_numpy(bool)
        if "touches_side" in table.columns
        else np.zeros(len(table), bool)
    )
    return TrackRows(
        order=order.astype(np.int64),
        particle=found,
        first=np.append(first, len(order)).astype(np.int64),
        frame=frame,
        time=time[order],
        position=position,
        radius=None if radius is None else radius[order],
        on_edge=edge[order],
        confidence=None if confidence is None else confidence[order],
        local_id=None if local_id is None else local_id[order],
    )


def _at(table: pd.DataFrame, names: tuple[str, ...], order: Ints) -> Floats:
    """Positions of some rows."""
    columns = [numbers(table, name)[order] for name in names]
    return np.stack(columns, axis=1)


def _check_once(particle: Ints, frame: Ints) -> None:
    """Refuse tracks that are twice in a frame; both arrays are sorted."""
    twice = np.flatnonzero((np.diff(particle) == 0) & (np.diff(frame) == 0))
    if len(twice):
        i = twice[0]
        raise InputError(
            f"particle {particle[i]} has two rows in frame {frame[i]}; a track has one row a frame"
        )
