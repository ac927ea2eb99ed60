"""Peaks of several widths: which of them are one particle, and which of two sizes it has.

A particle makes peaks at every width that is looked for. A large one makes small peaks on its rim and on its
texture; small ones side by side make a large one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from specks.mixture.peaks import _kernels
from specks.mixture.peaks.near import pairs_within

__all__ = ["Discs", "one_each", "response"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Two peaks at one place are the same particle seen at two scales if their radii differ by less than this factor.
ALIKE = 2.0
#: Ratio of radii below which one is much smaller than the other.
SMALL = 0.6
#: A straight edge makes peaks of a third of its contrast, so many of their radii inside of it or more, and noise
#: makes some of them higher. The edge is at most so many radii of the large peak from its center, as these come in steps;
#: what is within needs such a share of its contrast to be another particle.
INSIDE, EDGE, SHARE = 0.2, 1.25, 0.7
#: Share of a large peak's contrast from which on the small ones that make it are all that there is, and how many
#: of its radii away they have a part in it.
MADE, AROUND = 0.3, 2.0


@dataclass(frozen=True, eq=False)
class Discs:
    """Peaks in pixels that are as high as they are wide for the particles.

    Parameters
    ----------
    y, x, radius, contrast : numpy.ndarray (n,) of float64
    sure : numpy.ndarray (n,) of bool
        Which of them are rather particles than chance.
    """

    y: Floats
    x: Floats
    radius: Floats
    contrast: Floats
    sure: Mask

    def chosen(self, which: npt.NDArray[np.bool_]) -> Discs:
        """Some of them."""
        return Discs(*(getattr(self, f.name)[which] for f in fields(self)))

    @classmethod
    def joined(cls, parts: Sequence[Discs]) -> Discs:
        """Those of several widths."""
        return cls(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(cls)))


def one_each(every: Discs, gap: float) -> Mask:
    """Of the peaks of several widths keep one a particle.

    Of peaks of like sizes at one place that of most contrast is kept, as a disc has most contrast at the
    scale of its own radius; but none that may be chance where another is surely seen. A large peak is
    dropped when surely seen small ones make most of it; a small one when it lies on a large particle and
    has clearly less contrast.

    Parameters
    ----------
    every : Discs
    gap : float
        Two particles are at least this many radii apart, the larger radius counting.

    Returns
    -------
    numpy.ndarray (n,) of bool
        Which are kept.
    """
    keep = _best_of_alike(every, gap)
    keep[keep] = ~_made_of(every.chosen(keep & every.sure), every.chosen(keep))
    keep[keep] = ~_part_of(every.chosen(keep), every.chosen(keep & every.sure))
    return keep


def response(size: Floats, away: Floats) -> Floats:
    """Response of a peak's scale to a disc of contrast 1.

    The normalized Laplacian of a Gaussian of sigma 1 / sqrt(2), integrated over the disc: by the divergence
    theorem an integral along its outline, which is a Bessel function's.

    Parameters
    ----------
    size, away : numpy.ndarray of float64
        Radius of the disc and distance of its center, in radii of the peak.
    """
    from scipy.special import i0e, i1e

    both = 2 * size * away
    out: Floats = np.e * size * np.exp(-((size - away) ** 2)) * (size * i0e(both) - away * i1e(both))
    return out


def _best_of_alike(every: Discs, gap: float) -> Mask:
    """Of those of like sizes at one place, the one of most contrast; one that is surely seen before others."""
    order = np.lexsort((-every.contrast, ~every.sure))
    best, keep = np.zeros(order.size, np.bool_), np.zeros(order.size, np.bool_)
    _kernels.separated(every.y[order], every.x[order], every.radius[order], gap, ALIKE, best)
    keep[order] = best
    return keep


def _made_of(sure: Discs, every: Discs) -> Mask:
    """Which peaks are little more than what surely seen smaller particles make."""
    which, part, away = _smaller(sure, every, AROUND)
    radius = every.radius[which]
    shares = sure.contrast[part] * response(sure.radius[part] / radius, away / radius)
    shares[sure.contrast[part] < SHARE * every.contrast[which]] = 0  # which are rather parts of it
    made: Mask = np.bincount(which, shares, every.y.size) >= MADE * every.contrast
    return made


def _part_of(every: Discs, sure: Discs) -> Mask:
    """Which peaks are rim or texture of a larger particle that is surely seen."""
    which, part, away = _smaller(every, sure, EDGE)
    within = away < EDGE * sure.radius[which] - INSIDE * every.radius[part]
    faint = every.contrast[part] < SHARE * sure.contrast[which]
    out = np.zeros(every.y.size, np.bool_)
    out[part[within & faint]] = True
    return out


def _smaller(
    small: Discs, large: Discs, reach: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], Floats]:
    """Pairs of a large and a much smaller peak within some radii of the large one, and how far that is."""
    nothing = np.zeros(0, np.int64)
    if not (small.y.size and large.y.size):
        return nothing, nothing, np.zeros(0)
    wide = np.flatnonzero(large.radius * SMALL > small.radius.min())
    narrow = np.flatnonzero(small.radius < SMALL * large.radius.max())
    places = small.y[narrow], small.x[narrow], large.y[wide], large.x[wide], reach * large.radius[wide]
    which, part = pairs_within(*places)
    which, part = wide[which], narrow[part]
    pairs = small.radius[part] < SMALL * large.radius[which]
    which, part = which[pairs], part[pairs]
    return which, part, np.hypot(small.y[part] - large.y[which], small.x[part] - large.x[which])
