"""Kernels that outline particles around peaks. Their plain statements are in tests/statements/outlines.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = ["flood", "levels", "nearest", "paint", "runs_of"]

Array = npt.NDArray[Any]


@kernel
def _pixel(place: float, size: int) -> int:
    """Pixel of a place; half pixels go up, so that it does not depend on where a part of a plane begins."""
    return min(max(int(np.floor(place + 0.5)), 0), size - 1)


@kernel
def _squares(center: float, radius: float, first: int, out: Array) -> None:
    """Squared distances of neighboring pixels from a center along one axis, in radii."""
    for k in range(out.size):
        out[k] = np.divide(first + k - center, radius) ** 2  # not the operator, which looks for zeros


@kernel
def nearest(
    y: Array, x: Array, radius_y: Array, radius_x: Array, reach: float, ratio: Array, owner: Array
) -> None:
    """Give each pixel to the peak whose center is nearest in radii, if it is within `reach` of them.

    `owner` counts peaks from 1 on, and is 0 where there is none; elsewhere `ratio` holds the distance. Pages
    of fresh memory that no peak is near stay untouched.
    """
    height, width = owner.shape
    squares = np.empty(width)
    for k in range(y.size):
        a, b = radius_y[k] * reach, radius_x[k] * reach
        left, right = max(0, int(np.ceil(x[k] - b))), min(width, int(x[k] + b) + 1)
        across = squares[: max(right - left, 0)]
        _squares(x[k], radius_x[k], left, across)
        for j in range(max(0, int(np.ceil(y[k] - a))), min(height, int(y[k] + a) + 1)):
            down = ((j - y[k]) / radius_y[k]) ** 2
            for i in range(left, right):
                away = down + across[i - left]
                # Compared as it is held, or of two equal ones rounding would choose.
                if away <= reach * reach and (owner[j, i] == 0 or np.float32(away) < ratio[j, i]):
                    ratio[j, i] = away
                    owner[j, i] = k + 1


@kernel
def levels(
    plane: Array, y: Array, x: Array, radius_y: Array, radius_x: Array, owner: Array, inner: float, ring: Array,
    middle: Array, outside: Array,
) -> None:  # fmt: skip
    """Mean within `inner` radii of each peak, and median in a ring around it, without other peaks' pixels.

    Where particles are packed so that others own the whole ring, the darkest pixel around is taken. What is
    not a number counts nowhere; `outside` is NaN where nothing is left.
    """
    height, width = plane.shape
    squares = np.empty(width)
    for k in range(y.size):
        a, b = radius_y[k] * ring[1], radius_x[k] * ring[1]
        top, bottom = max(0, int(np.ceil(y[k] - a))), min(height, int(y[k] + a) + 1)
        left, right = max(0, int(np.ceil(x[k] - b))), min(width, int(x[k] + b) + 1)
        around = np.empty(max(bottom - top, 0) * max(right - left, 0), np.float32)
        across = squares[: max(right - left, 0)]
        _squares(x[k], radius_x[k], left, across)
        count, total, seen, darkest = 0, 0.0, 0, np.float32(np.inf)
        for j in range(top, bottom):
            down = ((j - y[k]) / radius_y[k]) ** 2
            for i in range(left, right):
                away = down + across[i - left]
                if away > ring[1] ** 2 or np.isnan(plane[j, i]):
                    continue
                if away <= inner * inner:
                    total += plane[j, i]
                    seen += 1
                else:
                    darkest = min(darkest, plane[j, i])
                    if away >= ring[0] ** 2 and (owner[j, i] == 0 or owner[j, i] == k + 1):
                        around[count] = plane[j, i]
                        count += 1
        if seen == 0:
            total = plane[_pixel(y[k], height), _pixel(x[k], width)]
            seen = 1
        middle[k] = total / seen
        if count:
            outside[k] = np.median(around[:count])
        else:
            outside[k] = darkest if darkest < np.inf else np.nan


@kernel
def flood(plane: Array, y: Array, x: Array, owner: Array, level: Array, places: Array, labels: Array) -> int:
    """Paint with its number, from 1 on, what is connected to each peak, is its own and is above its level.

    `labels` is 0 where nothing was painted yet. `places` has room for every pixel and takes those
    that are painted, in row-major order of the plane; returned is how many there are. A peak whose
    own pixel is below its level starts from the highest of the eight around it.
    """
    height, width = plane.shape
    head = end = 0
    for k in range(y.size):
        row, column = _pixel(y[k], height), _pixel(x[k], width)
        best_y, best_x = row, column
        if not plane[row, column] >= level[k]:
            highest = -np.inf
            for j in range(max(row - 1, 0), min(row + 2, height)):
                for i in range(max(column - 1, 0), min(column + 2, width)):
                    if owner[j, i] == k + 1 and plane[j, i] > highest:
                        best_y, best_x, highest = j, i, plane[j, i]
        if owner[best_y, best_x] != k + 1 or not plane[best_y, best_x] >= level[k]:
            continue
        places[end] = best_y * width + best_x
        labels[best_y, best_x] = k + 1
        end += 1
        while head < end:
            place = places[head]
            head += 1
            row, column = place // width, place % width
            for step in range(4):
                j, i = row + (step == 0) - (step == 1), column + (step == 2) - (step == 3)
                if (
                    0 <= j < height
                    and 0 <= i < width
                    and labels[j, i] == 0
                    and owner[j, i] == k + 1
                    and plane[j, i] >= level[k]
                ):
                    labels[j, i] = k + 1
                    places[end] = j * width + i
                    end += 1
    return end


@kernel
def paint(
    plane: Array, places: Array, owner: Array, level: Array, contrast: Array, sure: Array, edge: Array, out: Array
) -> None:  # fmt: skip
    """Set places that are still 0 to how sure their peak is, times how far inside of it they lie.

    Planes are flat. `edge` holds the share of the contrast beyond `level` at which a pixel is no part of its
    peak, and how much more makes it a whole one.
    """
    for place in places:
        if out[place] == 0:
            k = owner[place] - 1
            share = (plane[place] - level[k]) / contrast[k]
            out[place] = sure[k] * min(max((share - edge[0]) / edge[1], np.float32(0)), np.float32(1))


@kernel
def runs_of(labels: Array, y: Array, x0: Array, x1: Array, label: Array) -> int:
    """Runs of equal labels in raster order, as far as there is room; returns how many there are."""
    count = 0
    for j in range(labels.shape[0]):
        line = labels[j]
        i = 0
        while i < line.size:
            value = line[i]
            start = i
            i += 1
            if value == 0:
                continue
            while i < line.size and line[i] == value:
                i += 1
            if count < y.size:
                y[count], x0[count], x1[count], label[count] = j, start, i, value
            count += 1
    return count
