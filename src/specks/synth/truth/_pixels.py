"""Probabilities of pixels against the truth: ranking, calibration and overlap."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks.synth.truth._counts import Counts
from specks.synth.truth._slabs import same_shape, slabs

__all__ = ["PixelScores", "average_precision", "dice", "expected_calibration_error", "pixel_scores"]

# Probabilities are counted by the upper bits of their float32 pattern, which order as they do:
# 8192 bins for each halving, so that a bin is narrower than 1/8192 of its value.
_SHIFT = 10
_BINS = (int(np.float32(1).view(np.uint32)) >> _SHIFT) + 1


class PixelScores:
    """Probabilities and truth of any number of pixels, counted as they come.

    Memory does not grow with the pixels (about 17 MB). Probabilities count as equal when they
    differ by less than 1/8192 of their value; all scores are exact but for that.

    Examples
    --------
    >>> import numpy as np
    >>> scores = PixelScores()
    >>> scores.add(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1]))
    >>> round(scores.average_precision, 4)
    0.8333
    """

    def __init__(self) -> None:
        self._false = np.zeros(_BINS, np.int64)
        self._true = np.zeros(_BINS, np.int64)

    def add(self, posterior: npt.NDArray[Any], truth: npt.NDArray[Any]) -> None:
        """Count more pixels.

        Parameters
        ----------
        posterior : array
            Probabilities of 0 to 1; integers stand for fractions of the largest value of their
            type, booleans for 0 and 1. NaN (no data) is left out.
        truth : array of the same shape
            Labels or a mask; what is not 0 is true.

        Raises
        ------
        InputError
            When the shapes differ or a probability lies outside 0 to 1.
        """
        same_shape(posterior, truth)
        p = _probabilities(posterior)
        flags = np.asarray(truth).ravel() != 0
        if np.isnan(p).any():
            known = ~np.isnan(p)
            p, flags = p[known], flags[known]
        if p.size and not (p.min() >= 0 and p.max() <= 1):
            raise InputError(f"posterior has values from {p.min():g} to {p.max():g}; it must be from 0 to 1")
        bins = (p + np.float32(0)).view(np.uint32) >> _SHIFT  # adding 0 turns -0 into 0
        positive = np.bincount(bins[flags], minlength=_BINS)
        self._true += positive
        self._false += np.bincount(bins, minlength=_BINS) - positive

    @property
    def pixels(self) -> int:
        """How many were counted."""
        return int(self._true.sum() + self._false.sum())

    @property
    def prevalence(self) -> float:
        """Fraction that is true."""
        return float(self._true.sum() / max(1, self.pixels))

    @property
    def mean_posterior(self) -> float:
        """Mean probability; equals `prevalence` when calibrated."""
        return float((self._true + self._false) @ _values() / max(1, self.pixels))

    @property
    def average_precision(self) -> float:
        """Area under the precision-recall curve as steps (as scikit-learn); NaN when nothing is true."""
        matched, found = self._above()
        if not matched[-1]:
            return float("nan")
        precision = matched / np.maximum(found, 1)
        return float(np.diff(matched, prepend=0) @ precision / matched[-1])

    def expected_calibration_error(self, bins: int = 20) -> float:
        """Mean distance of probability and frequency over equal bins, weighted by pixels.

        Parameters
        ----------
        bins : int, optional
            Number of equal bins from 0 to 1.
        """
        values = _values()
        which = np.minimum((values * bins).astype(int), bins - 1)
        expected = np.bincount(which, (self._true + self._false) * values, bins)
        observed = np.bincount(which, self._true, bins)
        return float(np.abs(expected - observed).sum() / max(1, self.pixels))

    def counts(self, threshold: float = 0.5) -> Counts:
        """Pixels at or above a threshold against the truth; its `f1` is the Dice coefficient."""
        first = int(np.float32(threshold).view(np.uint32)) >> _SHIFT
        found = self._true[first:].sum() + self._false[first:].sum()
        return Counts(int(found), int(self._true.sum()), int(self._true[first:].sum()))

    def best_dice(self) -> tuple[float, float]:
        """The highest Dice coefficient that any threshold gives, and that threshold."""
        matched, found = self._above()
        score = 2 * matched / np.maximum(found + matched[-1], 1)
        best = int(score.argmax())
        return float(score[best]), float(_values()[_BINS - 1 - best])

    def _above(self) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """True and all pixels at or above each bin, from the highest bin down."""
        matched = np.cumsum(self._true[::-1])
        return matched, matched + np.cumsum(self._false[::-1])


@lru_cache(maxsize=1)
def _values() -> npt.NDArray[np.float64]:
    """The probability that each bin begins with."""
    return (np.arange(_BINS, dtype=np.uint32) << _SHIFT).view(np.float32).astype(float)


def _probabilities(posterior: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    p = np.asarray(posterior).ravel()
    if p.dtype.kind in "iu":
        return p.astype(np.float32) / np.float32(np.iinfo(p.dtype).max)
    if p.dtype.kind not in "fb":
        raise InputError(f"posterior has the data type {p.dtype}; it must be real")
    return p.astype(np.float32)


def pixel_scores(posterior: Any, truth: Any) -> PixelScores:
    """All pixel scores of a posterior.

    Parameters
    ----------
    posterior : array
        Probabilities, any number of axes; lazy arrays are read slab by slab.
    truth : array of the same shape
        Labels or a mask.

    Returns
    -------
    PixelScores

    Raises
    ------
    InputError
        When the shapes differ or a probability lies outside 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> scores = pixel_scores(np.array([[0.9, 0.2]]), np.array([[1, 0]]))
    >>> scores.counts(0.5).f1, round(scores.expected_calibration_error(), 3)
    (1.0, 0.15)
    """
    scores = PixelScores()
    for part, flags in slabs(posterior, truth):
        scores.add(part, flags)
    return scores


def average_precision(posterior: Any, truth: Any) -> float:
    """Area under the precision-recall curve of the pixels, as steps.

    Parameters
    ----------
    posterior : array
        Probabilities; lazy arrays are read slab by slab.
    truth : array of the same shape
        Labels or a mask.

    Returns
    -------
    float
        NaN when nothing is true.

    Examples
    --------
    >>> import numpy as np
    >>> round(average_precision(np.array([0.1, 0.4, 0.35, 0.8]), np.array([0, 0, 1, 1])), 4)
    0.8333
    """
    return pixel_scores(posterior, truth).average_precision


def expected_calibration_error(posterior: Any, truth: Any, bins: int = 20) -> float:
    """Mean distance of probability and frequency over equal bins of probability.

    Parameters
    ----------
    posterior : array
        Probabilities; lazy arrays are read slab by slab.
    truth : array of the same shape
        Labels or a mask.
    bins : int, optional
        Number of equal bins from 0 to 1.

    Returns
    -------
    float

    References
    ----------
    Guo, Pleiss, Sun & Weinberger, "On calibration of modern neural networks", ICML 2017.

    Examples
    --------
    >>> import numpy as np
    >>> round(expected_calibration_error(np.full(10, 0.3), np.arange(10) < 4), 3)
    0.1
    """
    return pixel_scores(posterior, truth).expected_calibration_error(bins)


def dice(mask: Any, truth: Any) -> float:
    """Dice coefficient of a mask or label image.

    Parameters
    ----------
    mask : array
        What is not 0 was found.
    truth : array of the same shape
        What is not 0 is true.

    Returns
    -------
    float
        From 0 to 1; 1 when both are empty.

    Examples
    --------
    >>> import numpy as np
    >>> round(dice(np.array([1, 1, 0]), np.array([0, 1, 0])), 3)
    0.667
    """
    found = true = matched = 0
    for part, flags in slabs(mask, truth):
        on, wanted = part != 0, flags != 0
        found += int(on.sum())
        true += int(wanted.sum())
        matched += int((on & wanted).sum())
    return Counts(found, true, matched).f1
