"""CZI files of Zeiss, read tile by tile."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple
from xml.etree import ElementTree

import numpy as np
import numpy.typing as npt

from specks._core.errors import FileFormatError, MissingExtraError
from specks._core.reading import reading
from specks.io.file_source import DROPPED, FileSource

__all__ = ["open_czi"]


class Tile(NamedTuple):
    """One tile in the directory of a file.

    Attributes
    ----------
    axes : str
        One letter for each axis, ``"0"`` for the samples of a pixel.
    start : tuple of int
    shape : tuple of int
    is_full : bool
        Whether it is stored with as many pixels as it covers; levels of a pyramid are not.
    layer : int
        Where tiles overlap, the greater one shows.
    dtype : numpy.dtype
    read : callable
        Reads its pixels.
    """

    axes: str
    start: tuple[int, ...]
    shape: tuple[int, ...]
    is_full: bool
    layer: int
    dtype: np.dtype[Any]
    read: Callable[[], npt.NDArray[Any]]


def _tile(file: Any, entry: Any) -> Tile:
    """An entry of the directory, as either generation of czifile gives it."""
    is_full, dtype = entry.shape == entry.stored_shape, np.dtype(entry.dtype).base
    if hasattr(entry, "data_segment"):  # 2019.7.2, the last one for Python 3.11
        layer = -1 if entry.mosaic_index is None else entry.mosaic_index
        return Tile(
            entry.axes,
            entry.start,
            entry.shape,
            is_full,
            layer,
            dtype,
            lambda: entry.data_segment().data(resize=False),
        )
    # Since 2026 the scene is a number beside the axes, and their last one, the samples, is called S.
    return Tile(
        "S" + "".join(entry.dims[:-1]) + "0",
        (max(entry.scene_index, 0), *entry.start),
        (1, *entry.shape),
        is_full,
        entry.mosaic_index,
        dtype,
        lambda: entry.read_segment_data(file).data()[None],
    )


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
        tiles = [_tile(self._file, entry) for entry in self._file.subblock_directory]
        self._tiles = sorted((t for t in tiles if t.is_full), key=lambda t: t.layer)
        if len({t.axes for t in self._tiles}) != 1:
            raise ValueError("it has no tiles in full resolution, or tiles with different axes")
        self.axes = self._tiles[0].axes
        low = np.array([t.start for t in self._tiles])
        self._low = low - low.min(axis=0)
        self._high = self._low + np.array([t.shape for t in self._tiles])
        self.shape = tuple(int(n) for n in self._high.max(axis=0))
        self.dtype = np.result_type(*{t.dtype for t in self._tiles})

    def metadata(self) -> str:
        """The XML description."""
        return str(self._file.metadata() or "")

    def __getitem__(self, index: tuple[int | slice, ...]) -> npt.NDArray[Any]:
        spans = [
            (i, i + 1) if isinstance(i, int) else i.indices(n)[:2]
            for i, n in zip(index, self.shape, strict=True)
        ]
        start, stop = np.array(spans).T
        pixels = np.zeros(stop - start, self.dtype)
        low, high = np.maximum(self._low, start), np.minimum(self._high, stop)
        for i in np.flatnonzero((low < high).all(axis=1)):
            with self._lock:
                tile = self._tiles[i].read()
            pixels[_box(low[i] - start, high[i] - start)] = tile[
                _box(low[i] - self._low[i], high[i] - self._low[i])
            ]
        return pixels[tuple(0 if isinstance(i, int) else slice(None) for i in index)]


def _box(low: npt.NDArray[np.int64], high: npt.NDArray[np.int64]) -> tuple[slice, ...]:
    return tuple(map(slice, low, high))


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
