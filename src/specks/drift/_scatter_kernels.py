"""Compiled loop over pairs of frames, part by part; its plain statement is in tests/statements/drift.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel, summing_kernel
from specks.drift._compare_kernels import slope_row

__all__ = ["pair_products"]

F32 = npt.NDArray[np.float32]
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.intp]


@kernel
def pair_products(
    own: F32,
    other: F32,
    mine: F32,
    theirs: F32,
    offset: Ints,
    axes: Ints,
    rows: Ints,
    columns: Ints,
    pulls: Floats,
    squares: Floats,
) -> None:
    """Products that tell how far each group of blocks is displaced in one frame against another.

    The other frame lies `offset` pixels further; `mine` and `theirs` are 1 where the frames are looked at.
    `rows` and `columns` are those of `compare_frame`. `squares` (axes, square, square) become the products of the
    slopes of both frames, `pulls` half of what the slope of the one times the other exceeds the reverse: their ratio
    is the displacement, whatever the contrasts are.
    """
    nz, ny, nx = own.shape
    oz, oy, ox = offset[0], offset[1], offset[2]
    start, stop, bottom = max(0, -ox), min(nx, nx - ox), min(ny, ny - oy)
    pulls[:] = 0
    squares[:] = 0
    if start >= stop:
        return
    here, there, seen = np.empty(nx, np.float32), np.empty(nx, np.float32), np.empty(nx, np.float32)
    sums = np.zeros((2, len(axes), nx), np.float32)
    for z in range(max(0, -oz), min(nz, nz - oz)):
        cell = 0
        for y in range(max(0, -oy), bottom):
            while y >= rows[0, cell + 1]:
                cell += 1
            one, two = own[z, y, start:stop], other[z + oz, y + oy, start + ox : stop + ox]
            _multiply(mine[z, y, start:stop], theirs[z + oz, y + oy, start + ox : stop + ox], seen)
            for a in range(len(axes)):
                slope_row(own, axes[a], z, y, here)
                slope_row(other, axes[a], z + oz, y + oy, there)
                _add_pulls(
                    one, two, here[start:stop], there[start + ox : stop + ox], seen, sums[0, a, start:stop]
                )
                _add_squares(here[start:stop], there[start + ox : stop + ox], seen, sums[1, a, start:stop])
            if y + 1 == rows[0, cell + 1] or y + 1 == bottom:
                _put_sums(sums, columns, rows[1, cell], pulls, squares)


@kernel
def _multiply(one: F32, other: F32, out: F32) -> None:
    for x in range(len(one)):
        out[x] = one[x] * other[x]


@kernel
def _add_pulls(own: F32, other: F32, here: F32, there: F32, seen: F32, out: F32) -> None:
    half = np.float32(0.5)
    for x in range(len(own)):
        out[x] += seen[x] * half * (here[x] * other[x] - there[x] * own[x])


@kernel
def _add_squares(here: F32, there: F32, seen: F32, out: F32) -> None:
    for x in range(len(here)):
        out[x] += seen[x] * here[x] * there[x]


@kernel
def _put_sums(sums: F32, columns: Ints, row: int, pulls: Floats, squares: Floats) -> None:
    """Add a row of cells to the groups that these belong to, and begin again."""
    for a in range(sums.shape[1]):
        for c in range(columns.shape[1] - 1):
            first, last = columns[0, c], columns[0, c + 1]
            pulls[a, row, columns[1, c]] += _sum(sums[0, a, first:last])
            squares[a, row, columns[1, c]] += _sum(sums[1, a, first:last])
    sums[:] = 0


@summing_kernel
def _sum(values: F32) -> float:
    total = np.float32(0)
    for x in range(len(values)):
        total += values[x]
    return float(total)
