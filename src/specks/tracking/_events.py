"""Splits and merges: loose ends of tracks beside an object that changed in size to match."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from specks.tracking._candidate_kernels import nearest_later
from specks.tracking._motion import Motion
from specks.tracking._predict import standing_still
from specks.tracking._rows import Floats, Ints, Rows
from specks.tracking._solve import particles_of, predecessors

__all__ = ["Events", "find_events"]

#: Share of the loose ends of tracks that are expected to be merges or splits, and how many ends that counts for; the
#: rest is learned in so many rounds.
EXPECTED, PRIOR, ROUNDS = 0.05, 10.0, 20
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

    def of_several(self, after: Ints) -> Events:
        """Without those of which one part is left: a whole is made of two or more."""
        whole = np.where(self.merge, self.right, self.left)
        linked = np.where(self.merge, predecessors(after)[self.right], after[self.left]) >= 0
        _, kind, count = np.unique(
            np.stack([whole, self.merge], axis=1), axis=0, return_inverse=True, return_counts=True
        )
        return self.where(count[kind.reshape(-1)] + linked > 1)

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
    """Loose ends and the wholes that they probably were part of, and how probable that is.

    `partner` gives for each row the other part, if it were the whole; a row that has none may be the
    whole of two loose ends.
    """
    slack = 3 * motion.scale
    part, whole = _around(rows, loose, target, reach if rows.radius is None else _longest(rows) + slack)
    triples = _triples(part, whole, partner)
    odds = _odds(rows, triples, partner[triples[:, 0]] < 0, motion, max(reach, 1e-9), slack)
    odds = odds + _log_share(odds, triples[:, 1], len(loose))
    order = [i for i in np.argsort(-odds, kind="stable").tolist() if odds[i] > 0]
    taken: set[int] = set()
    filled: set[int] = set()
    found: list[tuple[int, int, float]] = []
    for i in order:  # the surest first; a loose end has one whole, and two loose ends fill one
        w, p, o = triples[i].tolist()
        both = partner[w] < 0
        ends = [p, o] if both else [p]
        if taken & set(ends) or (both and w in filled):
            continue
        taken |= set(ends)
        filled.add(w)
        found += [(end, w, float(odds[i])) for end in ends]
    ends_of, wholes = (np.array([f[k] for f in found], np.int64) for k in (0, 1))
    return ends_of, wholes, 1 / (1 + np.exp(-np.array([f[2] for f in found])))


def _log_share(odds: Floats, part: Ints, loose: int) -> float:
    """Logarithmic odds that a loose end is an event, learned from how many look like one."""
    best = np.full(int(part.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(best, part, odds)
    share = EXPECTED
    for _ in range(ROUNDS):
        likely = 1 / (1 + (1 - share) / share * np.exp(-np.maximum(best, -500)))
        share = (float(likely.sum()) + PRIOR * EXPECTED) / (loose + PRIOR)
    return math.log(share / (1 - share))


def _longest(rows: Rows) -> float:
    """Farthest that objects which touch can be from each other."""
    assert rows.radius is not None
    known = rows.radius[np.isfinite(rows.radius)]
    return 2 * TOUCHING * float(known.max(initial=0.0))


def _around(rows: Rows, loose: Ints, target: Ints, far: float) -> tuple[Ints, Ints]:
    """Loose ends, and rows of the frames next to them that are near."""
    gaps = target.shape[1]
    found = np.empty((len(loose), gaps, NEAREST), np.int64)
    square = np.empty(found.shape)
    gate = np.full(rows.ndim, max(far, 1e-9) ** -2.0)
    nearest_later(
        loose, rows.position, standing_still(rows), rows.block, target, rows.first, gate, found, square
    )
    there = found >= 0
    return loose[np.nonzero(there)[0]], found[there]


def _triples(part: Ints, whole: Ints, partner: Ints) -> Ints:
    """Whole, part and other part of each way in which a loose end may have joined; shape (n, 3)."""
    other = partner[whole]
    paired = (other >= 0) & (other != part)
    triples = np.stack([whole, part, other], axis=1)[paired]
    open_ = other < 0
    order = np.flatnonzero(open_)[np.argsort(whole[open_], kind="stable")]
    wholes, starts = np.unique(whole[order], return_index=True)
    groups = np.split(part[order], starts)[1:]
    pairs = [
        (w, *pair)
        for w, group in zip(wholes.tolist(), groups, strict=True)
        for pair in combinations(group.tolist(), 2)
    ]
    return np.concatenate([triples, np.array(pairs, np.int64).reshape(-1, 3)])


def _odds(
    rows: Rows, triples: Ints, alone: npt.NDArray[np.bool_], motion: Motion, reach: float, slack: float
) -> Floats:
    """Logarithm of how much likelier it looks that two parts made a whole than that they merely end and begin.

    `alone` tells wholes that continue neither part: that they lie between two ends is a coincidence more.
    """
    whole, part, other = triples.T
    radius, size = rows.radius, rows.size
    touching, middle = np.full(len(whole), reach), np.full(len(whole), 0.5)
    missed = np.log(motion.seen / motion.seen[0])
    odds: Floats = missed[np.abs(rows.time[whole] - rows.time[part]) - 1]
    if radius is not None and size is not None:
        touching = TOUCHING * (radius[part] + radius[other]) + slack
        together = [np.logaddexp(m * size[part], m * size[other]) / m for m in KEPT]
        off = np.maximum(size[whole] - together[0], 0) + np.minimum(size[whole] - together[1], 0)
        unlike = np.where(alone, motion.log_any_change(off), motion.log_change(size[whole] - size[other]))
        odds = odds + motion.log_change(off) - unlike
        middle = 1 / (1 + (radius[other] / radius[part]) ** KEPT[0])
    between = rows.position[part] - rows.position[other]
    expected = rows.position[other] + middle[:, None] * between
    apart = np.linalg.norm(between, axis=1)
    aside = np.linalg.norm(rows.position[whole] - expected, axis=1)
    near = slack + 0.5 * touching
    ball = math.pi ** (rows.ndim / 2) / math.gamma(rows.ndim / 2 + 1)
    odds = odds - np.log(rows.density * ball * touching**rows.ndim)
    odds = odds - np.where(alone, np.log(rows.density * ball * near**rows.ndim), 0.0)
    return np.where((apart <= touching) & (aside <= near) & np.isfinite(odds), odds, -np.inf)
