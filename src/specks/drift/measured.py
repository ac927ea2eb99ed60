"""What was measured of a series: all that a solution needs, and no pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specks.drift.joint import Joint
from specks.drift.pairs import Candidates

__all__ = ["Measurements"]


@dataclass(frozen=True)
class Measurements:
    """How frames lie against each other.

    Parameters
    ----------
    candidates : Candidates
        Rough displacements of pairs.
    joint : Joint, optional
        Refined ones; None when no frames agreed, or when they were not refined.
    faults : tuple of str
        Why each frame cannot be used; empty where it can.
    size : numpy.ndarray (3,)
        Of a frame along z, y, x, in working pixels.
    factors : numpy.ndarray (3,)
        Pixels of the image in a working pixel.
    hints : tuple of str
        What else was seen, as sentences.
    """

    candidates: Candidates
    joint: Joint | None
    faults: tuple[str, ...]
    size: npt.NDArray[np.float64]
    factors: npt.NDArray[np.float64]
    hints: tuple[str, ...] = ()
