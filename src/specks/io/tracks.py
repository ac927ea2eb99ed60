"""What every file of tracks needs of a table: which rows, and where they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["position_names", "track_array", "track_rows"]


def track_array(table: pd.DataFrame, *, corrected: bool = False) -> npt.NDArray[np.float64]:
    """Tracks as napari's Tracks layers take them.

    Parameters
    ----------
    table : pandas.DataFrame
        One row an object and frame: ``particle``, ``frame``, ``y``, ``x`` (and ``z``) in pixels, as `specks.link`
        gives it. Rows of particle -1 are left out.
    corrected : bool
        Whether to take the positions that are corrected for drift.

    Returns
    -------
    array of float64, shape (n, 4) or (n, 5)
        Columns particle, frame, (z,) y, x, sorted by particle and frame.

    Raises
    ------
    InputError
        When columns are missing.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"frame": [1, 0], "y": [2.5, 2.0], "x": [7.0, 7.5], "particle": [0, 0]})
    >>> track_array(table)
    array([[0. , 0. , 2. , 7.5],
           [0. , 1. , 2.5, 7. ]])
    """
    rows = track_rows(table)
    names = position_names(rows, corrected)
    found: npt.NDArray[np.float64] = rows[["particle", "frame", *names]].to_numpy(np.float64)
    return found


def track_rows(table: Any) -> pd.DataFrame:
    """Rows that belong to a track, sorted by track and frame.

    Raises
    ------
    InputError
        When it is no table of tracks.
    """
    import pandas as pd

    if not isinstance(table, pd.DataFrame):
        raise InputError(
            f"table is {type(table).__name__}; it must be a pandas.DataFrame with a row an object"
        )
    missing = [name for name in ("particle", "frame") if name not in table.columns]
    if missing:
        raise InputError(
            [f"table has no column {name!r}; specks.link gives a table with one" for name in missing]
        )
    # trackpy's tables have an index that is named as a column is.
    rows = table[table["particle"] >= 0].reset_index(drop=True)
    return rows.sort_values(["particle", "frame"], kind="stable", ignore_index=True)


def position_names(table: pd.DataFrame, corrected: bool) -> list[str]:
    """Columns of positions, in the order z, y, x.

    Raises
    ------
    InputError
        When they are missing.
    """
    letters = "zyx" if "z" in table.columns else "yx"
    names = [f"{letter}_corrected" if corrected else letter for letter in letters]
    missing = [name for name in names if name not in table.columns]
    if missing:
        raise InputError([f"table has no column {name!r}" for name in missing])
    return names
