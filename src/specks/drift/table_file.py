"""Drift tables as CSV: ours, and those that other programs write."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from specks._core.errors import FileFormatError
from specks._core.json_file import read_json
from specks._core.provenance import Provenance
from specks.drift.rows import checked_table, in_order

if TYPE_CHECKING:
    import pandas as pd

    from specks.drift.result import Drift

__all__ = ["read_table_file", "write_table_file"]

#: What a column may be called; the first is our name.
NAMES: dict[str, tuple[str, ...]] = {
    "frame": ("frame", "unnamed: 0", ""),
    **{a: (a, f"d{a}") for a in "zyx"},
    **{f"{a}_std": (f"{a}_std", "sigma") for a in "zyx"},
    "ok": ("ok",),
    "reason": ("reason",),
}
_TRUTH = {"true": True, "1": True, "": True, "false": False, "0": False}


def write_table_file(drift: Drift, path: Path) -> None:
    """Write the table as plain CSV, and its types and provenance into a file beside it."""
    from specks.io import write_table

    write_table(drift.table, path, provenance=drift.provenance)


def read_table_file(path: Path) -> tuple[pd.DataFrame, str, Provenance]:
    """Read a drift table with columns under our names or older ones, rows in any order.

    Parameters
    ----------
    path : Path
        CSV with commas, semicolons (then with decimal commas, too) or tabs. Columns ``y, x`` or ``dy, dx``,
        with z for volumes; ``frame``, without which rows are frames 0, 1, 2, …; ``y_std, x_std`` or
        ``sigma``; ``ok``; ``reason``. Others are not looked at.

    Returns
    -------
    table : pandas.DataFrame
        Standard errors that are not given are NaN, and frames are ok where nothing is said.
    axes : str
    provenance : Provenance

    Raises
    ------
    FileFormatError
    """
    header, rows, comma = _cells(path)
    places = _places(header)
    axes = "zyx" if "z" in places else "yx"
    missing = [a for a in axes if a not in places]
    if missing:
        raise FileFormatError(
            f"there is no column {' and no column '.join(missing)}; a drift has the columns frame, y, x (and z), not {', '.join(header)}"
        )
    if not rows:
        raise FileFormatError("there are no rows")

    def column(name: str) -> list[str]:
        return [row[places[name]] for row in rows] if name in places else [""] * len(rows)

    order = in_order(_frames(column("frame")) if "frame" in places else range(len(rows)))
    columns: dict[str, Sequence[object]] = {
        name: [_number(text, name, comma) for text in column(name)] for a in axes for name in (a, f"{a}_std")
    }
    columns["ok"] = [_truth(text) for text in column("ok")]
    columns["reason"] = column("reason")
    table = checked_table({name: [values[i] for i in order] for name, values in columns.items()}, axes)
    return table, axes, _provenance(path, len(rows))


def _cells(path: Path) -> tuple[list[str], list[list[str]], str]:
    """Names of the columns, rows of cells, and the sign before decimals."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            sign = max(",;\t", key=first.count)
            file.seek(0)
            rows = [row for row in csv.reader(file, delimiter=sign, strict=True) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileFormatError(f"it cannot be read as CSV: {error}") from error
    if not rows:
        raise FileFormatError("it is empty")
    header = [name.strip() for name in rows[0]]
    for i, row in enumerate(rows[1:], 1):
        if len(row) != len(header):
            raise FileFormatError(
                f"row {i} has {len(row)} cells, but there are {len(header)} columns; it may be cut off"
            )
    return header, rows[1:], "," if sign == ";" else "."


def _places(header: list[str]) -> dict[str, int]:
    """Where each column stands."""
    names = [name.lower() for name in header]
    places: dict[str, int] = {}
    for ours, known in NAMES.items():
        found = [i for i, name in enumerate(names) if name in known]
        if ours == "frame" and "frame" in names:
            found = [i for i in found if names[i] == "frame"]
        if len(found) > 1:
            raise FileFormatError(
                f"the columns {' and '.join(header[i] for i in found)} both tell {ours}; keep one"
            )
        if found:
            places[ours] = found[0]
    return places


def _frames(cells: list[str]) -> list[int]:
    frames = []
    for i, text in enumerate(cells, 1):
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not (0 <= number < 2**53 and number == int(number)):
            raise FileFormatError(f"frame is {text!r} in row {i}; it must be a whole number from 0")
        frames.append(int(number))
    return frames


def _number(text: str, name: str, comma: str) -> float | None:
    """A number; None where there is none."""
    word = text.strip().replace(comma, ".")
    if word.lower() in ("", "nan", "none", "na"):
        return None
    try:
        return float(word)
    except ValueError as error:
        raise FileFormatError(f"{name} is {text!r} in a row; it must be a number") from error


def _truth(text: str) -> bool:
    found = _TRUTH.get(text.strip().lower())
    if found is None:
        raise FileFormatError(f"ok is {text!r} in a row; it must be True or False")
    return found


def _provenance(path: Path, rows: int) -> Provenance:
    """Where the table came from, if that lies beside it."""
    from specks.io.table_csv import description_path

    beside = description_path(path)
    if not beside.exists():
        return Provenance()
    about = read_json(beside)
    if not isinstance(about, dict) or about.get("rows") != rows:
        raise FileFormatError(
            f"it has {rows} rows, but {beside.name} tells of another number; it may be cut off. "
            f"If it was edited on purpose, remove {beside.name}"
        )
    return Provenance.from_dict(about["provenance"]) if "provenance" in about else Provenance()
