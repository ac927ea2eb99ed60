"""Kernels from bits to labels. Their plain statements are in tests/statements/labels.py.

A plane of a mask is held as bits: row y is a row of 64-bit words, pixel x is bit ``x % 64`` of
word ``x // 64``, and bits past the last pixel are zero. A run is a stretch of foreground in one
row, from x0 up to but not including x1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel

__all__ = ["WORD", "count_runs", "dilate", "find_runs", "join", "paint", "resolve"]

Array = npt.NDArray[Any]

WORD = 64
_ONE = np.uint64(1)
_TOP = np.uint64(WORD - 1)
_ZERO = np.uint64(0)
# Index of the lowest set bit by a de Bruijn sequence: numba offers no count of trailing zeros.
_DEBRUIJN = np.uint64(0x03F79D71B4CB0A89)
_SHIFT = np.uint64(58)
_POSITION = np.argsort([((0x03F79D71B4CB0A89 << bit) % 2**64) >> 58 for bit in range(WORD)])


@kernel
def dilate(
    planes: Array, order: Array, deep: Array, down: Array, half: Array, out: Array, row: Array, wide: Array
) -> None:
    """Dilate the middle one of a window of planes, as bits.

    Neighbor k of a pixel is the row `down[k]` below it in plane ``order[deep[k]]``, `half[k]`
    pixels to both sides; neighbors come widest first. `row` and `wide` are scratch.
    """
    height, n = out.shape
    for y in range(height):
        row[:] = _ZERO
        width = half[0]
        for k in range(half.size):
            # A row that was to be widened by 5 pixels and one by 3 share the last 3 steps.
            while width > half[k]:
                _widen(row, wide)
                width -= 1
            y_from = y + down[k]
            if 0 <= y_from < height:
                source = planes[order[deep[k]], y_from]
                for i in range(n):
                    row[i] |= source[i]
        while width > 0:
            _widen(row, wide)
            width -= 1
        for i in range(n):
            out[y, i] = row[i]


@kernel
def _widen(row: Array, wide: Array) -> None:
    """Dilate a row of bits by one pixel to both sides."""
    n = row.size
    for i in range(n):
        bits = row[i] | row[i] << _ONE | row[i] >> _ONE
        if i > 0:
            bits |= row[i - 1] >> _TOP
        if i + 1 < n:
            bits |= row[i + 1] << _TOP
        wide[i] = bits
    for i in range(n):
        row[i] = wide[i]


@kernel
def count_runs(words: Array) -> int:
    """How many runs a plane has."""
    total = 0
    for y in range(words.shape[0]):
        before = _ZERO
        for i in range(words.shape[1]):
            w = words[y, i]
            if w != _ZERO:
                starts = w & ~(w << _ONE | before)
                while starts != _ZERO:
                    starts &= starts - _ONE
                    total += 1
            before = w >> _TOP
    return total


@kernel
def find_runs(words: Array, row_start: Array, x0: Array, x1: Array) -> None:
    """Write the runs of a plane in raster order; runs of row y are ``row_start[y]:row_start[y + 1]``."""
    n = words.shape[1]
    starts_seen, ends_seen = 0, 0
    for y in range(words.shape[0]):
        row_start[y] = starts_seen
        before = _ZERO
        for i in range(n):
            w = words[y, i]
            if w != _ZERO:
                after = words[y, i + 1] << _TOP if i + 1 < n else _ZERO
                starts = w & ~(w << _ONE | before)
                while starts != _ZERO:
                    low = starts & (~starts + _ONE)
                    x0[starts_seen] = i * WORD + _POSITION[low * _DEBRUIJN >> _SHIFT]
                    starts_seen += 1
                    starts ^= low
                ends = w & ~(w >> _ONE | after)
                while ends != _ZERO:
                    low = ends & (~ends + _ONE)
                    x1[ends_seen] = i * WORD + _POSITION[low * _DEBRUIJN >> _SHIFT] + 1
                    ends_seen += 1
                    ends ^= low
            before = w >> _TOP
    row_start[words.shape[0]] = starts_seen


@kernel
def _root(parent: Array, i: int) -> int:
    while parent[i] != i:
        parent[i] = parent[parent[i]]
        i = parent[i]
    return i


@kernel
def join(
    parent: Array, row_start: Array, x0: Array, x1: Array, first: int,
    other_start: Array, other_x0: Array, other_x1: Array, other_first: int, offset: int, reach: int,
) -> None:  # fmt: skip
    """Unite the runs of each row y with the runs that they touch in row ``y + offset`` of another plane.

    Runs touch when they overlap after one is widened by `reach` pixels. Runs of the two planes
    have the numbers `first` … and `other_first` …; the root of a set is its smallest number.
    """
    height = row_start.size - 1
    for y in range(max(0, -offset), min(height, height - offset)):
        i, j = row_start[y], other_start[y + offset]
        while i < row_start[y + 1] and j < other_start[y + offset + 1]:
            touching = x0[i] < other_x1[j] + reach and other_x0[j] < x1[i] + reach
            if touching and parent[first + i] != parent[other_first + j]:
                a, b = _root(parent, first + i), _root(parent, other_first + j)
                parent[max(a, b)] = min(a, b)
            if x1[i] < other_x1[j]:
                i += 1
            else:
                j += 1


@kernel
def resolve(parent: Array, x0: Array, x1: Array, min_size: int, sizes: Array) -> int:
    """Turn parents into labels 1 … K in raster order, 0 for what is too small; returns K.

    `sizes` has one place a run; its first K hold the sizes of the labels in the end.
    """
    count = 0
    for i in range(parent.size):
        parent[i] = parent[parent[i]]  # roots come first, so that one step is enough
        sizes[i] = 0
        sizes[parent[i]] += x1[i] - x0[i]
    for i in range(parent.size):
        if parent[i] == i:
            kept = sizes[i] >= min_size
            if kept:
                sizes[count] = sizes[i]
                count += 1
            # A label is written as -1 - label until all members of the set have read it.
            parent[i] = -1 - count if kept else -1
        else:
            parent[i] = parent[parent[i]]
    for i in range(parent.size):
        parent[i] = -1 - parent[i]
    return count


@kernel
def paint(
    plane_start: Array, y: Array, x0: Array, x1: Array, label: Array,
    planes: Array, top: int, left: int, out: Array,
) -> None:  # fmt: skip
    """Paint the runs of some planes into `out`, whose first pixel is (top, left)."""
    _, height, width = out.shape
    for p in range(planes.size):
        begin, end = plane_start[planes[p]], plane_start[planes[p] + 1]
        i = begin + np.searchsorted(y[begin:end], top)
        while i < end and y[i] < top + height:
            for x in range(max(0, x0[i] - left), min(width, x1[i] - left)):
                out[p, y[i] - top, x] = label[i]
            i += 1
