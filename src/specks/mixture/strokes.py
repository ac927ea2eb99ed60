"""Strokes painted on the image: the bins of the pixels that a hand has called particle or background."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError
from specks._core.source import Source
from specks.mixture.slabs import plane_region
from specks.mixture.statistics import SliceStatistics
from specks.mixture.variable import Variable

__all__ = ["BACKGROUND", "PARTICLE", "StrokeCounts", "count_strokes", "painted"]

#: Particles are this and all above: classes of particles that are told apart once they are found.
BACKGROUND, PARTICLE = 1, 2
LARGEST = 255
Key = tuple[int, str]


@dataclass(frozen=True, eq=False)
class StrokeCounts:
    """Bins under the strokes of each slice, by number of the slice and digest of its strokes.

    Parameters
    ----------
    counts : mapping of (int, str) to numpy.ndarray (2, 256) of int64
        How often each bin occurs under background and under particle strokes. Strokes that were
        counted once are never read again.
    """

    counts: Mapping[Key, npt.NDArray[np.int64]] = field(default_factory=dict)

    def within(self, slices: npt.NDArray[np.bool_]) -> StrokeCounts:
        """The strokes of some slices."""
        return StrokeCounts({key: counts for key, counts in self.counts.items() if slices[key[0]]})

    @property
    def pooled(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]] | None:
        """Counts under background and particle strokes of all slices; None without strokes."""
        if not self.counts:
            return None
        both = sum(self.counts.values(), np.zeros((2, 256), np.int64))
        return both[0], both[1]


def painted(corrections: Corrections, shape: tuple[int, ...]) -> dict[int, npt.NDArray[np.uint8]]:
    """Annotation of each slice that has strokes; where strokes overlap the later one counts.

    Parameters
    ----------
    corrections : Corrections
        Records of kind "scribble". An array has the shape of the image, or with a frame (index
        along the first axis) that of the frame; 0 is nothing, 1 background, 2 particle, as are 3
        to 255, further classes of particles.
    shape : tuple of int
        Of the image.

    Raises
    ------
    CorrectionError
        When an array has another shape or other values.
    """
    planes: dict[int, npt.NDArray[np.uint8]] = {}
    lead = int(np.prod(shape[:-2], dtype=np.int64))
    for record in corrections.of("scribble"):
        array, frame = record["array"], record["frame"]
        inner = shape if frame is None or len(shape) == 2 else shape[1:]
        if array.shape != inner:
            raise CorrectionError(f"scribbles has the shape {array.shape}; the image has {inner}")
        frames = shape[0] if len(shape) > 2 else 1
        if frame is not None and frame >= frames:
            raise CorrectionError(f"scribbles names frame {frame}; the image has {frames} (from 0)")
        if array.dtype.kind not in "iub":
            raise CorrectionError(
                f"scribbles has the type {array.dtype}; expected whole numbers, such as uint8"
            )
        lowest, highest = int(array.min(initial=0)), int(array.max(initial=0))
        if lowest < 0 or highest > LARGEST:
            raise CorrectionError(
                f"scribbles holds {lowest if lowest < 0 else highest}; expected 0 (nothing), 1 (background) "
                f"and 2 to {LARGEST} (classes of particles)"
            )
        flat = array.reshape((-1, *shape[-2:]))
        first = 0 if frame is None or len(shape) == 2 else frame * lead // shape[0]
        for number, plane in enumerate(flat, first):
            if plane.any():
                base = planes.get(number)
                planes[number] = (
                    plane.astype(np.uint8)
                    if base is None
                    else np.where(plane > 0, plane, base).astype(np.uint8)
                )
    return planes


def digest(plane: npt.NDArray[np.uint8]) -> str:
    """Name of a slice's strokes."""
    return hashlib.blake2b(np.packbits(plane >= PARTICLE).tobytes(), digest_size=8).hexdigest() + (
        hashlib.blake2b(np.packbits(plane == BACKGROUND).tobytes(), digest_size=8).hexdigest()
    )


def count_strokes(
    planes: Mapping[int, npt.NDArray[np.uint8]],
    known: StrokeCounts,
    source: Source | None,
    variable: Variable,
    slices: SliceStatistics,
) -> StrokeCounts | None:
    """Bins under strokes; only pixels around strokes that are new are read.

    Returns
    -------
    StrokeCounts or None
        None when pixels must be read and there is no source.
    """
    counts: dict[Key, npt.NDArray[np.int64]] = {}
    for number, plane in planes.items():
        key = (number, digest(plane))
        if key in known.counts:
            counts[key] = known.counts[key]
        elif source is None:
            return None
        else:
            counts[key] = _count(plane, number, source, variable, slices)
    return StrokeCounts(counts)


def _count(
    plane: npt.NDArray[np.uint8], number: int, source: Source, variable: Variable, slices: SliceStatistics
) -> npt.NDArray[np.int64]:
    """Bins under the strokes of one slice."""
    rows, columns = (np.flatnonzero(plane.any(axis=axis)) for axis in (1, 0))
    box = (slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1))
    region = (*plane_region(source.shape, number)[:-2], *box)
    values = next(variable.planes(source, region))
    bins = variable.bins(values, float(slices.center[number]), float(slices.spread[number]))
    marked = plane[box]
    return np.stack([np.bincount(bins[m], minlength=256) for m in (marked == BACKGROUND, marked >= PARTICLE)])
