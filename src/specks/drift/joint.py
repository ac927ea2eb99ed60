"""All frames at once: each against what the others say of it, until nothing moves."""

from __future__ import annotations

import math
from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from specks._core.blocks import map_blocks
from specks._core.progress import Progress
from specks.drift.against_others import (
    FIELD,
    GROUPS,
    Aligned,
    Measured,
    Sums,
    compare_with,
    looked_at,
    measured_of,
    parting,
)
from specks.drift.frames import Frames
from specks.drift.pairs import spread_lags
from specks.drift.pattern import MOVES, standing_pattern
from specks.drift.solve import balanced, least_squares
from specks.drift.spectrum import filtered, informative_filter, reach
from specks.drift.wander import Wander, fit_wander

__all__ = ["SURE", "Joint", "refine"]

#: Rounds at most; what is left of a movement after the next round; how little of that, in working pixels
#: (root mean square) or as a share of the standard error, ends it.
ROUNDS, RATE, STILL, SMALL = 5, 0.1, 0.001, 0.3
#: Movement in a round below which the next may be the last, and from which the filter is made again.
CLOSE, ROUGH = 0.05, 0.1
#: Frames that are looked at to tell what stands still; how often in a round; how many
#: standard errors what stands still must be away from 0, unless it is known to be there.
LOOKED_AT, REPEATS, SURE = 24, 3, 3.0
#: Frames that are held against each neighbor to tell how parts of the sample move by themselves.
FEW = 8
#: Motion of parts of the sample from frame to frame, in working pixels, that hides fine detail.
MOVING = 0.1
#: Neighbors that a frame is held against at most.
NEIGHBORS = 24
#: Frames worked on in one go.
BATCH = 4

Floats = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Joint:
    """What the last round found.

    Parameters
    ----------
    shifts : numpy.ndarray (frame, 3)
        Working pixels along z, y, x.
    pairs : numpy.ndarray (pairs, 2) of int
        Frame a and frame b.
    targets : numpy.ndarray (pairs, 3)
        By how much frame b is displaced against frame a.
    weights : numpy.ndarray (pairs, 3)
        Inverse variances, but for a common factor.
    influence : numpy.ndarray (frame, groups, 3)
        What each group of blocks of the sample adds to the place of each frame; 0 in all for frames that
        were not looked at. Of a difference of frames, the sum of squares is the variance.
    contrast : numpy.ndarray (frame,)
        Relative to the neighbors; NaN for frames that were not looked at.
    field : numpy.ndarray (frame, FIELD**2, 3)
        How much farther parts of a frame, row by row, are displaced than all of it; NaN where nothing is known.
    """

    shifts: Floats
    pairs: Ints
    targets: Floats
    weights: Floats
    influence: Floats
    contrast: Floats
    field: Floats


def refine(
    frames: Frames, pairs: Ints, shifts: Floats, sure: float = SURE, executor: Executor | None = None
) -> Generator[Progress, None, Joint]:
    """Find the last hundredths of a pixel.

    Parameters
    ----------
    frames : Frames
    pairs : numpy.ndarray (pairs, 2) of int
        Frames that are held against each other: those whose rough places agree.
    shifts : numpy.ndarray (frame, 3)
        Rough places, within a pixel or so.
    sure : float
        How many standard errors what stands still must be away from 0 to be taken off.
    executor : concurrent.futures.Executor, optional
    """
    neighbors = _neighbors(pairs, len(shifts))
    chosen = np.flatnonzero([len(near) > 0 for near in neighbors])
    averaged = float(np.mean([len(neighbors[t]) for t in chosen]))
    axes = [a for a in range(3) if frames.pixels.shape[1 + a] > 1]
    pixels, inside = _seen_best(frames, pairs, shifts, averaged, 0.0)
    aligned = Aligned.of(pixels, inside, shifts)
    wander = _wander(aligned, neighbors)
    # Of one group of blocks: the mean of all has 1 / GROUPS**2 of its variance.
    own = GROUPS * math.sqrt(wander.growing)
    if own > MOVING:
        pixels, inside = _seen_best(frames, pairs, shifts, averaged, own)
        aligned = Aligned.of(pixels, inside, shifts)
        wander = _wander(aligned, neighbors)
    pattern, looking = np.zeros_like(pixels[0]), True
    for number in range(ROUNDS):
        if looking and shifts[chosen].std(axis=0).max() > MOVES:
            some = chosen[:: max(1, len(chosen) // LOOKED_AT)]
            for _ in range(REPEATS):
                more = standing_pattern(aligned, shifts, some, neighbors, wander.weights, sure)
                looking = bool(more.any())
                if not looking:
                    break
                pattern += more
                aligned = Aligned.of(pixels - pattern, inside, shifts)
        task = partial(_measure, aligned, neighbors, wander)
        batches = [chosen[i : i + BATCH] for i in range(0, len(chosen), BATCH)]
        sums: list[Sums] = []
        for _, found in map_blocks(task, batches, executor):
            sums += found
            done = number * len(chosen) + len(sums)
            yield Progress(done, ROUNDS * len(chosen), f"Refining, round {number + 1}")
        weights = [wander.weights(neighbors[t] - t) for t in chosen]
        joint = _solved(shifts, chosen, neighbors, measured_of(sums, weights, axes), axes)
        moved = joint.shifts[chosen] - shifts[chosen]
        size = float(np.sqrt(np.square(moved - moved.mean(axis=0)).mean()))
        error = float(np.median(np.sqrt((joint.influence[chosen] ** 2).sum(axis=1))[:, -2:]))
        shifts = joint.shifts
        close = size < CLOSE and RATE * size < max(STILL, SMALL * error)
        if close and (number or not pattern.any()):
            break
        if size > ROUGH:  # rough places hide fine detail
            pixels, inside = _seen_best(frames, pairs, shifts, averaged, own)
        aligned = Aligned.of(pixels - pattern, inside, shifts)
        wander = _wander(aligned, neighbors)
    return joint


def _seen_best(frames: Frames, pairs: Ints, shifts: Floats, averaged: float, own: float) -> tuple[F32, F32]:
    """Frames through the filter that makes displacements best seen, and where they are looked at."""
    amplitude = informative_filter(frames, pairs, shifts, averaged, own)
    return filtered(frames, amplitude), looked_at(frames.used, reach(amplitude))


def _wander(aligned: Aligned, neighbors: list[Ints]) -> Wander:
    """How parts of the sample move by themselves, from some frames."""
    chosen = np.flatnonzero([len(near) > 0 for near in neighbors])
    spread = spread_lags(len(neighbors))
    pairs = [(int(t), int(u)) for t in chosen[:: max(1, len(chosen) // FEW)] for u in neighbors[t]]
    pairs = [(t, u) for t, u in pairs if abs(u - t) in spread] or pairs
    found = [parting(aligned, t, u) for t, u in pairs]
    return fit_wander(np.abs(np.diff(pairs, axis=1)[:, 0]), np.array(found))


def _neighbors(pairs: Ints, n: int) -> list[Ints]:
    """Frames that each frame is held against, the nearest in time first where there are many."""
    both = np.concatenate([pairs, pairs[:, ::-1]])
    both = both[np.lexsort((np.abs(both[:, 1] - both[:, 0]), both[:, 0]))]
    starts = np.searchsorted(both[:, 0], np.arange(n + 1))
    return [np.sort(both[a : min(b, a + NEIGHBORS), 1]) for a, b in pairwise(starts)]


def _measure(aligned: Aligned, neighbors: list[Ints], wander: Wander, batch: Ints) -> list[Sums]:
    return [compare_with(aligned, int(t), neighbors[t], wander.weights(neighbors[t] - t)) for t in batch]


def _solved(
    shifts: Floats, chosen: Ints, neighbors: list[Ints], measured: Measured, axes: list[int]
) -> Joint:
    """Places from what was measured of frames."""
    n = len(shifts)
    contrast, noise = np.full(n, np.nan), np.zeros(n)
    blocks, field = np.zeros((n, GROUPS**2, 3)), np.full((n, FIELD**2, 3), np.nan)
    scale = _scale(measured, axes)
    contrast[chosen] = measured.contrast
    blocks[chosen], field[chosen] = measured.blocks * scale[:, None], measured.field * scale[:, None]
    noise[chosen] = ((blocks[chosen] ** 2).sum(axis=1) * measured.bare)[:, axes].mean(axis=1)
    counts = [len(neighbors[t]) for t in chosen]
    pairs = np.column_stack([np.concatenate([neighbors[t] for t in chosen]), np.repeat(chosen, counts)])
    steps = measured.steps * np.repeat(scale, counts, axis=0)
    weights = measured.information / (noise[pairs].sum(axis=1) + 1e-12)[:, None]
    idle = [a for a in range(3) if a not in axes]
    weights[:, idle] = weights[:, axes[:1]]
    targets = shifts[pairs[:, 1]] - shifts[pairs[:, 0]] + steps
    places = least_squares(pairs, targets, weights, len(shifts))
    places[np.isnan(contrast)] = shifts[np.isnan(contrast)]
    return Joint(
        places, pairs, targets, weights, _accumulated(blocks, pairs, weights, chosen), contrast, field
    )


def _accumulated(blocks: Floats, pairs: Ints, weights: Floats, chosen: Ints) -> Floats:
    """What blocks add to places, from what they add to each frame against its neighbors.

    Where each frame is held against near ones only, what a block adds to one is handed on to the next.
    """
    index = np.full(len(blocks), -1)
    index[chosen] = np.arange(len(chosen))
    out = np.zeros_like(blocks)
    for axis in range(3):
        if blocks[:, :, axis].any():
            out[chosen, :, axis] = balanced(
                index[pairs], weights[:, axis], blocks[chosen, :, axis], len(chosen)
            )
    return out


def _scale(measured: Measured, axes: list[int]) -> Floats:
    """By how much steps are too small: noise in the reference adds to its slopes, and contrasts differ."""
    contrast = np.maximum(measured.contrast, 1e-3)[:, None]
    informed = (measured.informed / np.maximum(measured.bare, 1e-30))[:, axes] / contrast
    scale = np.ones((len(contrast), 3))
    scale[:, axes] = 1 / (np.maximum(np.median(informed, axis=0), 0.05) * contrast)
    return scale
