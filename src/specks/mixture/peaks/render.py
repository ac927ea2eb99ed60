"""Pixels of the peaks of a model: the posterior block by block, and labels as runs."""

from __future__ import annotations

import functools
from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.blocks import map_blocks
from specks._core.errors import InputError
from specks._core.progress import Progress, Where
from specks._core.source import Region, Source
from specks.measure import LabelRuns
from specks.mixture.peaks import _outline_kernels as _kernels
from specks.mixture.peaks.outlines import EDGE, RING, Outlines, outline, smooth
from specks.mixture.peaks.planes import upright
from specks.mixture.peaks.table import Peaks
from specks.mixture.slabs import plane_region, slice_numbers

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["draw_peaks", "label_peaks", "posterior_of_peaks"]

#: Peaks at least this sure are painted before the others, and those less sure than the second not at all.
LIKELY, FAINT = 0.5, 0.05
#: Runs of one plane: row, first pixel, pixel past the last, label.
Runs = tuple[npt.NDArray[np.int32], ...]
#: The same with the peak of each label within the slice.
Labeled = tuple[Runs, npt.NDArray[np.int64]]
#: What `label_peaks` returns.
Labels = tuple[LabelRuns, npt.NDArray[np.int64]]


def posterior_of_peaks(
    model: Mixture, peaks: Peaks, source: Source, region: Region
) -> npt.NDArray[np.float32]:
    """Probability in one region: what each peak of it is believed to be, times how far inside a pixel lies."""
    block = np.empty([s.stop - s.start for s in region], np.float32)
    flat = block.reshape((-1, *block.shape[-2:]))
    for out, number in zip(flat, slice_numbers(model.shape, region), strict=True):
        part = _margin(model, peaks, plane_region(model.shape, number), region)
        painted = _painted(_Slice(model, peaks, source, part, number))
        inner = [
            slice(s.start - p.start, s.stop - p.start) for s, p in zip(region[-2:], part[-2:], strict=True)
        ]
        out[:] = painted[tuple(inner)]
    return block


def label_peaks(
    model: Mixture, source: Source, threshold: float, min_size: int, executor: Executor | None = None
) -> Generator[Progress, None, Labels]:
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
    peaks = _peaks_of(model)
    task = functools.partial(_labeled, model, peaks, source, threshold, min_size)
    found: list[Labeled] = []
    count = len(peaks.first) - 1
    for number, labeled in map_blocks(task, range(count), executor):
        found.append(labeled)
        yield Progress(number + 1, count, f"Outlining slice {number + 1} of {count}")
    return _gathered(model, peaks, found)


def draw_peaks(
    model: Mixture,
    source: Source,
    threshold: float,
    min_size: int,
    posterior: Any,
    executor: Executor | None = None,
) -> Generator[Progress, None, Labels]:
    """Label the peaks that are particles, and fill the posterior; each slice is outlined once for both.

    Parameters
    ----------
    model : Mixture
        Of the variable "peaks".
    source : Source
        The image that was fitted. Its slices are drawn whole.
    threshold : float
        Certainty from which a peak counts.
    min_size : int
        Smallest particle that is kept, in pixels.
    posterior : array of float32, shape of the image
        Is written into.
    executor : concurrent.futures.Executor, optional

    Returns
    -------
    tuple of (LabelRuns, numpy.ndarray of int64)
        What `label_peaks` returns.
    """
    peaks = _peaks_of(model)
    task = functools.partial(_drawn, model, peaks, source, threshold, min_size)
    found: list[Labeled] = []
    count = len(peaks.first) - 1
    for number, (painted, labeled) in map_blocks(task, range(count), executor):
        region = plane_region(model.shape, number)
        posterior[region] = painted.reshape([s.stop - s.start for s in region])
        found.append(labeled)
        where = Where("posterior", region)
        yield Progress(number + 1, count, f"Outlining slice {number + 1} of {count}", where)
    return _gathered(model, peaks, found)


def _peaks_of(model: Mixture) -> Peaks:
    if model.peaks is None:
        raise InputError(f'the model compares {model.variable.name}; labels of peaks need variable="peaks"')
    return model.peaks


def _gathered(model: Mixture, peaks: Peaks, found: Sequence[Labeled]) -> Labels:
    """Labels of slices, counted through the image."""
    before = np.cumsum([0, *(len(owners) for _, owners in found)])
    parts = [(*runs[:3], runs[3] + np.int32(first)) for (runs, _), first in zip(found, before, strict=False)]
    numbers = [owners + first for (_, owners), first in zip(found, peaks.first, strict=False)]
    y, x0, x1, label = (np.concatenate(column) for column in zip(*parts, strict=True))
    sizes = np.bincount(label - 1, weights=x1 - x0, minlength=int(before[-1])).astype(np.int64)
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


@dataclass(eq=False)
class _Slice:
    """Part of a slice, with the pixels of those peaks that were asked for."""

    model: Mixture
    peaks: Peaks
    source: Source
    part: Region
    number: int

    @property
    def sure(self) -> npt.NDArray[np.float64]:
        """Certainty of the peaks of the whole slice."""
        return self.model.certainty[self.peaks.span(self.number)]

    @functools.cached_property
    def planes(self) -> list[npt.NDArray[np.float32]]:
        """As it is outlined at each width; NaN where pixels do not count."""
        plane, _ = upright(self.source, self.part, self.model.variable.sign)
        allowed = self.model.exclusions.allowed(self.part)
        if allowed is not None:
            plane = np.where(allowed.reshape(plane.shape), plane, np.float32(np.nan))
        return [smooth(plane, diameter) for diameter in self.model.variable.diameters]

    @functools.cached_property
    def likely(self) -> Outlines:
        """Outlines of what rather is a particle."""
        return self.outlines(self.sure >= LIKELY)

    def outlines(self, chosen: npt.NDArray[np.bool_]) -> Outlines:
        """Outlines of some peaks of the slice."""
        columns = {name: column[chosen] for name, column in self.peaks.of(self.number).items()}
        # Exact in float64, so that places between pixels are the same in every part.
        y, x = (
            columns[name].astype(np.float64) - s.start for name, s in zip("yx", self.part[-2:], strict=True)
        )
        kinds = self.peaks.kinds_of(self.number)[chosen]
        return outline(self.planes, kinds, y, x, columns["radius_y"], columns["radius_x"])


def _painted(seen: _Slice) -> npt.NDArray[np.float32]:
    """Probability of the pixels of a part of a slice."""
    sure = seen.sure
    likely, faint = sure >= LIKELY, (sure < LIKELY) & (sure >= FAINT)
    painted = np.zeros(seen.planes[0].shape, np.float32)
    if likely.any():
        seen.likely.add_probability(sure[likely], painted)
    if faint.any():
        seen.outlines(faint).add_probability(sure[faint], painted)
    return painted


def _labeled(
    model: Mixture, peaks: Peaks, source: Source, threshold: float, min_size: int, number: int
) -> Labeled:
    """Runs of one slice, and the peak of each label."""
    return _runs(_Slice(model, peaks, source, plane_region(model.shape, number), number), threshold, min_size)


def _drawn(
    model: Mixture, peaks: Peaks, source: Source, threshold: float, min_size: int, number: int
) -> tuple[npt.NDArray[np.float32], Labeled]:
    """Probability of the pixels of one slice, and its runs."""
    seen = _Slice(model, peaks, source, plane_region(model.shape, number), number)
    return _painted(seen), _runs(seen, threshold, min_size)


def _runs(seen: _Slice, threshold: float, min_size: int) -> Labeled:
    """Runs of a whole slice, labeled 1, 2, … in raster order, and the peak of each label within the slice."""
    chosen = seen.sure >= threshold
    found = seen.likely if threshold == LIKELY else seen.outlines(chosen)
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
