"""In what pieces an image is swept: whole rows, a few planes of whole chunks at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import product

import numpy as np

from specks._core.blocks import spans
from specks._core.source import ArraySource, Region, Source

__all__ = ["sweep"]

#: Pixels of a piece, and of the planes that are read together.
PIECE_PIXELS = 2**21
SLAB_PIXELS = 2**29


def sweep(source: Source) -> Iterator[Region]:
    """Regions that cover an image once, in raster order of their planes, then of their rows.

    Every region holds whole rows of planes that follow each other along the axis before y.

    Parameters
    ----------
    source : Source

    Yields
    ------
    tuple of slice
    """
    height, width = source.shape[-2:]
    thickness = _thickness(source) if source.ndim > 2 else 1
    steps = [1] * (source.ndim - 3) + [thickness]
    rows = list(spans(height, _chunk_rows(source), PIECE_PIXELS // (thickness * width)))
    for block in product(*(spans(n, 1, size) for n, size in zip(source.shape[:-2], steps, strict=False))):
        for y in rows:
            yield (*block, y, slice(0, width))


def _thickness(source: Source) -> int:
    """Planes that are read together: whole chunks, unless their bits alone would take too much memory."""
    chunk, plane = source.chunks[-3], source.shape[-2] * source.shape[-1]
    return max(1, min(max(chunk, PIECE_PIXELS // plane // chunk * chunk), SLAB_PIXELS // plane))


def _chunk_rows(source: Source) -> int:
    """Rows that are read at once; an array in memory, or mapped into it, can be cut anywhere."""
    if isinstance(source, ArraySource) and isinstance(source.array, np.ndarray):
        return 1
    return min(source.chunks[-2], source.shape[-2])


def planes_of(region: Region) -> int:
    """Number of planes of a region."""
    return math.prod(s.stop - s.start for s in region[:-2])
