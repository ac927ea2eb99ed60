"""Arrays that results are written into while they are looked at."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from typing import Any

import numpy as np

from specks._core.source import Region

__all__ = ["Held", "allocate"]

#: Share of the machine's memory that one output may take before it goes to disk.
SHARE = 0.25
#: Assumed where the system does not tell.
MEMORY = 8 * 2**30


class Held:
    """An array with some axes held at one index; as lazy as the array itself.

    Parameters
    ----------
    array : array
    ndim : int
        Number of axes that count; a color axis after them does not.
    fixed : mapping of int to int
        Axis to the index at which it is held.
    color : int, optional
        Index along the color axis.
    """

    def __init__(self, array: Any, ndim: int, fixed: Mapping[int, int], color: int | None = None) -> None:
        self.array, self.fixed, self.color = array, dict(fixed), color
        self._axes = range(ndim)
        self.shape = tuple(array.shape[axis] for axis in self._axes if axis not in self.fixed)
        self.ndim = len(self.shape)
        self.dtype = array.dtype
        chunks = getattr(array, "chunks", None)
        if chunks is not None:
            self.chunks = tuple(chunks[axis] for axis in self._axes if axis not in self.fixed)

    def __getitem__(self, region: Region) -> Any:
        return self.array[self._index(region)]

    def __setitem__(self, region: Region, pixels: Any) -> None:
        self.array[self._index(region)] = pixels

    def _index(self, region: Region) -> tuple[Any, ...]:
        asked = iter(region)
        index = tuple(self.fixed[axis] if axis in self.fixed else next(asked) for axis in self._axes)
        return index if self.color is None else (*index, self.color)


def allocate(shape: tuple[int, ...], dtype: str, fixed: Mapping[int, int]) -> tuple[Any, Any]:
    """An array of zeros for a layer, and the same array as the step writes it.

    Parameters
    ----------
    shape : tuple of int
        Of the layer.
    dtype : str
    fixed : mapping of int to int
        Axes of the layer that the step does not know, all of length 1.

    Returns
    -------
    tuple of array
        NumPy arrays that share memory, or, when one takes more than a quarter of the memory, a
        temporary Zarr array and a view of it. The file goes when the array does.
    """
    size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
    if size <= SHARE * _memory():
        array = np.zeros(shape, dtype)
        return array, array.reshape([n for axis, n in enumerate(shape) if axis not in fixed])
    array = _on_disk(shape, dtype)
    return array, Held(array, len(shape), dict.fromkeys(fixed, 0)) if fixed else array


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return MEMORY


def _on_disk(shape: tuple[int, ...], dtype: str) -> Any:
    import zarr

    folder = tempfile.mkdtemp(prefix="specks-")
    chunks = (1,) * (len(shape) - 2) + tuple(min(n, 1024) for n in shape[-2:])
    array = zarr.create_array(store=folder, shape=shape, dtype=dtype, chunks=chunks, fill_value=0)
    weakref.finalize(array, shutil.rmtree, folder, ignore_errors=True)
    return array
