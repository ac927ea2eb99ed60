"""What is counted in the data: one row a slice, gathered in one pass over slabs."""

from __future__ import annotations

import functools
from collections.abc import Container, Generator, Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.blocks import map_blocks
from specks._core.progress import Progress
from specks._core.source import Region, Source
from specks.filters.exclusions import Exclusions
from specks.mixture import _kernels
from specks.mixture.calibrated import BINS, SEED_BIN
from specks.mixture.slabs import BAND_ROWS, Slab, bands, slabs
from specks.mixture.variable import Variable

__all__ = ["SliceStatistics", "measure_slices", "with_neighbors"]

#: Pixels of a slice from which its center and spread are taken.
SAMPLE = 1 << 17
#: Cells in which values are counted to find a quantile.
RANK_CELLS = 1 << 12
#: Size of the grid cells in which seeds are noted, in diameters: all background is at least this far from them.
CELL = 1.25

#: Center, spread and the two counts of one slice.
Row = tuple[float, float, npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True)
class SliceStatistics:
    """Counts of every slice.

    Parameters
    ----------
    center, spread : numpy.ndarray (slices,) of float64
        Median of the signed variable and its distance from the 16 % quantile: the background's
        lower standard deviation. The spread of a slice without contrast is 0.
    total, background : numpy.ndarray (slices, 256) of int64
        How often each bin occurs, in all and far from every seed.
    """

    center: npt.NDArray[np.float64]
    spread: npt.NDArray[np.float64]
    total: npt.NDArray[np.int64]
    background: npt.NDArray[np.int64]

    @classmethod
    def empty(cls, count: int) -> SliceStatistics:
        """Room for `count` slices."""
        wide = (count, BINS)
        return cls(np.zeros(count), np.zeros(count), np.zeros(wide, np.int64), np.zeros(wide, np.int64))

    def copy(self) -> SliceStatistics:
        """The same rows in arrays of their own."""
        return SliceStatistics(
            self.center.copy(), self.spread.copy(), self.total.copy(), self.background.copy()
        )

    @property
    def counted(self) -> bool:
        """Whether any slice has contrast in what counts."""
        return bool(self.spread.any())

    @property
    def pixels(self) -> npt.NDArray[np.int64]:
        """Pixels that count, by slice; bin 0 is what was left out."""
        counted: npt.NDArray[np.int64] = self.total[:, 1:].sum(axis=1)
        return counted


def measure_slices(
    source: Source,
    variable: Variable,
    exclusions: Exclusions,
    executor: Executor | None = None,
    known: SliceStatistics | None = None,
    stale: Container[int] | None = None,
) -> Generator[Progress, None, SliceStatistics]:
    """Count the slices of an image, slab by slab.

    Parameters
    ----------
    source : Source
    variable : Variable
    exclusions : Exclusions
        Pixels that do not count.
    executor : concurrent.futures.Executor, optional
        Where slabs are counted. Rows are filled in reading order, so the result does not depend on it.
    known : SliceStatistics, optional
        What was counted before.
    stale : container of int, optional
        Slices that are to be counted again; all when not given.
    """
    count = int(np.prod(source.shape[:-2], dtype=np.int64))
    found = SliceStatistics.empty(count) if known is None else known.copy()
    task = functools.partial(_measure_slab, source, variable)
    done = 0
    for (slab, _), rows in map_blocks(task, _jobs(source, exclusions, stale), executor):
        for number, (center, spread, total, background) in enumerate(rows, slab.first):
            found.center[number], found.spread[number] = center, spread
            found.total[number], found.background[number] = total, background
        done += slab.count
        yield Progress(done, count, f"Reading slice {done} of {count}")
    return found


def _jobs(
    source: Source, exclusions: Exclusions, stale: Container[int] | None
) -> Iterator[tuple[Slab, npt.NDArray[np.bool_] | None]]:
    """Slabs with the pixels that count in them, cut out here so that only a slab's part travels."""
    for slab in slabs(source):
        if stale is None or any(number in stale for number in range(slab.first, slab.first + slab.count)):
            yield slab, exclusions.allowed(slab.region)


def _measure_slab(
    source: Source, variable: Variable, job: tuple[Slab, npt.NDArray[np.bool_] | None]
) -> list[Row]:
    """Count the slices of one slab."""
    slab, allowed = job
    pieces = bands(slab.region)
    if len(pieces) > 1:
        return [_measure_wide(source, variable, pieces, allowed)]
    masks = [None] * slab.count if allowed is None else list(allowed.reshape((-1, *allowed.shape[-2:])))
    rows = []
    for plane, mask in zip(variable.planes(source, slab.region), masks, strict=True):
        center, spread = _center_and_spread([plane], [mask], variable)
        rows.append((center, spread, *_count(plane, mask, variable, center, spread)))
    return rows


def _measure_wide(
    source: Source, variable: Variable, pieces: list[Region], allowed: npt.NDArray[np.bool_] | None
) -> Row:
    """Count one slice band by band; its center and spread come from rows at the head of each band."""

    def mask(region: Region) -> npt.NDArray[np.bool_] | None:
        if allowed is None:
            return None
        part = allowed.reshape((-1, allowed.shape[-1]))[region[-2]]
        return np.ascontiguousarray(part)

    heads = [
        (*piece[:-2], slice(piece[-2].start, min(piece[-2].start + BAND_ROWS, piece[-2].stop)), piece[-1])
        for piece in pieces
    ]
    center, spread = _center_and_spread(
        [next(variable.planes(source, head)) for head in heads], [mask(head) for head in heads], variable
    )
    total, background = np.zeros(BINS, np.int64), np.zeros(BINS, np.int64)
    for piece in pieces:
        plane = next(variable.planes(source, piece))
        in_all, far = _count(plane, mask(piece), variable, center, spread)
        total += in_all
        background += far
    return center, spread, total, background


def _count(
    plane: npt.NDArray[Any],
    allowed: npt.NDArray[np.bool_] | None,
    variable: Variable,
    center: float,
    spread: float,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """How often each bin occurs, in all and far from every seed."""
    total = np.zeros(BINS, np.int64)
    bins = variable.bins(plane, center, spread)
    if variable.name == "gray":
        _kernels.count_bins(bins if allowed is None else bins[allowed][np.newaxis], total)
        return total, np.zeros(BINS, np.int64)
    if allowed is not None:
        bins[~allowed] = 0
    _kernels.count_bins(bins, total)
    size_y, size_x = (max(4, round(CELL * d)) for d in variable.diameter)
    flags = np.zeros((-(-bins.shape[0] // size_y), -(-bins.shape[1] // size_x)), np.bool_)
    _kernels.flag_cells(bins, SEED_BIN, size_y, size_x, flags)
    near = np.zeros(BINS, np.int64)  # of these there are fewer than of those that are far
    _kernels.count_cells(bins, with_neighbors(flags), size_y, size_x, near)
    return total, total - near


def with_neighbors(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    """Flagged cells and the eight around each."""
    wide = np.pad(flags, 1)
    rows = wide[:-2] | wide[1:-1] | wide[2:]
    return rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]


def _center_and_spread(
    planes: list[npt.NDArray[Any]], masks: list[npt.NDArray[np.bool_] | None], variable: Variable
) -> tuple[float, float]:
    """Median, and its distance from the 16 % quantile of the signed values of one slice."""
    if variable.name == "gray":
        return 0.0, 1.0
    stride = max(1, int(np.sqrt(sum(plane.size for plane in planes) / SAMPLE)))
    parts = []
    for plane, mask in zip(planes, masks, strict=True):
        values = plane[::stride, ::stride]
        chosen = np.isfinite(values)
        if mask is not None:
            chosen = chosen & mask[::stride, ::stride]
        parts.append(variable.sign * values[chosen].astype(np.float64))
    sample = np.concatenate(parts)
    if sample.size == 0:
        return 0.0, 0.0
    low, center = _quantile(sample, 0.1587), _quantile(sample, 0.5)
    spread = center - low
    if spread > 1e-7 * np.ptp(sample):
        return center, spread
    return center, 1e-3 * _extent(planes)


def _quantile(sample: npt.NDArray[np.float64], q: float) -> float:
    """What `numpy.quantile` gives, in a quarter of the time."""
    place = q * (sample.size - 1)
    rank = int(place)
    below, above = map(float, _kernels.ranked(sample, rank, np.empty(RANK_CELLS, np.int64)))
    part = place - rank
    return below + (above - below) * part if part < 0.5 else above - (above - below) * (1 - part)


def _extent(planes: list[npt.NDArray[Any]]) -> float:
    """Range of the finite values: the unit of a background without noise is a small part of it."""
    finite = np.concatenate([plane[np.isfinite(plane)] for plane in planes])
    return float(finite.max()) - float(finite.min())
