"""Which frames are compared, and by how much each pair may be shifted."""

from __future__ import annotations

import math
from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy.ndimage import uniform_filter

from specks._core.blocks import map_blocks
from specks._core.progress import Progress
from specks.drift._peak_kernels import climb, cross_spectra, highest_peaks
from specks.drift.frames import Frames

__all__ = ["Candidates", "compare_pairs", "consecutive", "faded", "spread_lags", "spread_pairs", "to_first"]

#: Series of up to this many frames are compared all with all.
ALL_PAIRS = 24
#: Maxima kept of each pair: on a lattice the right one may not be the highest.
PEAKS = 4
#: Steps by which the highest maximum is brought to its exact place.
CLIMBS = 2
#: Pairs that are compared in one go.
BATCH = 64
#: Values of their correlations that are held at once.
AT_ONCE = 1 << 17
#: Share of the frame's width over which its border fades out.
TAPER = 0.25

Pairs = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Candidates:
    """How far apart the contents of pairs of frames may be.

    Parameters
    ----------
    pairs : numpy.ndarray (pairs, 2) of int
        Frame a and frame b, a < b.
    shifts : numpy.ndarray (pairs, PEAKS, 3)
        By how much frame b is displaced against frame a, likeliest first; working pixels along z, y, x. Each
        is known up to multiples of the frame's size only.
    heights : numpy.ndarray (pairs, PEAKS)
        Heights of the maxima in standard deviations of the correlation; -inf where there are fewer.
    places : float
        How many independent places a shift could be found at by chance.
    """

    pairs: Pairs
    shifts: npt.NDArray[np.float64]
    heights: npt.NDArray[np.float64]
    places: float


def spread_pairs(frames: npt.NDArray[np.intp]) -> Pairs:
    """Pairs for a global solution: all of a few frames, else those with distances 1, 2, 3, 5, 8, 12, 20, …

    Large distances tie the series together; of those, every few frames are enough.
    """
    n = len(frames)
    lags = list(range(1, n)) if n <= ALL_PAIRS else spread_lags(n)
    rows = []
    for lag in lags:
        stride = 1 if n <= 4 * ALL_PAIRS else max(1, lag // 8)
        start = np.arange(lag % stride, n - lag, stride)
        rows.append(np.column_stack([frames[start], frames[start + lag]]))
    return np.concatenate(rows) if rows else np.empty((0, 2), np.intp)


def spread_lags(n: int) -> list[int]:
    """Distances in frames, 1, 2, 3, 5, 8, 12, 20, …, in a series of `n`."""
    lags, value = [1, 2, 3, 5], 5.0
    while round(value * 1.6) < n:
        value *= 1.6
        lags.append(round(value))
    return lags


def consecutive(frames: npt.NDArray[np.intp]) -> Pairs:
    """Each frame with the one before it."""
    return np.column_stack([frames[:-1], frames[1:]])


def to_first(frames: npt.NDArray[np.intp]) -> Pairs:
    """Each frame with the first."""
    return np.column_stack([np.full(len(frames) - 1, frames[0]), frames[1:]])


def compare_pairs(
    frames: Frames, pairs: Pairs, max_shift: float | None, executor: Executor | None = None
) -> Generator[Progress, None, Candidates]:
    """Correlate pairs of frames.

    The correlation is between plain and phase correlation: amplitudes are divided by the root of the mean
    power, so that neither slow brightness nor noise decides.

    Parameters
    ----------
    frames : Frames
    pairs : numpy.ndarray (pairs, 2) of int
    max_shift : float, optional
        Farthest shift from one frame to the next, in pixels of the image.
    executor : concurrent.futures.Executor, optional
    """
    spectra, sizes = _spectra(frames)
    spacing = frames.size / sizes
    allowed = np.full((len(pairs), 3), np.inf)
    if max_shift is not None:
        gap = (pairs[:, 1] - pairs[:, 0])[:, None]
        allowed = gap * max_shift / np.array(frames.factors) / spacing
    shifts = np.zeros((len(pairs), PEAKS, 3))
    heights = np.full((len(pairs), PEAKS), -np.inf)
    grid = (int(sizes[0]), int(sizes[1]), int(sizes[2]))
    task = partial(_correlate, spectra, pairs, allowed, grid)
    batches = [slice(i, min(i + BATCH, len(pairs))) for i in range(0, len(pairs), BATCH)]
    for batch, (place, height) in map_blocks(task, batches, executor):
        shifts[batch], heights[batch] = place * spacing, height
        yield Progress(batch.stop, len(pairs), f"Comparing pair {batch.stop} of {len(pairs)}")
    return Candidates(pairs, shifts, heights, places=float(np.prod(sizes)) / 4)


def _spectra(frames: Frames) -> tuple[npt.NDArray[np.complex64], npt.NDArray[np.float64]]:
    """Filtered spectra, without what lies beyond half of the highest frequency of large frames."""
    shape = frames.pixels.shape[1:]
    window = faded(shape) * frames.used
    shares = np.maximum(window.sum(axis=(1, 2, 3), dtype=np.float64), 1e-9)
    axes = tuple(a for a in range(3) if shape[a] > 1)
    sizes = np.array([n if n <= 128 else 2 * (n // 4) for n in shape])
    rows = [np.r_[0 : (m + 1) // 2, n - m // 2 : n] for n, m in zip(shape, sizes, strict=True)]
    columns = slice(0, sizes[2] // 2 + 1)
    out = np.empty((len(frames.pixels), sizes[0], sizes[1], sizes[2] // 2 + 1), np.complex64)
    power, usable, shown = np.zeros(out.shape[1:], np.float32), frames.usable, np.empty(shape, np.float32)
    for t, frame in enumerate(frames.pixels):
        w = t % len(window)
        np.subtract(frame, np.float32(np.vdot(frame, window[w]) / shares[w]), out=shown)
        shown *= window[w]
        out[t] = scipy.fft.rfftn(shown, axes=axes)[..., columns][np.ix_(rows[0], rows[1])]
        if usable[t]:
            power += out[t].real ** 2 + out[t].imag ** 2
    power = power / usable.sum() if usable.any() else np.ones_like(power)
    power = uniform_filter(power, [1 if n == 1 else 5 for n in power.shape], mode="nearest")
    least = max(1e-6 * float(power.max()), 1e-30)  # 0 where frames are all alike and their mean is taken off
    out *= (_band(frames.size, sizes) / np.sqrt(power + least)).astype(np.float32)
    return out, sizes.astype(np.float64)


def faded(shape: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Window (z, y, x) that fades to 0 at the border."""
    window = np.ones(shape, np.float32)
    for axis, n in enumerate(shape):
        if n > 1:
            window = window * _tukey(n).reshape([-1 if a == axis else 1 for a in range(3)])
    return window


def _tukey(n: int) -> npt.NDArray[np.float32]:
    """Window that fades to 0 over `TAPER` of the width."""
    edge = np.minimum(np.arange(n) + 0.5, n - np.arange(n) - 0.5) / (TAPER * n / 2)
    window: npt.NDArray[np.float32] = (0.5 - 0.5 * np.cos(np.pi * np.clip(edge, 0, 1))).astype(np.float32)
    return window


def _band(size: npt.NDArray[np.float64], sizes: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Weight of each frequency: little below 1.5 cycles a frame, and toward the finest."""
    count = [int(s) for s in sizes]
    turns = [
        np.fft.fftfreq(count[0]) * count[0],
        np.fft.fftfreq(count[1]) * count[1],
        np.arange(count[2] // 2 + 1),
    ]
    grid = np.meshgrid(*turns, indexing="ij")
    cycles = np.sqrt(sum(g**2 for g in grid))
    angle = np.sqrt(sum((2 * np.pi * g / n) ** 2 for g, n in zip(grid, size, strict=True)))
    weight: npt.NDArray[np.float64] = (1 - np.exp(-((cycles / 1.5) ** 2))) * np.exp(
        -((angle / (0.6 * np.pi)) ** 2)
    )
    return weight


def _correlate(
    spectra: npt.NDArray[np.complex64],
    pairs: Pairs,
    allowed: npt.NDArray[np.float64],
    sizes: tuple[int, int, int],
    batch: slice,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float32]]:
    """Highest maxima of the correlations of a batch of pairs, in pixels of the correlation."""
    chosen = pairs[batch]
    places = np.zeros((len(chosen), PEAKS, 3))
    heights = np.empty((len(chosen), PEAKS), np.float32)
    axes = tuple(a for a in range(3) if sizes[a] > 1)
    at_once = max(1, AT_ONCE // math.prod(sizes))
    held = np.empty((min(at_once, len(chosen)), *spectra.shape[1:]), np.complex64)
    for start in range(0, len(chosen), at_once):
        part = chosen[start : start + at_once]
        products = held[: len(part)]
        cross_spectra(spectra, part, products)
        surfaces = scipy.fft.irfftn(products, [sizes[a] for a in axes], axes=[1 + a for a in axes])
        for i, (product, surface) in enumerate(zip(products, surfaces, strict=True), start):
            highest_peaks(surface, allowed[batch][i], 3.0, places[i], heights[i])
            for _ in range(CLIMBS):
                climb(product.view(np.float32), sizes[2], places[i, 0])
            spread = math.sqrt(np.vdot(surface, surface) / surface.size)
            heights[i] /= spread if spread > 0 else 1
    return places, heights
