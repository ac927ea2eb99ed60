"""Frames without the drift in plain NumPy: every pixel by itself."""

from __future__ import annotations

from itertools import product

import numpy as np


def corrected_frame(frame, shift, order=1, fill=0, origin=None, shape=None):
    """What stands at each corrected position: the frame at this position plus the shift.

    A pixel is seen where its place, to the nearest pixel (halves up), lies in the frame; neighbors beyond the ends
    are those at the ends. Cubic weights are those of Keys with a = -1/2. Where the nearest pixel is not finite it
    stands; where another one that counts is not, the two nearest along each axis are weighed, so far as they are finite.
    A shift within a billionth of a whole pixel is one.
    """
    shift = [round(s) if abs(s - round(s)) < 1e-9 else s for s in shift]
    origin, shape = origin or (0,) * frame.ndim, shape or frame.shape
    places = [np.arange(n) + o + s for n, o, s in zip(shape, origin, shift, strict=True)]
    nearest = [np.floor(p + 0.5).astype(int) for p in places]
    inside = np.ones(shape, bool)
    for axis, (near, n) in enumerate(zip(nearest, frame.shape, strict=True)):
        inside &= np.expand_dims((near >= 0) & (near < n), tuple(a for a in range(frame.ndim) if a != axis))
    values = _at(frame, nearest)
    if order:
        with np.errstate(invalid="ignore"):
            sums = sum(np.where(w == 0, 0, w * _at(frame, at)) for w, at in _taps(places, order))
            finite, share = np.zeros(shape), np.zeros(shape)
            for weight, at in _taps(places, 1):
                pixels = _at(frame, at)
                there = np.isfinite(pixels)
                finite += np.where(there, weight * np.where(there, pixels, 0), 0)
                share += np.where(there, weight, 0)
            mended = np.where(np.isfinite(values), finite / np.maximum(share, 1e-300), values)
        values = np.where(np.isfinite(sums), sums, mended)
    out = np.where(inside, values, fill)
    if frame.dtype.kind in "iu":
        limits = np.iinfo(frame.dtype)
        highest = np.nextafter(float(limits.max), 0) if frame.dtype.itemsize == 8 else limits.max
        out = np.clip(np.rint(out), limits.min, highest) if order else out
    return out.astype(frame.dtype)


def _at(frame, indices):
    clipped = [np.clip(i, 0, n - 1) for i, n in zip(indices, frame.shape, strict=True)]
    pixels = frame[np.ix_(*clipped)]
    return pixels.astype(np.float64) if frame.dtype.kind == "f" or frame.dtype.itemsize < 8 else pixels


def _taps(places, order):
    """Weight and place of every neighbor."""
    bases = [np.floor(p).astype(int) for p in places]
    steps = range(2) if order == 1 else range(-1, 3)
    for offsets in product(steps, repeat=len(places)):
        weight = np.ones(())
        for axis, (k, p, base) in enumerate(zip(offsets, places, bases, strict=True)):
            one = _count(np.abs(p - base - k), order)
            weight = weight * np.expand_dims(one, tuple(a for a in range(len(places)) if a != axis))
        yield weight, [base + k for base, k in zip(bases, offsets, strict=True)]


def _count(distance, order):
    """What a pixel at this distance counts."""
    d = distance
    if order == 1:
        return np.maximum(1 - d, 0)
    near, far = 1.5 * d**3 - 2.5 * d**2 + 1, -0.5 * d**3 + 2.5 * d**2 - 4 * d + 2
    return np.where(d <= 1, near, np.where(d < 2, far, 0))
