"""Sources as Dask arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.source import Region, Source

__all__ = ["as_dask"]


def as_dask(source: Source) -> Any:
    """A source as an array whose chunks are read when they are looked at.

    Parameters
    ----------
    source : Source

    Returns
    -------
    dask.array.Array
        In the chunks of the source. Where they cannot be read, computing it raises what the source does.
    """
    import dask.array as da

    return da.from_array(
        _Sliced(source),
        chunks=source.chunks,
        asarray=False,
        name=False,
        meta=np.empty((0,) * source.ndim, source.dtype),
    )


class _Sliced:
    """A source by the syntax of arrays, as Dask wants it."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.shape, self.dtype, self.ndim = source.shape, source.dtype, source.ndim

    def __getitem__(self, index: tuple[slice | int, ...]) -> npt.NDArray[Any]:
        """A region; Dask passes single indices on, too, which sources do not know."""
        region: Region = tuple(part if isinstance(part, slice) else slice(part, part + 1) for part in index)
        pixels = self.source.read(region)
        found: npt.NDArray[Any] = pixels[tuple(slice(None) if isinstance(p, slice) else 0 for p in index)]
        return found
