"""Diameter and polarity of the particles, guessed from a few slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.source import Source
from specks.filters.contrast import measured

__all__ = ["Guess", "guess_particles"]

Floats = npt.NDArray[np.float64]

#: Slices looked at, and side of a square of as many pixels as all of them together.
SLICES, EXTENT = 4, 1024
#: Smallest diameter looked for, factor from one to the next, and the share of the image's side that is the largest.
SMALLEST, FACTOR, LARGEST = 4.0, 2**0.25, 0.125
#: Shares of pixels that are compared on either side: of many particles, and of a few.
TIPS = np.array([1e-3, 1e-4])


@dataclass(frozen=True)
class Guess:
    """What stands out most.

    Parameters
    ----------
    diameter : float
        In pixels.
    sign : {1, -1}
        -1 when the particles are dark.
    surplus : float
        How much farther the stronger side reaches than the other, in standard deviations.
    """

    diameter: float
    sign: int
    surplus: float


def guess_particles(source: Source, sign: int = 0, diameter: float | None = None) -> Guess | None:
    """Find the scale and the sign whose response is the most lopsided.

    Noise and texture respond alike on both sides; particles respond on one.

    Parameters
    ----------
    source : Source
    sign : {0, 1, -1}
        0 when it is to be found.
    diameter : float, optional
        In pixels; found when not given.

    Returns
    -------
    Guess or None
        None when the image is too small or has no contrast at any scale.
    """
    planes = [plane for plane in _sample(source) if np.ptp(plane) > 0]
    side = min((min(plane.shape) for plane in planes), default=0)
    widest = side * LARGEST
    scales = [diameter] if diameter is not None else list(_series(widest))
    best: Guess | None = None
    for width in scales:
        surplus = [_lopsided(plane, width) for plane in planes]
        if not surplus:
            continue
        mean = float(np.mean(surplus))
        found = Guess(width, sign or (1 if mean >= 0 else -1), mean * sign if sign else abs(mean))
        if best is None or found.surplus > best.surplus:
            best = found
    return best


def _series(widest: float) -> list[float]:
    """Diameters from the smallest on, in equal steps of their logarithm."""
    count = int(np.log(max(widest / SMALLEST, 1.0)) / np.log(FACTOR)) + 1
    return [SMALLEST * FACTOR**i for i in range(count)] if widest >= SMALLEST else []


def _sample(source: Source) -> list[Floats]:
    """The middle of a few slices, spread over the image."""
    lead = source.shape[:-2]
    count = int(np.prod(lead, dtype=np.int64))
    numbers = sorted({int((i + 0.5) * count / SLICES) for i in range(SLICES)}) if lead else [0]
    extent = int(EXTENT / np.sqrt(len(numbers)))
    window = []
    for n in source.shape[-2:]:
        start = max(0, (n - extent) // 2)
        window.append(slice(start, min(n, start + extent)))
    planes = []
    for number in numbers:
        place = np.unravel_index(number, lead) if lead else ()
        region = (*(slice(int(i), int(i) + 1) for i in place), *window)
        planes.append(_filled(source.read(region).reshape([s.stop - s.start for s in window])))
    return planes


def _filled(plane: npt.NDArray[Any]) -> Floats:
    """As float64 with the median where nothing was measured."""
    values = plane.astype(np.float64)
    sound = measured(values)
    values[~sound] = np.median(values[sound]) if sound.any() else 0.0
    return values


def _lopsided(plane: Floats, diameter: float) -> float:
    """How much farther bright blobs of a diameter reach than dark ones, in standard deviations."""
    from scipy import ndimage as ndi

    shrink = max(1, int(diameter / 8))
    if shrink > 1:
        height, width = (n // shrink * shrink for n in plane.shape)
        blocks = plane[:height, :width].reshape(height // shrink, shrink, width // shrink, shrink)
        plane = blocks.mean(axis=(1, 3))
    sigma = diameter / shrink / np.sqrt(8)
    response = ndi.gaussian_filter(plane, sigma / 1.25) - ndi.gaussian_filter(plane, sigma * 1.25)
    low, middle, high = np.quantile(response, [0.1587, 0.5, 0.8413])
    spread = (high - low) / 2
    surplus = np.mean(np.quantile(response, TIPS) + np.quantile(response, 1 - TIPS)) - 2 * middle
    return float(surplus / spread) if spread > 0 else float(np.sign(surplus))
