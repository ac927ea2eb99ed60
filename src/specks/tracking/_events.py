"""Splits and merges: loose ends of tracks beside an object that changed in size to match."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specks.tracking._candidate_kernels import nearest_later
from specks.tracking._motion import Motion
from specks.tracking._predict import standing_still
from specks.tracking._rows import Floats, Ints, Rows
from specks.tracking._solve import particles_of, predecessors

__all__ = ["Events", "find_events"]

#: Share of the loose ends of tracks that are expected to be merges or splits.
EXPECTED = 0.05
#: Objects are taken to touch up to so many times the sum of their radii.
TOUCHING = 1.2
#: Objects around a loose end that are looked at, in each frame.
NEAREST = 6
#: Powers of the radius of which the whole has what the parts had: area, or volume, or between them.
KEPT = (2.0, 3.0)


@dataclass(frozen=True, eq=False)
class Events:
    """Links besides the chosen ones: into objects that merged, and out of objects that split.

    Parameters
    ----------
    left, right : array of int64, shape (n,)
        Earlier and later row.
    merge : array of bool, shape (n,)
        Whether `right` is where objects become one; else `left` is where one becomes several.
    confidence : array of float64, shape (n,)
        Probability of each.
    """

    left: Ints
    right: Ints
    merge: npt.NDArray[np.bool_]
    confidence: Floats

    @classmethod
    def none(cls) -> Events:
        """No event."""
        empty = np.empty(0, np.int64)
        return cls(empty, empty, np.empty(0, np.bool_), np.empty(0))

    def __len__(self) -> int:
        return len(self.left)

    def joined(self, other: Events) -> Events:
        """Both."""
        return Events(
            np.concatenate([self.left, other.left]),
            np.concatenate([self.right, other.right]),
            np.concatenate([self.merge, other.merge]),
            np.concatenate([self.confidence, other.confidence]),
        )

    def where(self, keep: npt.NDArray[np.bool_]) -> Events:
        """Some of them."""
        return Events(self.left[keep], self.right[keep], self.merge[keep], self.confidence[keep])

    def cut(self, after: Ints) -> Ints:
        """The predecessor of each row in tracks that end and begin at the events."""
        before = predecessors(after)
        before[self.right[self.merge]] = -1
        siblings = after[self.left[~self.merge]]
        before[siblings[siblings >= 0]] = -1
        return before


def find_events(
    rows: Rows, after: Ints, motion: Motion, gaps: int, reach: float, splitting: bool, merging: bool
) -> Events:
    """Explain loose ends of tracks by splits and merges where that is likelier than chance.

    The lost track must have touched the one that goes on (without sizes: lie within `reach` of it),
    and the size of the whole must match what the parts have together better than the size of the
    one that goes on. Single detections neither merge nor split off.

    Parameters
    ----------
    rows : Rows
    after : array of int64, shape (n,)
        Successor of each row, -1 for none.
    motion : Motion
    gaps : int
        Most steps of time between.
    reach : float
        How far to look when sizes are not known.
    splitting, merging : bool
        Which to look for.
    """
    before = predecessors(after)
    track = particles_of(before, np.arange(len(rows)))
    lasting = (np.bincount(track) > 1)[track] if len(rows) else np.empty(0, np.bool_)
    found = Events.none()
    if merging:
        ends = np.flatnonzero((after < 0) & lasting)
        i, k, sure = _joined(rows, ends, before, motion, rows.later(gaps), reach)
        found = found.joined(Events(i, k, np.ones(len(i), np.bool_), sure))
    if splitting:
        starts = np.flatnonzero((before < 0) & lasting)
        j, k, sure = _joined(rows, starts, after, motion, rows.earlier(gaps), reach)
        found = found.joined(Events(k, j, np.zeros(len(j), np.bool_), sure))
    return found


def _joined(
    rows: Rows, loose: Ints, partner: Ints, motion: Motion, target: Ints, reach: float
) -> tuple[Ints, Ints, Floats]:
    """For loose ends the whole that they probably were part of, and how probable that is.

    `partner` gives for each row the other part, if it were the whole.
    """
    gaps, radius = target.shape[1], rows.radius
    slack = 3 * motion.scale if np.isfinite(motion.scale) else 0.0
    far = reach if radius is None else 2 * TOUCHING * float(np.nanmax(radius, initial=0.0)) + slack
    found = np.empty((len(loose), gaps, NEAREST), np.int64)
    square = np.empty(found.shape)
    gate = np.full(rows.ndim, max(far, 1e-9) ** -2.0)
    nearest_later(
        loose, rows.position, standing_still(rows, gaps), rows.block, target, rows.first, gate, found, square
    )
    end, g, k = np.nonzero(found >= 0)
    whole, part = found[end, g, k], loose[end]
    other = partner[whole]
    paired = (other >= 0) & (other != part)
    end, whole, part, other = end[paired], whole[paired], part[paired], other[paired]
    odds = _odds(rows, whole, part, other, motion, far, slack)
    order = np.lexsort((-odds, end))
    best = order[np.unique(end[order], return_index=True)[1]]
    best = best[odds[best] > 0]
    return part[best], whole[best], 1 / (1 + np.exp(-odds[best]))


def _odds(
    rows: Rows, whole: Ints, part: Ints, other: Ints, motion: Motion, far: float, slack: float
) -> Floats:
    """Logarithmic odds that `part` and `other` are what `whole` was made of, against a mere end."""
    radius, size = rows.radius, rows.size
    ball = math.pi ** (rows.ndim / 2) / math.gamma(rows.ndim / 2 + 1)
    touching = np.full(len(whole), far)
    odds = np.full(len(whole), math.log(EXPECTED / (1 - EXPECTED)))
    if radius is not None and size is not None:
        touching = TOUCHING * (radius[part] + radius[other]) + slack
        together = [np.logaddexp(m * size[part], m * size[other]) / m for m in KEPT]
        off = np.maximum(size[whole] - together[0], 0) + np.minimum(size[whole] - together[1], 0)
        odds = odds + motion.log_change(off) - motion.log_change(size[whole] - size[other])
    distance = np.linalg.norm(rows.position[part] - rows.position[other], axis=1)
    odds = odds + np.log(1 / (rows.density * ball * np.maximum(touching, 1e-9) ** rows.ndim))
    return np.where((distance <= touching) & np.isfinite(odds), odds, -np.inf)
