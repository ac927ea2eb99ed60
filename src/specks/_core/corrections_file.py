"""Corrections on disk: a JSON file with the records, and one NPZ file beside it with the arrays."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.array_file import read_arrays, write_arrays
from specks._core.atomic import check_replaceable, store_faults, write_text
from specks._core.corrections import ARRAY, KINDS, Corrections, as_corrections, as_json
from specks._core.errors import CorrectionError, FileFormatError
from specks._core.json_file import read_json
from specks._core.paths import as_path

__all__ = ["corrections_schema", "load_corrections", "save_corrections"]

FORMAT = "specks-corrections/1"
FIELDS = ("format", "arrays", "records")
REFERENCE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "array": {"type": "string"},
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}},
        "dtype": {"type": "string"},
    },
    "required": ["array", "shape", "dtype"],
    "additionalProperties": False,
}


def corrections_schema() -> dict[str, Any]:
    """JSON Schema of a corrections file, made of the kinds that are registered.

    Returns
    -------
    dict
        A schema of the 2020-12 draft.

    Examples
    --------
    >>> schema = corrections_schema()
    >>> [kind["properties"]["kind"]["const"] for kind in schema["properties"]["records"]["items"]["oneOf"]][:2]
    ['scribble', 'exclude_frame']
    """
    kinds = [
        {
            "type": "object",
            "properties": {"kind": {"const": kind}}
            | {name: REFERENCE if rule == ARRAY else rule for name, rule in fields.items()},
            "required": ["kind", *fields],
            "additionalProperties": False,
        }
        for kind, fields in KINDS.items()
    ]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "specks corrections",
        "type": "object",
        "properties": {
            "format": {"const": FORMAT},
            "arrays": {"type": ["string", "null"], "pattern": r"^[^/\\]+\.npz$"},
            "records": {"type": "array", "items": {"oneOf": kinds}},
        },
        "required": list(FIELDS),
        "additionalProperties": False,
    }


def save_corrections(log: Corrections, path: str | Path) -> None:
    """Write a log; arrays go into an NPZ file beside it, which the log names.

    The array file bears a digest in its name and is written first, so that the file at `path`
    always goes with arrays that are there, even when the program is killed in between.

    Parameters
    ----------
    log : Corrections
    path : path-like
        A ``.json`` file; its folder must exist.

    Raises
    ------
    CorrectionError
        When a record holds a number that is not finite.
    StoreError
        When a file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_corrections(Corrections().add("exclude_frame", frame=3), Path(folder) / "a.json")
    ...     list(load_corrections(Path(folder) / "a.json"))
    [{'kind': 'exclude_frame', 'frame': 3}]
    """
    file = as_path(path)
    check_replaceable(file)
    arrays: dict[str, npt.NDArray[Any]] = {}
    records = [_written(i, record, arrays) for i, record in enumerate(as_corrections(log))]
    beside = f"{file.stem}.{_digest(arrays)}.npz" if arrays else None
    try:
        text = json.dumps({"format": FORMAT, "arrays": beside, "records": records}, indent=1, allow_nan=False)
    except ValueError as error:
        raise CorrectionError("corrections hold a number that is not finite") from error
    if beside is not None and not (file.parent / beside).exists():
        write_arrays(file.parent / beside, arrays)
    write_text(file, text + "\n")
    with store_faults(file):
        for old in _array_files(file):
            if old.name != beside:
                old.unlink(missing_ok=True)


def load_corrections(path: str | Path) -> Corrections:
    """Read a log that `save_corrections` wrote.

    Parameters
    ----------
    path : path-like

    Returns
    -------
    Corrections

    Raises
    ------
    NotFoundError
        When the file, or the array file that it names, does not exist.
    FileFormatError
        When either is cut off, changed by hand into something else, or not what it claims; every
        faulty record is named.
    """
    file = as_path(path)
    data = read_json(file)
    if not isinstance(data, Mapping) or data.get("format") != FORMAT:
        raise FileFormatError(f"{file} is not a corrections file: its format is not {FORMAT!r}")
    strange = sorted(set(data) ^ set(FIELDS))
    if strange or not isinstance(data["records"], list):
        raise FileFormatError(
            f"{file} must hold exactly the fields {', '.join(FIELDS)}, records as a list"
            + (f"; {', '.join(map(repr, strange))} is amiss" if strange else "")
        )
    beside = data["arrays"]
    if beside is not None and not (isinstance(beside, str) and re.fullmatch(r"[^/\\\0]+\.npz", beside)):
        raise FileFormatError(
            f"{file} names {beside!r} as its arrays; it must be an .npz file in the same folder"
        )
    arrays = read_arrays(file.parent / beside) if beside is not None else {}
    try:
        return Corrections(tuple(_read(file, record, arrays) for record in data["records"]))
    except CorrectionError as error:
        raise FileFormatError(f"{file}: {error}") from error
    except RecursionError as error:
        raise FileFormatError(f"{file} is nested too deeply") from error


def _written(index: int, record: Mapping[str, Any], arrays: dict[str, npt.NDArray[Any]]) -> dict[str, Any]:
    """One record as JSON; its arrays are added to `arrays`."""
    found: dict[str, Any] = {}
    for name, value in record.items():
        if KINDS[record["kind"]].get(name) == ARRAY:
            key = f"{index}-{name}"
            arrays[key] = np.asarray(value)
            found[name] = {"array": key, "shape": list(value.shape), "dtype": str(value.dtype)}
        else:
            found[name] = as_json(value)
    return found


def _read(file: Path, record: Any, arrays: Mapping[str, npt.NDArray[Any]]) -> Any:
    """One record with its arrays; what is wrong with the rest of it, `Corrections` says."""
    if not isinstance(record, Mapping) or not isinstance(record.get("kind"), str):
        return record
    found = dict(record)
    for name, rule in KINDS.get(record["kind"], {}).items():
        if rule != ARRAY or name not in record:
            continue
        reference = record[name]
        if not isinstance(reference, Mapping) or set(reference) != set(REFERENCE["required"]):
            raise FileFormatError(f"{file}: {record['kind']} {name} is {reference!r}; it must name an array")
        array = arrays.get(reference["array"]) if isinstance(reference["array"], str) else None
        if array is None:
            raise FileFormatError(f"{file}: the array {reference['array']!r} is not in the array file")
        if list(array.shape) != reference["shape"] or str(array.dtype) != reference["dtype"]:
            raise FileFormatError(
                f"{file}: the array {reference['array']!r} has another shape or type than the log says"
            )
        found[name] = array
    return found


def _digest(arrays: Mapping[str, npt.NDArray[Any]]) -> str:
    digest = hashlib.blake2b(digest_size=8)
    for key, array in arrays.items():
        digest.update(f"{key} {array.shape} {array.dtype.str} ".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _array_files(file: Path) -> Iterator[Path]:
    """Array files that belong to the log at `file`."""
    for entry in file.parent.iterdir():
        if re.fullmatch(re.escape(file.stem) + r"\.[0-9a-f]{16}\.npz", entry.name):
            yield entry
