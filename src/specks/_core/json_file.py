"""JSON that is believed only as far as it goes: no doubled keys, no NaN, no endless nesting."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from specks._core.errors import FileFormatError
from specks._core.paths import existing

__all__ = ["parse_json", "read_json"]


def read_json(path: str | Path) -> Any:
    """Read a JSON file strictly.

    Parameters
    ----------
    path : path-like

    Raises
    ------
    NotFoundError
        When it does not exist.
    FileFormatError
        When it is not JSON, is cut off, repeats a key, or holds a number that is not finite.
    """
    file = existing(path)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(f"{file} cannot be read as JSON: {error}") from error
    return parse_json(text, str(file))


def parse_json(text: str, name: str, *, missing: bool = False) -> Any:
    """Parse JSON strictly.

    Parameters
    ----------
    text : str
    name : str
        What it is called in messages.
    missing : bool, optional
        Whether ``NaN`` and infinities are read as null, for files of programs that write them.

    Raises
    ------
    FileFormatError
        As for `read_json`.

    Examples
    --------
    >>> parse_json('{"a": [1, 2.5]}', "note.json")
    {'a': [1, 2.5]}
    """
    try:
        constant = _nothing if missing else _finite
        return json.loads(text, object_pairs_hook=_distinct, parse_constant=constant, parse_float=_finite)
    except RecursionError as error:
        raise FileFormatError(f"{name} is not valid JSON: it is nested too deeply") from error
    except ValueError as error:
        raise FileFormatError(f"{name} is not valid JSON: {error}") from error


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} stands there twice")
    return found


def _nothing(_: str) -> None:
    return None


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"the number {text} is not finite")
    return number
