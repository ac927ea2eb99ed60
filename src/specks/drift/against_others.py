"""One frame against what the others say of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.drift._compare_kernels import (
    add_seen,
    block_sums,
    column_products,
    common_products,
    frame_sums,
    mean_and_worth,
    pair_likeness,
    pair_sums,
    shift_last,
    shift_middle,
    slope_along,
)

__all__ = [
    "FIELD",
    "GROUPS",
    "Aligned",
    "Measured",
    "align",
    "left_over",
    "likeness_of",
    "looked_at",
    "measure_frame",
]

#: Pixels at the border of a shifted frame that are not looked at: the shift continues the border there.
MARGIN = 2
#: Taps of the interpolation.
TAPS = 11
#: Highest frequency that it keeps, as a share of the highest there is.
FINEST = 0.75
#: Groups of blocks of the sample whose scatter says how sure the result is: 8 by 8.
GROUPS = 8
#: Parts of a frame whose own displacement is told, along y and x.
FIELD = 4
#: Of so many rows one is looked at to tell how alike frames are.
LOOKED_AT = 4

Floats = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
Ints = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Aligned:
    """Frames moved by the fractions of their shifts, and where they lie.

    Parameters
    ----------
    pixels : numpy.ndarray (frame, z, y, x) of float32
    inside : numpy.ndarray (1 or frame, z, y, x) of float32
        1 where frames are looked at, else 0.
    whole : numpy.ndarray (frame, 3) of int
        The whole pixels of their shifts.
    """

    pixels: F32
    inside: F32
    whole: Ints

    @classmethod
    def of(cls, pixels: F32, inside: F32, shifts: Floats) -> Aligned:
        """Frames at their places."""
        aligned, whole = np.empty_like(pixels), np.empty((len(pixels), 3), np.intp)
        for t, frame in enumerate(pixels):
            aligned[t], whole[t] = align(frame, shifts[t])
        return cls(aligned, inside, whole)

    def seen(self, u: int, t: int) -> tuple[F32, F32, Ints]:
        """Frame `u`, where it is looked at, and how much farther than frame `t` it lies."""
        return self.pixels[u], self.inside[u % len(self.inside)], self.whole[u] - self.whole[t]


@dataclass(frozen=True)
class Measured:
    """How a frame lies against its neighbors.

    Displacements are in working pixels along z, y, x, as if all contrast were shared and free of noise;
    `informed` over `bare` says by how much they are too small.

    Parameters
    ----------
    steps : numpy.ndarray (neighbors, 3)
        How much farther this frame is displaced than each neighbor, beyond what was assumed.
    information : numpy.ndarray (neighbors, 3)
        How much each of the steps is worth: inverse variance for noise of 1 in each pixel.
    blocks : numpy.ndarray (GROUPS**2, 3)
        What each group of blocks adds to the displacement against all neighbors.
    field : numpy.ndarray (FIELD**2, 3)
        How much farther each part of the frame is displaced than all of it; NaN where it shows too little.
    bare, informed : numpy.ndarray (3,)
        Squared slopes of the mean of the neighbors, and its slopes times those of this frame.
    contrast : float
        Of this frame, relative to its neighbors; near 0 when it shows something else.
    """

    steps: Floats
    information: Floats
    blocks: Floats
    field: Floats
    bare: Floats
    informed: Floats
    contrast: float


def align(pixels: F32, shift: Floats) -> tuple[F32, Ints]:
    """A frame moved by the fraction of its shift, and the whole pixels that are left."""
    whole = np.round(shift).astype(np.intp)
    out = pixels
    for axis, part in enumerate(shift - whole):
        if pixels.shape[axis] > 1 and abs(part) > 1e-4:
            out = _shifted(out, float(part), axis)
    return out, whole


def _shifted(pixels: F32, part: float, axis: int) -> F32:
    """Values at ``x + part`` along one axis."""
    shape, taps = pixels.shape, _taps(part)
    out = np.empty_like(pixels)
    if axis == 2:
        shift_last(pixels.reshape(-1, shape[2]), taps, out.reshape(-1, shape[2]))
    else:
        flat = (int(np.prod(shape[:axis])), shape[axis], int(np.prod(shape[axis + 1 :])))
        shift_middle(pixels.reshape(flat), taps, out.reshape(flat))
    return out


def _taps(part: float) -> F32:
    """Weights of the neighbors of a pixel that come nearest to a shift, for frequencies up to `FINEST`."""
    at = np.arange(TAPS) - TAPS // 2
    matrix = FINEST * np.sinc(FINEST * (at[:, None] - at)) + 1e-6 * np.eye(TAPS)
    weights: F32 = np.linalg.solve(matrix, FINEST * np.sinc(FINEST * (at - part))).astype(np.float32)
    return weights


def measure_frame(aligned: Aligned, t: int, neighbors: Ints, weights: Floats) -> Measured:
    """Compare frame `t` with the weighted mean of its neighbors, and with each of them.

    Brightness and contrast may differ between frames: what follows from them is taken out of the slopes before
    these say anything about a displacement.

    Parameters
    ----------
    aligned : Aligned
    t : int
    neighbors : numpy.ndarray (neighbors,) of int
    weights : numpy.ndarray (neighbors,)
    """
    axes = [a for a in range(3) if aligned.pixels.shape[1 + a] > 1]
    own, q = aligned.pixels[t], 2 + len(axes)
    parts, frames = _reference(aligned, t, neighbors, weights, axes)
    use = frames / (frames + 1)
    ramps = np.empty((len(axes), *own.shape), np.float32)
    for axis, ramp in zip(axes, ramps, strict=True):
        slope_along(own, axis, ramp)
    gram, right, cross = np.empty((q, q)), np.empty(q), np.empty((q, len(axes)))
    frame_sums(parts, use, own, ramps, gram, right, cross)
    fit = _solve(gram[:2, :2], right[:2, None])[:, 0]
    away, bare = _bare(gram)
    informed = cross[2:] - away.T @ cross[:2]
    told = (parts, use, own, fit.astype(np.float32), away.astype(np.float32))
    sums, squares = np.empty((2, len(axes), GROUPS**2))
    block_sums(*told, aligned.whole[t], GROUPS, sums, squares)
    blocks, field = np.zeros((GROUPS**2, 3)), np.zeros((FIELD**2, 3))
    blocks[:, axes] = -_solve(bare, sums).T
    sums, squares = np.empty((2, len(axes), FIELD**2))
    block_sums(*told, np.zeros(3, np.intp), FIELD, sums, squares)
    seen = squares > 0.1 * squares.mean(axis=1, keepdims=True)
    field[:, axes] = np.where(seen, -sums / np.maximum(squares, 1e-30), np.nan).T
    # Of the frames that show a place, each pair of them counts for its share of what they say together.
    use /= np.maximum(frames, 1)
    steps, information = _pair_steps(parts, parts * use, aligned, t, neighbors, axes)
    return Measured(
        steps,
        information * (weights / weights.mean())[:, None],
        blocks,
        field,
        _spread(np.diag(bare), axes),
        _spread(np.diag(informed), axes),
        float(fit[1]),
    )


def left_over(aligned: Aligned, t: int, neighbors: Ints, weights: Floats) -> tuple[F32, F32]:
    """What the neighbors do not explain of a frame, and 1 where something can be said.

    Parameters are those of `measure_frame`.
    """
    parts, frames = _reference(aligned, t, neighbors, weights, [])
    use = frames / (frames + 1)
    gram, right, cross = np.empty((2, 2)), np.empty(2), np.empty((2, 0))
    frame_sums(parts, use, aligned.pixels[t], np.empty((0, *use.shape), np.float32), gram, right, cross)
    fit = _solve(gram, right[:, None])[:, 0].astype(np.float32)
    return aligned.pixels[t] - fit[0] - fit[1] * parts[1], (use > 0).astype(np.float32)


def _reference(
    aligned: Aligned, t: int, neighbors: Ints, weights: Floats, axes: list[int]
) -> tuple[F32, F32]:
    """Constant, mean of the neighbors as frame `t` would see it, its slopes; and how many frames it is worth."""
    total, cover = np.zeros((2, *aligned.pixels.shape[1:]), np.float32)
    for u, weight in zip(neighbors, weights / weights.sum(), strict=True):
        add_seen(*aligned.seen(u, t), weight, total, cover)
    parts, frames = np.empty((2 + len(axes), *total.shape), np.float32), np.empty_like(cover)
    worth = float(weights.sum() ** 2 / (weights**2).sum())
    parts[0] = 1
    mean_and_worth(total, cover, aligned.seen(t, t)[1], worth, parts[1], frames)
    for axis, slope in zip(axes, parts[2:], strict=True):
        slope_along(parts[1], axis, slope)
    return parts, frames


def _pair_steps(
    parts: F32,
    weighted: F32,
    aligned: Aligned,
    t: int,
    neighbors: Ints,
    axes: list[int],
) -> tuple[Floats, Floats]:
    """Displacement against each neighbor, where both are seen, and what it is worth."""
    q, shape = len(parts), np.array(aligned.pixels.shape[1:])
    columns = np.empty((q * (q + 1) // 2, shape[0], shape[1] + 1, shape[2]), np.float32)
    column_products(weighted, parts, columns)
    grams = np.tile(np.eye(q), (len(neighbors), 1, 1))
    rights, met = np.zeros((len(neighbors), q)), np.zeros(len(neighbors), np.bool_)
    for k, u in enumerate(neighbors):
        other, inside, offset = aligned.seen(u, t)
        if bool((np.abs(offset) < shape).all()):
            common_products(columns, offset, grams[k])
            pair_sums(weighted, aligned.pixels[t], other, inside, offset, rights[k])
            met[k] = grams[k, 0, 0] > 0
    steps, information = np.zeros((2, len(neighbors), 3))
    steps[:, axes] = -_solve(grams, rights[:, :, None])[:, 2:, 0]
    _, bare = _bare(grams)
    information[:, axes] = np.maximum(np.diagonal(bare, axis1=1, axis2=2), 0) * met[:, None]
    return steps, information


def likeness_of(aligned: Aligned, t: int, neighbors: Ints) -> Floats:
    """Correlation with each neighbor; the filter has left no mean."""
    own = aligned.pixels[t]
    return np.array([pair_likeness(own, *aligned.seen(u, t), LOOKED_AT) for u in neighbors])


def _bare(gram: Floats) -> tuple[Floats, Floats]:
    """How much of the constant and of the mean is in each slope, and products of the slopes without that."""
    away = _solve(gram[..., :2, :2], gram[..., :2, 2:])
    return away, gram[..., 2:, 2:] - gram[..., 2:, :2] @ away


def _solve(matrices: Floats, rights: Floats) -> Floats:
    """Solutions of normal equations that may be singular: nothing is said where nothing is known."""
    size = np.sqrt(np.maximum(np.diagonal(matrices, axis1=-2, axis2=-1), 1e-30))
    scaled = matrices / (size[..., :, None] * size[..., None, :]) + 1e-7 * np.eye(size.shape[-1])
    solved: Floats = np.linalg.solve(scaled, rights / size[..., None]) / size[..., None]
    return solved


def _spread(values: Floats, axes: list[int]) -> Floats:
    out = np.zeros(3)
    out[axes] = values
    return out


def looked_at(used: npt.NDArray[np.bool_]) -> F32:
    """1 where frames are looked at, else 0: not at their border."""
    inside = used.astype(np.float32)
    for axis, n in enumerate(inside.shape[1:], 1):
        if n > 2 * MARGIN:
            edge: list[Any] = [slice(None)] * 4
            edge[axis] = np.r_[0:MARGIN, n - MARGIN : n]
            inside[tuple(edge)] = 0
    return inside
