"""MRC files, memory-mapped."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np

from specks._core.errors import FileFormatError, MissingExtraError
from specks._core.reading import reading
from specks.io.file_source import FileSource, check_pixels

__all__ = ["open_mrc"]

HEADER_BYTES = 1024


def open_mrc(path: Path) -> FileSource:
    """Open an MRC file (also .mrcs, .rec, .st, .map, .ali) without reading its pixels.

    Parameters
    ----------
    path : Path

    Raises
    ------
    FileFormatError
        When it is no MRC file, or shorter than its header says.
    MissingExtraError
        When mrcfile is not installed.

    References
    ----------
    Cheng et al. 2015, MRC2014: Extensions to the MRC format header for electron cryo-microscopy
    and tomography. J. Struct. Biol. 192, 146-150.
    """
    with reading(path.name, "an MRC file"):
        array = _map(str(path))
        letters = {2: "yx", 3: "zyx", 4: "tzyx"}[array.ndim]
        spacing = {a: s for a, s in _voxel_size(path).items() if a in letters and math.isfinite(s) and s > 0}
    return FileSource(
        _map, (str(path),), letters, spacing=spacing, units=dict.fromkeys(spacing, "angstrom"), name=path.name
    )


def _voxel_size(path: Path) -> dict[str, float]:
    with _mrcfile().open(path, header_only=True) as file:
        return {axis: float(file.voxel_size[axis]) for axis in "zyx"}


def _map(path: str) -> np.memmap[Any, Any]:
    name, utils = Path(path).name, _mrcfile().utils
    with _mrcfile().open(path, header_only=True) as file:
        header = file.header
        dtype, shape = utils.data_dtype_from_header(header), utils.data_shape_from_header(header)
        offset = HEADER_BYTES + int(header.nsymbt)
    check_pixels(name, shape, dtype)
    size, needed = Path(path).stat().st_size, offset + dtype.itemsize * math.prod(shape)
    if size < needed:
        raise FileFormatError(f"{name} has {size} bytes, but its header promises {needed}; it is cut off")
    return np.memmap(path, dtype, "r", offset, shape)


def _mrcfile() -> Any:
    try:
        import mrcfile
        import mrcfile.utils
    except ImportError as error:
        raise MissingExtraError("Opening MRC files", "io") from error
    return mrcfile
