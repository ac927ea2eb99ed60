"""How far an estimate of drift is from the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from specks.synth import DriftingSeries

__all__ = ["Score", "score"]


@dataclass(frozen=True)
class Score:
    """Errors of the frames that were not lost, after their median has been removed.

    Attributes
    ----------
    rms : float
        Root mean square length in pixels.
    off : float
        Share of frames that are off by more than a pixel.
    """

    rms: float
    off: float


def score(estimate: np.ndarray, made: DriftingSeries) -> Score:
    """Score an estimate, (frames, ndim); what is not finite is off without end."""
    error = (np.asarray(estimate, float) - made.drift)[made.good]
    known = np.isfinite(error).all(axis=1)
    if not known.any():
        return Score(np.inf, 1.0)
    length = np.full(len(error), np.inf)
    length[known] = np.sqrt(np.square(error[known] - np.median(error[known], axis=0)).sum(axis=1))
    return Score(float(np.sqrt(np.mean(length**2))), float(np.mean(length > 1)))
