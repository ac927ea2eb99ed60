"""track-data.json: one record a track, as the notebooks of rtdefects write and read it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from specks._core.errors import FileFormatError, InputError
from specks._core.paths import existing
from specks.io.json_lines import Record, read_records, write_records

__all__ = ["TrackData", "read_track_data", "write_track_data"]

#: Most frames of a track.
_MOST = 10**6
_WHOLE = ("start_frame", "end_frame", "total_frames", "inferred_frames")
_REAL = (
    *("max_disp", "drift_rate", "total_traveled", "movement_rate"),
    *("max_radius", "min_radius", "growth_rate"),
)
#: All columns in the original's order.
_ORDER = (
    *(*_WHOLE, "positions", "touches_side", "local_id", "disp_from_start", "max_disp", "drift_rate"),
    *("dist_traveled", "total_traveled", "movement_rate", "radii", "max_radius", "min_radius", "growth_rate"),
)


class TrackData(NamedTuple):
    """What a file of tracks holds.

    Attributes
    ----------
    tracks : pandas.DataFrame
        One row a track, in the order of the file: ``particle`` and the statistics of the original.
    points : pandas.DataFrame
        One row a track and frame: ``particle, frame, label, y, x, radius, touches_side, observed``;
        ``label`` is 1 + the place in the lists of the frame, 0 where the object was not found.
    """

    tracks: pd.DataFrame
    points: pd.DataFrame


def write_track_data(tracks: pd.DataFrame, points: pd.DataFrame, path: str | os.PathLike[str]) -> None:
    """Write tracks as JSON lines, one record a track, in the order of `tracks`.

    Parameters
    ----------
    tracks : pandas.DataFrame
        One row a track, with ``particle`` as a column or the index, and the statistics
        ``start_frame, end_frame, total_frames, inferred_frames, max_disp, drift_rate, total_traveled,
        movement_rate, max_radius, min_radius, growth_rate`` as the original defines them. Further columns
        of numbers are written after those of the original.
    points : pandas.DataFrame
        What `specks.measure.fill_gaps` gives: a row a track and frame, gaps too. Corrected
        positions are written where they are there. ``local_id``, else ``label`` - 1, is the place of the
        object among those of its frame in frame-data.json, from 0.
    path : path-like

    Raises
    ------
    InputError
        When columns, tracks or frames are missing.
    StoreError
        When the file cannot be written; what stood there is left as it was.
    """
    table = tracks.reset_index() if "particle" not in tracks else tracks
    needed = ("particle", "frame", "radius", "touches_side", "observed", "label", "y", "x")
    faults = [f"tracks has no column {n!r}" for n in ("particle", *_WHOLE, *_REAL) if n not in table]
    faults += [f"points has no column {n!r}" for n in needed if n not in points]
    if not faults and not table["particle"].is_unique:
        faults.append("tracks has a particle twice")
    if faults:
        raise InputError(faults)
    write_records(path, _records(table, points.sort_values(["particle", "frame"], kind="stable")))


def _records(tracks: pd.DataFrame, points: pd.DataFrame) -> Iterator[dict[str, Any]]:
    corrected = {"y_corrected", "x_corrected"} <= set(points.columns)
    place = points[["x_corrected", "y_corrected"] if corrected else ["x", "y"]].to_numpy(float)
    local = points["local_id" if "local_id" in points else "label"].to_numpy(np.int64)
    local = local if "local_id" in points else local - 1
    owner, frame = points["particle"].to_numpy(), points["frame"].to_numpy()
    observed, touches = points["observed"].to_numpy(bool), points["touches_side"].to_numpy(bool)
    radii = points["radius"].to_numpy(float)
    numeric = tracks.select_dtypes(["bool", "number"])
    more = [str(name) for name in numeric if name not in _ORDER]
    for row in ({str(k): v for k, v in found.items()} for found in tracks.to_dict("records")):
        rows = slice(*(int(np.searchsorted(owner, row["particle"], side)) for side in ("left", "right")))
        span = np.arange(row["start_frame"], row["end_frame"] + 1)
        if not np.array_equal(frame[rows], span):
            raise InputError(
                f"points of particle {row['particle']} are not one a frame from {row['start_frame']} to "
                f"{row['end_frame']}; fill_gaps makes them so"
            )
        lists = _lists(place[rows]) | {
            "touches_side": touches[rows],
            "local_id": [
                int(i) if seen else None for i, seen in zip(local[rows], observed[rows], strict=True)
            ],
            "radii": radii[rows],
        }
        yield {name: lists.get(name, row.get(name)) for name in (*_ORDER, *more)}


def _lists(place: npt.NDArray[np.float64]) -> dict[str, Any]:
    """Positions, how far each is from the first, and how long the way to it was."""
    steps = np.hypot(*np.diff(place, axis=0, prepend=place[:1]).T)
    return {
        "positions": place,
        "disp_from_start": np.hypot(*(place - place[:1]).T),
        "dist_traveled": np.cumsum(steps),
    }


def read_track_data(path: str | os.PathLike[str]) -> TrackData:
    """Read tracks from JSON lines.

    Parameters
    ----------
    path : path-like
        What `write_track_data` or rtdefects' notebooks wrote.

    Returns
    -------
    TrackData
        ``particle`` is the number of the record from 0 on where the file does not have it.

    Raises
    ------
    NotFoundError
        When there is no such file.
    FileFormatError
        When a line is damaged; the message names line and field.
    """
    name = existing(path).name
    rows, points, seen = [], [], set()
    for i, record in enumerate(read_records(path, _MOST)):
        row = _row(record, i)
        if row["particle"] in seen:
            raise record.fault("particle", f"is {row['particle']}, which another track is too")
        seen.add(row["particle"])
        rows.append(row)
        points.append(_points(record, row))
    if not rows:
        raise FileFormatError(f"{name} holds no tracks")
    whole = dict.fromkeys(("particle", *_WHOLE), np.int64)
    return TrackData(pd.DataFrame(rows).astype(whole), pd.concat(points, ignore_index=True))


def _row(record: Record, i: int) -> dict[str, Any]:
    row: dict[str, Any] = {"particle": record.whole("particle") if "particle" in record else i}
    row |= {name: record.whole(name) for name in _WHOLE}
    if row["total_frames"] != row["end_frame"] - row["start_frame"] + 1:
        raise record.fault("total_frames", f"is {row['total_frames']}; expected those from start to end")
    return row | {name: record.number(name) if name in record else np.nan for name in _REAL}


def _points(record: Record, row: dict[str, Any]) -> pd.DataFrame:
    n = row["total_frames"]
    place, local = record.points("positions", n), record.items("local_id", n)
    if any(v is not None and (type(v) not in (int, float) or v % 1 or not 0 <= v < 2**53) for v in local):
        raise record.fault("local_id", "must hold whole numbers, 0 or more, or null")
    touches = record.items("touches_side", n)
    if any(not isinstance(v, bool) for v in touches):
        raise record.fault("touches_side", "must hold true and false only")
    return pd.DataFrame(
        {
            "particle": row["particle"],
            "frame": np.arange(row["start_frame"], row["end_frame"] + 1),
            "label": [0 if v is None else int(v) + 1 for v in local],
            "y": place[:, 1],
            "x": place[:, 0],
            "radius": record.numbers("radii", n),
            "touches_side": touches,
            "observed": [v is not None for v in local],
        }
    )
