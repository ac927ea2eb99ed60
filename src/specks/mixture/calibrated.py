"""Calibrated mode: from histograms to the probability of each bin, in closed form.

The background's histogram is taken where no particle is near, its upper tail is continued
beyond what was seen, and it is scaled to the whole histogram on its upper flank, where there
are no particles yet. What lies above is the particles'. The ratio of the two is made
non-decreasing: something brighter is never less likely a particle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["BINS", "EDGES", "SEED_BIN", "STEP", "ZERO", "Components", "non_decreasing", "separate"]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[Any]

BINS = 256
#: Width of a bin and the bin that begins at the center, in units of the background's lower sigma.
STEP = 0.1
ZERO = 64
#: Contrast beyond which a pixel is a seed: its surroundings do not count as background.
SEED_BIN = ZERO + 40
EDGES: Floats = (np.arange(BINS + 1, dtype=np.float64) - ZERO) * np.float64(STEP)

#: Quantiles of the background between which it is matched to the whole histogram.
BAND = (0.5, 0.95)
#: Quantiles between which the tail's curve is fitted.
TAIL = (0.9, 0.999)
#: Contrasts that slow texture reaches but few pixels of particles have, and how much more of one sign is put down to it at most.
TEXTURE, SKEWED = (1.5, 3.0), 1.5


@dataclass(frozen=True)
class Components:
    """The two components of a histogram.

    Parameters
    ----------
    background, particle : numpy.ndarray (256,) of float64
        Probability of each bin; each sums to 1, or `particle` to 0 when there are none.
    weight : float
        Share of particle pixels.
    misfit : float
        Chi-square per bin of the background's match on its upper flank.
    """

    background: Floats
    particle: Floats
    weight: float
    misfit: float

    @property
    def ratio(self) -> Floats:
        """Likelihood of each bin under particle over its likelihood under background."""
        return self.particle / np.maximum(self.background, 1e-300)

    @property
    def odds(self) -> Floats:
        """Odds of particle by bin."""
        return self.ratio * (self.weight / max(1 - self.weight, 1e-300))

    @property
    def probability(self) -> Floats:
        """Probability of particle by bin."""
        return self.odds / (1 + self.odds)


def non_decreasing(values: Floats, weights: Floats) -> Floats:
    """Weighted least-squares fit of a non-decreasing sequence (pool adjacent violators)."""
    from specks.mixture import _kernels

    out = np.empty(len(values))
    _kernels.pool_violators(np.asarray(values, np.float64), np.asarray(weights, np.float64), out)
    return out


def separate(
    total: Counts,
    background: Counts,
    object_area: float,
    labelled: tuple[Counts, Counts] | None = None,
) -> Components:
    """Split a histogram into background and particles.

    Parameters
    ----------
    total, background : numpy.ndarray (256,)
        Counts of all pixels, and of those far from every seed. Bin 0 is not looked at.
    object_area : float
        Pixels of one particle: the smallest excess that is believed.
    labelled : pair of numpy.ndarray (256,), optional
        Counts of pixels that a hand has marked as background and as particle.
    """
    total = np.asarray(total, np.float64).copy()
    seen = np.asarray(background, np.float64).copy()
    total[0] = seen[0] = 0
    if seen.sum() < 0.02 * total.sum():
        seen = _mirrored(total)
    expected, misfit = _matched(with_tail(seen), seen, total)
    flank = _quantile_bin(seen, BAND[1])
    other_sign = _skew(total) * opposite(seen, total)
    expected[flank + 1 :] = np.maximum(expected, other_sign)[flank + 1 :]
    mass = np.maximum(expected, 1e-9)
    excess = total - expected
    excess[: flank + 1] = 0
    if not _believable(excess, expected, object_area):
        excess[:] = 0
    if labelled is not None:
        mass, excess = _with_labelled(mass, excess, labelled)
    ratio = np.maximum(non_decreasing(1 + excess / mass, mass), 1.0)
    particles = (ratio - 1) * mass
    amount = particles.sum()
    shape = particles / amount if amount > 0 else particles
    return Components(mass / mass.sum(), shape, float(amount / (amount + mass.sum())), misfit)


def _mirrored(total: Floats) -> Floats:
    """Background when particles are everywhere: symmetric about the center, from its lower half."""
    seen = np.zeros(BINS)
    seen[:ZERO] = total[:ZERO]
    seen[ZERO : 2 * ZERO] = total[:ZERO][::-1]
    return seen


def _quantile_bin(counts: Floats, q: float) -> int:
    """Smallest bin below or in which the share `q` of the counts lies."""
    running = np.cumsum(counts)
    return int(np.searchsorted(running, q * running[-1]))


def with_tail(seen: Floats) -> Floats:
    """Background counts with a smooth tail: concave in the logarithm, beyond the 99.9 % quantile."""
    first, last = (_quantile_bin(seen, q) for q in TAIL)
    bins = np.arange(first, last + 1)
    bins = bins[seen[bins] > 0]
    model = seen.copy()
    beyond = np.arange(last + 1, BINS)
    if bins.size < 3:
        model[beyond] = 0
        return model
    x, weight = (bins - last) / 10.0, np.sqrt(seen[bins])
    curve = np.polynomial.polynomial.polyfit(x, np.log(seen[bins]), 2, w=weight)
    slope_at_end = curve[1]
    if curve[2] > 0 or slope_at_end >= 0:
        curve = np.append(np.polynomial.polynomial.polyfit(x, np.log(seen[bins]), 1, w=weight), 0.0)
        curve[1] = min(curve[1], -1.0)
    model[beyond] = np.exp(np.polynomial.polynomial.polyval((beyond - last) / 10.0, curve))
    return model


def opposite(seen: Floats, total: Floats) -> Floats:
    """Counts that chance structure of the other sign has, mirrored to this side.

    What is darker than its surroundings is no bright particle, but texture makes both alike. Far
    from seeds (`seen`) the roughest texture is missing, as it holds seeds itself; in the whole
    image the rings around particles come on top; the geometric mean lies between.
    """
    scale = total.sum() / max(seen.sum(), 1.0)
    both = np.sqrt(scale * seen[1:ZERO] * total[1:ZERO])[::-1]
    mirrored = np.zeros(BINS)
    mirrored[ZERO : ZERO + both.size] = -non_decreasing(-both, np.ones(both.size))
    return mirrored


def _skew(total: Floats) -> Floats:
    """How much more texture there is on the particles' side than on the other, by bin; at least 1.

    Bright and dark patches of slow texture are few, so one sign has more by chance. The logarithm of the ratio
    grows about as the square of the contrast.
    """
    low, high = (round(edge / STEP) for edge in TEXTURE)
    above, below = total[ZERO + low : ZERO + high], total[ZERO - high : ZERO - low][::-1]
    ratio = np.clip(above.sum() / max(below.sum(), 1.0), 1.0, SKEWED)
    squares = ((np.arange(BINS) - ZERO + 0.5) * STEP) ** 2
    typical = np.average(squares[ZERO + low : ZERO + high], weights=above + below + 1e-9)
    skew: Floats = ratio ** (squares / typical)
    return skew


def _matched(model: Floats, seen: Floats, total: Floats) -> tuple[Floats, float]:
    """Background scaled to the whole histogram on its upper flank, and how badly the two fit there."""
    low, high = (_quantile_bin(seen, q) for q in BAND)
    band = slice(low, high + 1)
    scale = total[band].sum() / max(model[band].sum(), 1e-9)
    scale = min(scale, total.sum() / max(model.sum(), 1e-9))
    expected = scale * model
    misfit = np.mean((total[band] - expected[band]) ** 2 / np.maximum(expected[band] * (1 + scale), 1.0))
    return expected, float(misfit)


def _believable(excess: Floats, expected: Floats, object_area: float) -> bool:
    """Whether, beyond any bin, there is more than what a few chance clumps of background could give.

    Could give beyond the bin before it: gray values that are whole numbers fill some bins twice and some not at all.
    """
    found, chance = (np.cumsum(part[::-1])[::-1] for part in (excess + expected, expected))
    bound = chance + 5 * np.sqrt(object_area * chance) + 0.25 * object_area
    return bool((found[1:] > bound[:-1]).any())


def _with_labelled(mass: Floats, excess: Floats, labelled: tuple[Counts, Counts]) -> tuple[Floats, Floats]:
    """Hand-marked pixels as fixed responsibilities; together they weigh half of the particles found."""
    off, on = (np.asarray(part, np.float64) for part in labelled)
    marked = max(off.sum(), on.sum(), 1.0)
    weight = max(1.0, 0.5 * float(excess.sum()) / marked)
    return mass + weight * off, excess + weight * on
