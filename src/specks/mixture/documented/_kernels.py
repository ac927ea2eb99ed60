"""Sweeps over the 8-bit pixels of one slice: counts, table lookup, and the boxes of bright seeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = ["add_box_counts", "add_counts", "find_runs", "join_runs", "look_up_pairs", "run_boxes"]

Array = npt.NDArray[Any]


@kernel
def add_counts(words: Array, counts: Array) -> None:
    """Add how often each value occurs in pixels taken eight at a time as uint64.

    Neighboring pixels are often equal; four tables keep one increment from waiting for the last.
    """
    byte = np.uint64(255)
    part = np.zeros((4, 256), np.int64)
    for i in range(words.size):
        word = words[i]
        part[0, word & byte] += 1
        part[1, (word >> np.uint64(8)) & byte] += 1
        part[2, (word >> np.uint64(16)) & byte] += 1
        part[3, (word >> np.uint64(24)) & byte] += 1
        part[0, (word >> np.uint64(32)) & byte] += 1
        part[1, (word >> np.uint64(40)) & byte] += 1
        part[2, (word >> np.uint64(48)) & byte] += 1
        part[3, word >> np.uint64(56)] += 1
    for k in range(256):
        counts[k] += part[0, k] + part[1, k] + part[2, k] + part[3, k]


@kernel
def look_up_pairs(pairs: Array, bits: Array, out: Array) -> None:
    """Replace pixels, two at a time as uint16, by 16-bit entries, two at a time as uint32."""
    table = np.empty(65536, np.uint32)
    for second in range(256):
        high = np.uint32(bits[second]) << np.uint32(16)
        for first in range(256):
            table[second * 256 + first] = high | np.uint32(bits[first])
    for i in range(pairs.size):
        out[i] = table[pairs[i]]


@kernel
def find_runs(image: Array, threshold: int) -> Array:
    """Stretches of a row brighter than the threshold, as (row, start, stop), in raster order.

    The loops over pixels are functions of their own: inside this one they run forty times slower.
    """
    runs = np.empty((1024, 3), np.int64)
    count = 0
    for y in range(image.shape[0]):
        row = image[y]
        start = _end_of_dark(row, 0, threshold)
        while start < row.size:
            stop = _end_of_bright(row, start, threshold)
            if count == len(runs):
                runs = _with_room(runs)
            runs[count, 0], runs[count, 1], runs[count, 2] = y, start, stop
            count += 1
            start = _end_of_dark(row, stop, threshold)
    return runs[:count]


@kernel
def _end_of_dark(row: Array, x: int, threshold: int) -> int:
    while x < row.size and row[x] <= threshold:
        x += 1
    return x


@kernel
def _end_of_bright(row: Array, x: int, threshold: int) -> int:
    while x < row.size and row[x] > threshold:
        x += 1
    return x


@kernel
def _with_room(runs: Array) -> Array:
    larger = np.empty((2 * len(runs), 3), np.int64)
    larger[: len(runs)] = runs
    return larger


@kernel
def join_runs(runs: Array) -> Array:
    """First run of the 8-connected component of each run."""
    first = np.arange(len(runs))
    above = 0
    for i in range(len(runs)):
        y = runs[i, 0]
        # Runs that end before this one begins, or lie more than a row up, touch no later run either.
        while runs[above, 0] < y - 1 or (runs[above, 0] == y - 1 and runs[above, 2] < runs[i, 1]):
            above += 1
        j = above
        while j < i and runs[j, 0] == y - 1 and runs[j, 1] <= runs[i, 2]:
            a, b = i, j
            while first[a] != a:
                first[a] = first[first[a]]
                a = first[a]
            while first[b] != b:
                first[b] = first[first[b]]
                b = first[b]
            first[max(a, b)] = min(a, b)
            j += 1
    for i in range(len(runs)):
        first[i] = first[first[i]]
    return first


@kernel
def run_boxes(runs: Array, first: Array, min_size: int) -> Array:
    """Boxes (top, bottom, left, right) of the components of `min_size` pixels or more."""
    boxes = np.empty((len(runs), 4), np.int64)
    sizes = np.zeros(len(runs), np.int64)
    for i in range(len(runs)):
        y, left, right, root = runs[i, 0], runs[i, 1], runs[i, 2], first[i]
        if root == i:
            boxes[i, 0], boxes[i, 1], boxes[i, 2], boxes[i, 3] = y, y + 1, left, right
        boxes[root, 1] = y + 1
        boxes[root, 2] = min(boxes[root, 2], left)
        boxes[root, 3] = max(boxes[root, 3], right)
        sizes[root] += right - left
    count = 0
    for i in range(len(runs)):
        if first[i] == i and sizes[i] >= min_size:
            boxes[count] = boxes[i]
            count += 1
    return boxes[:count]


@kernel
def add_box_counts(image: Array, boxes: Array, counts: Array) -> None:
    """Add how often each value occurs in the union of boxes, which are sorted by their top."""
    height, width = image.shape
    steps = np.zeros(width + 1, np.int64)  # how many more boxes cover a column than the one before
    open_boxes = np.empty(len(boxes), np.int64)
    n_open, following = 0, 0
    for y in range(height):
        kept = 0
        for i in range(n_open):
            box = open_boxes[i]
            if boxes[box, 1] > y:
                open_boxes[kept] = box
                kept += 1
            else:
                steps[boxes[box, 2]] -= 1
                steps[boxes[box, 3]] += 1
        n_open = kept
        while following < len(boxes) and boxes[following, 0] <= y:
            steps[boxes[following, 2]] += 1
            steps[boxes[following, 3]] -= 1
            open_boxes[n_open] = following
            n_open += 1
            following += 1
        if n_open:
            covering = 0
            for x in range(width):
                covering += steps[x]
                if covering > 0:
                    counts[image[y, x]] += 1
