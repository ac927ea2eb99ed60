"""Objects against true objects, by how far they overlap."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks.synth.truth._counts import Counts
from specks.synth.truth._slabs import same_shape, slabs

__all__ = ["ObjectOverlaps", "object_scores"]

Ints = npt.NDArray[np.int64]
_TRUTH_BITS = 32


class ObjectOverlaps:
    """Sizes and overlaps of two label images, counted as they come.

    Memory grows with the number of objects only.
    """

    def __init__(self) -> None:
        self._found = _Tally()
        self._true = _Tally()
        self._both = _Tally()

    def add(self, labels: npt.NDArray[Any], truth: npt.NDArray[Any]) -> None:
        """Count more pixels.

        Parameters
        ----------
        labels : integer array
            Found objects, 0 is background.
        truth : integer array of the same shape
            True objects, 0 is background.

        Raises
        ------
        InputError
            When the shapes differ or labels are no whole numbers of 0 to 2^31 - 1.
        """
        same_shape(labels, truth)
        found, true = _labels(labels, "labels"), _labels(truth, "truth")
        self._found.add(found[found > 0])
        self._true.add(true[true > 0])
        both = (found > 0) & (true > 0)
        self._both.add((found[both] << _TRUTH_BITS) | true[both])

    def scores(self, iou: float = 0.5, min_size: int = 1) -> Counts:
        """Match objects one to one, the largest overlap first.

        Parameters
        ----------
        iou : float, optional
            Least intersection over union of a match.
        min_size : int, optional
            Objects of fewer pixels are left out, found and true ones alike.
        """
        if not 0 < iou <= 1:
            raise InputError(f"iou is {iou!r}; it must be above 0 and at most 1")
        found, found_size = self._found.totals()
        true, true_size = self._true.totals()
        pair, shared = self._both.totals()
        one = np.searchsorted(found, pair >> _TRUTH_BITS)
        other = np.searchsorted(true, pair & ((1 << _TRUTH_BITS) - 1))
        union = found_size[one] + true_size[other] - shared
        overlap = shared / union
        usable = (overlap >= iou) & (found_size[one] >= min_size) & (true_size[other] >= min_size)
        order = np.flatnonzero(usable)[np.argsort(-overlap[usable], kind="stable")]
        taken_found, taken_true = np.zeros(len(found), bool), np.zeros(len(true), bool)
        for k in order:
            if not (taken_found[one[k]] or taken_true[other[k]]):
                taken_found[one[k]] = taken_true[other[k]] = True
        counted = (int((found_size >= min_size).sum()), int((true_size >= min_size).sum()))
        return Counts(*counted, int(taken_found.sum()))


class _Tally:
    """How often each number was seen."""

    def __init__(self) -> None:
        self._keys: list[Ints] = []
        self._counts: list[Ints] = []

    def add(self, keys: Ints) -> None:
        seen, counts = np.unique(keys, return_counts=True)
        self._keys.append(seen)
        self._counts.append(counts)
        if len(self._keys) > 64:
            merged = self.totals()
            self._keys, self._counts = [merged[0]], [merged[1]]

    def totals(self) -> tuple[Ints, Ints]:
        """Every number seen, in order, and how often."""
        if not self._keys:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        keys, place = np.unique(np.concatenate(self._keys), return_inverse=True)
        counts = np.zeros(len(keys), np.int64)
        np.add.at(counts, place, np.concatenate(self._counts))
        return keys, counts


def _labels(array: npt.NDArray[Any], name: str) -> Ints:
    flat = np.asarray(array).ravel()
    if flat.dtype.kind not in "iub":
        raise InputError(f"{name} has the data type {flat.dtype}; object labels are whole numbers")
    if flat.size and (flat.min() < 0 or flat.max() >= 2**31):
        raise InputError(
            f"{name} has values from {flat.min()} to {flat.max()}; they must be from 0 to 2^31 - 1"
        )
    return flat.astype(np.int64)


def object_scores(labels: Any, truth: Any, *, iou: float = 0.5, min_size: int = 1) -> Counts:
    """Found objects against true ones.

    Each true object can be matched by one found object, the one with the larger overlap.

    Parameters
    ----------
    labels : integer array
        Found objects, 0 is background; lazy arrays are read slab by slab.
    truth : integer array of the same shape
        True objects.
    iou : float, optional
        Least intersection over union of a match.
    min_size : int, optional
        Objects of fewer pixels are left out, found and true ones alike.

    Returns
    -------
    Counts
        With `precision`, `recall` and `f1`.

    Raises
    ------
    InputError
        When the shapes differ or labels are no whole numbers.

    Examples
    --------
    >>> import numpy as np
    >>> truth = np.array([1, 1, 1, 0, 2, 2])
    >>> found = np.array([5, 5, 0, 0, 0, 7])
    >>> object_scores(found, truth, iou=0.6)
    Counts(found=2, true=2, matched=1)
    """
    overlaps = ObjectOverlaps()
    for part, true in slabs(labels, truth):
        overlaps.add(part, true)
    return overlaps.scores(iou, min_size)
