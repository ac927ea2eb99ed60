"""How many errors are to be expected at a threshold, from the probabilities themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["Expected", "expected"]


@dataclass(frozen=True)
class Expected:
    """What a threshold is expected to give.

    Parameters
    ----------
    precision : float
        Share of what is found that is particle; NaN when nothing is found.
    recall : float
        Share of the particles that is found; NaN when there are none.
    """

    precision: float
    recall: float


def expected(model: Mixture, threshold: float) -> Expected:
    """Precision and recall, over peaks where they are compared, else over pixels."""
    if not 0 <= threshold <= 1:
        raise InputError(f"threshold is {threshold!r}; it must lie from 0 to 1")
    sure, counts = _certainties(model)
    found = sure >= threshold
    right = float((sure * counts)[found].sum())
    return Expected(_share(right, float(counts[found].sum())), _share(right, float((sure * counts).sum())))


def _certainties(model: Mixture) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Probabilities and how often each occurs."""
    if model.peaks is not None:
        return model.certainty, np.ones(len(model.certainty))
    return model.tables.ravel(), model.slices.total.ravel().astype(np.float64)


def _share(part: float, whole: float) -> float:
    return part / whole if whole > 0 else float("nan")
