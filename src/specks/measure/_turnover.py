"""When tracks begin and end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["turnover"]


def turnover(table: pd.DataFrame, frames: int) -> dict[str, npt.NDArray[np.int64]]:
    """Count the tracks that begin and end in each frame.

    Parameters
    ----------
    table : pandas.DataFrame
        Object table with ``particle``; NaN or below 0 is no track.
    frames : int
        How many frames there are.

    Returns
    -------
    dict of str to array of int64, shape (frames,)
        ``appeared``: tracks whose first frame it is; those of the first frame of the series were there
        before. ``disappeared``: tracks whose last frame is the one before. Where the table has
        ``touches_side``, tracks that begin or end at a side came in or went out instead, and are counted
        as ``entered`` and ``left``.
    """
    linked = table[(table["particle"] >= 0).to_numpy(bool)].sort_values("frame", kind="stable")
    first, last = (linked.drop_duplicates("particle", keep=keep) for keep in ("first", "last"))
    born, gone = first[first["frame"] > 0], last[last["frame"] < frames - 1]
    if "touches_side" not in linked:
        return {"appeared": _per_frame(born, 0, frames), "disappeared": _per_frame(gone, 1, frames)}
    in_at, out_at = (rows["touches_side"].to_numpy(bool) for rows in (born, gone))
    return {
        "appeared": _per_frame(born[~in_at], 0, frames),
        "disappeared": _per_frame(gone[~out_at], 1, frames),
        "entered": _per_frame(born[in_at], 0, frames),
        "left": _per_frame(gone[out_at], 1, frames),
    }


def _per_frame(rows: pd.DataFrame, later: int, frames: int) -> npt.NDArray[np.int64]:
    return np.bincount(rows["frame"].to_numpy(np.int64) + later, minlength=frames).astype(np.int64)
