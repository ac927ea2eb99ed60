"""Frames of a track in which its object was not found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["fill_gaps"]

#: Columns that are carried over a gap along a straight line.
_LINEAR = (
    *("z", "y", "x", "z_corrected", "y_corrected", "x_corrected"),
    *("area", "volume", "equivalent_diameter", "radius"),
)


def fill_gaps(tracks: pd.DataFrame) -> pd.DataFrame:
    """Give every track a row for each frame from its first to its last.

    Parameters
    ----------
    tracks : pandas.DataFrame
        Object table with ``particle``. Rows without a particle (NaN or below 0) are left out.

    Returns
    -------
    pandas.DataFrame
        In the order of particles and frames: ``particle, frame``; positions and sizes (pixels), in
        gaps on the straight line between the rows before and after; ``touches_side``, in gaps true
        where one of the two is; ``frame_number`` likewise rounded; ``label`` (0 in gaps) and ``local_id``
        (-1 in gaps) as they are; and ``observed``, False in gaps. Other columns are left out.

    Raises
    ------
    InputError
        When columns are missing, or a particle is twice in a frame.

    Examples
    --------
    >>> import pandas as pd
    >>> seen = pd.DataFrame({"particle": [4, 4], "frame": [1, 3], "y": [0.0, 2.0], "x": [5.0, 5.0]})
    >>> fill_gaps(seen)
       particle  frame    y    x  observed
    0         4      1  0.0  5.0      True
    1         4      2  1.0  5.0     False
    2         4      3  2.0  5.0      True
    """
    import pandas as pd

    missing = [name for name in ("particle", "frame") if name not in tracks]
    if missing:
        raise InputError([f"tracks has no column {name!r}" for name in missing])
    linked = tracks[(tracks["particle"] >= 0).to_numpy(bool)]
    linked = linked.sort_values(["particle", "frame"], kind="stable")
    particle, frame = linked["particle"].to_numpy(np.int64), linked["frame"].to_numpy(np.int64)
    new = np.ones(len(linked), bool)
    new[1:] = np.diff(particle) != 0
    twice = np.flatnonzero(~new[1:] & (np.diff(frame) == 0))
    if len(twice):
        i = twice[0]
        raise InputError(
            f"particle {particle[i]} is twice in frame {frame[i]}; an object is in one place at a time"
        )
    before, after, share, filled = _between(frame, np.flatnonzero(new))
    observed = share == 0
    columns: dict[str, Any] = {"particle": particle[before], "frame": filled}
    if "frame_number" in linked:
        numbers = linked["frame_number"].to_numpy()
        between = numbers[before] * (1 - share) + numbers[after] * share
        columns["frame_number"] = np.round(between).astype(numbers.dtype)
    for name, nothing in (("label", 0), ("local_id", -1)):
        if name in linked:
            columns[name] = np.where(observed, linked[name].to_numpy()[before], nothing)
    for name in _LINEAR:
        if name in linked:
            values = linked[name].to_numpy(float)
            columns[name] = np.where(
                observed, values[before], values[before] * (1 - share) + values[after] * share
            )
    if "touches_side" in linked:
        touches = linked["touches_side"].to_numpy(bool)
        columns["touches_side"] = touches[before] | touches[after]
    return pd.DataFrame(columns | {"observed": observed})


def _between(frame: npt.NDArray[np.int64], starts: npt.NDArray[np.int64]) -> tuple[npt.NDArray[Any], ...]:
    """For every frame of every track: the rows before and after it, its share of the way, and the frame."""
    n = len(frame)
    if n == 0:
        nothing = np.empty(0, np.int64)
        return nothing, nothing, np.empty(0), nothing
    steps = np.diff(frame, append=frame[-1] + 1)  # frames that each row stands for
    steps[starts[1:] - 1] = 1
    before = np.repeat(np.arange(n), steps)
    gone = np.arange(len(before)) - np.repeat(np.cumsum(steps) - steps, steps)
    share = gone / steps[before]
    after = np.where(gone > 0, before + 1, before)
    return before, after, share, frame[before] + gone
