"""CZI files of Zeiss, read tile by tile."""

from __future__ import annotations

import threading
import weakref
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from specks._core.errors import FileFormatError, MissingExtraError
from specks.io.file_source import DROPPED, FileSource, reading

__all__ = ["open_czi"]


class CziArray:
    """The pixels of a CZI file; where tiles overlap, the later one shows.

    Attributes
    ----------
    axes : str
        As the file names them.
    shape : tuple of int
    dtype : numpy.dtype
    """

    def __init__(self, path: str) -> None:
        try:
            import czifile
        except ImportError as error:
            raise MissingExtraError("Opening CZI files", "vendor") from error
        stream = Path(path).open("rb")  # noqa: SIM115 - open as long as the array is
        weakref.finalize(self, stream.close)
        self._file = czifile.CziFile(stream)
        self._lock = threading.Lock()
        self.axes, self.shape, self.dtype = (
            self._file.axes,
            tuple(self._file.shape),
            np.dtype(self._file.dtype),
        )

    def metadata(self) -> str:
        """The XML description."""
        return str(self._file.metadata() or "")

    def __getitem__(self, index: tuple[int | slice, ...]) -> npt.NDArray[Any]:
        spans = [
            (i, i + 1) if isinstance(i, int) else i.indices(n)[:2]
            for i, n in zip(index, self.shape, strict=True)
        ]
        pixels = np.zeros([stop - start for start, stop in spans], self.dtype)
        for entry in self._file.filtered_subblock_directory:
            begin = [s - origin for s, origin in zip(entry.start, self._file.start, strict=True)]
            low = [max(b, start) for b, (start, _) in zip(begin, spans, strict=True)]
            high = [min(b + n, stop) for b, n, (_, stop) in zip(begin, entry.shape, spans, strict=True)]
            if any(a >= b for a, b in zip(low, high, strict=True)):
                continue
            with self._lock:
                tile = entry.data_segment().data(resize=False)
            part = tuple(slice(a - o, b - o) for a, b, o in zip(low, high, begin, strict=True))
            pixels[tuple(slice(a - s, b - s) for a, b, (s, _) in zip(low, high, spans, strict=True))] = tile[
                part
            ]
        return pixels[tuple(0 if isinstance(i, int) else slice(None) for i in index)]


def open_czi(path: Path) -> FileSource:
    """Open a CZI file without reading its pixels.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FileFormatError
        When it is no CZI file, is cut off, in color, or has several scenes, rotations or views.
    MissingExtraError
        When czifile is not installed.
    """
    with reading(path.name, "a CZI file"):
        array = CziArray(str(path))
        letters = ""
        for axis, n in zip(array.axes, array.shape, strict=True):
            if axis not in "TCZYX" and n > 1:
                raise FileFormatError(
                    f"{path.name} has {n} entries along its axis {axis}; save one of them, or as OME-TIFF"
                )
            letters += axis.lower() if axis in "YX" or (axis in "TCZ" and n > 1) else DROPPED
        spacing = _sizes(array.metadata())
    spacing = {a: s for a, s in spacing.items() if a in letters}
    return FileSource(
        CziArray,
        (str(path),),
        letters,
        spacing=spacing,
        units=dict.fromkeys(spacing, "micrometer"),
        name=path.name,
    )


def _sizes(text: str) -> dict[str, float]:
    """Sizes along the axes in micrometers; the file has meters."""
    if not text:
        return {}
    found = {}
    for entry in ElementTree.fromstring(text).iter("Distance"):
        letter, value = str(entry.get("Id", "")).lower(), entry.findtext("Value")
        if letter in ("x", "y", "z") and value and float(value) > 0:
            found[letter] = float(value) * 1e6
    return found
