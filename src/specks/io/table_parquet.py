"""Tables as Parquet."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from specks._core.atomic import replacing
from specks._core.errors import InputError, MissingExtraError
from specks._core.json_file import parse_json
from specks._core.reading import reading

__all__ = ["read_parquet", "write_parquet"]

KEY = b"specks"


def write_parquet(table: pd.DataFrame, path: Path, about: Mapping[str, Any]) -> None:
    """Write a table with its description inside.

    Raises
    ------
    InputError
        When a column cannot be kept.
    MissingExtraError
    StoreError
    """
    pa, parquet = _pyarrow("Writing Parquet tables")
    try:
        packed = pa.Table.from_pandas(table)
    except (pa.ArrowException, ValueError, TypeError, OverflowError) as error:
        raise InputError(
            f"the table cannot be kept as Parquet: {str(error).partition(chr(10))[0]}"
        ) from error
    note = json.dumps(about).encode()
    packed = packed.replace_schema_metadata({**(packed.schema.metadata or {}), KEY: note})
    with replacing(path) as aside:
        parquet.write_table(packed, aside)


def read_parquet(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read a table and the description inside it, if there is one.

    Raises
    ------
    FileFormatError
    MissingExtraError
    """
    _, parquet = _pyarrow("Reading Parquet tables")
    with reading(path.name, "a Parquet table"):
        with parquet.ParquetFile(path) as file:
            packed = file.read()
        note = (packed.schema.metadata or {}).get(KEY, b"{}")
        about = parse_json(note.decode(), path.name)
        return packed.to_pandas(), about


def _pyarrow(feature: str) -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError(feature, "io") from error
    return pyarrow, parquet
