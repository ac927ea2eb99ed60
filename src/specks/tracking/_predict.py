"""Where objects are expected later, for fields that move as a whole or in parts."""

from __future__ import annotations

import numpy as np

from specks.tracking._candidate_kernels import nearest_later
from specks.tracking._rows import Floats, Ints, Rows

__all__ = ["by_common_motion", "by_neighbors", "standing_still"]

#: Displacements between two frames that are looked at for each object.
NEAREST = 24
#: Neighbors whose velocities are taken together.
NEIGHBORS = 5
#: How near to each other displacements must be to agree, in typical distances between objects.
AGREEING = 0.125
#: How many must agree for a motion in common, and which share of the objects.
FEWEST, SHARE = 3, 0.25


def standing_still(rows: Rows) -> Floats:
    """Each row where it is, however much later; shape (n, 1, d)."""
    return rows.position[:, None]


def by_common_motion(rows: Rows, gaps: int, reach: Floats) -> Floats:
    """Each row moved by what most objects of its frame have in common.

    Between every two frames the displacement is looked for on which most pairs of objects agree.
    """
    if not len(rows):
        return standing_still(rows)
    path = np.zeros((len(rows.times), rows.ndim))
    for b, step in enumerate(_common_steps(rows, reach), 1):
        path[b] = path[b - 1] + step
    wanted = rows.times[:, None] + np.arange(1, gaps + 1)
    # Between frames that are there the motion is taken as even.
    moved = np.stack([np.interp(wanted, rows.times, p) for p in path.T], axis=-1) - path[:, None]
    return rows.position[:, None] + moved[rows.block]


def _common_steps(rows: Rows, reach: Floats) -> list[Floats]:
    """Displacement in common between each frame and the next."""
    from scipy.spatial import cKDTree

    target = np.append(np.arange(1, len(rows.times)), -1)[:, None].astype(np.int64)
    near = np.minimum(reach, 3 * rows.spacing)
    found = np.empty((len(rows), 1, NEAREST), np.int64)
    square = np.empty(found.shape)
    still = standing_still(rows)
    nearest_later(
        np.arange(len(rows)), rows.position, still, rows.block, target, rows.first, near**-2.0, found, square
    )
    steps = []
    for b in range(len(rows.times) - 1):
        here = slice(rows.first[b], rows.first[b + 1])
        i, _, k = np.nonzero(found[here] >= 0)
        moved = rows.position[found[here][i, 0, k]] - rows.position[here][i]
        agreeing = AGREEING * rows.spacing
        count = cKDTree(moved).query_ball_point(moved, agreeing, return_length=True) if len(moved) else [0]
        if np.max(count) < max(FEWEST, SHARE * (rows.first[b + 1] - rows.first[b])):
            steps.append(np.zeros(rows.ndim))
            continue
        mode = moved[np.argmax(count)]
        steps.append(moved[np.linalg.norm(moved - mode, axis=1) <= agreeing].mean(axis=0))
    return steps


def by_neighbors(rows: Rows, gaps: int, after: Ints) -> Floats:
    """Each row moved as the objects around it moved, by links that were made before."""
    from scipy.spatial import cKDTree

    velocity = np.full((2, len(rows), rows.ndim), np.nan)
    left = np.flatnonzero(after >= 0)
    right = after[left]
    moved = (rows.position[right] - rows.position[left]) / (rows.time[right] - rows.time[left])[:, None]
    velocity[0, left], velocity[1, right] = moved, moved
    expected = np.zeros((len(rows), rows.ndim))
    for low, high in zip(rows.first[:-1], rows.first[1:], strict=True):
        here = rows.position[low:high]
        _, around = cKDTree(here).query(here, k=min(NEIGHBORS + 1, len(here)))
        around = around.reshape(len(here), -1)
        onward = velocity[0, low:high][around]
        onward[around == np.arange(len(here))[:, None]] = np.nan  # else its own link would prove itself
        known = np.concatenate([onward, velocity[1, low:high][around]], axis=1)
        some = np.isfinite(known).any(axis=1).all(axis=1)
        expected[low:high][some] = np.nanmedian(known[some], axis=1)
    return rows.position[:, None] + expected[:, None] * np.arange(1, gaps + 1)[:, None]
