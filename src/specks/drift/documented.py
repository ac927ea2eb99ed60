"""Drift as the notebook of rtdefects means it: whole pixels, plain least squares."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.fft

from specks._core.errors import InputError
from specks._core.progress import Progress
from specks._core.source import Source
from specks.drift.by_hand import ByHand
from specks.drift.measured import Measurements
from specks.drift.pairs import Candidates
from specks.drift.solution import Solution, completed, keep_pairs, reasons_of, ties_of
from specks.drift.solve import least_squares

__all__ = ["documented_shifts", "settle_plainly"]


def documented_shifts(
    source: Source, offsets: Sequence[int] | None
) -> Generator[Progress, None, Measurements]:
    """Correlate pairs of whole frames and keep the highest maximum, in whole pixels.

    As the original does: no mean is taken off, nothing is weighed, and shifts of more than half the frame are
    not seen. Sign and axes are mended: frame b is displaced by its maximum against frame a.

    Parameters
    ----------
    source : Source
        With the axes ``t[z]yx``.
    offsets : sequence of int, optional
        Distances in frames of the pairs; all pairs when not given.

    Yields
    ------
    Progress

    Returns
    -------
    Measurements

    Raises
    ------
    InputError
        When no pair of frames is that far apart.
    """
    n = source.shape[0]
    lags = range(1, n) if offsets is None else sorted(set(offsets))
    pairs = [(a, a + lag) for lag in lags for a in range(n - lag)]
    if n > 1 and not pairs:
        raise InputError(f"offsets is {list(lags)}, but the series has {n} frames; give distances below {n}")
    shifts = np.zeros((len(pairs), 1, 3))
    for k, (a, b) in enumerate(pairs):
        shifts[k, 0] = _shift(_frame(source, a), _frame(source, b))
        yield Progress(k + 1, len(pairs), f"Comparing pair {k + 1} of {len(pairs)}")
    candidates = Candidates(
        np.array(pairs, np.intp).reshape(-1, 2), shifts, np.full((len(pairs), 1), np.inf), float("inf")
    )
    shape = np.array((1, *source.shape[1:])[-3:], np.float64)
    return Measurements(candidates, None, ("",) * n, shape, np.ones(3))


def _frame(source: Source, t: int) -> npt.NDArray[np.float64]:
    region = (slice(t, t + 1), *(slice(0, m) for m in source.shape[1:]))
    pixels: npt.NDArray[np.float64] = np.nan_to_num(source.read(region)[0].astype(np.float64))
    return pixels.reshape((1, *pixels.shape)[-3:])


def _shift(first: npt.NDArray[np.float64], second: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """By how much the second frame is displaced, from the correlation padded with zeros."""
    padded = [scipy.fft.next_fast_len(2 * n - 1, real=True) for n in first.shape]
    product: Any = scipy.fft.rfftn(second, padded) * np.conj(scipy.fft.rfftn(first, padded))
    surface = scipy.fft.irfftn(product, padded)
    half = [n // 2 for n in first.shape]
    near = np.ix_(*(np.arange(-h, n - h) for h, n in zip(half, first.shape, strict=True)))
    place = np.unravel_index(int(surface[near].argmax()), first.shape)
    shift: npt.NDArray[np.float64] = np.array(place, np.float64) - half
    return shift


def settle_plainly(measured: Measurements, hand: ByHand) -> Solution:
    """Least squares in which every pair weighs the same; standard errors from how much pairs disagree.

    There is nothing refined, and landmarks are pairs like others.
    """
    n, ok = len(measured.faults), hand.used
    kept, ties = keep_pairs(measured.candidates, ok), ties_of(hand, ok, measured.factors)
    pairs = np.concatenate([kept.pairs, ties.pairs])
    steps = np.concatenate([kept.shifts[:, 0], ties.steps])
    shifts = least_squares(pairs, steps, np.ones((len(pairs), 1)), n)
    shifts -= shifts[int(ok.argmax())]
    left = steps - np.diff(shifts[pairs], axis=1)[:, 0]
    degree = np.maximum(np.bincount(pairs.ravel(), minlength=n), 1)
    spread = np.sqrt((left**2).sum(axis=0) / max(1, len(pairs) - int(ok.sum()) + 1))
    errors = spread / np.sqrt(degree)[:, None]
    errors[int(ok.argmax())] = 0.0
    return completed(shifts, errors, ok, reasons_of(measured, hand), hand)
