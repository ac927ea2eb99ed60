"""Tables on disk: CSV with a description beside it, or Parquet; read back as they were."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from specks._core.errors import FileFormatError, InputError, UnsupportedFormatError
from specks._core.paths import as_path, existing
from specks._core.provenance import Provenance

__all__ = ["read_table", "write_table"]

_SUFFIXES = (".csv", ".parquet")


def write_table(
    table: pd.DataFrame,
    path: str | os.PathLike[str],
    *,
    units: Mapping[str, str] | None = None,
    provenance: Provenance | None = None,
) -> None:
    """Write a table, whole or not at all.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns of numbers, truth values, text or categories of text, with distinct names. The
        index is kept.
    path : path-like
        ``….csv``, beside which a file ``….csv.json`` with types, units and provenance is written;
        or ``….parquet``, which holds them itself and needs the extra ``io``.
    units : mapping of str to str, optional
        Unit of each column that has one; ``table.attrs["units"]`` when not given.
    provenance : Provenance, optional
        How the table was made.

    Raises
    ------
    InputError
        When a column cannot be kept exactly, or a unit is given for a column that is not there.
    UnsupportedFormatError
        For other endings.
    MissingExtraError
        When Parquet is asked for and not installed.
    StoreError
        When the file cannot be written; what stood there is left as it was.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from pathlib import Path
    >>> objects = pd.DataFrame({"label": [1, 2], "area_um2": [3.5, float("nan")]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_table(objects, Path(folder) / "objects.csv", units={"area_um2": "um2"})
    ...     again = read_table(Path(folder) / "objects.csv")
    >>> again.equals(objects), again.attrs["units"]
    (True, {'area_um2': 'um2'})
    """
    file = as_path(path)
    suffix = _suffix(file)
    if not isinstance(table, pd.DataFrame):
        raise InputError(f"table is {type(table).__name__}; it must be a pandas.DataFrame")
    given = dict(table.attrs.get("units", {}) if units is None else units)
    faults = [
        f"units names the column {name!r}, which the table does not have"
        for name in given
        if name not in table.columns
    ]
    names = [*table.columns, *(n for n in table.index.names if n is not None)]
    faults += [
        f"the column name {name!r} must be text that is not empty"
        for name in names
        if not isinstance(name, str) or not name
    ]
    faults += [
        f"the column name {name!r} stands there twice"
        for name in sorted({n for n in map(str, names) if [*map(str, names)].count(n) > 1})
    ]
    if not len(table.columns):
        faults.append("the table has no columns")
    if faults:
        raise InputError(faults)
    about: dict[str, Any] = {"units": given}
    if provenance is not None:
        about["provenance"] = provenance.to_dict()
    plain = table.copy(deep=False)
    plain.attrs = {}
    if suffix == ".csv":
        from specks.io.table_csv import write_csv

        write_csv(plain, file, about)
    else:
        from specks.io.table_parquet import write_parquet

        write_parquet(plain, file, about)


def read_table(path: str | os.PathLike[str]) -> pd.DataFrame:
    """Read a table.

    Parameters
    ----------
    path : path-like
        What `write_table` wrote, or any CSV or Parquet file. The types of a CSV file without a
        description are guessed.

    Returns
    -------
    pandas.DataFrame
        ``attrs["units"]`` maps columns to units, ``attrs["provenance"]`` tells how it was made, if
        that is known.

    Raises
    ------
    NotFoundError
        When there is no such file.
    FileFormatError
        When it is cut off, changed in a way that contradicts its description, or no table.
    UnsupportedFormatError
        For other endings.
    MissingExtraError
        When it is Parquet and that is not installed.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = (Path(folder) / "t.csv").write_text("x,y\\n1,2.5\\n")
    ...     read_table(Path(folder) / "t.csv").to_dict("list")
    {'x': [1], 'y': [2.5]}
    """
    file = existing(path)
    suffix = _suffix(file)
    if suffix == ".csv":
        from specks.io.table_csv import read_csv

        table, about = read_csv(file)
    else:
        from specks.io.table_parquet import read_parquet

        table, about = read_parquet(file)
    table.attrs.clear()
    table.attrs.update(_attributes(file, about))
    return table


def _attributes(file: Path, about: Mapping[str, Any]) -> dict[str, Any]:
    """Units and provenance, if they are what they should be."""
    units = about.get("units", {})
    if not isinstance(units, dict) or not all(isinstance(u, str) for u in units.values()):
        raise FileFormatError(f"{file.name} has the units {units!r}; they must map column names to text")
    found: dict[str, Any] = {"units": units}
    if "provenance" in about:
        found["provenance"] = Provenance.from_dict(about["provenance"]).to_dict()
    return found


def _suffix(path: Path) -> str:
    suffix = path.suffix.lower()
    if suffix not in _SUFFIXES:
        raise UnsupportedFormatError(
            f"{path.name} ends in {suffix or 'nothing'}; tables are {' or '.join(_SUFFIXES)} files"
        )
    return suffix
