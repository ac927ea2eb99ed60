"""One frame against what the others say of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from specks.drift._align_kernels import shift_last, shift_middle
from specks.drift._compare_kernels import (
    compare_frame,
    explained_products,
    weighted_mean,
)
from specks.drift._scatter_kernels import pair_products

__all__ = [
    "FIELD",
    "GROUPS",
    "Aligned",
    "Measured",
    "Sums",
    "align",
    "compare_with",
    "left_over",
    "looked_at",
    "measured_of",
    "parting",
]

#: Pixels at least, at the border of a shifted frame, that are not looked at: the shift continues the border there.
MARGIN = 2
#: Taps of the interpolation.
TAPS = 11
#: Highest frequency that it keeps, as a share of the highest there is.
FINEST = 0.75
#: Groups of blocks of the sample whose scatter says how sure the result is: 8 by 8.
GROUPS = 8
#: Parts of a frame whose own displacement is told, along y and x.
FIELD = 4

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
class Sums:
    """Sums over a frame and its neighbors; what they are, `compare_frame` says.

    Parameters
    ----------
    groups, field : numpy.ndarray
    crosses, grams, rights : numpy.ndarray
    """

    groups: Floats
    field: Floats
    crosses: Floats
    grams: Floats
    rights: Floats


@dataclass(frozen=True)
class Measured:
    """How frames lie against their neighbors.

    Displacements are in working pixels along z, y, x, as if all contrast were shared and free of noise;
    `informed` over `bare` says by how much they are too small. Pairs are those of the first frame, of the
    second, ….

    Parameters
    ----------
    steps : numpy.ndarray (pairs, 3)
        How much farther a frame is displaced than each neighbor, beyond what was assumed.
    information : numpy.ndarray (pairs, 3)
        How much each of the steps is worth: inverse variance for noise of 1 in each pixel.
    blocks : numpy.ndarray (frames, GROUPS**2, 3)
        What each group of blocks adds to the displacement against all neighbors.
    field : numpy.ndarray (frames, FIELD**2, 3)
        How much farther each part of a frame is displaced than all of it; NaN where it shows too little.
    bare, informed : numpy.ndarray (frames, 3)
        Squared slopes of the mean of the neighbors, and its slopes times those of the frame.
    contrast : numpy.ndarray (frames,)
        Of each frame, relative to its neighbors; near 0 when it shows something else.
    """

    steps: Floats
    information: Floats
    blocks: Floats
    field: Floats
    bare: Floats
    informed: Floats
    contrast: Floats


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
    at, inverse = _interpolation()
    weights: F32 = (inverse @ np.sinc(FINEST * (at - part))).astype(np.float32)
    return weights


@lru_cache(maxsize=1)
def _interpolation() -> tuple[Ints, Floats]:
    """Where the taps are, and what makes weights of the correlations with them."""
    at = np.arange(TAPS) - TAPS // 2
    matrix = FINEST * np.sinc(FINEST * (at[:, None] - at)) + 1e-6 * np.eye(TAPS)
    return at, FINEST * np.linalg.inv(matrix)


def compare_with(aligned: Aligned, t: int, neighbors: Ints, weights: Floats) -> Sums:
    """Compare frame `t` with the weighted mean of its neighbors, and with each of them.

    Parameters
    ----------
    aligned : Aligned
    t : int
    neighbors : numpy.ndarray (neighbors,) of int
    weights : numpy.ndarray (neighbors,)
    """
    shape = aligned.pixels.shape[1:]
    axes = np.flatnonzero(np.array(shape) > 1)
    q, n = 2 + len(axes), len(neighbors)
    rows, columns = (_cells(shape[a], int(aligned.whole[t, a])) for a in (1, 2))
    sums = Sums(
        np.empty((GROUPS, GROUPS, q + 1, q + 1)),
        np.empty((FIELD, FIELD, q + 1, q + 1)),
        np.empty((len(axes), 3)),
        np.empty((n, q, q)),
        np.empty((n, q)),
    )
    compare_frame(
        *_others(aligned, t, neighbors, weights),
        axes,
        rows,
        columns,
        sums.groups,
        sums.field,
        sums.crosses,
        sums.grams,
        sums.rights,
    )
    return sums


def measured_of(sums: Sequence[Sums], weights: Sequence[Floats], axes: list[int]) -> Measured:
    """What sums over frames, of which each was compared with neighbors of these weights, say.

    Brightness and contrast may differ between frames: what follows from them is taken out of the slopes before
    these say anything about a displacement.
    """
    groups, field = (_whole(np.array([getattr(s, name) for s in sums])) for name in ("groups", "field"))
    crosses = np.array([s.crosses for s in sums])
    q = 2 + len(axes)
    total = field.sum(axis=1)
    gram = total[:, :q, :q]
    away, bare = _bare(gram)
    fit = _solve(gram[:, :2, :2], total[:, :2, q:])[..., 0]
    informed = crosses[..., 2] - (away * crosses[..., :2].swapaxes(1, 2)).sum(axis=1)
    # What the fit leaves of the frame, and slopes without the constant and the mean, as sums of what was multiplied.
    rest, slopes = np.zeros((len(sums), 1, q + 1)), np.zeros((len(sums), q + 1, len(axes)))
    rest[:, 0, :2], rest[:, 0, q] = -fit, 1
    slopes[:, :2], slopes[:, 2:q] = -away, np.eye(len(axes))
    blocks = np.zeros((len(sums), GROUPS**2, 3))
    pulls, squares = _pulls(groups, rest, slopes)
    # What a group adds to the mean it was taken from is hidden in part: as in the jackknife, more so the more it counts.
    pulls /= 1 - np.minimum(squares / np.maximum(squares.sum(axis=1, keepdims=True), 1e-30), 0.5)
    blocks[..., axes] = -_solve(bare, pulls.swapaxes(1, 2)).swapaxes(1, 2)
    pulls, squares = _pulls(field, rest, slopes)
    seen = squares > 0.1 * squares.mean(axis=1, keepdims=True)
    parts = np.zeros((len(sums), FIELD**2, 3))
    parts[..., axes] = np.where(seen, -pulls / np.maximum(squares, 1e-30), np.nan)
    steps, information = _pair_steps(
        np.concatenate([s.grams for s in sums]), np.concatenate([s.rights for s in sums]), axes
    )
    information *= np.concatenate([w / w.mean() for w in weights])[:, None]
    squared, shared = np.zeros((2, len(sums), 3))
    squared[:, axes], shared[:, axes] = np.diagonal(bare, axis1=1, axis2=2), informed
    return Measured(steps, information, blocks, parts, squared, shared, fit[:, 1])


def _pulls(products: Floats, rest: Floats, slopes: Floats) -> tuple[Floats, Floats]:
    """What the fit leaves times the slopes, and the squared slopes, from products (frames, cells, n, n)."""
    with_slopes = products @ slopes[:, None]
    return (rest[:, None] @ with_slopes)[:, :, 0], (with_slopes * slopes[:, None]).sum(axis=2)


def _whole(products: Floats) -> Floats:
    """Matrices (frames, cells, n, n) of which the upper triangles are given."""
    flat = products.reshape(len(products), -1, *products.shape[-2:])
    full: Floats = flat + np.triu(flat, 1).swapaxes(-1, -2)
    return full


def _others(
    aligned: Aligned, t: int, neighbors: Ints, weights: Floats
) -> tuple[F32, F32, int, Ints, Ints, F32, float]:
    """What the kernels are told of a frame and its neighbors."""
    shares = (weights / weights.sum()).astype(np.float32)
    worth = float(weights.sum() ** 2 / (weights**2).sum())
    offsets = aligned.whole[neighbors] - aligned.whole[t]
    return aligned.pixels, aligned.inside, t, neighbors, offsets, shares, worth


@lru_cache(maxsize=1024)
def _cells(n: int, whole: int) -> Ints:
    """Where cells begin along an axis that belong to one group of blocks and to one part of the frame, and to which.

    Blocks begin at `whole` and repeat after `GROUPS`; parts begin at the border.
    """
    at = np.arange(n)
    group = (at - whole) // max(1, -(-n // GROUPS)) % GROUPS
    part = at // max(1, -(-n // FIELD))
    starts = np.flatnonzero(np.r_[1, (np.diff(group) != 0) | (np.diff(part) != 0)])
    return np.stack([np.r_[starts, n], np.r_[group[starts], 0], np.r_[part[starts], 0]])


def left_over(aligned: Aligned, t: int, neighbors: Ints, weights: Floats) -> tuple[F32, F32]:
    """What the neighbors do not explain of a frame, and 1 where something can be said.

    Parameters are those of `compare_with`.
    """
    own = aligned.pixels[t]
    mean, frames = np.empty_like(own), np.empty_like(own)
    weighted_mean(*_others(aligned, t, neighbors, weights), mean, frames)
    products = np.empty((2, 3))
    explained_products(mean, frames, own, products)
    fit = _solve(products[:, :2], products[:, 2:])[:, 0].astype(np.float32)
    mean *= -fit[1]
    mean += own
    mean -= fit[0]
    return mean, (frames > 0).astype(np.float32)


def _pair_steps(grams: Floats, rights: Floats, axes: list[int]) -> tuple[Floats, Floats]:
    """Displacement against each neighbor, and what it is worth: nothing where nothing is shared."""
    met = grams[:, 0, 0] > 0
    grams[~met] = np.eye(grams.shape[1])
    steps, information = np.zeros((2, len(grams), 3))
    steps[:, axes] = -_solve(grams, rights[:, :, None])[:, 2:, 0] * met[:, None]
    _, bare = _bare(grams)
    information[:, axes] = np.maximum(np.diagonal(bare, axis1=1, axis2=2), 0) * met[:, None]
    return steps, information


def parting(aligned: Aligned, t: int, u: int) -> float:
    """Variance of the displacement between two frames, from how much groups of blocks disagree.

    It is what it would be if both frames showed the same, the mean of all axes, in working pixels squared; infinite
    where frames have nothing in common.
    """
    shape = aligned.pixels.shape[1:]
    axes = np.flatnonzero(np.array(shape) > 1)
    rows, columns = (_cells(shape[a], int(aligned.whole[t, a])) for a in (1, 2))
    other, theirs, offset = aligned.seen(u, t)
    pulls, squares = np.empty((2, len(axes), GROUPS, GROUPS))
    mine = aligned.inside[t % len(aligned.inside)]
    pair_products(aligned.pixels[t], other, mine, theirs, offset, axes, rows, columns, pulls, squares)
    total = squares.sum(axis=(1, 2))
    shared = float(np.prod(np.maximum(0, 1 - np.abs(offset) / np.array(shape))))
    if not shared or total.min() <= 0:
        return np.inf
    moved = pulls.sum(axis=(1, 2)) / total
    rest = pulls - moved[:, None, None] * squares
    return shared * float((np.square(rest).sum(axis=(1, 2)) / total**2).mean())


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


def looked_at(used: npt.NDArray[np.bool_], reach: Sequence[int]) -> F32:
    """1 where frames are looked at, else 0: not at their border, as far as a filter reaches along z, y, x."""
    inside = used.astype(np.float32)
    for axis, n in enumerate(inside.shape[1:], 1):
        margin = max(MARGIN, reach[axis - 1])
        if n > 2 * margin:
            edge: list[Any] = [slice(None)] * 4
            edge[axis] = np.r_[0:margin, n - margin : n]
            inside[tuple(edge)] = 0
    return inside
