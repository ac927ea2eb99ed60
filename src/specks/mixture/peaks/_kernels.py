"""Kernels that find peaks. Their plain statements are in tests/statements/peaks.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = [
    "binned",
    "blur",
    "cell_sums",
    "fill_discs",
    "laplacian",
    "noise_levels",
    "ranked",
    "sample",
    "separated",
    "windowed",
    "within",
]

Array = npt.NDArray[Any]


@kernel
def binned(plane: Array, step_y: int, step_x: int, out: Array) -> None:
    """Mean of every `step_y` by `step_x` pixels; the last cells may be smaller."""
    height, width = plane.shape
    row = np.empty(width, np.float32)
    for y in range(out.shape[0]):
        first, last = y * step_y, min((y + 1) * step_y, height)
        row[:] = 0
        for j in range(first, last):
            for x in range(width):
                row[x] += plane[j, x]
        for x in range(out.shape[1]):
            total, stop = np.float32(0), min((x + 1) * step_x, width)
            for i in range(x * step_x, stop):
                total += row[i]
            out[y, x] = total / np.float32((last - first) * (stop - x * step_x))


@kernel
def blur(plane: Array, weights_y: Array, weights_x: Array, out: Array) -> None:
    """Convolve with one half of a symmetric window along y and along x; borders are continued.

    `weights[0]` is the window's middle.
    """
    height, width = plane.shape
    reach = weights_x.size - 1
    row = np.empty(width + 2 * reach, np.float32)
    middle = row[reach : reach + width]
    for y in range(height):
        w = weights_y[0]
        line = plane[y]
        for x in range(width):
            middle[x] = w * line[x]
        for j in range(1, weights_y.size):
            above, below = plane[max(y - j, 0)], plane[min(y + j, height - 1)]
            w = weights_y[j]
            for x in range(width):
                middle[x] += w * (above[x] + below[x])
        row[:reach] = row[reach]
        row[reach + width :] = row[reach + width - 1]
        target = out[y]
        w = weights_x[0]
        for x in range(width):
            target[x] = w * middle[x]
        for i in range(1, weights_x.size):
            before, after = row[reach - i : reach - i + width], row[reach + i : reach + i + width]
            w = weights_x[i]
            for x in range(width):
                target[x] += w * (before[x] + after[x])


@kernel
def laplacian(plane: Array, scale_y: float, scale_x: float, out: Array) -> None:
    """Second differences, weighed by axis, with the sign turned: positive where the middle is higher."""
    height, width = plane.shape
    a, b = np.float32(scale_y), np.float32(scale_x)
    two = np.float32(2)
    for y in range(height):
        line, above, below = plane[y], plane[max(y - 1, 0)], plane[min(y + 1, height - 1)]
        target = out[y]
        for x in range(width):
            target[x] = a * (two * line[x] - above[x] - below[x])
        for x in range(1, width - 1):
            target[x] += b * (two * line[x] - line[x - 1] - line[x + 1])
        target[0] += b * (line[0] - line[min(1, width - 1)])
        target[width - 1] += b * (line[width - 1] - line[max(width - 2, 0)])


@kernel
def _sum_cells(
    stack: Array, allowed: Array, row: int, cells: Any, size_y: int, size_x: int, sums: Array, counts: Array
) -> None:
    """What `cell_sums` says, of neighboring cells of one row."""
    height, width = allowed.shape
    left, right = cells[0] * size_x, min(cells[1] * size_x, width)
    top, bottom = row * size_y, min((row + 1) * size_y, height)
    permitted = allowed[top:bottom, left:right]
    many, squares = np.zeros(right - left, np.int32), np.empty(right - left, np.float32)
    for j in range(bottom - top):
        use = permitted[j]
        for x in range(right - left):
            many[x] += use[x]
    for s in range(stack.shape[0]):
        squares[:] = 0
        for j in range(bottom - top):
            line, use = stack[s, top + j, left:right], permitted[j]
            for x in range(right - left):
                value = min(line[x], np.float32(0)) * np.float32(use[x])
                squares[x] += value * value
        for cell in range(cells[0], cells[1]):
            start = cell * size_x - left
            total, count = np.float32(0), 0
            for x in range(start, min(start + size_x, right - left)):
                total += squares[x]
                count += many[x]
            sums[s, row, cell], counts[row, cell] = total, count


@kernel
def cell_sums(
    stack: Array, allowed: Array, before: Array, size_y: int, size_x: int, sums: Array, counts: Array
) -> None:
    """Squares of what is below 0, summed over cells of a grid where `allowed`, and how many pixels that are.

    Only cells in which `allowed` is not as it was `before` are summed anew.
    """
    height, width = allowed.shape
    columns, differs = counts.shape[1], np.empty(width, np.uint8)
    for row in range(counts.shape[0]):
        differs[:] = 0
        for y in range(row * size_y, min((row + 1) * size_y, height)):
            now, then = allowed[y], before[y]
            for x in range(width):
                differs[x] |= now[x] ^ then[x]
        column = 0
        while column < columns:
            first = column
            while column < columns and differs[column * size_x : (column + 1) * size_x].any():
                column += 1
            if column > first:
                _sum_cells(stack, allowed, row, (first, column), size_y, size_x, sums, counts)
            column += 1


@kernel
def noise_levels(near: Array, seen: Array, share: Any, shrinkage: float, whole: float, out: Array) -> None:
    """Noise of a grid from mean squares nearby, where they were seen, and those of the whole plane.

    `share` is by how much each of the two counts. Squares are of one sign of two.
    """
    local, all_over, little = np.float32(share[0]), share[1] * np.sqrt(whole), np.float32(shrinkage)
    common = np.float32(shrinkage * whole)
    for y in range(out.shape[0]):
        squares, part, row = near[y], seen[y], out[y]
        for x in range(row.size):
            # Not the operator, which looks for zeros, so that the loop is vectorized.
            mean = np.divide(np.float32(2) * squares[x] + common, part[x] + little)
            row[x] = local * np.sqrt(mean) + all_over


@kernel
def windowed(counts: Array, weights: Array, out: Array) -> None:
    """Counts under a symmetric window of which `weights` is one half, its middle first; reflected at both ends.

    The window reaches less far than there are counts.
    """
    n = counts.size
    for k in range(n):
        total = counts[k] * weights[0]
        for j in range(weights.size - 1, 0, -1):
            before = k - j if j <= k else j - k - 1
            after = k + j if k + j < n else 2 * n - 1 - k - j
            total += (counts[before] + counts[after]) * weights[j]
        out[k] = total


@kernel
def sample(grids: Array, cell: Any, which: Array, y: Array, x: Array, out: Array) -> None:
    """Values between the middles of the cells of grids, at places in pixels; borders are continued.

    `cell` is how many pixels a cell has along y and x.
    """
    height, width = grids.shape[1:]
    for k in range(which.size):
        down, over = (y[k] + 0.5) / cell[0] - 0.5, (x[k] + 0.5) / cell[1] - 0.5
        down, over = min(max(down, 0.0), height - 1.0), min(max(over, 0.0), width - 1.0)
        top, left = min(int(down), max(height - 2, 0)), min(int(over), max(width - 2, 0))
        bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
        down, over = down - top, over - left
        grid = grids[which[k]]
        upper = grid[top, left] * (1 - over) + grid[top, right] * over
        lower = grid[bottom, left] * (1 - over) + grid[bottom, right] * over
        out[k] = upper * (1 - down) + lower * down


@kernel
def fill_discs(y: Array, x: Array, radius_y: Array, radius_x: Array, value: int, out: Array) -> None:
    """Set the pixels in ellipses."""
    height, width = out.shape
    for k in range(y.size):
        a, b = radius_y[k], radius_x[k]
        for j in range(max(0, int(np.ceil(y[k] - a))), min(height, int(np.floor(y[k] + a)) + 1)):
            part = 1.0 - ((j - y[k]) / a) ** 2
            if part < 0:
                continue
            half = b * np.sqrt(part)
            for i in range(max(0, int(np.ceil(x[k] - half))), min(width, int(np.floor(x[k] + half)) + 1)):
                out[j, i] = value


@kernel
def ranked(height: Array, bits: Array, least: float) -> Array:
    """Which heights are at least `least`, which is 0 or more, the highest first; of equal ones as they come.

    `bits` are those of the heights in 32 bits. Numbers above 0 are in their order, so they are sorted by a third
    of it after the other.
    """
    part = np.uint32(2047)
    order, other = np.empty(height.size, np.int64), np.empty(height.size, np.int64)
    starts, many = np.zeros((3, 2048), np.int64), 0
    for k in range(height.size):
        if height[k] >= least:
            order[many] = k
            many += 1
            key = ~bits[k]
            for third in range(3):
                starts[third, (key >> np.uint32(11 * third)) & part] += 1
    for third in range(3):
        total = 0
        for value in range(2048):
            starts[third, value], total = total, total + starts[third, value]
        for k in range(many):
            value = (~bits[order[k]] >> np.uint32(11 * third)) & part
            other[starts[third, value]] = order[k]
            starts[third, value] += 1
        order, other = other, order
    return order[:many]


@kernel
def separated(y: Array, x: Array, radius: Array, gap: float, alike: float, keep: Array) -> None:
    """Of peaks in order of preference, keep those not within `gap` radii of one that is kept.

    The larger of the two radii counts, which are no rivals if it is more than `alike` times the other. A grid
    of cells as wide as the farthest reach is searched.
    """
    n = y.size
    if n == 0:
        return
    cell = max(gap * radius.max(), 1e-6)
    low_y, low_x = y.min(), x.min()
    rows, columns = int((y.max() - low_y) / cell) + 1, int((x.max() - low_x) / cell) + 1
    first = np.full(rows * columns, -1, np.int64)
    following = np.full(n, -1, np.int64)
    for k in range(n):
        row, column = int((y[k] - low_y) / cell), int((x[k] - low_x) / cell)
        free = True
        for j in range(max(row - 1, 0), min(row + 2, rows)):
            for i in range(max(column - 1, 0), min(column + 2, columns)):
                other = first[j * columns + i]
                while other >= 0 and free:
                    wider = max(radius[k], radius[other])
                    reach = gap * wider
                    rivals = wider <= alike * min(radius[k], radius[other])
                    if rivals and (y[k] - y[other]) ** 2 + (x[k] - x[other]) ** 2 < reach * reach:
                        free = False
                    other = following[other]
        keep[k] = free
        if free:
            following[k] = first[row * columns + column]
            first[row * columns + column] = k


@kernel
def within(
    y: Array, x: Array, center_y: Array, center_x: Array, reach: Array, which: Array, part: Array
) -> int:
    """Pairs of a center and a place at most its reach away, which is above 0.

    Fills `which` with the center's number and `part` with the place's as far as there is room, and returns
    how many there are. A grid of cells as wide as the mean reach is searched.
    """
    if y.size == 0 or reach.size == 0:
        return 0
    low_y, low_x = y.min(), x.min()
    # No more cells than a few for each place.
    cell = max(reach.mean(), np.sqrt((y.max() - low_y + 1) * (x.max() - low_x + 1) / (4.0 * y.size)))
    rows, columns = int((y.max() - low_y) / cell) + 1, int((x.max() - low_x) / cell) + 1
    first = np.full(rows * columns, -1, np.int64)
    following = np.full(y.size, -1, np.int64)
    for k in range(y.size - 1, -1, -1):
        place = int((y[k] - low_y) / cell) * columns + int((x[k] - low_x) / cell)
        following[k] = first[place]
        first[place] = k
    count = 0
    for k in range(reach.size):
        top = max(int(np.floor((center_y[k] - reach[k] - low_y) / cell)), 0)
        bottom = min(int(np.floor((center_y[k] + reach[k] - low_y) / cell)), rows - 1)
        left = max(int(np.floor((center_x[k] - reach[k] - low_x) / cell)), 0)
        right = min(int(np.floor((center_x[k] + reach[k] - low_x) / cell)), columns - 1)
        for row in range(top, bottom + 1):
            for column in range(left, right + 1):
                other = first[row * columns + column]
                while other >= 0:
                    if (y[other] - center_y[k]) ** 2 + (x[other] - center_x[k]) ** 2 <= reach[k] * reach[k]:
                        if count < which.size:
                            which[count], part[count] = k, other
                        count += 1
                    other = following[other]
    return count
