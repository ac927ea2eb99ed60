"""Tracks as a CSV file of the shape of trackpy's tables."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from specks._core.atomic import replacing
from specks.io.tracks import position_names, track_rows

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["write_trackpy_csv"]


def write_trackpy_csv(table: pd.DataFrame, path: str | os.PathLike[str], *, corrected: bool = False) -> None:
    """Write tracks so that ``pandas.read_csv`` gives a table that trackpy's functions take.

    Parameters
    ----------
    table : pandas.DataFrame
        As `specks.link` gives it. Rows of particle -1 are left out.
    path : path-like
        A CSV file; one that stands there is replaced.
    corrected : bool
        Whether ``y``, ``x`` (and ``z``) are the positions that are corrected for drift.

    Raises
    ------
    InputError
        When columns are missing.
    StoreError
        When the file cannot be written; what stood there is left as it was.

    Notes
    -----
    Columns are (``z``,) ``y``, ``x``, whatever else the table has, ``frame`` and ``particle``; rows are sorted
    by frame, as trackpy has them.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from pathlib import Path
    >>> table = pd.DataFrame({"frame": [0, 1], "y": [2.0, 2.5], "x": [7.5, 7.0], "particle": [0, 0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_trackpy_csv(table, Path(folder) / "tracks.csv")
    ...     print((Path(folder) / "tracks.csv").read_text())
    y,x,frame,particle
    2.0,7.5,0,0
    2.5,7.0,1,0
    <BLANKLINE>
    """
    rows = track_rows(table).sort_values(["frame", "particle"], kind="stable")
    names = position_names(rows, corrected)
    plain = [name.removesuffix("_corrected") for name in names]
    if corrected:
        rows = rows.drop(columns=plain, errors="ignore").rename(columns=dict(zip(names, plain, strict=True)))
    others = [name for name in rows.columns if name not in (*plain, "frame", "particle")]
    with replacing(path) as aside:
        rows[[*plain, *others, "frame", "particle"]].to_csv(
            aside, index=False, lineterminator="\n", encoding="utf-8"
        )
