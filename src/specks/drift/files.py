"""A drift in files: a table for people and other programs, or all that it takes to correct it further."""

from __future__ import annotations

import json
import os
from pathlib import Path

from specks._core.atomic import write_text
from specks._core.errors import FileFormatError, StoreError, UnsupportedFormatError
from specks._core.json_file import read_json
from specks._core.paths import as_path, existing
from specks.drift.result import Drift

__all__ = ["load", "save"]


def save(drift: Drift, path: str | os.PathLike[str]) -> None:
    """Write a drift.

    Parameters
    ----------
    drift : Drift
    path : path-like
        ``….csv``: the table, with its types and provenance in a file beside it; ``….json``: the table,
        corrections, and what was measured, so that it can be solved again.

    Raises
    ------
    UnsupportedFormatError
        For other endings.
    StoreError
        When the file cannot be written; what stood there is left as it was.
    """
    file = as_path(path)
    if _ending(file) == ".csv":
        from specks.drift.table_file import write_table_file

        write_table_file(drift, file)
        return
    from specks.drift.document import to_document

    try:
        text = json.dumps(to_document(drift), allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        raise StoreError(f"{file} cannot be written: the drift holds a number that is not finite") from error
    write_text(file, text + "\n")


def load(path: str | os.PathLike[str]) -> Drift:
    """Read a drift, or a table of one.

    Raises
    ------
    NotFoundError
        When there is no such file.
    UnsupportedFormatError
        For other endings than those that `save` writes.
    FileFormatError
        When it is no drift, was cut off or was damaged; frames that are missing or there twice are named.
    """
    file = existing(path)
    ending = _ending(file)
    try:
        if ending == ".csv":
            from specks.drift.table_file import read_table_file

            table, axes, provenance = read_table_file(file)
            return Drift(table, axes, provenance=provenance)
        from specks.drift.document import from_document

        return from_document(read_json(file))
    except (FileFormatError, RecursionError) as error:
        said = str(error)
        raise FileFormatError(
            said if str(file) in said else f"{file} is no drift that can be read: {said}"
        ) from error


def _ending(file: Path) -> str:
    ending = file.suffix.lower()
    if ending not in Drift.suffixes:
        raise UnsupportedFormatError(
            f"{file.name} ends in {ending or 'nothing'}; a drift is a {' or '.join(Drift.suffixes)} file"
        )
    return ending
