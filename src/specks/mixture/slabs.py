"""An image as slices (its y-x planes, numbered in reading order) and as slabs of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from specks._core.blocks import spans
from specks._core.source import Region, Source

__all__ = ["Slab", "bands", "plane_region", "slabs", "slice_numbers"]

#: A slab is read at once: as many slices as fit into this, and no more than a chunk holds.
SLAB_BYTES = 32 << 20
#: A slice of more pixels than this is worked on in bands of rows.
WIDE = 1 << 24
#: Bands begin at multiples of this many rows.
BAND_ROWS = 128


@dataclass(frozen=True)
class Slab:
    """Neighboring slices.

    Parameters
    ----------
    region : tuple of slice
        What to read.
    first, count : int
        Their numbers.
    """

    region: Region
    first: int
    count: int


def slabs(source: Source) -> Iterator[Slab]:
    """Cut an image into slabs that are read at once, in reading order."""
    lead, plane = source.shape[:-2], source.shape[-2:]
    everywhere = tuple(slice(0, n) for n in plane)
    if not lead:
        yield Slab(everywhere, 0, 1)
        return
    pixels = int(np.prod(plane, dtype=np.int64))
    fits = 1 if pixels > WIDE else max(1, SLAB_BYTES // (pixels * source.dtype.itemsize))
    depth = source.chunks[len(lead) - 1]
    for outer in np.ndindex(*lead[:-1]):
        fixed = tuple(slice(i, i + 1) for i in outer)
        before = int(np.ravel_multi_index((*outer, 0), lead))
        for span in spans(lead[-1], min(depth, fits), min(fits, max(depth, 8))):
            yield Slab((*fixed, span, *everywhere), before + span.start, span.stop - span.start)


def bands(region: Region) -> list[Region]:
    """Cut one wide slice into bands of rows; a region that is not wide stays whole."""
    rows, columns = region[-2], region[-1]
    width = columns.stop - columns.start
    pixels = int(np.prod([s.stop - s.start for s in region], dtype=np.int64))
    if pixels <= WIDE:
        return [region]
    return [
        (*region[:-2], slice(rows.start + band.start, rows.start + band.stop), columns)
        for band in spans(rows.stop - rows.start, BAND_ROWS, WIDE // width)
    ]


def slice_numbers(shape: tuple[int, ...], region: Region) -> list[int]:
    """Numbers of the slices in a region, in reading order."""
    lead = shape[:-2]
    if not lead:
        return [0]
    grid = np.arange(int(np.prod(lead))).reshape(lead)
    return [int(i) for i in grid[region[:-2]].ravel()]


def plane_region(shape: tuple[int, ...], number: int) -> Region:
    """Where the slice of some number stands in an image."""
    place = np.unravel_index(number, shape[:-2]) if len(shape) > 2 else ()
    return (*(slice(int(i), int(i) + 1) for i in place), *(slice(0, n) for n in shape[-2:]))
