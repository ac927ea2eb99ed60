"""Centers of mass within an ellipse, and what the brightness in it says."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from specks._core.kernel import kernel

__all__ = ["centroids", "characters"]

#: How far from the middle of the ellipse a center may lie before the ellipse follows it, in pixels.
NEAR = 0.6


@kernel
def _followed(corner: int, away: float, last: int) -> int:
    """Where an ellipse lies next along one axis, within the image."""
    if away > NEAR:
        corner += 1
    elif away < -NEAR:
        corner -= 1
    return min(max(corner, 0), last)


@kernel
def centroids(
    levels: Any, starts: Any, rows: Any, radius: Any, rounds: int, position: Any, mass: Any
) -> None:
    """Move an ellipse onto the center of mass of each feature, by whole pixels.

    Parameters
    ----------
    levels : array of int, shape (z, y, x)
    starts : array of int64, shape (n, 3)
        Middle of the ellipse; it becomes that of the last one that was looked at.
    rows : array of int64, shape (m, 3)
        Offset of each row of the ellipse along z and y, and its half width.
    radius : tuple of three int
    rounds : int
        At most so many ellipses are looked at.
    position : array of float64, shape (n, 3)
        Filled.
    mass : array of float64, shape (n,)
        Filled: the sum of the levels.
    """
    rz, ry, rx = radius
    last_z, last_y, last_x = (
        levels.shape[0] - 1 - 2 * rz,
        levels.shape[1] - 1 - 2 * ry,
        levels.shape[2] - 1 - 2 * rx,
    )
    for i in range(len(starts)):
        z, y, x = starts[i, 0] - rz, starts[i, 1] - ry, starts[i, 2] - rx
        for _ in range(rounds):
            total, along_z, along_y, along_x = np.int64(0), np.int64(0), np.int64(0), np.int64(0)
            for m in range(len(rows)):
                half = rows[m, 2]
                row = levels[z + rz + rows[m, 0], y + ry + rows[m, 1], x + rx - half : x + rx + half + 1]
                in_row, moment = np.int64(0), np.int64(0)
                for k in range(len(row)):
                    in_row += np.int64(row[k])
                    moment += np.int64(row[k]) * k
                total += in_row
                along_z += in_row * (rz + rows[m, 0])
                along_y += in_row * (ry + rows[m, 1])
                along_x += moment + in_row * (rx - half)
            starts[i, 0], starts[i, 1], starts[i, 2] = z + rz, y + ry, x + rx
            mass[i] = total
            if total == 0:
                position[i, 0], position[i, 1], position[i, 2] = starts[i, 0], starts[i, 1], starts[i, 2]
                break
            cz, cy, cx = along_z / total, along_y / total, along_x / total
            position[i, 0], position[i, 1], position[i, 2] = (
                cz - rz + (z + rz),
                cy - ry + (y + ry),
                cx - rx + (x + rx),
            )
            if abs(cz - rz) < NEAR and abs(cy - ry) < NEAR and abs(cx - rx) < NEAR:
                break
            z, y, x = (
                _followed(z, cz - rz, last_z),
                _followed(y, cy - ry, last_y),
                _followed(x, cx - rx, last_x),
            )


@kernel
def characters(levels: Any, image: Any, middles: Any, rows: Any, out: Any) -> None:
    """Moments, elongation, brightest level and sum of the image in the ellipse of each feature.

    Parameters
    ----------
    levels : array of int, shape (z, y, x)
    image : array, shape (z, y, x)
        As it was before the band-pass.
    middles : array of int64, shape (n, 3)
    rows : array of int64, shape (m, 3)
        As for `centroids`.
    out : array of float64, shape (n, 7)
        Filled: second moments of the levels along z, y and x; the length of their second angular moment (the
        middle pixel counts as lying along x), and the level of the middle pixel; the brightest level; the sum
        of the image.
    """
    for i in range(len(middles)):
        z, y, x = middles[i, 0], middles[i, 1], middles[i, 2]
        second = np.zeros(3)
        cosine, sine, brightest, total = 0.0, 0.0, 0.0, 0.0
        for m in range(len(rows)):
            dz, dy, half = rows[m, 0], rows[m, 1], rows[m, 2]
            row, raw = levels[z + dz, y + dy], image[z + dz, y + dy]
            for dx in range(-half, half + 1):
                value = float(row[x + dx])
                second[0] += dz * dz * value
                second[1] += dy * dy * value
                second[2] += dx * dx * value
                square = dx * dx + dy * dy
                if square:
                    cosine += (dx * dx - dy * dy) / square * value
                    sine += 2 * dx * dy / square * value
                else:
                    cosine += value
                brightest = max(brightest, value)
                total += raw[x + dx]
        out[i, :3] = second
        out[i, 3], out[i, 4] = math.sqrt(cosine * cosine + sine * sine), levels[z, y, x]
        out[i, 5], out[i, 6] = brightest, total
