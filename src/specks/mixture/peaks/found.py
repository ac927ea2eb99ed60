"""Peaks and pits of one plane at one or several widths, told from chance by the local noise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from specks.mixture.calibrated import BINS, STEP, ZERO
from specks.mixture.peaks import _kernels
from specks.mixture.peaks.candidates import COLUMNS, Candidates, Extremes, PlanePeaks, find_extremes
from specks.mixture.peaks.heights import LOWEST, heights_to_bins, separate_heights
from specks.mixture.peaks.noise import LocalNoise, Noise
from specks.mixture.peaks.scale_space import ScaleSpace
from specks.mixture.peaks.widths import Discs, one_each

__all__ = ["Look", "find_peaks"]

Floats = npt.NDArray[np.float64]

#: Two particles are at least this many radii apart, the larger radius counting.
GAP = 0.8
#: How far the surroundings of a particle differ from background, in its radii.
HALO = 2.0
#: Height of what surely is a particle while nothing is known yet; turns in which noise and this become one.
SURE, TURNS = 2.5, 4


@dataclass(frozen=True, eq=False)
class Look:
    """A plane as it looks to discs around one width.

    Parameters
    ----------
    space : ScaleSpace
        Of a plane whose particles respond positively.
    extremes : Extremes
        Of this scale space.
    allowed : numpy.ndarray of bool
        Pixels of the binned plane that count.
    """

    space: ScaleSpace
    extremes: Extremes
    allowed: npt.NDArray[np.bool_]

    @classmethod
    def at(cls, space: ScaleSpace, allowed: npt.NDArray[np.bool_]) -> Look:
        """What a scale space shows."""
        return cls(space, find_extremes(space, allowed), allowed)

    def inverted(self) -> Look:
        """Of the same plane with dark and bright exchanged."""
        return Look(self.space.inverted(), self.extremes.inverted(), self.allowed)


def find_peaks(looks: Sequence[Look], turns: int = TURNS) -> PlanePeaks:
    """Find the peaks of a plane, and the pits to compare them with.

    Noise is taken far from particles, and what is a particle is judged by the noise, so both are
    found in turns. Each width has its own noise and its own chance, both far from the particles of every width.

    Parameters
    ----------
    looks : sequence of Look
        At the same plane, one a width, the smallest first.
    turns : int
        How often.
    """
    noises = [LocalNoise(look.space) for look in looks]
    cuts, far = [SURE for _ in looks], [look.allowed for look in looks]
    for turn in range(turns):
        levels = [noise.where(there) for noise, there in zip(noises, far, strict=True)]
        bumps, dips = [look.extremes.bumps for look in looks], [look.extremes.dips for look in looks]
        peaks = _distinct(looks, bumps, levels, cuts)
        sure = [found.chosen(found.height >= cut) for found, cut in zip(peaks, cuts, strict=True)]
        far = [_far(look, looks, sure) for look in looks]
        pits = [
            found.chosen(there[found.y.round().astype(int), found.x.round().astype(int)])
            for found, there in zip(_distinct(looks, dips, levels, cuts), far, strict=True)
        ]
        if turn < turns - 1:
            odds = [_even_odds(*both) for both in zip(peaks, pits, strict=True)]
            cuts = [(cut + even) / 2 for cut, even in zip(cuts, odds, strict=True)]
    depths = [np.bincount(heights_to_bins(found.height), minlength=BINS) for found in pits]
    return PlanePeaks(_in_pixels(looks, peaks), np.array([len(found.y) for found in peaks]), np.array(depths))


def _far(look: Look, looks: Sequence[Look], sure: Sequence[Candidates]) -> npt.NDArray[np.bool_]:
    """Pixels of one look that count and lie far from particles of every width."""
    far = look.allowed.copy()
    aspect = look.space.diameter[0] / look.space.diameter[1]
    for other, found in zip(looks, sure, strict=True):
        down, over = (a / b for a, b in zip(other.space.step, look.space.step, strict=True))
        # Centers of binned pixels; as they are where both are binned alike, to the last bit.
        y, x = found.y * down + (down - 1) / 2, found.x * over + (over - 1) / 2
        reach = HALO * other.space.radii[found.scale] * over
        _kernels.fill_discs(y, x, reach * aspect, reach, 0, far.view(np.uint8))
    return far


def _with_heights(extremes: Candidates, noise: Noise) -> Candidates:
    """Extremes with their heights above the noise."""
    floor = 1e-6 * max(extremes.largest, 1e-30)
    level = np.maximum(noise.at(extremes.scale, extremes.y, extremes.x), floor)
    return replace(extremes, height=extremes.contrast / level)


def _distinct(
    looks: Sequence[Look], extremes: Sequence[Candidates], noises: Sequence[Noise], cuts: Sequence[float]
) -> list[Candidates]:
    """By width those that stand out from the noise, highest first, without those that sit on others."""
    found = []
    for look, seen, noise in zip(looks, extremes, noises, strict=True):
        high, space = _with_heights(seen, noise), look.space
        risen = _kernels.ranked(high.height, high.height.astype(np.float32).view(np.uint32), LOWEST)
        keep = np.zeros(len(risen), np.bool_)
        y, x = seen.y[risen] * (space.diameter[1] / space.diameter[0]), seen.x[risen]
        _kernels.separated(y, x, space.radii[seen.scale[risen]], GAP, np.inf, keep)
        found.append(high.chosen(risen[keep]))
    if len(found) == 1:
        return found
    discs = [_discs(look.space, risen, cut) for look, risen, cut in zip(looks, found, cuts, strict=True)]
    kept = np.split(one_each(Discs.joined(discs), GAP), np.cumsum([len(risen.y) for risen in found])[:-1])
    return [risen.chosen(keep) for risen, keep in zip(found, kept, strict=True)]


def _discs(space: ScaleSpace, found: Candidates, cut: float) -> Discs:
    """Peaks as round discs in pixels of the plane along x."""
    aspect, step = space.diameter[1] / space.diameter[0], space.step
    return Discs(
        ((found.y + 0.5) * step[0] - 0.5) * (aspect * step[1] / step[0]),
        (found.x + 0.5) * step[1] - 0.5,
        space.radii[found.scale] * step[1],
        found.contrast,
        found.height >= cut,
    )


def _even_odds(peaks: Candidates, pits: Candidates) -> float:
    """Height from which a peak is rather a particle than chance."""
    counts = (np.bincount(heights_to_bins(part.height), minlength=BINS) for part in (peaks, pits))
    parts = separate_heights(*counts)
    likely = np.flatnonzero(parts.odds >= 1)
    return float((likely[0] - ZERO) * STEP) if likely.size else float(BINS - ZERO) * STEP


def _in_pixels(looks: Sequence[Look], found: Sequence[Candidates]) -> dict[str, npt.NDArray[np.float32]]:
    """Peaks of all widths in pixels of the plane itself."""
    parts = []
    for look, peaks in zip(looks, found, strict=True):
        (step_y, step_x), (wide_y, wide_x) = look.space.step, look.space.diameter
        radius = look.space.radii[peaks.scale]
        y, x = (peaks.y + 0.5) * step_y - 0.5, (peaks.x + 0.5) * step_x - 0.5
        parts.append((y, x, radius * wide_y / wide_x * step_y, radius * step_x, peaks.contrast, peaks.height))
    columns = (np.concatenate(part).astype(np.float32) for part in zip(*parts, strict=True))
    return dict(zip(COLUMNS, columns, strict=True))
