"""Read frame-data.json, the objects of every frame as rtdefects and its notebooks write them."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from specks._core.errors import FileFormatError, InputError
from specks._core.paths import existing
from specks.io.frame_convention import Lists, Positions, find_convention
from specks.io.frame_convention import Radii as RadiiKind
from specks.io.json_lines import Record, read_records
from specks.io.numbered import frame_numbers

__all__ = ["FrameData", "read_frame_data"]

#: Most objects that one frame may have.
_MOST = 10**6
_PATHS = ("path", "image-path", "image_path")


class FrameData(NamedTuple):
    """What a file of frames holds.

    Attributes
    ----------
    objects : pandas.DataFrame
        One row an object: ``frame, label, y, x, area, equivalent_diameter, radius`` in pixels, and where
        the file has them ``touches_side``, ``class`` (``class_name``), ``frame_number``, ``path``,
        ``y_corrected``, ``x_corrected``.
    frames : pandas.DataFrame
        One row a frame, those without objects too: index ``frame``; where the file has them
        ``path``, ``frame_number``, ``labeled_path``, and ``area_fraction`` as the file states it.
    drift : pandas.DataFrame or None
        Index ``frame``, columns ``y, x``.
    """

    objects: pd.DataFrame
    frames: pd.DataFrame
    drift: pd.DataFrame | None


def read_frame_data(
    path: str | os.PathLike[str],
    *,
    radii: Literal["auto", "radius", "diameter"] = "auto",
    positions: Literal["auto", "xy", "rowcol"] = "auto",
    shape: tuple[int, int] | None = None,
) -> FrameData:
    """Read the objects of a series of frames from JSON lines.

    Frames are put in the order of their numbers, else of their paths, else of the lines.

    Parameters
    ----------
    path : path-like
        What `write_frame_data`, rtdefects or its notebooks wrote.
    radii : {"auto", "radius", "diameter"}
        What ``radii`` holds. Older files have diameters there; the stated area fraction tells, where
        objects lie all over the field or `shape` is given.
    positions : {"auto", "xy", "rowcol"}
        What ``positions`` holds: (x, y), or (row, column) as in files with diameters.
    shape : tuple of int, optional
        Height and width of the images in pixels.

    Returns
    -------
    FrameData

    Raises
    ------
    NotFoundError
        When there is no such file.
    FileFormatError
        When a line is damaged; the message names line and field.
    InputError
        When the file does not tell what ``radii`` holds.

    Warns
    -----
    UserWarning
        When classes cannot be matched to objects; they are then 0.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> line = '{"void_frac": 0.0314, "radii": [10.0], "positions": [[40.0, 20.0]], "type": [2], "touches_side": [false]}'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "frame-data.json").write_text(line)
    ...     read_frame_data(Path(folder) / "frame-data.json").objects[["frame", "y", "x", "radius", "class"]]
       frame     y     x  radius  class
    0      0  20.0  40.0    10.0      2
    """
    _check_choice("radii", radii, ("auto", "radius", "diameter"))
    _check_choice("positions", positions, ("auto", "xy", "rowcol"))
    name = existing(path).name
    found = [_lists(record) for record in read_records(path, _MOST)]
    if not found:
        raise FileFormatError(f"{name} holds no frames")
    kind, order = find_convention(name, found, radii, positions, shape)
    facts = _facts(name, [f.record for f in found])
    ranks = facts.pop("rank")
    found = [found[i] for i in ranks]
    frames = pd.DataFrame(
        {k: [v[i] for i in ranks] for k, v in facts.items()}, index=pd.RangeIndex(len(found), name="frame")
    )
    drift = _drift(found, frames.index)
    return FrameData(_objects(found, frames, kind, order), frames, drift)


def _check_choice(name: str, value: Any, choices: Sequence[str]) -> None:
    if value not in choices:
        raise InputError(f"{name} is {value!r}; it must be {' or '.join(map(repr, choices))}")


def _lists(record: Record) -> Lists:
    sizes = record.numbers("radii")
    if (sizes < 0).any():
        raise record.fault("radii", f"has {sizes.min():g}; sizes are 0 or more")
    return Lists(record, sizes, record.points("positions", len(sizes)))


def _facts(name: str, records: Sequence[Record]) -> dict[str, list[Any]]:
    """Facts of the frames in the order of the lines, and in what order those are frames."""
    facts: dict[str, list[Any]] = {}
    key = next((k for k in _PATHS if all(k in r for r in records)), None)
    if key is not None:
        facts["path"] = [r.text(key) for r in records]
    counted = next((k for k in ("frame_number", "frame") if all(k in r for r in records)), None)
    if counted is not None:
        facts["frame_number"] = [r.whole(counted) for r in records]
    elif key is not None:
        numbers = _numbers(facts["path"])
        facts |= {"frame_number": numbers} if numbers is not None else {}
    if all("labeled_path" in r for r in records):
        facts["labeled_path"] = [r.text("labeled_path") for r in records]
    if all("void_frac" in r for r in records):
        facts["area_fraction"] = [r.number("void_frac") for r in records]
    keys = facts.get("frame_number") or [_natural(p) for p in facts.get("path", [])]
    ranks = sorted(range(len(records)), key=keys.__getitem__) if keys else list(range(len(records)))
    twin = next((i for i in range(1, len(ranks)) if keys and keys[ranks[i - 1]] == keys[ranks[i]]), None)
    if twin is not None:
        one, other = records[ranks[twin - 1]].where, records[ranks[twin]].where
        raise FileFormatError(
            f"{other} is of the same frame as {one.removeprefix(f'{name}, ')}; keep one of them"
        )
    return facts | {"rank": ranks}


def _natural(path: str) -> list[tuple[int, int, str]]:
    """A key that sorts names by their numbers."""
    parts = re.split(r"([0-9]+)", path)
    return [(1, int(part), "") if part.isdecimal() else (0, 0, part) for part in parts]


def _numbers(paths: Sequence[str]) -> list[int] | None:
    """The numbers that count frames in file names, if there are some."""
    base: Callable[[str], str] = lambda p: PurePosixPath(PureWindowsPath(p).as_posix()).name  # noqa: E731
    try:
        return frame_numbers([base(p) for p in paths])
    except InputError:
        return None


def _drift(frames: Sequence[Lists], index: pd.Index) -> pd.DataFrame | None:
    if not all("drifts" in f.record for f in frames):
        return None
    moved = np.array([f.record.numbers("drifts", 2) for f in frames])
    return pd.DataFrame({"y": moved[:, 1], "x": moved[:, 0]}, index=index)


def _objects(found: Sequence[Lists], frames: pd.DataFrame, kind: RadiiKind, order: Positions) -> pd.DataFrame:
    counts = np.array([len(f.radii) for f in found])
    frame = np.repeat(np.arange(len(found)), counts)
    radius = np.concatenate([f.radii for f in found]) / (2 if kind == "diameter" else 1)
    points = np.concatenate([f.positions for f in found])
    y, x = points.T if order == "rowcol" else points.T[::-1]
    columns: dict[str, Any] = {
        "frame": frame,
        "label": np.concatenate([_labels(f) for f in found]).astype(np.int64),
        "y": y,
        "x": x,
        "area": np.pi * radius**2,
        "equivalent_diameter": 2 * radius,
        "radius": radius,
    }
    if all("touches_side" in f.record for f in found):
        columns["touches_side"] = np.concatenate([_truths(f) for f in found]).astype(bool)
    if all("type" in f.record for f in found):
        columns |= _classes(found)
    columns |= {name: frames[name].to_numpy()[frame] for name in ("frame_number", "path") if name in frames}
    if all("positions-no-drift" in f.record for f in found):
        still = np.concatenate([f.record.points("positions-no-drift", len(f.radii)) for f in found])
        columns |= {"y_corrected": still[:, 1], "x_corrected": still[:, 0]}
    return pd.DataFrame(columns)


def _labels(f: Lists) -> list[int]:
    """Labels as they are stated, else the places in the lists from 1 on."""
    n = len(f.radii)
    if "label" not in f.record:
        return list(range(1, n + 1))
    labels = f.record.items("label", n)
    if any(type(v) is not int or not 0 < v < 2**63 for v in labels) or len(set(labels)) < n:
        raise f.record.fault("label", "must hold different whole numbers, 1 or more")
    return labels


def _truths(f: Lists) -> list[bool]:
    values = f.record.items("touches_side", len(f.radii))
    if any(not isinstance(v, bool) for v in values):
        raise f.record.fault("touches_side", "must hold true and false only")
    return values


def _classes(found: Sequence[Lists]) -> dict[str, Any]:
    """Classes as numbers, and as names if the file has those."""
    lists, lost = [], None
    for f in found:
        kinds, n = f.record.items("type"), len(f.radii)
        text = all(isinstance(k, str) for k in kinds)
        if not text and not all(type(k) is int and 0 <= k < 2**63 for k in kinds):
            raise f.record.fault("type", "must hold whole numbers, 0 or more, or names")
        if len(kinds) != n and len(set(kinds)) == 1:
            kinds = kinds[:1] * n
        elif len(kinds) != n:
            lost = lost or (f.record.where, len(kinds), n)
            kinds = ["" if text else 0] * n
        lists.append(kinds)
    if lost:
        warnings.warn(
            f"{lost[0]}: type has {lost[1]} entries for {lost[2]} objects (some were hidden by others); which is whose is "
            "not known, and their class is 0",
            stacklevel=4,
        )
    flat = [k for kinds in lists for k in kinds]
    if not any(isinstance(k, str) for k in flat):
        return {"class": np.array(flat, np.int64)}
    names = sorted({str(k) for k in flat} - {""})
    numbers = {"": 0} | {n: i + 1 for i, n in enumerate(names)}
    texts = [str(k) for k in flat]
    return {
        "class": np.array([numbers[t] for t in texts], np.int64),
        "class_name": pd.array(texts, dtype="str"),
    }
