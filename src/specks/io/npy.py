"""NPY files, memory-mapped."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from specks._core.axes import guess_axes
from specks._core.errors import FileFormatError
from specks._core.reading import reading
from specks.io.file_source import FileSource, check_pixels

__all__ = ["open_npy"]


def open_npy(path: Path) -> FileSource:
    """Open an NPY file without reading its pixels.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FileFormatError
        When it is no NPY file, is shorter than its header says, or holds no numbers.
    """
    with reading(path.name, "an NPY file"):
        array = _map(str(path))
    return FileSource(_map, (str(path),), guess_axes(array.ndim), name=path.name)


def _map(path: str) -> np.memmap[Any, Any]:
    with open(path, "rb") as file:
        version = np.lib.format.read_magic(file)
        header = {
            (1, 0): np.lib.format.read_array_header_1_0,
            (2, 0): np.lib.format.read_array_header_2_0,
        }.get(version)
        if header is None:
            raise FileFormatError(
                f"{Path(path).name} is an NPY file of version {version}; 1.0 and 2.0 are known"
            )
        shape, fortran, dtype = header(file)
        offset = file.tell()
    check_pixels(Path(path).name, shape, dtype)
    # math.prod, because a forged shape overflows NumPy's integers.
    size, needed = Path(path).stat().st_size, offset + dtype.itemsize * math.prod(shape)
    if size < needed:
        raise FileFormatError(
            f"{Path(path).name} has {size} bytes, but its header promises {needed}; it is cut off"
        )
    return np.memmap(path, dtype, "r", offset, shape, "F" if fortran else "C")
