"""Choose some links again, as a hand has corrected them."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from specks._core.progress import Progress
from specks.tracking._by_hand import ByHand
from specks.tracking._candidates import Candidates, probabilities
from specks.tracking._plan import Plan
from specks.tracking._rows import Floats, Ints
from specks.tracking._solve import as_mask, choose_links, predecessors

__all__ = ["corrected"]

#: Logarithmic odds that stand for certainty.
CERTAIN = 100.0


def corrected(plan: Plan, by_hand: ByHand) -> Generator[Progress, None, tuple[Ints, Floats]]:
    """Links after corrections, and the confidence of each row.

    Only rows within reach of a correction are linked again.

    Returns
    -------
    after : array of int64, shape (n,)
    confidence : array of float64, shape (n,)
    """
    if not len(by_hand):
        return plan.after, _confidence(plan.candidates, plan.probability, plan.after)
    rows, candidates, n = plan.rows, plan.candidates, len(plan.rows)
    inside = by_hand.times(rows, plan.gaps)
    before = predecessors(plan.after)
    free_left = inside & ((plan.after < 0) | inside[plan.after])
    free_right = inside & ((before < 0) | inside[before])
    touched = free_left[candidates.left] & free_right[candidates.right]
    some = candidates.where(touched)
    shift = _ruled(some, by_hand, n)
    wanted_left, wanted_right = by_hand.wanted.T
    settled = np.concatenate([by_hand.wanted, by_hand.further])
    out = shift == 0
    chosen, _ = yield from choose_links(
        some.where(out), plan.log_odds[touched][out], np.flatnonzero(free_left)
    )
    after = np.where(free_left, chosen, plan.after)
    after[np.isin(after, settled[:, 1])] = -1
    after[settled[:, 0]] = -1
    after[wanted_left] = wanted_right
    probability = plan.probability.copy()
    probability[touched] = probabilities(some, plan.log_posterior_odds[touched] + shift)
    confidence = _confidence(candidates, probability, after)
    confidence[wanted_right] = 1.0
    return after, confidence


def _ruled(candidates: Candidates, by_hand: ByHand, n: int) -> Floats:
    """What a hand adds to the odds of candidates: certain, impossible, or nothing."""
    key = candidates.left * n + candidates.right
    wanted = np.isin(key, by_hand.wanted[:, 0] * n + by_hand.wanted[:, 1])
    settled = np.concatenate([by_hand.wanted, by_hand.further])
    rival = as_mask(settled[:, 0], n)[candidates.left] | as_mask(settled[:, 1], n)[candidates.right]
    forbidden = np.isin(key, by_hand.forbidden[:, 0] * n + by_hand.forbidden[:, 1])
    shift: Floats = np.where(wanted, CERTAIN, np.where(rival | forbidden, -CERTAIN, 0.0))
    return shift


def _confidence(candidates: Candidates, probability: Floats, after: Ints) -> Floats:
    """Probability that what was decided of the predecessor of each row is right."""
    n = candidates.count
    confidence: Floats = np.clip(1 - np.bincount(candidates.right, probability, n), 0.0, 1.0)
    confidence[after[after >= 0]] = 0.0
    chosen = after[candidates.left] == candidates.right
    confidence[candidates.right[chosen]] = probability[chosen]
    return confidence
