"""Labels held as runs, painted where they are looked at."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.basic_index import bounds, full_key, within
from specks.measure._kernels import paint

__all__ = ["LabelRuns"]

Ints = npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class LabelRuns:
    """A label image as the runs of its objects.

    It slices like an array (``runs[0, 10:20]``), so that Dask and napari read from it lazily.

    Parameters
    ----------
    shape : tuple of int
        Of the label image.
    sizes : array of int64, shape (count,)
        Pixels of labels 1, 2, ….
    plane_start : array of int64, shape (planes + 1,)
        Where the runs of each plane begin; planes are in raster order.
    y, x0, x1, label : array of int32, shape (runs,)
        Row, first pixel, pixel past the last, and label of each run, in raster order.

    Examples
    --------
    >>> import numpy as np
    >>> from specks.measure import RunLabeler
    >>> labeler = RunLabeler((2, 5), "yx", min_size=2)
    >>> labeler.add(np.array([[[1, 1, 0, 0, 1], [0, 0, 0, 1, 1]]], bool))
    >>> runs = labeler.finish()
    >>> runs.sizes
    array([2, 3])
    >>> runs.paint((slice(0, 2), slice(1, 5)))
    array([[1, 0, 0, 2],
           [0, 0, 2, 2]], dtype=int32)
    """

    shape: tuple[int, ...]
    sizes: npt.NDArray[np.int64]
    plane_start: npt.NDArray[np.int64]
    y: Ints
    x0: Ints
    x1: Ints
    label: Ints
    dtype = np.dtype(np.int32)

    @property
    def count(self) -> int:
        """Number of objects."""
        return len(self.sizes)

    @property
    def ndim(self) -> int:
        """Number of axes."""
        return len(self.shape)

    def paint(self, region: Sequence[slice]) -> Ints:
        """Labels of one region.

        Parameters
        ----------
        region : sequence of slice
            One an axis.

        Returns
        -------
        array of int32
        """
        return np.asarray(self[tuple(region)])

    def __getitem__(self, key: Any) -> Ints:
        keys = full_key(key, self.ndim)
        box = [bounds(k, n) for k, n in zip(keys, self.shape, strict=True)]
        stack = np.arange(math.prod(self.shape[:-2])).reshape(self.shape[:-2])
        planes = stack[tuple(slice(a, b) for a, b in box[:-2])]
        (top, bottom), (left, right) = box[-2:]
        out = np.zeros((*planes.shape, bottom - top, right - left), np.int32)
        flat = out.reshape(planes.size, *out.shape[-2:])
        paint(self.plane_start, self.y, self.x0, self.x1, self.label, planes.ravel(), top, left, flat)
        picked: Ints = out[tuple(within(k) for k in keys)]
        return picked

    def as_dask(self, chunks: Any = None) -> Any:
        """A lazy Dask array that paints each block on request.

        Parameters
        ----------
        chunks : optional
            As `dask.array.from_array` takes them; one plane when not given.

        Returns
        -------
        dask.array.Array of int32
        """
        import dask.array as da

        planes = (1,) * (self.ndim - 2) + self.shape[-2:]
        return da.from_array(
            self, chunks=chunks or planes, name=False, meta=np.empty((0,) * self.ndim, np.int32)
        )
