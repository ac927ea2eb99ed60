"""Local maxima within a box."""

from __future__ import annotations

from typing import Any

from specks._core.kernel import kernel

__all__ = ["box_maximum", "pick_maxima"]


@kernel
def _running(line: Any, other: Any, size: int, count: int) -> None:
    """Each of the first `count` pixels becomes the largest of the `size` ones from it on."""
    width = 1
    while width < size:
        step = min(width, size - width)
        reach = count + size - width - step
        ahead = line[step:]
        for x in range(reach):
            other[x] = line[x] if line[x] > ahead[x] else ahead[x]
        line[:reach] = other[:reach]
        width += step


@kernel
def _running_rows(rows: Any, size: int, count: int) -> None:
    """Each of the first `count` rows becomes the largest of the `size` ones from it on."""
    width = 1
    while width < size:
        step = min(width, size - width)
        for y in range(count + size - width - step):
            here, ahead = rows[y], rows[y + step]
            for x in range(len(here)):
                here[x] = here[x] if here[x] > ahead[x] else ahead[x]
        width += step


@kernel
def box_maximum(levels: Any, box: Any, line: Any, out: Any) -> None:
    """The largest level in a box around each pixel, of which the longer half comes after it; 0 outside.

    Widths are doubled until they are those of the box, so that only a few rows are compared.

    Parameters
    ----------
    levels : array of int, shape (z, y, x)
    box : tuple of three int
        Widths of the box along z, y and x.
    line : array, shape (2, x + box)
        Scratch of the type of `levels`.
    out : array, shape (z + box, y + box, x)
        Filled, in its first planes and rows; must be 0 before.
    """
    depth, height, width = levels.shape
    before_z, before_y, before_x = (box[0] - 1) // 2, (box[1] - 1) // 2, (box[2] - 1) // 2
    for z in range(depth):
        plane = out[z + before_z]
        for y in range(height):
            line[0] = 0
            line[0, before_x : before_x + width] = levels[z, y]
            _running(line[0], line[1], box[2], width)
            plane[y + before_y] = line[0, :width]
        _running_rows(plane, box[1], height)
    if box[0] > 1:
        for y in range(height):
            _running_rows(out[:, y], box[0], depth)


@kernel
def pick_maxima(levels: Any, highest: Any, threshold: int, margin: Any, found: Any) -> int:
    """Pixels above a threshold that are the largest of their box.

    Parameters
    ----------
    levels : array of int, shape (z, y, x)
    highest : array, shape (at least z, at least y, x)
        What `box_maximum` gives.
    threshold : int
    margin : tuple of three int
        How far from the border the first ones may be, along z, y and x.
    found : array of int64, shape (n, 3)
        Filled with as many as there is room for.

    Returns
    -------
    int
        How many there are.
    """
    depth, height, width = levels.shape
    count = 0
    for z in range(margin[0], depth - margin[0]):
        for y in range(margin[1], height - margin[1]):
            row, top = levels[z, y], highest[z, y]
            for x in range(margin[2], width - margin[2]):
                if row[x] == top[x] and row[x] > threshold:
                    if count < len(found):
                        found[count, 0], found[count, 1], found[count, 2] = z, y, x
                    count += 1
    return count
