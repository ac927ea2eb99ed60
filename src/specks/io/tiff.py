"""TIFF, OME-TIFF and ImageJ TIFF."""

from __future__ import annotations

import math
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import tifffile
import zarr

from specks._core.errors import FileFormatError, InputError
from specks._core.reading import reading
from specks.io.file_source import DROPPED, FileSource
from specks.io.tiff_geometry import tiff_geometry

__all__ = ["open_tiff"]

#: Pages up to this many bytes are decoded whole, which is faster than strip by strip.
WHOLE_PAGE = 16 << 20
#: Deflate and LZW cannot shrink by more than about this.
MAX_RATIO = 3000


def open_tiff(path: Path, series: int = 0, level: int = 0) -> FileSource:
    """Open a TIFF file without reading its pixels.

    Parameters
    ----------
    path : Path
    series : int
        Which image of the file.
    level : int
        Which level of its pyramid; 0 is the finest.

    Raises
    ------
    FileFormatError
        When it is no TIFF file or is cut off.
    InputError
        When it has no such series or level.
    """
    with reading(path.name, "a TIFF file"), tifffile.TiffFile(path) as tiff:
        image = _level(tiff, path.name, series, level)
        _check_extent(image, path)
        letters, is_color = _letters(image.axes, image.shape, path.name)
        spacing, units = tiff_geometry(tiff, series)
        factor = {
            a: full / n
            for a, full, n in zip(letters, tiff.series[series].shape, image.shape, strict=True)
            if a in "yx"
        }
    return FileSource(
        _tiff_array,
        (str(path), series, level),
        letters,
        spacing={a: s * factor.get(a, 1) for a, s in spacing.items()},
        units=units,
        name=path.name,
        is_color=is_color,
    )


def _level(tiff: tifffile.TiffFile, name: str, series: int, level: int) -> Any:
    if not 0 <= series < len(tiff.series):
        raise InputError(
            f"series is {series}, but {name} has {len(tiff.series)} (0 to {len(tiff.series) - 1})"
        )
    levels = tiff.series[series].levels
    if not 0 <= level < len(levels):
        raise InputError(f"level is {level}, but {name} has {len(levels)} (0 to {len(levels) - 1})")
    return levels[level]


def _check_extent(image: Any, path: Path) -> None:
    """Refuse pages that lie beyond the end of the file or promise what cannot be in their bytes."""
    size = path.stat().st_size
    pages = [p for p in (image.pages[0], image.pages[-1]) if p is not None]
    for page in pages:
        end = max((o + c for o, c in zip(page.dataoffsets, page.databytecounts, strict=True)), default=0)
        if end > size and page.parent.filehandle.name == path.name:
            raise FileFormatError(
                f"{path.name} is cut off: its pixels reach to byte {end}, but it has {size}"
            )
        promised, stored = page.nbytes, sum(page.databytecounts)
        if promised > (stored if page.compression == 1 else stored * MAX_RATIO) + 4096:
            raise FileFormatError(
                f"{path.name} promises {promised} bytes of pixels a page, more than its {stored} bytes can hold"
            )


def _letters(axes: str, shape: tuple[int, ...], name: str) -> tuple[str, bool]:
    """Our letters for the axes that tifffile names, and whether ``c`` counts color samples."""
    known = "".join(a if a in "TCZYX" else "S" if a == "S" else "?" for a in axes)
    letters = [DROPPED if n == 1 and a not in "YX" else a.lower() for a, n in zip(known, shape, strict=True)]
    is_color = "s" in letters and shape[letters.index("s")] in (3, 4)
    if "s" in letters:
        if "c" in letters:
            raise FileFormatError(
                f"{name} has both channels and color samples (axes {axes}); save the channels as gray images"
            )
        letters[letters.index("s")] = "c"
    unknown = letters.count("?")
    free = [a for a in "ztc" if a not in letters]
    if unknown > len(free):
        raise FileFormatError(f"{name} has the axes {axes}; at most t, c, z, y and x can be used")
    fill = iter(sorted(free[:unknown], key="tcz".index))
    return "".join(next(fill) if a == "?" else a for a in letters), is_color


def _tiff_array(path: str, series: int, level: int) -> Any:
    """The pixels: a memory map where they lie as they are, else decoded a page or a segment at a time."""
    tiff = tifffile.TiffFile(path)
    try:
        image = tiff.series[series].levels[level]
        dtype = np.dtype(tiff.byteorder + image.dtype.char) if image.dtype.itemsize > 1 else image.dtype
        end = (image.dataoffset or 0) + dtype.itemsize * math.prod(image.shape)
        if image.dataoffset and image.keyframe.is_memmappable:
            if end > Path(path).stat().st_size:
                raise FileFormatError(f"{Path(path).name} is cut off: its pixels reach to byte {end}")
            array = np.memmap(path, dtype, "r", image.dataoffset, image.shape)
            tiff.close()
            return array
        by_page = image.keyframe.nbytes <= WHOLE_PAGE
        lazy = zarr.open_array(image.aszarr(level=0, chunkmode="page" if by_page else None), mode="r")
    except BaseException:
        tiff.close()
        raise
    weakref.finalize(lazy, tiff.close)
    return lazy
