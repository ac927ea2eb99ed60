"""Local maxima within a box."""

from __future__ import annotations

from typing import Any

from specks._core.kernel import kernel

__all__ = ["pick_maxima", "running_maximum"]


@kernel
def _larger(first: Any, second: Any, out: Any) -> None:
    """The larger one of two pixels each; a function of its own, in which the compiler takes many at a time."""
    for x in range(len(out)):
        out[x] = first[x] if first[x] > second[x] else second[x]


@kernel
def running_maximum(levels: Any, size: int, lines: Any, out: Any) -> None:
    """The largest of `size` pixels of a row around each, of which the longer half comes after it; 0 outside.

    Widths are doubled until they are `size`, so that each pixel is compared a few times only.

    Parameters
    ----------
    levels : array of int, shape (z, y, x)
    size : int
    lines : array, shape (2, x + size)
        Scratch of the type of `levels`.
    out : array, shape (z, y, x)
        Filled.
    """
    before, count = (size - 1) // 2, levels.shape[2]
    for z in range(levels.shape[0]):
        for y in range(levels.shape[1]):
            line, other = lines[0], lines[1]
            line[:] = 0
            line[before : before + count] = levels[z, y]
            width = 1
            while width < size:
                step = min(width, size - width)
                _larger(line, line[step:], other[: count + size - width - step])
                line, other = other, line
                width += step
            out[z, y] = line[:count]


@kernel
def _exceeds(along: Any, z: int, y: int, x: int, level: int) -> bool:
    """Whether a row has more than a level; outside of the image is 0."""
    if z < 0 or z >= along.shape[0] or y < 0 or y >= along.shape[1]:
        return level < 0
    return bool(along[z, y, x] > level)


@kernel
def _tops_rows(along: Any, z: int, y: int, x: int, level: int, box: Any) -> bool:
    """Whether no row of a box exceeds a level; the nearest, which most often do, are looked at first."""
    for at_z in range(z - (box[0] - 1) // 2, z + box[0] // 2 + 1):
        for k in range(box[1] // 2 + 1):
            if _exceeds(along, at_z, y + k, x, level):
                return False
            if k <= (box[1] - 1) // 2 and _exceeds(along, at_z, y - k, x, level):
                return False
    return True


@kernel
def pick_maxima(levels: Any, along: Any, threshold: int, box: Any, margin: Any, found: Any) -> int:
    """Pixels above a threshold that no pixel in a box around them exceeds.

    Few are the largest of their row, so that only for those the other rows are looked at.

    Parameters
    ----------
    levels : array of int, shape (z, y, x)
    along : array, shape (z, y, x)
        What `running_maximum` gives for the width of the box.
    threshold : int
    box : tuple of three int
        Widths along z, y and x; the longer half of an even one lies after the pixel.
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
            row, top = levels[z, y], along[z, y]
            for x in range(margin[2], width - margin[2]):
                if row[x] == top[x] and row[x] > threshold and _tops_rows(along, z, y, x, row[x], box):
                    if count < len(found):
                        found[count, 0], found[count, 1], found[count, 2] = z, y, x
                    count += 1
    return count
