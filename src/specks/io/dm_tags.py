"""The tree of tags in DM3 and DM4 files.

Tags have a name and hold a number, a record of numbers, an array, or more tags. Lengths are
big-endian, of 4 bytes in DM3 and of 8 bytes in DM4; values are in the byte order of the header.
"""

from __future__ import annotations

import mmap
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specks._core.errors import FileFormatError

__all__ = ["DataArray", "read_tags"]

#: Format of each plain type, by its number.
_FORMATS = {2: "h", 3: "i", 4: "H", 5: "I", 6: "f", 7: "d", 8: "?", 9: "b", 10: "b", 11: "q", 12: "Q"}
_RECORD, _TEXT, _ARRAY = 15, 18, 20
_GROUP, _VALUE = 20, 21
DEPTH = 64
LONGEST_TAG = 1 << 12
LONGEST_TEXT = 1 << 12


@dataclass(frozen=True)
class DataArray:
    """Where an array lies in the file; the bytes of short ones, which may be text."""

    offset: int
    nbytes: int
    start: bytes

    def text(self) -> str:
        """As UTF-16, which is how text is kept."""
        return self.start.decode("utf-16-le", errors="replace").rstrip("\0")


def read_tags(path: Path) -> dict[str, Any]:
    """All tags as nested dictionaries; nameless ones are numbered.

    Parameters
    ----------
    path : Path

    Returns
    -------
    dict
        With an entry ``"byteorder"``, ``"<"`` or ``">"``, beside the tags.

    Raises
    ------
    FileFormatError
        When it is no DM file or ends too early.
    """
    with path.open("rb") as file:
        head = file.read(16)
        version = struct.unpack(">I", head[:4])[0] if len(head) == 16 else 0
        if version not in (3, 4):
            raise FileFormatError(f"{path.name} is not a DM3 or DM4 file")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return _Reader(content, version).read()


class _Reader:
    def __init__(self, content: mmap.mmap, version: int) -> None:
        self._content, self._at, self._long = (
            content,
            8 if version == 3 else 12,
            ">I" if version == 3 else ">Q",
        )
        self._sized = version == 4
        self._order = "<" if self._take(">I") == 1 else ">"

    def read(self) -> dict[str, Any]:
        return {**self._group(0), "byteorder": self._order}

    def _take(self, form: str) -> Any:
        value = struct.unpack_from(form, self._content, self._at)[0]
        self._at += struct.calcsize(form)
        return value

    def _skip(self, count: int) -> None:
        if count > len(self._content) - self._at:
            raise ValueError(f"the file ends at byte {len(self._content)}, within its tags")
        self._at += count

    def _group(self, depth: int) -> dict[str, Any]:
        if depth > DEPTH:
            raise ValueError("its tags are nested too deeply")
        self._skip(2)
        tags: dict[str, Any] = {}
        for number in range(self._take(self._long)):
            kind = self._take(">B")
            if kind not in (_GROUP, _VALUE):
                break
            length = self._take(">H")
            start = self._at
            self._skip(length)
            name = self._content[start : self._at].decode("latin-1") or f"#{number}"
            if self._sized:
                self._skip(8)
            tags[name] = self._group(depth + 1) if kind == _GROUP else self._value()
        return tags

    def _value(self) -> Any:
        if self._take(">I") != 0x25252525:  # "%%%%"
            raise ValueError("a tag does not begin where it should")
        count = self._take(self._long)
        if not 1 <= count <= LONGEST_TAG:
            raise ValueError(f"a tag says that it has {count} parts")
        facts = [self._take(self._long) for _ in range(count)]
        if facts[0] in _FORMATS:
            return self._take(self._order + _FORMATS[facts[0]])
        if facts[0] == _RECORD:
            return tuple(self._take(self._order + _FORMATS[kind]) for kind in facts[4::2])
        if facts[0] == _TEXT:
            return self._array(2 * facts[1])
        if facts[0] == _ARRAY:
            fields = [facts[1]] if facts[1] != _RECORD else facts[5:-1:2]
            return self._array(facts[-1] * sum(struct.calcsize("<" + _FORMATS[kind]) for kind in fields))
        raise ValueError(f"a tag is of the unknown type {facts[0]}")

    def _array(self, nbytes: int) -> DataArray:
        start = self._at
        self._skip(nbytes)
        return DataArray(start, nbytes, self._content[start : start + min(nbytes, LONGEST_TEXT)])
