"""Files of one JSON record a line, as pandas writes them: read strictly, written whole."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from specks._core.atomic import write_text
from specks._core.errors import FileFormatError
from specks._core.json_file import parse_json
from specks._core.paths import existing

__all__ = ["Record", "read_records", "write_records"]

#: Largest line in characters, and most lines.
LONGEST, MOST = 2**26, 10**7


class Record:
    """One line; every question names file, line and field when the answer is not what it should be.

    Parameters
    ----------
    where : str
        File and line, for messages.
    fields : mapping of str to object
    """

    def __init__(self, where: str, fields: Mapping[str, Any]) -> None:
        self.where, self.fields = where, fields

    def __contains__(self, name: str) -> bool:
        return self.fields.get(name) is not None

    def fault(self, name: str, what: str) -> FileFormatError:
        """An error about a field."""
        return FileFormatError(f"{self.where}: {name} {what}")

    def get(self, name: str) -> Any:
        """A field that must be there."""
        if self.fields.get(name) is None:
            raise FileFormatError(f"{self.where}: there is no {name}")
        return self.fields[name]

    def number(self, name: str) -> float:
        """A finite number."""
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fault(name, f"is {_short(value)}; it must be a number")
        return float(value)

    def whole(self, name: str, lowest: int = 0) -> int:
        """A whole number of at least `lowest`."""
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value < 2**63:
            raise self.fault(name, f"is {_short(value)}; it must be a whole number, {lowest} or more")
        return value

    def text(self, name: str) -> str:
        """Text."""
        value = self.get(name)
        if not isinstance(value, str):
            raise self.fault(name, f"is {_short(value)}; it must be text")
        return value

    def items(self, name: str, length: int | None = None) -> list[Any]:
        """A list, of a certain length."""
        value = self.get(name)
        if not isinstance(value, list):
            raise self.fault(name, f"is {_short(value)}; it must be a list")
        if length is not None and len(value) != length:
            raise self.fault(name, f"has {len(value)} entries; expected {length}")
        return value

    def numbers(self, name: str, length: int | None = None) -> npt.NDArray[np.float64]:
        """A list of finite numbers."""
        items = self.items(name, length)
        for i, item in enumerate(items):
            if isinstance(item, bool) or not isinstance(item, int | float) or abs(item) > 1e300:
                raise self.fault(name, f"has {_short(item)} as entry {i}; it must be a number")
        return np.array(items, np.float64)

    def points(self, name: str, length: int | None = None) -> npt.NDArray[np.float64]:
        """A list of pairs of finite numbers, shape (n, 2)."""
        items = self.items(name, length)
        for i, item in enumerate(items):
            good = isinstance(item, list) and len(item) == 2 and all(map(_is_number, item))
            if not good:
                raise self.fault(name, f"has {_short(item)} as entry {i}; it must be two numbers")
        return np.array(items, np.float64).reshape(-1, 2)


def read_records(path: str | os.PathLike[str], largest: int) -> Iterator[Record]:
    """Read the records of a file one by one.

    Numbers that are not finite, which Python writes as ``NaN``, are read as missing.

    Parameters
    ----------
    path : path-like
    largest : int
        Most entries that a list may have.

    Yields
    ------
    Record

    Raises
    ------
    NotFoundError
        When there is no such file.
    FileFormatError
        When a line is too long or no JSON object; named by its number.
    """
    file = existing(path)
    try:
        with file.open(encoding="utf-8") as lines:
            number = 0
            while line := lines.readline(LONGEST + 1):
                number += 1
                where = f"{file.name}, line {number}"
                if len(line) > LONGEST or number > MOST:
                    raise FileFormatError(
                        f"{where}: more than {LONGEST} characters in a line or {MOST} lines"
                    )
                if line.strip():
                    yield _record(where, line, largest)
    except (OSError, UnicodeDecodeError) as error:
        raise FileFormatError(f"{file.name} cannot be read as JSON lines: {error}") from error


def _record(where: str, line: str, largest: int) -> Record:
    fields = parse_json(line, where, missing=True)
    if not isinstance(fields, dict):
        raise FileFormatError(f"{where}: holds {_short(fields)}; it must be a JSON object")
    for name, value in fields.items():
        if isinstance(value, list) and len(value) > largest:
            raise FileFormatError(f"{where}: {name} has {len(value)} entries; at most {largest} are read")
    return Record(where, fields)


def write_records(path: str | os.PathLike[str], records: Iterable[Mapping[str, Any]]) -> None:
    """Write records, whole or not at all; NaN becomes null.

    Raises
    ------
    StoreError
    """
    lines = [json.dumps(_plain(record), allow_nan=False, ensure_ascii=False) for record in records]
    write_text(path, "".join(f"{line}\n" for line in lines))


def _plain(value: Any) -> Any:
    """As JSON knows it."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and abs(cast(float, value)) <= 1e300


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else f"{text[:37]}…"
