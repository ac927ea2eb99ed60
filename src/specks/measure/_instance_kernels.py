"""Kernel from overlapping instances to sums. Its plain statement is in tests/statements/instances.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel
from specks.measure._object_kernels import add_run, skip_background

__all__ = ["instance_sums"]

Array = npt.NDArray[Any]

#: Words of background that are passed over at once: a page of memory, as most of an instance is nothing.
_PAGE = 512
#: Parts of an instance that are read by turns: memory gives more at once than one place takes.
_PARTS = 4


@kernel
def instance_sums(
    stack: Array,
    words: Array,
    height: int,
    width: int,
    first: int,
    flat: Array,
    kinds: Array,
    lowest: Array,
    origin: Array,
    sums: Array,
    low: Array,
    high: Array,
) -> None:
    """Sums over the pixels of every instance; those of one never count for another.

    A row of `stack` holds the pixels of one instance, rows of `width` after each other, `height` of
    them a plane; the rows are the instances `first`, `first` + 1, … of those whose sums, as in
    `shape_sums`, are given. `words` is the same memory in words of 64 bits, or of no words. `kinds`
    and `lowest` (all zero) become the largest and smallest pixel of each. `flat`, as long as an
    instance or empty, is given 1 + the number of the instance, later ones over earlier ones.
    """
    n, size = stack.shape
    filled = np.empty(-(-words.shape[1] // _PAGE), np.bool_)
    for i in range(n):
        k, pixels = first + i, stack[i]
        kind, least = np.int64(0), np.int64(0)
        _look_at_pages(words[i], filled)
        p = _next(pixels, words[i], filled, 0)
        while p < size:
            line = p // width
            end, start = (line + 1) * width, p
            while p < end and pixels[p] != 0:
                kind, least = max(kind, np.int64(pixels[p])), min(least, np.int64(pixels[p]))
                p += 1
            if flat.size > 0:
                flat[start:p] = k + 1
            x = start - line * width
            add_run(line // height, line % height, x, x + p - start, origin[k], sums[k], low[k], high[k])
            p = _next(pixels, words[i], filled, p)
        kinds[k], lowest[k] = kind, least


@kernel
def _next(pixels: Array, words: Array, filled: Array, p: int) -> int:
    """The first pixel from `p` on that is not 0, or their number; `filled` says in which pages there is any."""
    if words.size == 0:
        return skip_background(pixels, p)
    per_word = pixels.size // words.size
    while p < pixels.size and p % per_word:
        if pixels[p] != 0:
            return p
        p += 1
    w = p // per_word
    while w < words.size:
        end = min((w // _PAGE + 1) * _PAGE, words.size)
        if filled[w // _PAGE]:
            w += skip_background(words[w:end], 0)
            if w < end:
                break
        w = end
    p = w * per_word
    while p < pixels.size and pixels[p] == 0:
        p += 1
    return p


@kernel
def _look_at_pages(words: Array, filled: Array) -> None:
    """Find the pages that hold anything but 0."""
    # Unsigned places need no look at whether they count from the end, and so go as fast as memory.
    each, page = np.uint64(words.size // (_PARTS * _PAGE)), np.uint64(_PAGE)
    apart = each * page
    for k in range(each):
        start = np.uint64(k) * page
        first, second = words[start], words[start + apart]
        third, fourth = words[start + apart + apart], words[start + apart + apart + apart]
        for i in range(start, start + page):
            first |= words[i]
            second |= words[i + apart]
            third |= words[i + apart + apart]
            fourth |= words[i + apart + apart + apart]
        filled[k], filled[k + each] = first != 0, second != 0
        filled[k + each + each], filled[k + each + each + each] = third != 0, fourth != 0
    for k in range(_PARTS * each, filled.size):
        filled[k] = (words[k * _PAGE : (k + 1) * _PAGE] != 0).any()
