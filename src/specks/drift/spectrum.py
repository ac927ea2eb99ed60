"""Which frequencies tell where a frame is: a filter made from what frames have in common."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.fft
from scipy.ndimage import gaussian_filter1d

from specks.drift._peak_kernels import add_rings
from specks.drift.frames import Frames
from specks.drift.pairs import faded

__all__ = ["filtered", "informative_filter", "reach"]

#: Pairs that are looked at to tell what is common from what is noise.
LOOKED_AT = 30
#: Cycles a frame below which nothing counts: there is the slow brightness of the lamp and of the sample.
SLOWEST = 2.0
#: Share of the common power that counts as noise anyway: shifted pixels are never quite the same.
IMPERFECT = 0.02
#: By how much, in radians, what moves by itself may turn the phase of a frequency that counts.
TURN = 0.6
#: Width over which the weight is smoothed, as a share of the highest frequency: the filter stays short.
SMOOTHED = 0.06
#: Farthest that a filter is taken to reach, as a share of the frame's width, and share of its response beyond the reach.
FARTHEST, BEYOND = 1 / 40, 0.005
#: Frames that go through the filter together.
AT_ONCE = 4

Floats = npt.NDArray[np.float64]


def informative_filter(
    frames: Frames, pairs: npt.NDArray[np.intp], shifts: Floats, averaged: float, own: float
) -> Floats:
    """Amplitude by frequency, on the grid of a cosine transform, that makes a displacement best seen.

    With the power S that frames have in common and the noise N that they have not, and a reference that
    is the mean of `averaged` frames, the weight is S / (S + N / averaged) / N; the filter is its root. Where parts
    of the sample move by themselves, frequencies whose phase that turns by more than `TURN` count little: what is
    displaced by a wave does not say so, and the parts that happen to move least would decide.

    Parameters
    ----------
    frames : Frames
    pairs : numpy.ndarray (pairs, 2) of int
        Pairs that agree.
    shifts : numpy.ndarray (frame, 3)
    averaged : float
    own : float
        How far parts of the sample move by themselves from frame to frame, in pixels.

    Returns
    -------
    numpy.ndarray (z, y, x)
    """
    shape = frames.pixels.shape[1:]
    common, power = _common_power(frames, pairs[:: max(1, len(pairs) // LOOKED_AT)], shifts)
    signal = np.maximum(common, 0)
    noise = np.maximum(power - signal, 0) + IMPERFECT * signal + 1e-3 * power.mean()
    weight = signal / (signal + noise / averaged) / noise
    angle = np.sqrt(sum(g**2 for g in np.meshgrid(*(np.pi * np.arange(n) / n for n in shape), indexing="ij")))
    cycles = np.sqrt(sum((g / 2) ** 2 for g in np.meshgrid(*(np.arange(n) for n in shape), indexing="ij")))
    weight = gaussian_filter1d(weight, SMOOTHED * len(weight), mode="nearest")
    middle = (np.arange(len(weight)) + 0.5) * np.pi / len(weight)
    amplitude = np.interp(angle.ravel(), middle, np.sqrt(weight), right=0.0).reshape(shape)
    amplitude *= 1 - np.exp(-((cycles / SLOWEST) ** 4))
    amplitude *= np.exp(-((angle * own / TURN) ** 2))
    best: Floats = amplitude / max(float(amplitude.max()), 1e-30)
    return best


def _common_power(frames: Frames, pairs: npt.NDArray[np.intp], shifts: Floats) -> tuple[Floats, Floats]:
    """Power that pairs have in common and mean power, by rings of the angle from 0 to pi."""
    shape = frames.pixels.shape[1:]
    window = faded(shape) * frames.used
    axes = [a for a in range(3) if shape[a] > 1]
    used = np.unique(pairs)
    spectra = {
        int(t): scipy.fft.rfftn(frames.pixels[t] * window[t % len(window)], axes=axes, overwrite_x=True)
        for t in used
    }
    turns = [2 * np.pi * np.fft.fftfreq(n) for n in shape[:2]] + [2 * np.pi * np.fft.rfftfreq(shape[2])]
    angle = np.sqrt(sum(g**2 for g in np.meshgrid(*turns, indexing="ij")))
    rings = max(8, max(shape) // 6)
    ring = np.minimum((angle / np.pi * rings).astype(np.intp), rings)
    count = np.maximum(np.bincount(ring.ravel(), minlength=rings + 1), 1)
    common, power = np.zeros(rings + 1), np.zeros(rings + 1)
    for a, b in pairs.tolist():
        moved = shifts[b] - shifts[a]
        z, y, x = (np.exp(1j * m * t).astype(np.complex64) for m, t in zip(moved, turns, strict=True))
        add_rings(spectra[a], spectra[b], z, y, x, ring, common, power)
    return (common / count)[:rings], (power / count)[:rings]


def reach(amplitude: Floats) -> tuple[int, int, int]:
    """Pixels along z, y, x from which a filter brings much together.

    So near to the border there is much of its mirror image, which does not move with the sample.
    """
    found = []
    for axis, n in enumerate(amplitude.shape):
        gain = np.moveaxis(amplitude, axis, 0)[:, 0, 0]
        response = np.square(np.fft.irfft(np.append(gain, 0.0)))
        farthest = int(FARTHEST * n)
        near = 2 * response[1 : farthest + 1]
        beyond = np.cumsum(near[::-1])[::-1]
        found.append(int((beyond > BEYOND * response.sum()).sum()))
    return found[0], found[1], found[2]


def filtered(frames: Frames, amplitude: Floats) -> npt.NDArray[np.float32]:
    """Frames through the filter; beyond the border each is continued by its mirror image."""
    out = np.empty_like(frames.pixels)
    gain = amplitude.astype(np.float32)
    axes = tuple(a for a in range(1, 4) if frames.pixels.shape[a] > 1)
    for start in range(0, len(out), AT_ONCE):
        part = slice(start, start + AT_ONCE)
        waves = scipy.fft.dctn(frames.pixels[part], axes=axes)
        waves *= gain
        out[part] = scipy.fft.idctn(waves, axes=axes, overwrite_x=True)
    return out
