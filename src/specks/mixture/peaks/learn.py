"""What verdicts by hand teach about all other peaks: that less of what stands out may be chance.

Pits that are gaps between particles make chance look greater than it is; nothing makes it look
smaller. So a hand can only lower the height at which peaks become particles, and does so when the
particles it confirms would be surprising otherwise, and by less the more others it would let in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.mixture.calibrated import STEP, ZERO, Components
from specks.mixture.peaks.heights import LOWEST, components_of, smoothed

__all__ = ["Evidence", "learned"]

Floats = npt.NDArray[np.float64]

#: Amounts by which the heights may be lowered, and how likely each is before a hand has said anything: as they
#: are, or less by a half-normal amount that makes particles more by a half-normal logarithm.
SHIFTS = -np.linspace(0.0, 2.5, 26)
AS_THEY_ARE, SPREAD, GROWTH = 0.5, 3.0, 1.0
#: Growth of the log odds per unit of height where the image says nothing but "chance": as we would have it, and as it
#: is among peaks of micrographs whose particles are known, which is what a hand's answers are held against.
SLOPE, GENTLE = 6.0, 1.5
#: Share of verdicts that are slips, and share of strokes that mean something that makes no peak.
SLIPS, ASTRAY = 0.05, 0.1


@dataclass(frozen=True)
class Evidence:
    """Bins of the peaks that a hand has spoken of.

    Parameters
    ----------
    accepted, rejected : numpy.ndarray of int
        Peaks that were put to it: each could have been either.
    pointed : numpy.ndarray of int
        Peaks that it has picked among all particles.
    """

    accepted: npt.NDArray[Any]
    rejected: npt.NDArray[Any]
    pointed: npt.NDArray[Any]


def learned(parts: Components, total: npt.NDArray[Any], evidence: Evidence) -> Components:
    """Components that agree with a hand: the average over all shifts, by what it has added to the belief in each.

    Parameters
    ----------
    parts : Components
        As the image alone has it.
    total : numpy.ndarray (256,)
        Counts of the heights of all peaks.
    evidence : Evidence
    """
    if not (len(evidence.accepted) or len(evidence.pointed)) or parts.weight == 0:
        return parts
    density = np.maximum(smoothed(np.asarray(total, np.float64)), 1e-9)
    plain = parts.probability
    sure = np.array([plain, *(_lowered(plain, shift, SLOPE) for shift in SHIFTS[1:])])
    growth = np.log((sure @ density) / (plain @ density))
    prior = np.exp(-0.5 * ((SHIFTS / SPREAD) ** 2 + (growth / GROWTH) ** 2))
    prior *= (1 - AS_THEY_ARE) / prior.sum()
    prior[0] += AS_THEY_ARE
    belief = np.log(prior) + [
        _agreement(_lowered(plain, shift, GENTLE), density, evidence) for shift in SHIFTS
    ]
    weights = np.exp(belief - belief.max())
    # What was believed before a hand spoke is not acted upon, so that a yes to what is sure changes nothing.
    gained = np.maximum(weights / weights.sum() - prior, 0)
    gained[0] = 1 - gained[1:].sum()
    return components_of(density, gained @ sure)


def _lowered(plain: Floats, shift: float, slope: float) -> Floats:
    """The probabilities of heights when even odds lie lower, with log odds that fall by a slope on both sides.

    Nowhere less than before.
    """
    heights = (np.arange(plain.size) - ZERO + 0.5) * STEP
    even = heights[np.argmax(plain >= 0.5)] - STEP / 2 if (plain >= 0.5).any() else heights[-1]
    line = 1 / (1 + np.exp(-slope * (heights - even - shift)))
    out: Floats = np.maximum(plain, np.where(heights < LOWEST, 0, line))
    return out


def _agreement(sure: Floats, density: Floats, evidence: Evidence) -> float:
    """Log probability of what a hand has said."""
    doubted = np.concatenate([sure[evidence.accepted], 1 - sure[evidence.rejected]])
    among_all = sure[evidence.pointed] / max(float((density * sure).sum()), 1e-9)
    anywhere = ASTRAY / max(float(density.sum()), 1.0)
    return float(
        np.log(doubted * (1 - 2 * SLIPS) + SLIPS).sum() + np.log((1 - ASTRAY) * among_all + anywhere).sum()
    )
