"""Pixels of the peaks of a model: the posterior block by block, and labels as runs."""

from __future__ import annotations

import functools
from collections.abc import Generator
from concurrent.futures import Executor
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from specks._core.blocks import map_blocks
from specks._core.errors import InputError
from specks._core.progress import Progress
from specks._core.source import Region, Source
from specks.measure import LabelRuns
from specks.mixture.peaks import _outline_kernels as _kernels
from specks.mixture.peaks.outlines import EDGE, RING, Outlines, outline, smooth
from specks.mixture.peaks.planes import upright
from specks.mixture.peaks.table import Peaks
from specks.mixture.slabs import plane_region, slice_numbers

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["label_peaks", "posterior_of_peaks"]

#: Peaks less sure than this are not painted.
FAINT = 0.05
#: Runs of one plane: row, first pixel, pixel past the last, label.
Runs = tuple[npt.NDArray[np.int32], ...]


def posterior_of_peaks(
    model: Mixture, peaks: Peaks, source: Source, region: Region
) -> npt.NDArray[np.float32]:
    """Probability in one region: what each peak of it is believed to be, times how far inside a pixel lies."""
    block = np.empty([s.stop - s.start for s in region], np.float32)
    flat = block.reshape((-1, *block.shape[-2:]))
    for out, number in zip(flat, slice_numbers(model.shape, region), strict=True):
        part = _margin(model, peaks, plane_region(model.shape, number), region)
        sure = model.certainty[peaks.span(number)]
        planes = _smooth(model, source, part)
        painted = np.zeros(planes[0].shape, np.float32)
        for likely in (sure >= 0.5, (sure < 0.5) & (sure >= FAINT)):
            if likely.any():
                _outlines(peaks, planes, part, number, likely).add_probability(sure[likely], painted)
        inner = [
            slice(s.start - p.start, s.stop - p.start) for s, p in zip(region[-2:], part[-2:], strict=True)
        ]
        out[:] = painted[tuple(inner)]
    return block


def label_peaks(
    model: Mixture, source: Source, threshold: float, min_size: int, executor: Executor | None = None
) -> Generator[Progress, None, tuple[LabelRuns, npt.NDArray[np.int64]]]:
    """Label the peaks that are particles.

    Parameters
    ----------
    model : Mixture
        Of the variable "peaks".
    source : Source
        The image that was fitted.
    threshold : float
        Certainty from which a peak counts.
    min_size : int
        Smallest particle that is kept, in pixels.
    executor : concurrent.futures.Executor, optional

    Returns
    -------
    tuple of (LabelRuns, numpy.ndarray of int64)
        Labels in raster order, and the number of each label's peak.
    """
    peaks = model.peaks
    if peaks is None:
        raise InputError(f'the model compares {model.variable.name}; labels of peaks need variable="peaks"')
    count = len(peaks.first) - 1
    task = functools.partial(_runs, model, peaks, source, threshold, min_size)
    parts: list[Runs] = []
    numbers: list[npt.NDArray[np.int64]] = []
    before = 0
    for number, (runs, owners) in map_blocks(task, range(count), executor):
        parts.append((*runs[:3], runs[3] + np.int32(before)))
        numbers.append(owners + peaks.first[number])
        before += len(owners)
        yield Progress(number + 1, count, f"Outlining slice {number + 1} of {count}")
    y, x0, x1, label = (np.concatenate(column) for column in zip(*parts, strict=True))
    sizes = np.bincount(label - 1, weights=x1 - x0, minlength=before).astype(np.int64)
    starts = np.concatenate([[0], np.cumsum([len(part[0]) for part in parts])]).astype(np.int64)
    return LabelRuns(model.shape, sizes, starts, y, x0, x1, label), np.concatenate(numbers)


def _margin(model: Mixture, peaks: Peaks, whole: Region, region: Region) -> Region:
    """The region with all that its pixels depend on."""
    reach = [float(peaks.columns[name].max(initial=0.0)) for name in ("radius_y", "radius_x")]
    # A pixel belongs to a peak less than two radii away, whose ring and rivals lie within as much again.
    widest = model.variable.diameters[-1]
    sides = [int(np.ceil(2 * RING[1] * r + d)) + 4 for r, d in zip(reach, widest, strict=True)]
    wide = [
        slice(max(s.start - side, 0), min(s.stop + side, w.stop))
        for s, side, w in zip(region[-2:], sides, whole[-2:], strict=True)
    ]
    return (*whole[:-2], *wide)


def _smooth(model: Mixture, source: Source, part: Region) -> list[npt.NDArray[np.float32]]:
    """Part of a slice as it is outlined at each width; NaN where pixels do not count."""
    plane, _ = upright(source, part, model.variable.sign)
    allowed = model.exclusions.allowed(part)
    if allowed is not None:
        plane = np.where(allowed.reshape(plane.shape), plane, np.float32(np.nan))
    return [smooth(plane, diameter) for diameter in model.variable.diameters]


def _outlines(
    peaks: Peaks,
    planes: list[npt.NDArray[np.float32]],
    part: Region,
    number: int,
    chosen: npt.NDArray[np.bool_],
) -> Outlines:
    """Outlines of some peaks of a slice in a part of it."""
    columns = {name: column[chosen] for name, column in peaks.of(number).items()}
    # Exact in float64, so that places between pixels are the same in every part.
    y, x = (columns[name].astype(np.float64) - s.start for name, s in zip("yx", part[-2:], strict=True))
    kinds = peaks.kinds_of(number)[chosen]
    return outline(planes, kinds, y, x, columns["radius_y"], columns["radius_x"])


def _runs(
    model: Mixture, peaks: Peaks, source: Source, threshold: float, min_size: int, number: int
) -> tuple[Runs, npt.NDArray[np.int64]]:
    """Runs of one slice, labeled 1, 2, … in raster order, and the peak of each label within the slice."""
    region = plane_region(model.shape, number)
    chosen = model.certainty[peaks.span(number)] >= threshold
    found = _outlines(peaks, _smooth(model, source, region), region, number, chosen)
    labels, _ = found.above(EDGE)
    y, x0, x1, label = _found_runs(labels)
    sizes = np.bincount(label, weights=x1 - x0, minlength=len(found.y) + 1)
    large = sizes[label] >= min_size
    y, x0, x1, label = y[large], x0[large], x1[large], label[large]
    known, first = np.unique(label, return_index=True)
    in_raster_order = known[np.argsort(first, kind="stable")]
    lookup = np.zeros(len(found.y) + 1, np.int32)
    lookup[in_raster_order] = np.arange(1, len(known) + 1)
    return (y, x0, x1, lookup[label]), np.flatnonzero(chosen)[in_raster_order - 1]


def _found_runs(labels: npt.NDArray[np.int32]) -> Runs:
    """Runs of a label image."""
    runs = np.empty((4, labels.size // 16 + 64), np.int32)
    count = _kernels.runs_of(labels, *runs)
    if count > runs.shape[1]:
        runs = np.empty((4, count), np.int32)
        _kernels.runs_of(labels, *runs)
    return tuple(runs[:, :count])
