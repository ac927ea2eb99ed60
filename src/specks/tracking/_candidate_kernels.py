"""Nearest objects of later frames, by a sweep along the first axis."""

from __future__ import annotations

from typing import Any

from specks._core.kernel import kernel

__all__ = ["nearest_later"]


@kernel
def nearest_later(
    rows: Any,
    position: Any,
    predicted: Any,
    block: Any,
    target: Any,
    first: Any,
    gate: Any,
    found: Any,
    square: Any,
) -> None:
    """Find the nearest rows of later frames for each of some rows.

    Parameters
    ----------
    rows : array of int64
        Rows to work on.
    position : array of float64, shape (n, d)
        Sorted by frame, and within a frame by the first axis.
    predicted : array of float64, shape (n, gaps, d) or (n, 1, d)
        Where each row is expected 1, 2, … frames later; one place for all when it stands still.
    block : array of int64, shape (n,)
        Which frame each row is in.
    target : array of int64, shape (frames, gaps)
        The frame 1, 2, … steps of time later; -1 where there is none.
    first : array of int64, shape (frames + 1,)
        First row of each frame.
    gate : array of float64, shape (d,)
        One over the square of how far to look along each axis; 0 for no limit.
    found : array of int64, shape (rows, gaps, k)
        Filled with row numbers, nearest first; -1 where there are fewer.
    square : array of float64, shape (rows, gaps, k)
        Filled with squared distances.
    """
    dims, most = position.shape[1], found.shape[2]
    for r in range(rows.size):
        i = rows[r]
        for g in range(target.shape[1]):
            count, p = 0, min(g, predicted.shape[1] - 1)
            t = target[block[i], g]
            if t >= 0:
                here = predicted[i, p, 0]
                low, high = first[t], first[t + 1]
                begin, end = low, high
                while begin < end:
                    middle = (begin + end) // 2
                    if position[middle, 0] < here:
                        begin = middle + 1
                    else:
                        end = middle
                up, down = begin, begin - 1
                while up < high or down >= low:
                    # Of the two sides the nearer one, so that the first row beyond reach ends the search.
                    if down < low or (up < high and position[up, 0] - here < here - position[down, 0]):
                        j = up
                        up += 1
                    else:
                        j = down
                        down -= 1
                    step = position[j, 0] - here
                    far = step * step
                    within = far * gate[0]
                    if within > 1.0 or (count == most and far >= square[r, g, most - 1]):
                        break
                    for axis in range(1, dims):
                        step = position[j, axis] - predicted[i, p, axis]
                        far += step * step
                        within += step * step * gate[axis]
                    if within > 1.0 or (count == most and far >= square[r, g, most - 1]):
                        continue
                    k = count if count < most else most - 1
                    while k > 0 and square[r, g, k - 1] > far:
                        square[r, g, k] = square[r, g, k - 1]
                        found[r, g, k] = found[r, g, k - 1]
                        k -= 1
                    square[r, g, k] = far
                    found[r, g, k] = j
                    if count < most:
                        count += 1
            for k in range(count, most):
                found[r, g, k] = -1
