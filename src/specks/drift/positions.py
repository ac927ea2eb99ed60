"""Positions without the drift: analytically, no pixel is touched."""

from __future__ import annotations

from specks._core.errors import InputError
from specks._core.progress import Progress, Steps
from specks._core.step import step
from specks._core.types import Model, Table
from specks.drift.given import as_drift, frames_of, numbers_of, warn_of_nothing
from specks.drift.rows import listed

__all__ = ["correct_positions"]


@step("Correct positions")
def correct_positions(table: Table, drift: Model) -> Steps[Table]:
    """Add positions without the drift to a table.

    Corrected position = position - drift. The positions that were measured stay beside it.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns ``frame`` (from 0) and ``y, x`` (``z, y, x``) in pixels, such as `measure_objects` gives.
    drift : Drift or path
        How the sample has moved. Axes that it does not know, such as z, have not moved; of axes that
        the table does not have, nothing is said.

    Returns
    -------
    pandas.DataFrame
        A copy with the same rows, index and columns, and ``y_corrected, x_corrected`` (and
        ``z_corrected``) in pixels; columns of these names that were there are made anew.

    Raises
    ------
    InputError
        When a column is missing, a frame is no whole number, or the drift has no such frame.
    FileFormatError
        When there is no drift at the path.

    Warns
    -----
    UserWarning
        When no frame of the drift can be trusted.

    Examples
    --------
    >>> import pandas as pd
    >>> import specks
    >>> tracks = pd.DataFrame({"frame": [0, 1, 2], "particle": 7, "y": [5.0, 6.0, 8.0], "x": 4.0})
    >>> drift = specks.drift_from_tracks(tracks)
    >>> specks.correct_positions(tracks, drift)["y_corrected"].tolist()
    [5.0, 5.0, 5.0]
    """
    known = as_drift(drift)
    if not hasattr(table, "columns"):
        raise InputError(f"table is {type(table).__name__}; it must be a pandas.DataFrame")
    frames = frames_of(table, "table")
    beyond = sorted(set(frames[frames >= len(known.table)].tolist()))
    if beyond:
        raise InputError(
            f"table has the frame{'s' * (len(beyond) > 1)} {listed(beyond)}, but the drift is of "
            f"{len(known.table)} frames (0 to {len(known.table) - 1})"
        )
    yield Progress(0, 1, "Correcting positions")
    warn_of_nothing(known)
    corrected = table.copy()
    for axis in [a for a in "zyx" if a in "yx" or a in table.columns]:
        moved = known.table[axis].to_numpy()[frames] if axis in known.axes else 0.0
        corrected[f"{axis}_corrected"] = numbers_of(table, axis, "table") - moved
    return corrected
