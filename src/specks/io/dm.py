"""DM3 and DM4 files of Gatan's DigitalMicrograph, memory-mapped."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from specks._core.axes import long_unit
from specks._core.errors import FileFormatError, InputError
from specks._core.reading import reading
from specks.io.dm_tags import DataArray, read_tags
from specks.io.file_source import FileSource, check_pixels

__all__ = ["open_dm"]

#: NumPy's type for the number by which an image says what its pixels are.
_PIXELS = {
    1: "i2",
    2: "f4",
    3: "c8",
    6: "u1",
    7: "i4",
    9: "i1",
    10: "u2",
    11: "u4",
    12: "f8",
    13: "c16",
    14: "u1",
}


def open_dm(path: Path, series: int = 0, level: int = 0) -> FileSource:
    """Open an image in a DM3 or DM4 file without reading its pixels.

    Parameters
    ----------
    path : Path
    series : int
        Which image of the file; thumbnails, which are in color, are not counted.
    level : int
        Must be 0; these files have no pyramids.

    Raises
    ------
    FileFormatError
        When it is no such file, is cut off, or holds no image.
    InputError
        When it has no such image.
    """
    if level:
        raise InputError(f"level is {level}, but DM files have no pyramids; leave it out")
    with reading(path.name, "a DM3 or DM4 file"):
        tags = read_tags(path)
        images = [i["ImageData"] for i in tags.get("ImageList", {}).values() if _is_image(i)]
        if not images:
            raise FileFormatError(
                f"{path.name} holds no image of numbers; spectra and color pictures cannot be read"
            )
        if not 0 <= series < len(images):
            raise InputError(
                f"series is {series}, but {path.name} has {len(images)} (0 to {len(images) - 1})"
            )
        image = images[series]
        sizes = tuple(int(n) for n in image["Dimensions"].values())[::-1]
        dtype = np.dtype(_PIXELS[image["DataType"]]).newbyteorder(tags["byteorder"])
        _check(path, sizes, dtype, image["Data"])
        letters = {2: "yx", 3: "zyx", 4: "tzyx"}[len(sizes)]
        spacing, units = _calibration(image, letters)
        if units.get("z") == "second":
            letters, spacing["t"], units["t"] = "tyx", spacing.pop("z"), units.pop("z")
    arguments = (str(path), image["Data"].offset, dtype.str, sizes)
    return FileSource(_map, arguments, letters, spacing=spacing, units=units, name=path.name)


def _is_image(entry: Any) -> bool:
    data = entry.get("ImageData", {}) if isinstance(entry, dict) else {}
    whole = isinstance(data.get("Data"), DataArray) and isinstance(data.get("Dimensions"), dict)
    return whole and data.get("DataType") in _PIXELS and 2 <= len(data["Dimensions"]) <= 4


def _check(path: Path, shape: tuple[int, ...], dtype: np.dtype[Any], data: DataArray) -> None:
    check_pixels(path.name, shape, dtype)
    size, needed = path.stat().st_size, data.offset + dtype.itemsize * math.prod(shape)
    if size < needed:
        raise FileFormatError(
            f"{path.name} has {size} bytes, but its pixels reach to byte {needed}; it is cut off"
        )
    if data.nbytes != dtype.itemsize * math.prod(shape):
        raise FileFormatError(
            f"{path.name} has {data.nbytes} bytes of pixels, but says that its shape is {shape} of {dtype}"
        )


def _calibration(image: dict[str, Any], letters: str) -> tuple[dict[str, float], dict[str, str]]:
    """Sizes of axes that are lengths; the fastest axis stands first."""
    spacing: dict[str, float] = {}
    units: dict[str, str] = {}
    entries = list(image.get("Calibrations", {}).get("Dimension", {}).values())
    for letter, entry in zip(reversed(letters), entries, strict=False):
        step, unit = entry.get("Scale"), entry.get("Units")
        name = long_unit(unit.text() if isinstance(unit, DataArray) else "")
        if name in ("angstrom", "nanometer", "micrometer", "second") and isinstance(step, float) and step > 0:
            spacing[letter], units[letter] = step, name
    return spacing, units


def _map(path: str, offset: int, dtype: str, shape: tuple[int, ...]) -> np.memmap[Any, Any]:
    return np.memmap(path, np.dtype(dtype), "r", offset, shape)
