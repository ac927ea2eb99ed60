"""Write frame-data.json, so that what reads the files of rtdefects' notebooks reads ours."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd

from specks._core.errors import InputError
from specks.io.json_lines import write_records

__all__ = ["write_frame_data"]

_NEEDED = ("frame", "y", "x", "radius", "touches_side")


def write_frame_data(
    objects: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    shape: tuple[int, int],
    frames: pd.DataFrame | None = None,
    drift: pd.DataFrame | None = None,
    class_names: Mapping[int, str] | None = None,
) -> None:
    """Write the objects of a series as JSON lines, one record a frame.

    The fields are ``void_frac``, ``void_count``, ``type``, ``radii``, ``radii_average``,
    ``positions`` as (x, y) and ``touches_side``, as the original has them; then, where they are
    known, ``path``, ``frame_number``, ``drifts`` (x, y), ``positions-no-drift``, ``labeled_path``;
    then ``label``. Unlike the original's, ``void_frac`` is the fraction of the field.

    Parameters
    ----------
    objects : pandas.DataFrame
        Object table of flat images, in pixels: ``frame, y, x, radius, touches_side``; ``area``,
        ``class``, ``label`` and ``y_corrected, x_corrected`` are used where they are there.
    path : path-like
    shape : tuple of int
        Height and width of the images in pixels.
    frames : pandas.DataFrame, optional
        One row a frame, those without objects too; index ``frame``, or a column of that name.
        ``path``, ``frame_number``, ``labeled_path``; ``area_fraction``: where objects overlap, the sum of
        their areas is more than what they cover, which only the images tell.
    drift : pandas.DataFrame, optional
        Index (or column) ``frame``, columns ``y, x``; positions are corrected by subtracting it.
    class_names : mapping of int to str, optional
        Names written to ``type`` in place of numbers.

    Raises
    ------
    InputError
        When columns, frames or positions are missing.
    StoreError
        When the file cannot be written; what stood there is left as it was.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from pathlib import Path
    >>> from specks.measure import measure_objects
    >>> labels = np.zeros((1, 40, 50), int)
    >>> labels[0, 10:20, 30:40] = 1
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "frame-data.json"
    ...     write_frame_data(measure_objects(labels, axes="tyx"), file, shape=(40, 50))
    ...     file.read_text()[:56]
    '{"void_frac": 0.05, "void_count": 1, "type": [1], "radii'
    """
    table = objects.reset_index(drop=True)
    faults = [f"objects has no column {name!r}" for name in _NEEDED if name not in table]
    if "z" in table:
        faults.append("objects are of volumes (they have a column z); frame-data.json is of flat images")
    if faults:
        raise InputError(faults)
    lost = int(table[["y", "x", "radius"]].isna().any(axis=1).sum())
    if lost:
        raise InputError(f"{lost} objects have no position or no radius; leave them out")
    facts = _facts(table, frames)
    moved = None if drift is None else _by_frame(drift, "drift")
    strange = sorted(set(table["frame"]) - set(facts.index))
    absent = [] if moved is None else sorted(set(facts.index) - set(moved.index))
    if strange or absent:
        told = [f"objects has the frame {strange[0]}, which frames does not have"] if strange else []
        told += [f"drift has no frame {absent[0]}"] if absent else []
        raise InputError(told)
    write_records(path, _records(table, facts, moved, shape[0] * shape[1], class_names or {}))


def _facts(table: pd.DataFrame, frames: pd.DataFrame | None) -> pd.DataFrame:
    if frames is None:
        last = int(table["frame"].max()) if len(table) else -1
        return pd.DataFrame(index=pd.RangeIndex(last + 1, name="frame"))
    return _by_frame(frames, "frames")


def _by_frame(given: pd.DataFrame, name: str) -> pd.DataFrame:
    """A table with the frame as its index, in order."""
    table = given.set_index("frame") if "frame" in given.columns else given
    if not table.index.is_unique:
        raise InputError(f"{name} has the frame {table.index[table.index.duplicated()][0]} twice")
    return table.sort_index()


def _records(
    table: pd.DataFrame,
    facts: pd.DataFrame,
    drift: pd.DataFrame | None,
    field: int,
    names: Mapping[int, str],
) -> Iterator[dict[str, Any]]:
    table = table.sort_values("frame", kind="stable")
    starts, stops = (np.searchsorted(table["frame"], facts.index, side) for side in ("left", "right"))
    area = table["area"] if "area" in table else np.pi * table["radius"] ** 2
    kinds = table["class"].to_numpy() if "class" in table else np.ones(len(table), np.int64)
    columns = {name: table[name].to_numpy() for name in ("y", "x", "radius", "touches_side")}
    still = _corrected(table, drift)
    moved = None if drift is None else drift.loc[facts.index, ["x", "y"]].to_numpy(float)
    for i in range(len(facts)):
        rows = slice(int(starts[i]), int(stops[i]))
        radii = columns["radius"][rows]
        known = facts.iloc[i].to_dict()
        covered = known.get("area_fraction", float(area.to_numpy()[rows].sum()) / field)
        record = {
            "void_frac": covered,
            "void_count": len(radii),
            "type": [names.get(int(k), int(k)) for k in kinds[rows]],
            "radii": radii,
            "radii_average": float(radii.mean()) if len(radii) else None,
            "positions": np.column_stack([columns["x"][rows], columns["y"][rows]]),
            "touches_side": columns["touches_side"][rows].astype(bool),
        }
        record |= {name: known[name] for name in ("path", "frame_number") if name in known}
        if moved is not None:
            record["drifts"] = moved[i]
        if still is not None:
            record["positions-no-drift"] = still[rows]
        record |= {"labeled_path": known["labeled_path"]} if "labeled_path" in known else {}
        yield record | ({"label": table["label"].to_numpy()[rows]} if "label" in table else {})


def _corrected(table: pd.DataFrame, drift: pd.DataFrame | None) -> Any:
    """Corrected positions (x, y): those of the table, else made with the drift."""
    if {"y_corrected", "x_corrected"} <= set(table.columns):
        return table[["x_corrected", "y_corrected"]].to_numpy(float)
    if drift is None:
        return None
    moved = drift.loc[table["frame"], ["x", "y"]].to_numpy(float)
    return table[["x", "y"]].to_numpy(float) - moved
