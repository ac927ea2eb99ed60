"""Diameter and polarity of the particles, guessed from parts of a few slices."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.source import Source
from specks.filters.exclusions import Exclusions
from specks.mixture.calibrated import BINS
from specks.mixture.peaks.candidates import PlanePeaks
from specks.mixture.peaks.found import Look, find_peaks
from specks.mixture.peaks.heights import heights_to_bins, separate_heights
from specks.mixture.peaks.planes import filled, has_contrast, read_plane
from specks.mixture.peaks.scale_space import RADII, scale_space, working_step
from specks.mixture.slabs import plane_region

__all__ = ["Guess", "guess_particles"]

#: Slices looked at, side of a tile in pixels of the binned plane, and where tiles lie, in parts of the side.
SLICES, TILE = 4, 192
PLACES = ((0.5, 0.5), (0.22, 0.22), (0.78, 0.78), (0.22, 0.78), (0.78, 0.22))
#: Smallest diameter looked for, factor from one to the next, and the share of the image's side that is the largest.
SMALLEST, FACTOR, LARGEST = 6.0, 2.0, 1 / 6
#: Turns of noise and particles: enough for a guess.
TURNS = 2
#: Peaks that are worth as much as none: a few high ones can be anything.
FEW = 5.0


@dataclass(frozen=True)
class Guess:
    """What stands out most.

    Parameters
    ----------
    diameter : float
        In pixels.
    sign : {1, -1}
        -1 when the particles are dark.
    clarity : float
        How clearly: mean height of the particles above the noise, less when there are few or when
        the diameter does not lie in the middle of their sizes.
    """

    diameter: float
    sign: int
    clarity: float


def guess_particles(
    source: Source, sign: int = 0, diameter: float | None = None, exclusions: Exclusions | None = None
) -> Guess | None:
    """Find the scale and the sign at which particles stand out most from chance.

    Chance makes peaks and pits alike at every scale; particles make peaks at their own.

    Parameters
    ----------
    source : Source
    sign : {0, 1, -1}
        0 when it is to be found.
    diameter : float, optional
        In pixels; found when not given.
    exclusions : Exclusions, optional
        Pixels that do not count.

    Returns
    -------
    Guess or None
        None when nothing stands out at any scale.
    """
    widths = [diameter] if diameter is not None else list(_series(min(source.shape[-2:]) * LARGEST))
    left_out = Exclusions(source.shape) if exclusions is None else exclusions
    signs = (sign,) if sign else (1, -1)
    tried = [guess for width in widths for guess in _tried(source, left_out, width, signs)]
    best = max(tried, key=lambda guess: guess.clarity, default=None)
    if best is None or diameter is None:
        return best
    return Guess(diameter, best.sign, best.clarity)


def _series(widest: float) -> list[float]:
    """Diameters from the smallest on, in equal steps of their logarithm."""
    count = int(np.log(max(widest / SMALLEST, 1.0)) / np.log(FACTOR)) + 1
    return [SMALLEST * FACTOR**i for i in range(count)] if widest >= SMALLEST else []


def _tried(source: Source, left_out: Exclusions, width: float, signs: tuple[int, ...]) -> Iterator[Guess]:
    """How clearly particles of about this width stand out, by sign."""
    both: list[list[PlanePeaks]] = [[] for _ in signs]
    for plane in _tiles(source, left_out, TILE * working_step(width)):
        space = scale_space(plane, (width, width))
        look = Look.at(space, np.ones(space.stack.shape[1:], np.bool_))
        for sign, found in zip(signs, both, strict=True):
            found.append(find_peaks([look if sign > 0 else look.inverted()], TURNS))
    for sign, found in zip(signs, both, strict=True):
        guess = _judged(found, width, sign)
        if guess is not None:
            yield guess


def _judged(found: list[PlanePeaks], width: float, sign: int) -> Guess | None:
    """What peaks say of a width and sign; None when nothing stands out."""
    if not found:
        return None
    heights, radii = (
        np.concatenate([peaks.columns[name] for peaks in found]) for name in ("height", "radius_x")
    )
    bins = heights_to_bins(heights)
    pits = np.sum([peaks.pits[0] for peaks in found], axis=0)
    parts = separate_heights(np.bincount(bins, minlength=BINS), pits)
    sure = parts.probability[bins]
    many = float(sure.sum())
    if many < 0.5:
        return None
    height = float((sure * heights).sum()) / many
    sizes = np.log(radii / (width / 2))
    inner = (sizes > np.log(RADII[0]) + 0.01) & (sizes < np.log(RADII[-1]) - 0.01)
    middle = 0.1 + float(sure[inner].sum()) / many
    clarity = height * middle ** (1 / 3) * many / (many + FEW)
    return Guess(width * float(np.exp((sure * sizes).sum() / many)), sign, clarity)


def _tiles(source: Source, left_out: Exclusions, side: int) -> Iterator[npt.NDArray[Any]]:
    """Parts of a few slices, spread over the image."""
    used = np.flatnonzero(left_out.used_slices())
    numbers = sorted(
        {int(used[int((i + 0.5) * used.size / SLICES)]) for i in range(SLICES if used.size else 0)}
    )
    seen: set[Any] = set()
    for number, place in zip(itertools.cycle(numbers), PLACES, strict=False):
        window = []
        for n, share in zip(source.shape[-2:], place, strict=True):
            start = min(max(int(share * n - side / 2), 0), max(n - side, 0))
            window.append(slice(start, min(start + side, n)))
        key = (number, *((s.start, s.stop) for s in window))
        if key not in seen:
            seen.add(key)
            region = (*plane_region(source.shape, number)[:-2], *window)
            plane, sound = read_plane(source, region)
            allowed = left_out.allowed(region)
            if allowed is not None:
                sound = sound & allowed.reshape(sound.shape)
            # Small whole numbers can stay as they are: their sums are the same, and they are soon binned.
            if not (plane.dtype.kind in "iu" and plane.dtype.itemsize <= 2 and sound.all()):
                plane = plane.astype(np.float32)
            if has_contrast(plane, sound):
                yield filled(plane, sound)
