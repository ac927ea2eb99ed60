"""An image as slices (its y-x planes, numbered in reading order) and as slabs of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from specks._core.blocks import spans
from specks._core.source import Region, Source

__all__ = ["Slab", "slabs", "slice_numbers"]

#: A slab is read at once: as many slices as fit into this, and no more than a chunk holds.
SLAB_BYTES = 32 << 20


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
    fits = max(1, SLAB_BYTES // (int(np.prod(plane)) * source.dtype.itemsize))
    depth = source.chunks[len(lead) - 1]
    for outer in np.ndindex(*lead[:-1]):
        fixed = tuple(slice(i, i + 1) for i in outer)
        before = int(np.ravel_multi_index((*outer, 0), lead))
        for span in spans(lead[-1], min(depth, fits), min(fits, max(depth, 8))):
            yield Slab((*fixed, span, *everywhere), before + span.start, span.stop - span.start)


def slice_numbers(shape: tuple[int, ...], region: Region) -> list[int]:
    """Numbers of the slices in a region, in reading order."""
    lead = shape[:-2]
    if not lead:
        return [0]
    grid = np.arange(int(np.prod(lead))).reshape(lead)
    return [int(i) for i in grid[region[:-2]].ravel()]
