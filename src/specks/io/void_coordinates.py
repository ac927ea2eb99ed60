"""void-2d-coordinates.csv: where each void is in each frame, for what computes positions in depth."""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from specks._core.atomic import replacing
from specks._core.errors import FileFormatError, InputError
from specks._core.paths import existing
from specks._core.reading import reading

__all__ = ["read_void_coordinates", "write_void_coordinates"]

_NEEDED = ("particle", "frame", "y", "x", "radius", "observed")
_TRUTH = {"True": True, "False": False}


def write_void_coordinates(
    points: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    tracks: pd.DataFrame | None = None,
    min_frames: int = 8,
) -> None:
    """Write ``id, frame, x, y, r, frame_number, observed`` of the tracks that were seen often enough.

    The first five columns are the original's. It counted the frames from first to last instead of
    those in which a void was seen, and did not tell inferred positions from observed ones.

    Parameters
    ----------
    points : pandas.DataFrame
        What `specks.measure.fill_gaps` gives: a row a track and frame, gaps too. Corrected
        positions are written where they are there.
    path : path-like
    tracks : pandas.DataFrame, optional
        Track table, with ``particle`` as a column or the index: ``id`` is the number of the row. Without
        it particles are numbered in their order.
    min_frames : int
        Frames in which a void must have been observed.

    Raises
    ------
    InputError
        When a column is missing, or a particle is not in `tracks`.
    StoreError
        When the file cannot be written; what stood there is left as it was.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from specks.measure import fill_gaps
    >>> seen = pd.DataFrame({"particle": 7, "frame": [0, 2], "y": [1.0, 2.0], "x": [3.0, 4.0], "radius": 5.0})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "void-2d-coordinates.csv"
    ...     write_void_coordinates(fill_gaps(seen), file, min_frames=2)
    ...     print(file.read_text(), end="")
    id,frame,x,y,r,frame_number,observed
    0,0,3.0,1.0,5.0,0,True
    0,1,3.5,1.5,5.0,1,False
    0,2,4.0,2.0,5.0,2,True
    """
    missing = [name for name in _NEEDED if name not in points]
    if missing:
        raise InputError([f"points has no column {name!r}" for name in missing])
    often = points.groupby("particle")["observed"].transform("sum") >= min_frames
    chosen = points[often.to_numpy(bool)].sort_values(["particle", "frame"], kind="stable")
    rows = np.unique(points["particle"]) if tracks is None else tracks.get("particle", tracks.index)
    order = pd.Index(rows)
    numbers = order.get_indexer(chosen["particle"])
    if (numbers < 0).any():
        raise InputError(
            f"tracks has no particle {chosen['particle'].to_numpy()[numbers < 0][0]}, but points has"
        )
    end = "_corrected" if {"y_corrected", "x_corrected"} <= set(points.columns) else ""
    table = pd.DataFrame(
        {
            "id": numbers,
            "frame": chosen["frame"].to_numpy(),
            "x": chosen[f"x{end}"].to_numpy(),
            "y": chosen[f"y{end}"].to_numpy(),
            "r": chosen["radius"].to_numpy(),
            "frame_number": chosen["frame_number" if "frame_number" in chosen else "frame"].to_numpy(),
            "observed": chosen["observed"].to_numpy(),
        }
    ).sort_values(["id", "frame"], kind="stable")
    with replacing(path) as aside:
        table.to_csv(aside, index=False, lineterminator="\n", encoding="utf-8")


def read_void_coordinates(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read positions of voids.

    Parameters
    ----------
    path : path-like
        What `write_void_coordinates` or the original's notebook wrote; the latter without the
        last two columns.

    Returns
    -------
    pandas.DataFrame
        ``particle, frame, y, x, radius``, and where the file has them ``frame_number, observed``.

    Raises
    ------
    NotFoundError
        When there is no such file.
    FileFormatError
        When it is no such table; line and column are named.
    """
    file = existing(path)
    with reading(file.name, "a table of void coordinates"):
        cells = pd.read_csv(file, dtype=str, keep_default_na=False, na_filter=False, encoding="utf-8")
    names = ["id", "frame", "x", "y", "r"]
    missing = [name for name in names if name not in cells]
    if missing:
        raise FileFormatError(f"{file.name} has no column {', '.join(missing)}; expected {', '.join(names)}")
    table = pd.DataFrame(
        {
            "particle": _column(file.name, cells, "id", np.int64),
            "frame": _column(file.name, cells, "frame", np.int64),
            "y": _column(file.name, cells, "y", np.float64),
            "x": _column(file.name, cells, "x", np.float64),
            "radius": _column(file.name, cells, "r", np.float64),
        }
    )
    if "frame_number" in cells:
        table["frame_number"] = _column(file.name, cells, "frame_number", np.int64)
    if "observed" in cells:
        strange = [i for i, v in enumerate(cells["observed"]) if v not in _TRUTH]
        if strange:
            raise FileFormatError(f"{file.name}, line {strange[0] + 2}: observed must be True or False")
        table["observed"] = cells["observed"].map(_TRUTH).astype(bool)
    return table


def _column(name: str, cells: pd.DataFrame, column: str, kind: type) -> npt.NDArray[Any]:
    """One column of finite numbers, of which whole ones are 0 or more."""
    texts = cells[column].tolist()
    strange = next((i for i, text in enumerate(texts) if not _is_number(text, kind)), None)
    if strange is not None:
        what = "a whole number, 0 or more" if kind is np.int64 else "a finite number"
        raise FileFormatError(
            f"{name}, line {strange + 2}: {column} is {texts[strange][:40]!r}; it must be {what}"
        )
    return np.array(texts, object).astype(kind)


def _is_number(text: str, kind: type) -> bool:
    try:
        return 0 <= int(text) < 2**63 if kind is np.int64 else math.isfinite(float(text))
    except ValueError:
        return False
