"""Compiled loops that shift frames by parts of a pixel; plain statements are in tests/statements/drift_apply.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = ["mend", "translate"]

Floats = npt.NDArray[Any]
Ints = npt.NDArray[np.int64]


@kernel
def translate(pixels: Floats, first: Ints, weights: Floats, out: Floats) -> None:
    """Weighted sums over the neighborhood of each pixel, along z, y and x.

    `first` is where in `pixels` the neighborhood of the first pixel of `out` begins, and `weights` (3, n) what
    its n pixels count along each axis; beyond the ends of `pixels` the last one counts again.
    """
    nz, ny, _ = pixels.shape
    taps = weights.shape[1]
    line = np.empty(out.shape[2] + taps - 1, pixels.dtype)
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            line[:] = 0
            for i in range(taps):
                for j in range(taps):
                    weight = weights[0, i] * weights[1, j]
                    if weight != 0:
                        row = pixels[
                            min(max(z + first[0] + i, 0), nz - 1), min(max(y + first[1] + j, 0), ny - 1)
                        ]
                        _add_row(row, first[2], weight, line)
            if taps == 2:
                _mix_two(line, weights[2], out[z, y])
            else:
                _mix_four(line, weights[2], out[z, y])


@kernel
def _add_row(row: Floats, start: int, weight: float, line: Floats) -> None:
    """Add a row from `start` on; beyond its ends its first or last pixel."""
    left = min(max(-start, 0), len(line))
    right = max(min(len(row) - start, len(line)), left)
    line[:left] += weight * row[0]
    part, target = row[max(start, 0) :], line[left:right]
    for x in range(len(target)):
        target[x] += weight * part[x]
    line[right:] += weight * row[-1]


@kernel
def _mix_two(line: Floats, weights: Floats, out: Floats) -> None:
    a, b, beside = weights[0], weights[1], line[1:]
    if b == 0:  # what counts for nothing may be NaN
        for x in range(len(out)):
            out[x] = a * line[x]
        return
    for x in range(len(out)):
        out[x] = a * line[x] + b * beside[x]


@kernel
def _mix_four(line: Floats, weights: Floats, out: Floats) -> None:
    a, b, c, d = weights[0], weights[1], weights[2], weights[3]
    second, third, fourth = line[1:], line[2:], line[3:]
    if a == 0 and c == 0 and d == 0:
        for x in range(len(out)):
            out[x] = b * second[x]
        return
    for x in range(len(out)):
        out[x] = a * line[x] + b * second[x] + c * third[x] + d * fourth[x]


@kernel
def mend(pixels: Floats, first: Ints, weights: Floats, out: Floats) -> None:
    """Put right what `translate` made of pixels that are not finite, so that they do not spread.

    Where the nearest pixel is not finite it stands; elsewhere the finite ones of the two nearest along each axis
    are weighed, with `first` and `weights` (3, 2) as `translate` takes them.
    """
    nz, ny, nx = pixels.shape
    near = np.empty(3, np.int64)
    for axis in range(3):
        near[axis] = 0 if weights[axis, 0] > weights[axis, 1] else 1
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                if np.isfinite(out[z, y, x]):
                    continue
                total, share, nearest = 0.0, 0.0, np.nan
                for i in range(2):
                    zi = min(max(z + first[0] + i, 0), nz - 1)
                    for j in range(2):
                        yi = min(max(y + first[1] + j, 0), ny - 1)
                        for k in range(2):
                            value = pixels[zi, yi, min(max(x + first[2] + k, 0), nx - 1)]
                            weight = weights[0, i] * weights[1, j] * weights[2, k]
                            if i == near[0] and j == near[1] and k == near[2] and not np.isfinite(value):
                                nearest = value
                                share = -np.inf
                            elif weight > 0 and np.isfinite(value):
                                total += weight * value
                                share += weight
                out[z, y, x] = total / share if share > 0 else nearest
