"""Tables as CSV, with a JSON description beside them that makes them come back exactly."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from specks._core.atomic import replacing
from specks._core.errors import FileFormatError, InputError
from specks._core.json_file import read_json
from specks._core.reading import reading

__all__ = ["description_path", "read_csv", "write_csv"]

#: NumPy's types; others can be neither missing nor exact in text.
NUMBERS = frozenset(
    {"bool", "float16", "float32", "float64"}
    | {f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)}
)
TEXT, CATEGORY = "text", "category"
_TRUTH = {"True": True, "False": False}


def description_path(path: Path) -> Path:
    """Where the description of a CSV file stands."""
    return path.with_name(f"{path.name}.json")


def write_csv(table: pd.DataFrame, path: Path, about: Mapping[str, Any]) -> None:
    """Write a table and its description.

    Raises
    ------
    InputError
        When a column holds something that text cannot keep.
    StoreError
    """
    keyed = not _is_default(table.index)
    index = (
        []
        if not keyed
        else [str(n) if n is not None else f"index_{i}" for i, n in enumerate(table.index.names)]
    )
    named = [n is not None for n in table.index.names] if keyed else []
    flat = table.reset_index(names=index) if keyed else table
    columns = {name: _described(name, flat[name]) for name in flat.columns}
    description = {
        "format": "specks table 1",
        "rows": len(flat),
        "columns": columns,
        "index": [{"column": c, "named": n} for c, n in zip(index, named, strict=True)],
        **about,
    }
    text: Any = flat.astype({n: object for n, c in columns.items() if c["type"] in (TEXT, CATEGORY)})
    with replacing(description_path(path)) as beside, replacing(path) as aside:
        beside.write_text(json.dumps(description, indent=2, allow_nan=False), encoding="utf-8")
        text.to_csv(aside, index=False, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC, encoding="utf-8")


def _is_default(index: Any) -> bool:
    return isinstance(index, pd.RangeIndex) and index.equals(pd.RangeIndex(len(index))) and index.name is None


def _described(name: str, column: Any) -> dict[str, Any]:
    """Type of a column, and for text which of its empty cells are missing."""
    kind = str(column.dtype)
    if kind in NUMBERS:
        return {"type": kind}
    category = isinstance(column.dtype, pd.CategoricalDtype)
    rule = "numbers, truth values, text and categories of text can be written"
    if not category and kind not in ("object", "str", "string"):
        raise InputError(f"column {name!r} is of type {kind}; {rule}")
    values = [
        v
        for v in (column.dtype.categories if category else column)
        if v is not None and v is not pd.NA and v == v
    ]
    strange = next((v for v in values if not isinstance(v, str) or "\0" in v), None)
    if strange is not None:
        raise InputError(f"column {name!r} holds {strange!r}; {rule}")
    found: dict[str, Any] = (
        {"type": CATEGORY, "categories": values, "ordered": bool(column.cat.ordered)}
        if category
        else {"type": TEXT}
    )
    missing = np.flatnonzero(column.isna()).tolist()
    if missing:
        empty = bool((column == "").fillna(False).any())
        found["missing"] = missing if empty else True
    return found


def read_csv(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Read a table and its description, if it has one.

    Raises
    ------
    FileFormatError
        When the two contradict each other, or the file is no table.
    """
    beside = description_path(path)
    if not beside.exists():
        with reading(path.name, "a CSV table"):
            return pd.read_csv(path), {}
    about = read_json(beside)
    with reading(path.name, "a CSV table"):
        cells = pd.read_csv(path, dtype=str, keep_default_na=False, na_filter=False, encoding="utf-8")
    with reading(beside.name, "the description of a table"):
        columns, rows, index = about["columns"], about["rows"], about["index"]
        if list(cells.columns) != list(columns):
            raise FileFormatError(
                f"{path.name} has the columns {list(cells.columns)}, but was written with {list(columns)}"
            )
        if len(cells) != rows:
            raise FileFormatError(
                f"{path.name} has {len(cells)} rows, but was written with {rows}; it is cut off or was edited"
            )
        table = pd.DataFrame(
            {n: _column(path, n, cells[n], facts) for n, facts in columns.items()},
            index=cells.index,
            columns=list(columns),
        )
        if index:
            table = table.set_index([entry["column"] for entry in index])
            table.index.names = [entry["column"] if entry["named"] else None for entry in index]
    return table, about


def _column(path: Path, name: str, cells: Any, facts: Mapping[str, Any]) -> Any:
    kind = facts["type"]
    if kind in NUMBERS:
        try:
            return _numbers(cells, kind)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise FileFormatError(
                f"{path.name} has a cell in column {name!r} that is no {kind} ({error})"
            ) from error
    if kind not in (TEXT, CATEGORY):
        raise FileFormatError(f"column {name!r} is of the unknown type {kind!r}")
    missing = facts.get("missing", [])
    text = cells.astype(object)
    text[(cells == "") if missing is True else cells.index.isin(missing)] = None
    if kind == TEXT:
        return pd.Series(text.to_numpy(), cells.index, dtype="str")  # pandas 2 makes "None" of None in astype
    return pd.Categorical(text, pd.Index(facts["categories"], dtype="str"), ordered=facts["ordered"])


def _numbers(cells: Any, kind: str) -> Any:
    texts = cells.to_numpy(dtype=object)
    if kind == "bool":
        return np.array([_TRUTH[text] for text in texts], dtype=bool)
    if kind.startswith("float"):
        texts = np.where(texts == "", "nan", texts)
    return texts.astype(kind)
