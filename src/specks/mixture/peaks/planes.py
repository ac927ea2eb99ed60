"""Find the peaks of every slice of an image, one plane at a time."""

from __future__ import annotations

import functools
from collections.abc import Container, Generator, Iterator
from concurrent.futures import Executor
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.blocks import map_blocks
from specks._core.progress import Progress
from specks._core.source import Region, Source, widened
from specks.filters.contrast import measured
from specks.filters.exclusions import Exclusions
from specks.mixture.calibrated import BINS
from specks.mixture.peaks.candidates import PlanePeaks
from specks.mixture.peaks.found import Look, find_peaks
from specks.mixture.peaks.heights import heights_to_bins
from specks.mixture.peaks.scale_space import REACH, ScaleSpace, blurred, scale_space
from specks.mixture.peaks.table import Peaks
from specks.mixture.slabs import plane_region
from specks.mixture.statistics import SliceStatistics
from specks.mixture.variable import Variable

__all__ = ["filled", "has_contrast", "measure_peaks", "read_plane", "upright"]

#: Sigmas of the windows from which holes are filled, in pixels.
WINDOWS = (2.0, 8.0, 32.0)
#: Numbers from two to the minus this to two to this are taken as they are.
MODERATE = 40
#: A plane, what counts in it, and its number.
Job = tuple[Region, npt.NDArray[np.bool_] | None, int]


def measure_peaks(
    source: Source,
    variable: Variable,
    exclusions: Exclusions,
    executor: Executor | None = None,
    known: tuple[SliceStatistics, Peaks] | None = None,
    stale: Container[int] | None = None,
) -> Generator[Progress, None, tuple[SliceStatistics, Peaks]]:
    """Find the peaks of the slices of an image.

    Parameters
    ----------
    source : Source
    variable : Variable
    exclusions : Exclusions
        Pixels that do not count.
    executor : concurrent.futures.Executor, optional
        Where planes are looked at. Rows are filled in reading order, so the result does not depend on it.
    known : tuple of (SliceStatistics, Peaks), optional
        What was found before.
    stale : container of int, optional
        Slices that are to be looked at again; all when not given.

    Returns
    -------
    tuple of (SliceStatistics, Peaks)
        The statistics count heights of peaks as `total` and depths of pits as `background`. The
        spread is 1, or 0 for a slice without contrast.
    """
    count = int(np.prod(source.shape[:-2], dtype=np.int64))
    found = SliceStatistics.empty(count) if known is None else known[0].copy()
    planes: dict[int, PlanePeaks] = {}
    task = functools.partial(_look, source, variable)
    for (_, _, number), peaks in map_blocks(task, _jobs(source, exclusions, stale), executor):
        found.spread[number] = peaks is not None
        found.total[number] = found.background[number] = 0
        planes[number] = peaks or PlanePeaks.none(len(variable.diameters))
        if peaks is not None:
            found.total[number] = np.bincount(heights_to_bins(peaks.columns["height"]), minlength=BINS)
            found.background[number] = peaks.pits.sum(axis=0)
        yield Progress(number + 1, count, f"Looking at slice {number + 1} of {count}")
    return found, Peaks.gathered(planes, count, None if known is None else known[1])


def upright(
    source: Source, region: Region, sign: int
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """One plane with its particles bright, and which pixels hold a measurement; the others are NaN.

    Heights and outlines are ratios, so that a plane of very small or large numbers may be in another unit.
    """
    values, sound = read_plane(source, region)
    return np.multiply(values, np.float32(sign), dtype=np.float32, order="C"), sound


def read_plane(source: Source, region: Region) -> tuple[npt.NDArray[Any], npt.NDArray[np.bool_]]:
    """One plane with moderate numbers, and which pixels hold a measurement; the others are NaN."""
    values = widened(source.read(region)).reshape([s.stop - s.start for s in region[-2:]])
    whole = values.dtype.kind in "iu"
    sound = np.ones(values.shape, np.bool_) if whole else measured(values)
    if not (whole or sound.all()):
        values = np.where(sound, values, np.nan)
    return _moderate(values), sound


def _moderate(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Values whose squares have room in 32 bits: as they are, or times the power of two that brings them near 1."""
    if values.dtype.kind in "iu" and values.dtype.itemsize < 8:
        return values
    largest = max(float(np.fmax.reduce(values, axis=None)), -float(np.fmin.reduce(values, axis=None)))
    exponent = int(np.frexp(largest)[1])  # 0 where nothing is known
    if not np.isfinite(largest) or abs(exponent) <= MODERATE:
        return values
    moderate: npt.NDArray[Any] = np.ldexp(values.astype(np.float64), -exponent)
    return moderate


def filled(plane: npt.NDArray[np.float32], sound: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    """A plane with means of growing windows where it is not sound."""
    if sound.all() or not sound.any():
        return plane if sound.any() else np.zeros_like(plane)
    middle = plane[sound].mean()
    level = np.where(sound, plane - middle, np.float32(0))
    out, lacking = np.where(sound, plane, middle), ~sound
    for sigma in WINDOWS:
        box = _around(lacking, int(np.ceil(REACH * sigma)))
        weight = blurred(sound[box].astype(np.float32), sigma, sigma)
        near = lacking[box] & (weight > 0.01)
        out[box][near] += blurred(level[box], sigma, sigma)[near] / weight[near]
        lacking[box] &= ~near
        if not lacking.any():
            break
    return out


def _around(chosen: npt.NDArray[np.bool_], margin: int) -> Region:
    """The smallest box that holds all chosen pixels and a margin."""
    sides = []
    for axis, n in enumerate(chosen.shape):
        there = np.flatnonzero(chosen.any(axis=1 - axis))
        sides.append(slice(max(int(there[0]) - margin, 0), min(int(there[-1]) + margin + 1, n)))
    return tuple(sides)


def _jobs(source: Source, exclusions: Exclusions, stale: Container[int] | None) -> Iterator[Job]:
    """Planes with the pixels that count in them."""
    for number in range(int(np.prod(source.shape[:-2], dtype=np.int64))):
        if stale is None or number in stale:
            region = plane_region(source.shape, number)
            allowed = exclusions.allowed(region)
            yield region, None if allowed is None else allowed.reshape(allowed.shape[-2:]), number


def _look(source: Source, variable: Variable, job: Job) -> PlanePeaks | None:
    """The peaks of one plane; None when it has no contrast."""
    region, allowed, _ = job
    plane, sound = upright(source, region, variable.sign)
    counted = sound if allowed is None else sound & allowed
    if not has_contrast(plane, counted):
        return None
    # What is left out by hand, such as a scale bar, would ring in its surroundings.
    whole = filled(plane, counted)
    spaces = [scale_space(whole, diameter) for diameter in variable.diameters]
    return find_peaks([Look.at(space, _whole_cells(counted, space)) for space in spaces])


def has_contrast(plane: npt.NDArray[Any], counted: npt.NDArray[np.bool_]) -> bool:
    """Whether not all pixels that count are equal."""
    values = plane if counted.all() else plane[counted]
    # The first row nearly always tells.
    return values.size > 0 and any(float(part.min()) < float(part.max()) for part in (values[:1], values))


def _whole_cells(counted: npt.NDArray[np.bool_], space: ScaleSpace) -> npt.NDArray[np.bool_]:
    """Pixels of the binned plane of which every pixel counts."""
    height, width = space.stack.shape[1:]
    if counted.all():
        return np.ones((height, width), np.bool_)
    step_y, step_x = space.step
    rest = ((0, height * step_y - counted.shape[0]), (0, width * step_x - counted.shape[1]))
    cells = np.pad(counted, rest, mode="edge").reshape(height, step_y, width, step_x)
    whole: npt.NDArray[np.bool_] = np.all(cells, axis=(1, 3))
    return whole
