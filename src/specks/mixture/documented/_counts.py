"""Histograms of single slices: of all pixels, and of the background outside seeds."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from specks._core.source import Source
from specks.filters.exclusions import Exclusions
from specks.mixture.documented._kernels import (
    add_box_counts,
    add_counts,
    find_runs,
    join_runs,
    look_up_pairs,
    run_boxes,
)
from specks.mixture.documented._mixture import BINS
from specks.mixture.slabs import Slab

__all__ = ["BackgroundRule", "background_counts", "look_up", "slab_background", "slab_counts", "slice_counts"]

Pixels = npt.NDArray[np.uint8]
Counts = npt.NDArray[np.int64]
Allowed = npt.NDArray[np.bool_] | None


class BackgroundRule(NamedTuple):
    """What is background: outside the grown boxes of seeds, and below the upper threshold.

    Parameters
    ----------
    th_low, th_high : int
        Seeds are brighter than the first; background is darker than the second.
    min_size : int
        Pixels of a seed, 8-connected within its slice.
    halo : int
        Pixels by which boxes grow.
    """

    th_low: int
    th_high: int
    min_size: int
    halo: int


def slice_counts(plane: Pixels, allowed: Allowed = None) -> Counts:
    """Pixels of each value.

    Parameters
    ----------
    plane : numpy.ndarray of uint8
    allowed : numpy.ndarray of bool, optional
        Pixels that count; all when not given.

    Returns
    -------
    numpy.ndarray (256,) of int64
    """
    flat = _aligned(plane if allowed is None else plane[allowed])
    whole = flat.size // 8 * 8
    counts = np.bincount(flat[whole:], minlength=BINS).astype(np.int64)
    add_counts(flat[:whole].view(np.uint64), counts)
    return counts


def look_up(plane: Pixels, table: npt.NDArray[np.float64]) -> npt.NDArray[np.float16]:
    """Replace pixels by the entries of a table, rounded to float16.

    Parameters
    ----------
    plane : numpy.ndarray of uint8
    table : numpy.ndarray (256,) of float64

    Returns
    -------
    numpy.ndarray of float16
        Of the plane's shape; equal to ``table[plane].astype(numpy.float16)``.
    """
    rounded = table.astype(np.float16)
    flat = _aligned(plane)
    whole = flat.size // 2 * 2
    out = np.empty(flat.size, np.float16)
    out[whole:] = rounded[flat[whole:]]
    look_up_pairs(flat[:whole].view(np.uint16), rounded.view(np.uint16), out[:whole].view(np.uint32))
    return out.reshape(plane.shape)


def background_counts(plane: Pixels, counts: Counts, rule: BackgroundRule, allowed: Allowed = None) -> Counts:
    """Background pixels of each value in one slice.

    Parameters
    ----------
    plane : numpy.ndarray (y, x) of uint8
    counts : numpy.ndarray (256,) of int64
        All its pixels, as `slice_counts` gives them.
    rule : BackgroundRule
    allowed : numpy.ndarray (y, x) of bool, optional
        Pixels that count.

    Returns
    -------
    numpy.ndarray (256,) of int64
    """
    # Pixels that do not count become black: never brighter than a threshold, hence never seeds.
    shown = plane if allowed is None else np.where(allowed, plane, np.uint8(0))
    runs = find_runs(shown, rule.th_low)
    boxes = run_boxes(runs, join_runs(runs), rule.min_size)
    boxes += np.array([-rule.halo, rule.halo, -rule.halo, rule.halo])
    height, width = plane.shape
    np.clip(boxes, 0, np.array([height, height, width, width]), out=boxes)
    taken = np.zeros(BINS, np.int64)
    add_box_counts(shown, boxes, taken)
    if allowed is not None:
        blackened = np.zeros(BINS, np.int64)
        add_box_counts(allowed.view(np.uint8), boxes, blackened)
        taken[0] -= blackened[0]
    background = counts - taken
    background[rule.th_high :] = 0
    return background


def slab_counts(slab: Slab, source: Source, exclusions: Exclusions, step: int) -> Counts:
    """Histograms of every `step`-th slice (of the image) in a slab, one a row."""
    return np.stack([slice_counts(p, a) for p, a in _sampled(slab, source, exclusions, step)])


def slab_background(
    item: tuple[Slab, Counts], source: Source, exclusions: Exclusions, step: int, rule: BackgroundRule
) -> Counts:
    """Background histogram of the sampled slices of a slab together, given their histograms."""
    slab, rows = item
    found = [
        background_counts(plane, counts, rule, allowed)
        for (plane, allowed), counts in zip(_sampled(slab, source, exclusions, step), rows, strict=True)
    ]
    total: Counts = np.sum(found, axis=0)
    return total


def _sampled(slab: Slab, source: Source, exclusions: Exclusions, step: int) -> list[tuple[Pixels, Allowed]]:
    shape = source.shape[-2:]
    planes: npt.NDArray[Any] = np.ascontiguousarray(source.read(slab.region)).reshape(-1, *shape)
    allowed = exclusions.allowed(slab.region)
    masks = [None] * slab.count if allowed is None else list(allowed.reshape(-1, *shape))
    return [(planes[i], masks[i]) for i in range(-slab.first % step, slab.count, step)]


def _aligned(pixels: Pixels) -> npt.NDArray[np.uint8]:
    """Flat, contiguous, and starting where whole words can be read."""
    flat = np.ascontiguousarray(pixels).reshape(-1)
    return flat if flat.ctypes.data % 8 == 0 else flat.copy()
