"""How objects move, learned from the candidates for links."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from specks.tracking._candidates import Candidates, probabilities
from specks.tracking._rows import Floats, Ints, Rows

__all__ = ["Motion", "Sample", "learn_motion"]

#: Some objects move, or change in size, much more than most: so many times as far, or farther.
WIDE = 3.0
#: Least and largest share of such objects.
SHARE = (0.005, 0.3)
#: Share from which objects that move farther are a kind of their own, however far that is.
KIND = 0.02
#: Rounds of learning, and of messages in each.
ROUNDS, MESSAGES = 8, 20
#: Share of objects that are expected to be seen again in the next frame, and how many count for that.
USUAL, PRIOR = 0.8, 2.0
#: Least probability of being seen again after just so many frames.
RARE = 1e-9
#: Logarithmic odds of candidates that need not be looked at again.
HOPELESS = -12.0
#: Rows that motion is learned from, and into how many stretches of the series they are divided.
ENOUGH, STRETCHES = 12_000, 6
#: Least change in size that can be told from none, as a factor's logarithm.
LEAST_CHANGE = 0.01


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows that motion is learned from: some stretches of the series, or all of it.

    Parameters
    ----------
    left : array of int64
        Rows whose links are looked at.
    right : array of int64
        Those of them whose predecessors are looked at too.
    frames : int
        Frames that `right` lies in.
    """

    left: Ints
    right: Ints
    frames: int

    @classmethod
    def of(cls, rows: Rows, gaps: int) -> Sample:
        """Up to `ENOUGH` rows, in stretches spread over the series."""
        blocks = len(rows.times)
        per_frame = max(len(rows) / max(blocks, 1), 1.0)
        length = max(int(ENOUGH / STRETCHES / per_frame), 2 * gaps + 2)
        stretches = min(max(int(ENOUGH / (length * per_frame)), 1), STRETCHES)
        if len(rows) <= ENOUGH or length * stretches >= blocks:
            starts, length = np.zeros(1, np.int64), blocks
        else:
            # One stretch lies in the middle of the series, several of them all over it.
            starts = ((np.arange(stretches) + 0.5) * (blocks - length) / stretches).astype(np.int64)
        blocks_of = [np.arange(s, min(s + length, blocks)) for s in starts.tolist()]
        # Of the first frames of a stretch the predecessors are not known.
        settled = [b[1 if start == 0 else gaps :] for start, b in zip(starts, blocks_of, strict=True)]
        left = np.flatnonzero(np.isin(rows.block, np.concatenate(blocks_of)))
        right = np.flatnonzero(np.isin(rows.block, np.concatenate(settled)))
        return cls(left, right, sum(map(len, settled)))


@dataclass(frozen=True, eq=False)
class Motion:
    """Odds of links: by distance, change in size and gap, against an end here and a beginning there.

    Parameters
    ----------
    variance : array of float64, shape (gaps,)
        Of the displacement along each axis after 1, 2, … steps.
    wide : float
        Share of displacements that are farther.
    wide_variance : array of float64, shape (gaps,)
        Of those.
    change : float, optional
        Standard deviation of the change in size (of its logarithm); None without sizes.
    wide_change : float
        Share of changes in size that are `WIDE` times as large.
    any_change : float
        The same between objects that have nothing to do with each other.
    seen : array of float64, shape (gaps,)
        Probability that an object is next seen after 1, 2, … steps.
    lost : float
        Probability that it is not seen again.
    newcomers : float
        Density of objects that nothing precedes, per frame.
    ndim : int
        Number of axes.
    """

    variance: Floats
    wide: float
    wide_variance: Floats
    change: float | None
    wide_change: float
    any_change: float
    seen: Floats
    lost: float
    newcomers: float
    ndim: int

    @property
    def scale(self) -> float:
        """Root mean square displacement along an axis in one step, outliers set aside."""
        return float(np.sqrt(self.variance[0]))

    def log_odds(self, candidates: Candidates) -> Floats:
        """Logarithm of the odds of each link against having none."""
        g = candidates.gap - 1
        widths = (self.variance[g], self.wide_variance[g])
        odds = _two_widths(candidates.square, *widths, self.wide, self.ndim)[0]
        odds += (np.log(self.seen) - np.log(self.lost * self.newcomers))[g]
        if self.change is not None and candidates.change is not None:
            change = candidates.change
            odds += np.nan_to_num(self.log_change(change) - self.log_any_change(change), nan=0.0)
        return odds

    def log_change(self, change: Floats) -> Floats:
        """Logarithm of the density of a change in size along a link; 0 where sizes say nothing."""
        if self.change is None:
            return np.zeros(len(change))
        return _two_widths(np.square(change), *_changes(self.change), self.wide_change, 1)[0]

    def log_any_change(self, change: Floats) -> Floats:
        """The same between objects that have nothing to do with each other."""
        return (
            np.zeros(len(change))
            if self.change is None
            else _log_normal(np.square(change), self.any_change**2, 1)
        )

    def reach(self, odds: float) -> Floats:
        """Distance beyond which no link has these logarithmic odds, however alike in size; for each gap."""
        if self.change is not None:
            alike = self.log_change(np.zeros(1)) - self.log_any_change(np.zeros(1))
            odds -= max(0.0, float(alike[0]))
        distance = np.sqrt(self.wide_variance)[:, None] * np.linspace(0, 14, 2001)
        widths = (self.variance[:, None], self.wide_variance[:, None])
        logs = _two_widths(np.square(distance), *widths, self.wide, self.ndim)[0]
        logs += (np.log(self.seen) - np.log(self.lost * self.newcomers))[:, None]
        above = (logs > odds).sum(axis=1)
        return np.where(above > 0, distance[np.arange(len(distance)), np.maximum(above - 1, 0)], 0.0)


def _log_normal(square: Floats, variance: Floats | float, ndim: int) -> Floats:
    """Logarithm of a normal density around 0."""
    logs: Floats = -0.5 * square / variance - 0.5 * ndim * np.log(2 * np.pi * variance)
    return logs


def _changes(change: float) -> tuple[float, float]:
    """Variance of changes in size, and of those of objects that change much more."""
    return change**2, (WIDE * change) ** 2


def _two_widths(
    square: Floats, variance: Floats | float, wide_variance: Floats | float, share: float, ndim: int
) -> tuple[Floats, Floats]:
    """Logarithm of a density that is wider for a share, and the probability of being one of that share."""
    narrow = np.log1p(-share) + _log_normal(square, variance, ndim)
    wide = np.log(share) + _log_normal(square, wide_variance, ndim)
    total = np.logaddexp(narrow, wide)
    return total, np.exp(wide - total)


def learn_motion(rows: Rows, candidates: Candidates, gaps: int, reach: float, sample: Sample) -> Motion:
    """Learn what links look like, by expectation and maximization over all candidates at once.

    Parameters
    ----------
    rows : Rows
    candidates : Candidates
        Within a generous reach, from the rows of the sample.
    gaps : int
        Most steps of time that a link may bridge.
    reach : float
        The reach of the candidates.
    sample : Sample
        Which rows are learned from.

    Notes
    -----
    The probability of each candidate, given that links exclude each other, is what its distance,
    gap and size are weighted with; these give new odds, and so on.
    """
    eligible = (rows.later(gaps) >= 0)[rows.block[sample.left]].sum(axis=0)
    known = (rows, reach, eligible, sample)
    motion = _beginning(rows, candidates, gaps, reach, float(eligible[0]))
    # Some may lie still while others move: a scale that fits the ones would lose the others.
    farthest = np.full(gaps, (reach / 3) ** 2)
    if farthest[0] > motion.wide_variance[0]:
        two_kinds = _learned(replace(motion, wide_variance=farthest), candidates, *known)
        if two_kinds.wide > KIND:
            return two_kinds
    return _learned(motion, candidates, *known)


def _learned(
    motion: Motion, candidates: Candidates, rows: Rows, reach: float, eligible: Floats, sample: Sample
) -> Motion:
    """What is learned from a first guess."""
    for _ in range(ROUNDS):
        log_odds = motion.log_odds(candidates)
        if len(candidates) > len(rows):  # most are far from being links
            kept = log_odds > HOPELESS
            candidates, log_odds = candidates.where(kept), log_odds[kept]
        probability = probabilities(candidates, log_odds, MESSAGES)
        motion = _improved(motion, rows, candidates, probability, reach, eligible, sample)
    return motion


def _beginning(rows: Rows, candidates: Candidates, gaps: int, reach: float, eligible: float) -> Motion:
    """A first guess: the scale for which distances are likeliest, among others that are met by chance."""
    density = rows.density
    square = candidates.square[candidates.gap == 1]
    best = (-np.inf, (reach / 3) ** 2, USUAL)
    for variance in reach**2 * np.logspace(-6, -0.7, 24) if len(square) else ():
        share, near = USUAL, np.exp(_log_normal(square, variance, rows.ndim))
        for _ in range(10):
            true = share * near
            found = (true / (true + density)).sum()
            share = float(min((found + USUAL * PRIOR) / (eligible + PRIOR), 0.99))
        likelihood = np.log(share * near + density).sum() - eligible * share
        best = max(best, (float(likelihood), float(variance), share))
    _, variance, share = best
    seen: Floats = np.maximum(share * (1 - share) ** np.arange(gaps, dtype=np.float64), RARE)
    any_change = 0.0 if rows.size is None else np.sqrt(2) * _spread(rows.size)
    return Motion(
        variance=np.full(gaps, variance),
        wide=0.05,
        wide_variance=np.full(gaps, WIDE**2 * variance),
        change=min(0.2, any_change) if any_change > LEAST_CHANGE else None,
        wide_change=0.03,
        any_change=any_change,
        seen=seen,
        lost=float(max(0.02, 1 - seen.sum())),
        newcomers=0.3 * density,
        ndim=rows.ndim,
    )


def _spread(size: Floats) -> float:
    known = size[np.isfinite(size)]
    return float(known.std()) if len(known) else 0.0


def _improved(
    motion: Motion,
    rows: Rows,
    candidates: Candidates,
    probability: Floats,
    reach: float,
    eligible: Floats,
    sample: Sample,
) -> Motion:
    """What links look like, each candidate counting by its probability."""
    g, square = candidates.gap - 1, candidates.square
    gaps, total = len(motion.variance), float(probability.sum())
    wide = _two_widths(square, motion.variance[g], motion.wide_variance[g], motion.wide, rows.ndim)[1]
    times = motion.variance / motion.wide_variance
    narrowed = np.bincount(g, probability * square * (1 - wide + wide * times[g]), gaps)
    count = np.bincount(g, probability, gaps)
    # Of few links little is learned: what is expected beforehand then stands for one more. Over a gap, of
    # which there may be none, objects go no farther than straight on, nor than is looked.
    little = PRIOR / (1 + total)
    variance = np.empty(gaps)
    variance[0] = (narrowed[0] / rows.ndim + little * (reach / 3) ** 2) / (count[0] + little)
    straight = np.minimum(variance[0] * np.arange(2, gaps + 1) ** 2.0, (reach / 3) ** 2)
    variance[1:] = (narrowed[1:] / rows.ndim + PRIOR * straight) / (count[1:] + PRIOR)
    variance = np.maximum.accumulate(variance)
    seen = np.maximum((count + PRIOR * motion.seen) / (eligible + PRIOR), RARE)
    into = np.bincount(candidates.right, probability, len(rows))[sample.right]
    newcomers = (1 - into).sum() / max(sample.frames, 1) / rows.volume
    change, wide_change = _change_in_size(motion, candidates, probability)
    return Motion(
        variance=variance,
        wide=float(np.clip((probability * wide).sum() / max(total, 1e-9), *SHARE)),
        wide_variance=_wide_variance(square, variance, g, probability * wide, rows.ndim, reach),
        change=change,
        wide_change=wide_change,
        any_change=motion.any_change,
        seen=seen,
        lost=float(max(1 - seen.sum(), 0.005)),
        newcomers=float(max(newcomers, 1e-3 * rows.density)),
        ndim=rows.ndim,
    )


def _wide_variance(
    square: Floats, variance: Floats, gap: Ints, weight: Floats, ndim: int, reach: float
) -> Floats:
    """Variance along each axis of displacements that are farther than most: as many times in all gaps."""
    times = (weight * square / variance[gap]).sum() + PRIOR * ndim * WIDE**2
    times /= ndim * (weight.sum() + PRIOR)
    most = np.maximum(WIDE**2 * variance, (reach / 3) ** 2)
    wide: Floats = np.clip(times * variance, WIDE**2 * variance, most)
    return wide


def _change_in_size(
    motion: Motion, candidates: Candidates, probability: Floats
) -> tuple[float | None, float]:
    """Spread of the change in size along links, and the share of much larger changes."""
    if motion.change is None or candidates.change is None:
        return None, motion.wide_change
    known = np.isfinite(candidates.change)
    square, weight = np.square(candidates.change[known]), probability[known]
    wide = _two_widths(square, *_changes(motion.change), motion.wide_change, 1)[1]
    narrowed = (weight * square * (1 - wide + wide / WIDE**2)).sum() + PRIOR * motion.change**2
    change = float(np.sqrt(narrowed / (weight.sum() + PRIOR)))
    share = float(np.clip((weight * wide).sum() / max(weight.sum(), 1e-9), *SHARE))
    return max(LEAST_CHANGE, change), share
