"""Kernels that find where responses are highest and lowest. Their plain statements are in tests/statements/peaks.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = ["extremes", "vertices"]

Array = npt.NDArray[Any]


@kernel
def _likely(stack: Array, s: int, y: int, first: int, last: int, marks: Array, places: Array) -> int:
    """Pixels of a row from `first` to `last` that are higher, or lower, than their four neighbors in the plane.

    They must be above 0, or below. `marks` is room for a whole number of words, and 0 outside of the row.
    """
    above, line, below = stack[s, y - 1, first:last], stack[s, y, first:last], stack[s, y + 1, first:last]
    before, after = stack[s, y, first - 1 : last - 1], stack[s, y, first + 1 : last + 1]
    row, zero = marks[first:last], np.float32(0)
    for x in range(line.size):  # without branches, so that it is vectorized
        value = line[x]
        bump = (value > max(max(before[x], above[x]), zero)) & (value >= max(after[x], below[x]))
        dip = (value < min(min(before[x], above[x]), zero)) & (value <= min(after[x], below[x]))
        row[x] = bump | dip
    count, words = 0, marks.view(np.uint64)  # most are 0, and passed over at once
    one, ones, top = np.uint64(1), np.uint64(0x0101010101010101), np.uint64(56)
    for k in range(words.size):
        word = words[k]
        while word != np.uint64(0):
            lowest = word & (~word + one)
            # A byte is 1 for each one below the lowest mark; their sum is in the topmost byte of the product.
            places[count] = 8 * k + np.int64((((lowest - one) & ones) * ones) >> top)
            count += 1
            word &= word - one
    return count


@kernel
def _highest(stack: Array, sign: Any, s: int, y: int, x: int) -> bool:
    """Whether no neighbor in space or scale is higher, and no earlier one is equal.

    Of those in the plane only the corners are looked at: the others are known to be lower.
    """
    value = sign * stack[s, y, x]
    if value <= sign * stack[s, y - 1, x - 1] or value <= sign * stack[s, y - 1, x + 1]:
        return False
    if value < sign * stack[s, y + 1, x - 1] or value < sign * stack[s, y + 1, x + 1]:
        return False
    if s > 0:
        for j in range(y - 1, y + 2):
            for i in range(x - 1, x + 2):
                if value <= sign * stack[s - 1, j, i]:
                    return False
    if s + 1 < stack.shape[0]:
        for j in range(y - 1, y + 2):
            for i in range(x - 1, x + 2):
                if value < sign * stack[s + 1, j, i]:
                    return False
    return True


@kernel
def _is_round(stack: Array, s: int, y: int, x: int, weights: Array, least: float) -> bool:
    """Whether the product of the two curvatures is at least this part of the square of their sum."""
    middle = 2.0 * stack[s, y, x]
    yy = weights[0] ** 2 * (stack[s, y - 1, x] + stack[s, y + 1, x] - middle)
    xx = weights[1] ** 2 * (stack[s, y, x - 1] + stack[s, y, x + 1] - middle)
    falling = float(stack[s, y - 1, x - 1]) + stack[s, y + 1, x + 1]
    xy = 0.25 * weights[0] * weights[1] * (falling - stack[s, y - 1, x + 1] - stack[s, y + 1, x - 1])
    round_: bool = yy * xx - xy * xy >= least * (yy + xx) ** 2
    return round_


@kernel
def extremes(
    stack: Array, edge_y: int, edge_x: int, weights: Array, least: float, found: Array, counts: Array
) -> None:
    """Places above 0 of which no neighbor in space or scale is higher, and the same below 0, but on no ridge.

    Of equal neighbors the first counts. On a ridge the product of the curvatures is less than `least` of the
    square of their sum; `weights` are units of length along y and x, in pixels. Fills `found`, of shape
    (2, scales, room, 2), with (y, x) of bumps and of dips as far as there is room; `counts`, (2, scales), says
    how many there are. All scales of a row are looked at together, while they are near.
    """
    scales, height, width = stack.shape
    marks, places = np.zeros((width + 7) // 8 * 8, np.uint8), np.empty(width, np.int64)
    first, last = max(edge_x, 1), width - max(edge_x, 1)
    counts[:] = 0
    for y in range(max(edge_y, 1), height - max(edge_y, 1)):
        for s in range(scales):
            for k in range(_likely(stack, s, y, first, last, marks, places)):
                x = places[k]
                dip = int(stack[s, y, x] < 0)
                if _highest(stack, np.float32(1 - 2 * dip), s, y, x) and _is_round(
                    stack, s, y, x, weights, least
                ):
                    number = counts[dip, s]
                    if number < found.shape[2]:
                        found[dip, s, number, 0], found[dip, s, number, 1] = y, x
                    counts[dip, s] = number + 1


@kernel
def _vertex(before: float, middle: float, after: float) -> float:
    """Where a parabola through three neighbors has its extreme, at most half a pixel away."""
    bend = before - 2.0 * middle + after
    if bend == 0:
        return 0.0
    shift = float(np.float32(0.5) * (before - after) / bend)
    return min(max(shift, -0.5), 0.5)


@kernel
def vertices(
    stack: Array, found: Array, counts: Array, allowed: Array, scale: Array, y: Array, x: Array, value: Array
) -> int:
    """Scale, place between the pixels, and value of extremes of one sign where `allowed`; and how many they are.

    `found` and `counts` are a part of what `extremes` fills.
    """
    count = 0
    for s in range(counts.size):
        for k in range(counts[s]):
            j, i = found[s, k]
            if allowed[j, i]:
                middle = stack[s, j, i]
                scale[count], value[count] = s, middle
                y[count] = j + _vertex(stack[s, j - 1, i], middle, stack[s, j + 1, i])
                x[count] = i + _vertex(stack[s, j, i - 1], middle, stack[s, j, i + 1])
                count += 1
    return count
