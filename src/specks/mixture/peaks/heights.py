"""How likely a peak of some height is a particle, learned from the peaks of the other sign.

Chance makes peaks and pits alike. What the heights of peaks have beyond the depths of pits is the
particles' part.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.mixture.calibrated import BINS, STEP, ZERO, Components, non_decreasing
from specks.mixture.peaks import _kernels

__all__ = ["LOWEST", "components_of", "heights_to_bins", "pooled_components", "separate_heights", "smoothed"]

Floats = npt.NDArray[np.float64]

#: Lowest height that is looked at, in units of the local noise, and where peaks are nearly all chance.
LOWEST, CHANCE = 1.0, 1.6
#: Sigma of the window that smooths the heights.
SMOOTHING = 0.25
#: Power of the share of chance. Some pits are gaps between particles, the more so the deeper they are, so
#: they count for less; found on eleven micrographs, where anything from 1 to 3 does about as well.
POWER = 1.5
#: How many of its standard errors are added to what is expected by chance.
CAUTION = 0.5
#: Probabilities of a chance result: above which a few peaks are not looked at, below which all are believed.
COMMON, INCREDIBLE = 0.05, 1e-4
#: Quantile of the pits' depths beyond which they are continued by an exponential.
TAIL = 0.9
#: Mean by which chance exceeds `LOWEST` where no pit was seen, so that nothing is known of it.
UNSEEN = 0.15


def heights_to_bins(heights: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
    """Bins of heights; those of the mixture's variable."""
    bins: npt.NDArray[np.uint8] = np.clip(np.floor(np.asarray(heights) / STEP) + ZERO, 1, BINS - 1).astype(
        np.uint8
    )
    return bins


def separate_heights(peaks: npt.NDArray[Any], pits: npt.NDArray[Any]) -> Components:
    """Split the heights of peaks into chance and particles.

    Parameters
    ----------
    peaks, pits : numpy.ndarray (256,)
        Counts of heights, and of depths in the same units.

    Returns
    -------
    Components
        Of these bins; `weight` is the share of particles among the peaks. `misfit` is 0.
    """
    found, opposite = (np.asarray(part, np.float64) for part in (peaks, pits))
    low = slice(ZERO + round(LOWEST / STEP), ZERO + round(CHANCE / STEP))
    matched = (found[low].sum() + 0.5) / (opposite[low].sum() + 0.5)
    density = np.maximum(smoothed(found), 1e-9)
    expected = matched * np.maximum(smoothed(opposite), tail(opposite))
    # So many were counted under the window; chance may have made more by the root of that.
    window = 5 * SMOOTHING / STEP
    expected += CAUTION * np.sqrt(expected / window)
    chance = np.minimum(expected / density, 1.0)
    chance[_unremarkable(found, expected)] = 1
    sure = non_decreasing(1 - chance**POWER, density)
    if not _believable(found, expected):
        sure[:] = 0
    sure[: low.start] = 0
    return components_of(density, sure)


def components_of(density: Floats, sure: Floats) -> Components:
    """Components of which `sure` is the probability of particle in each bin of a density."""
    sure = np.minimum(sure, 1 - 1e-6)
    particle, background = density * sure, density * (1 - sure)
    amount, rest = float(particle.sum()), float(background.sum())
    return Components(background / rest, particle / max(amount, 1e-300), amount / (amount + rest), 0.0)


def pooled_components(parts: Sequence[Components], many: Sequence[float]) -> Components:
    """Components of peaks of several kinds together, of which there are so many."""
    if len(parts) == 1:
        return parts[0]
    particle, background = (
        np.sum([n * part.weight * part.particle for part, n in zip(parts, many, strict=True)], axis=0),
        np.sum(
            [n * (1 - part.weight) * part.background for part, n in zip(parts, many, strict=True)], axis=0
        ),
    )
    amount, rest = float(particle.sum()), float(background.sum())
    weight = amount / max(amount + rest, 1e-300)
    return Components(background / max(rest, 1e-300), particle / max(amount, 1e-300), weight, 0.0)


def _believable(found: Floats, expected: Floats) -> bool:
    """Whether, beyond any height, there are more peaks than chance makes once in ten thousand images."""
    from scipy.special import gammainc

    seen, by_chance = (np.cumsum(part[::-1])[::-1] for part in (found, expected))
    # What pits say of chance is itself uncertain by the root of their number.
    return bool((gammainc(seen[seen > 0], (by_chance + np.sqrt(by_chance))[seen > 0]) < INCREDIBLE).any())


def _unremarkable(found: Floats, expected: Floats) -> npt.NDArray[np.bool_]:
    """Heights from which on, within one unit, there are no more peaks than chance often makes."""
    from scipy.special import gammainc

    seen, by_chance = (
        np.convolve(part, np.ones(round(1 / STEP)))[round(1 / STEP) - 1 :] for part in (found, expected)
    )
    out = seen > 0
    out[out] = gammainc(seen[out], by_chance[out]) > COMMON
    return out


def smoothed(counts: Floats) -> Floats:
    """Counts under a Gaussian window; all of them, though the last bin holds whatever is higher."""
    out = np.empty(len(counts))
    _kernels.windowed(counts, _window(SMOOTHING / STEP), out)
    return out


@functools.cache
def _window(sigma: float) -> Floats:
    """One half of a normalized Gaussian window of four sigmas, its middle first."""
    reach = round(4 * sigma)
    weights = np.exp(-0.5 / sigma**2 * np.arange(-reach, reach + 1) ** 2)
    half: Floats = (weights / weights.sum())[reach:]
    return half


def tail(counts: Floats) -> Floats:
    """Exponential through what lies beyond the quantile `TAIL`: chance goes on beyond what was seen.

    Where there is nothing to learn from, chance may have made one that was not seen.
    """
    total = counts.sum()
    out = np.zeros(BINS)
    if total < 1:
        lowest = ZERO + round(LOWEST / STEP)
        out[lowest:] = np.exp(-(np.arange(BINS - lowest) + 0.5) * STEP / UNSEEN) * STEP / UNSEEN
        return out
    first = int(np.searchsorted(np.cumsum(counts), TAIL * total)) + 1
    beyond = counts[first:].sum()
    if first >= BINS or beyond == 0:
        return out
    places = np.arange(BINS - first) + 0.5
    mean = max(float((counts[first:] * places).sum() / beyond), 0.5)
    out[first:] = beyond / mean * np.exp(-places / mean)
    return out
