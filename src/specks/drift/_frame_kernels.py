"""Compiled loops over one frame; plain statements of them are in tests/statements/drift.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel, summing_kernel

__all__ = ["bin_mean", "halve", "scale", "sum_up"]

#: Low-pass to half of the highest frequency.
HALF_BAND = (3 / 512, 0.0, -25 / 512, 0.0, 150 / 512, 0.5, 150 / 512, 0.0, -25 / 512, 0.0, 3 / 512)

F32 = npt.NDArray[np.float32]


@kernel
def bin_mean(pixels: npt.NDArray[Any], bz: int, by: int, bx: int, out: F32) -> None:
    """Mean of the finite pixels in each box of (bz, by, bx); NaN where there are none."""
    nz, ny, nx = out.shape
    line = np.empty(nx * bx, np.float32)
    share = np.float32(1 / (bz * by * bx))
    for z in range(nz):
        for y in range(ny):
            line[:] = 0
            for dz in range(bz):
                for dy in range(by):
                    row = pixels[z * bz + dz, y * by + dy, : nx * bx]
                    for x in range(nx * bx):
                        line[x] += row[x]
            target = out[z, y]
            if bx == 2:  # the usual case, several boxes at a time
                for x in range(nx):
                    target[x] = (line[2 * x] + line[2 * x + 1]) * share
            else:
                for x in range(nx):
                    total = line[x * bx]
                    for dx in range(1, bx):
                        total += line[x * bx + dx]
                    target[x] = total * share
            if _all_finite(target):
                continue
            for x in range(nx):
                if not np.isfinite(target[x]):
                    box = pixels[z * bz : (z + 1) * bz, y * by : (y + 1) * by, x * bx : (x + 1) * bx]
                    _put_finite_mean(box, target[x : x + 1])


@kernel
def _all_finite(row: F32) -> bool:
    finite = np.int32(0)
    for x in range(len(row)):
        finite += np.int32(abs(row[x]) < np.inf)
    return bool(finite == len(row))


@kernel
def _put_finite_mean(box: npt.NDArray[Any], target: F32) -> None:
    total, count = 0.0, 0
    for value in box.flat:
        if np.isfinite(value):
            total += float(value)
            count += 1
    target[0] = total / count if count else np.nan


@summing_kernel
def sum_up(frame: F32, used: npt.NDArray[np.bool_], out: npt.NDArray[np.float64]) -> None:
    """Number, sum and sum of squares of the used finite pixels."""
    nz, ny, nx = frame.shape
    out[:] = 0
    for z in range(nz):
        for y in range(ny):
            row, seen = frame[z, y], used[z, y]
            count, total, square = 0.0, 0.0, 0.0
            for x in range(nx):
                counts = seen[x] & (abs(row[x]) < np.inf)
                value = np.float64(row[x]) if counts else 0.0
                count += 1.0 if counts else 0.0
                total += value
                square += value * value
            out[0] += count
            out[1] += total
            out[2] += square


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
    a, b, c, d = (
        np.float32(HALF_BAND[5]),
        np.float32(HALF_BAND[4]),
        np.float32(HALF_BAND[2]),
        np.float32(HALF_BAND[0]),
    )
    line = np.empty(wide + 11, np.float32)  # as far as the low-pass looks beyond the border
    whole = line[5 : 5 + wide]
    for z in range(nz):
        plane = pixels[z]
        for y in range(ny):
            row = plane[2 * y]
            up, down = plane[max(2 * y - 1, 0)], plane[min(2 * y + 1, tall - 1)]
            up3, down3 = plane[max(2 * y - 3, 0)], plane[min(2 * y + 3, tall - 1)]
            up5, down5 = plane[max(2 * y - 5, 0)], plane[min(2 * y + 5, tall - 1)]
            for x in range(wide):
                whole[x] = (
                    a * row[x] + b * (up[x] + down[x]) + c * (up3[x] + down3[x]) + d * (up5[x] + down5[x])
                )
            line[:5] = whole[0]
            line[5 + wide :] = whole[wide - 1]
            target = out[z, y]
            for x in range(nx):
                target[x] = (
                    a * line[2 * x + 5]
                    + b * (line[2 * x + 4] + line[2 * x + 6])
                    + c * (line[2 * x + 2] + line[2 * x + 8])
                    + d * (line[2 * x] + line[2 * x + 10])
                )
