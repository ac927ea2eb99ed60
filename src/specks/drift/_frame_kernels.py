"""Compiled loops over one frame; plain statements of them are in tests/statements/drift.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = ["bin_mean", "halve", "scale", "sum_up"]

#: Low-pass to half of the highest frequency.
HALF_BAND = (3 / 512, 0.0, -25 / 512, 0.0, 150 / 512, 0.5, 150 / 512, 0.0, -25 / 512, 0.0, 3 / 512)

F32 = npt.NDArray[np.float32]


@kernel
def bin_mean(pixels: F32, bz: int, by: int, bx: int, out: F32) -> None:
    """Mean of the finite pixels in each box of (bz, by, bx); NaN where there are none."""
    nz, ny, nx = out.shape
    line = np.empty(nx * bx, np.float32)
    size = np.float32(bz * by * bx)
    for z in range(nz):
        for y in range(ny):
            line[:] = 0
            for dz in range(bz):
                for dy in range(by):
                    row = pixels[z * bz + dz, y * by + dy]
                    for x in range(nx * bx):
                        line[x] += row[x]
            target = out[z, y]
            for x in range(nx):
                total = line[x * bx]
                for dx in range(1, bx):
                    total += line[x * bx + dx]
                target[x] = total / size
            for x in range(nx):
                if not np.isfinite(target[x]):
                    box = pixels[z * bz : (z + 1) * bz, y * by : (y + 1) * by, x * bx : (x + 1) * bx]
                    _put_finite_mean(box, target[x : x + 1])


@kernel
def _put_finite_mean(box: F32, target: F32) -> None:
    total, count = 0.0, 0
    for value in box.flat:
        if np.isfinite(value):
            total += float(value)
            count += 1
    target[0] = total / count if count else np.nan


@kernel
def sum_up(frame: F32, used: npt.NDArray[np.bool_], middle: float, out: npt.NDArray[np.float64]) -> None:
    """Number, sum and sum of squares of the used finite pixels, from `middle`, and their largest magnitude."""
    nz, ny, nx = frame.shape
    out[:] = 0
    sums, squares = np.zeros(nx, np.float64), np.zeros(nx, np.float64)
    count, largest = 0, 0.0
    for z in range(nz):
        for y in range(ny):
            row, seen = frame[z, y], used[z, y]
            for x in range(nx):
                if seen[x] and np.isfinite(row[x]):
                    value = row[x] - middle
                    sums[x] += value
                    squares[x] += value * value
                    count += 1
                    largest = max(largest, abs(row[x]))
    out[0], out[1], out[2], out[3] = count, sums.sum(), squares.sum(), largest


@kernel
def scale(frame: F32, used: npt.NDArray[np.bool_], mean: float, factor: float) -> None:
    """(frame - mean) * factor in place; 0 where it is not used or not finite."""
    nz, ny, nx = frame.shape
    m, f, nothing = np.float32(mean), np.float32(factor), np.float32(0)
    for z in range(nz):
        for y in range(ny):
            row, seen = frame[z, y], used[z, y]
            for x in range(nx):
                row[x] = (row[x] - m) * f if seen[x] and np.isfinite(row[x]) else nothing


@kernel
def halve(pixels: F32, out: F32) -> None:
    """Every other pixel along y and x of a low-pass, so that finer detail does not come back as coarse."""
    nz, ny, nx = out.shape
    tall, wide = pixels.shape[1], pixels.shape[2]
    line, even, odd = np.empty(wide, np.float32), np.empty(nx + 6, np.float32), np.empty(nx + 6, np.float32)
    for z in range(nz):
        for y in range(ny):
            line[:] = 0
            for k in range(len(HALF_BAND)):
                row = pixels[z, min(max(2 * y + k - 5, 0), tall - 1)]
                weight = np.float32(HALF_BAND[k])
                if weight != 0:
                    for x in range(wide):
                        line[x] += weight * row[x]
            for x in range(-3, nx + 3):
                even[x + 3] = line[min(max(2 * x, 0), wide - 1)]
                odd[x + 3] = line[min(max(2 * x + 1, 0), wide - 1)]
            target, middle = out[z, y], even[3 : 3 + nx]
            center = np.float32(HALF_BAND[5])
            for x in range(nx):
                target[x] = center * middle[x]
            for k in range(3):
                before, after = odd[2 - k : 2 - k + nx], odd[3 + k : 3 + k + nx]
                weight = np.float32(HALF_BAND[4 - 2 * k])
                for x in range(nx):
                    target[x] += weight * (before[x] + after[x])
