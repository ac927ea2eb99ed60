"""Where every frame is, from how far pairs of frames are apart: robust, on a graph."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order, connected_components, minimum_spanning_tree
from scipy.sparse.linalg import cg

from specks.drift.pairs import Candidates

__all__ = ["AGREES", "FEW", "Placement", "Ties", "balanced", "least_squares", "place_frames"]

#: How far, in working pixels, a pair may disagree while the solution is still rough, and at the end.
SCALES = (8.0, 4.0, 2.0, 1.0, 0.7)
#: A pair agrees when it is within this, in working pixels.
AGREES = 1.5
#: Pairs whose common part would be less than this share of the frame along an axis say nothing.
OVERLAP = 0.15
#: Evidence, in natural units, from which a frame's place is not chance (one in a thousand).
CERTAIN = 7.0
#: Height, relative to those of most pairs, from which a pair ties frames together.
WEAK = 0.15
#: Share of the frames that must hang together.
FEW = 1 / 3
#: Weight with which frames that nothing ties down stay near their neighbors.
SMOOTH = 1e-9
#: Frames up to which equations are solved at once.
DENSE = 400
#: How much more than the strongest pair a tie weighs.
HOLD = 1e4

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Placement:
    """Where every frame is.

    Parameters
    ----------
    shifts : numpy.ndarray (frame, 3)
        Working pixels along z, y, x.
    agreeing : numpy.ndarray (pairs,) of bool
        Pairs with a candidate that agrees.
    ok : numpy.ndarray (frame,) of bool
        Frames whose place is more than chance, in the largest group that hangs together.
    cost : float
        How much the pairs disagree; the lower, the better.
    """

    shifts: Floats
    agreeing: npt.NDArray[np.bool_]
    ok: npt.NDArray[np.bool_]
    cost: float


@dataclass(frozen=True)
class Ties:
    """Pairs of frames whose displacement is known for sure.

    Parameters
    ----------
    pairs : numpy.ndarray (ties, 2) of int
    steps : numpy.ndarray (ties, 3)
        Working pixels.
    """

    pairs: npt.NDArray[np.intp] = field(default_factory=lambda: np.empty((0, 2), np.intp))
    steps: Floats = field(default_factory=lambda: np.empty((0, 3)))


def place_frames(candidates: Candidates, n: int, size: Floats, ties: Ties = Ties()) -> Placement:
    """Solve for the places of `n` frames.

    Each pair pulls with the candidate that fits best; those that fit none stop pulling as the
    solution gets finer. Started from the tree of the most trustworthy pairs, and from all of them at once;
    the better end counts. Ties never stop pulling.
    """
    trust = _trust(candidates)
    starts = [_along_tree(candidates, n, ties), _at_once(candidates, trust, n, ties)]
    ends = [_anneal(candidates, trust, start, size, ties) for start in starts]
    shifts, cost = min(ends, key=lambda end: end[1])
    rest, _ = _nearest(candidates, trust, shifts, size, SCALES[-1])
    agreeing = np.linalg.norm(rest, axis=1) < AGREES
    return Placement(shifts, agreeing, _certain(candidates, agreeing, n, ties), cost)


def _trust(candidates: Candidates) -> Floats:
    """Weight of each candidate, by its height: frames that have changed correlate less, and mislead more."""
    heights = np.where(np.isfinite(candidates.heights), np.maximum(candidates.heights, 0), 0)
    relative = heights / np.maximum(heights[:, :1], 1e-9)
    high = np.percentile(heights[:, 0], 90) if len(heights) else 1.0
    strength = np.minimum(1, (heights[:, :1] / max(float(high), 1e-9)) ** 2)
    trust: Floats = strength * relative**2
    return trust


def _along_tree(candidates: Candidates, n: int, ties: Ties) -> Floats:
    """Places along the tree of the pairs with the clearest maxima; ties come first."""
    heights = np.where(np.isfinite(candidates.heights), candidates.heights, 0)
    clear = heights[:, 0] - 0.7 * heights[:, 1]
    pairs = np.concatenate([candidates.pairs, ties.pairs])
    steps = np.concatenate([candidates.shifts[:, 0], ties.steps])
    rank = np.empty(len(pairs))
    rank[np.argsort(np.r_[clear, np.full(len(ties.pairs), np.inf)], kind="stable")] = np.arange(
        len(pairs), 0, -1
    )
    index: dict[tuple[int, int], tuple[float, Floats]] = {}
    for (a, b), order, step in zip(pairs.tolist(), rank, steps, strict=True):
        if (a, b) not in index or order < index[a, b][0]:
            index[a, b], index[b, a] = (order, step), (order, -step)
    known = list(index)
    graph = csr_array(([index[pair][0] for pair in known], np.array(known).reshape(-1, 2).T), shape=(n, n))
    tree = minimum_spanning_tree(graph)
    both = tree + tree.T
    shifts, seen = np.zeros((n, 3)), np.zeros(n, np.bool_)
    for root in range(n):
        if not seen[root]:
            order, parents = breadth_first_order(both, root, directed=False)
            seen[order] = True
            for child in order[1:].tolist():
                parent = int(parents[child])
                shifts[child] = shifts[parent] + index[parent, child][1]
    return shifts


def _at_once(candidates: Candidates, trust: Floats, n: int, ties: Ties) -> Floats:
    """Places that the highest maxima of all pairs agree on best, each pulling with the same strength."""
    shifts = np.zeros((n, 3))
    target = candidates.shifts[:, 0]
    weight = trust[:, 0].copy()
    for _ in range(8):
        shifts = _tied(candidates.pairs, target, weight, n, ties)
        distance = np.linalg.norm(target - np.diff(shifts[candidates.pairs], axis=1)[:, 0], axis=1)
        weight = trust[:, 0] / np.maximum(distance, 0.5)
    return shifts


def _anneal(
    candidates: Candidates, trust: Floats, shifts: Floats, size: Floats, ties: Ties
) -> tuple[Floats, float]:
    """From rough to fine: pairs that disagree by more than the scale hardly pull."""
    n = len(shifts)
    for scale in SCALES:
        for _ in range(4):
            rest, weight = _nearest(candidates, trust, shifts, size, scale)
            factor = weight / (1 + (rest**2).sum(axis=1) / scale**2) ** 2
            target = np.diff(shifts[candidates.pairs], axis=1)[:, 0] + rest
            moved = _tied(candidates.pairs, target, factor, n, ties)
            step = np.abs(moved - shifts).max()
            shifts = moved
            if step < 0.01:
                break
    rest, weight = _nearest(candidates, trust, shifts, size, SCALES[-1])
    misfit = (rest**2).sum(axis=1) / SCALES[-1] ** 2
    # A pair that could not be measured where the solution puts it costs as much as one that disagrees.
    return shifts, float(trust[:, 0].sum() - (weight / (1 + misfit)).sum())


def _tied(pairs: npt.NDArray[np.intp], target: Floats, weight: Floats, n: int, ties: Ties) -> Floats:
    """Least squares in which ties outweigh everything else."""
    held = np.full(len(ties.pairs), HOLD * max(float(weight.max(initial=0.0)), 1.0))
    return least_squares(
        np.concatenate([pairs, ties.pairs]),
        np.concatenate([target, ties.steps]),
        np.concatenate([weight, held])[:, None],
        n,
    )


def _nearest(
    candidates: Candidates, trust: Floats, shifts: Floats, size: Floats, scale: float
) -> tuple[Floats, Floats]:
    """What each pair would move by, after its best candidate, and how much it is trusted."""
    expected = np.diff(shifts[candidates.pairs], axis=1)[:, 0]
    rest = candidates.shifts - expected[:, None]
    rest -= size * np.round(rest / size)
    fit = trust / (1 + (rest**2).sum(axis=2) / scale**2)
    best = fit.argmax(axis=1)
    rows = np.arange(len(best))
    common = (1 - np.abs(expected) / size).min(axis=1)
    return rest[rows, best], np.where(common > OVERLAP, trust[rows, best], 0.0)


def least_squares(pairs: npt.NDArray[np.intp], target: Floats, weights: Floats, n: int) -> Floats:
    """Places whose differences come nearest to `target` (pairs, 3); `weights` are (pairs, 1) or (pairs, 3).

    Frames that no pair ties down take the mean of their neighbors; the first frame is 0.
    """
    out = np.zeros((n, 3))
    smooth = SMOOTH * max(float(weights.max(initial=0.0)), 1e-12)
    for axes in ([0, 1, 2],) if weights.shape[1] == 1 else ([0], [1], [2]):
        weight = weights[:, axes[0]]
        pull = weight[:, None] * target[:, axes]
        right = np.column_stack(
            [np.bincount(pairs[:, 1], p, n) - np.bincount(pairs[:, 0], p, n) for p in pull.T]
        )
        if not right.any():
            continue
        if n <= DENSE:
            matrix = _dense_laplacian(pairs, weight, n, smooth)[1:, 1:]
            out[1:, axes] = cho_solve(cho_factor(matrix, check_finite=False), right[1:], check_finite=False)
        else:
            out[1:, axes] = _gradients(_laplacian(pairs, weight, n, smooth)[1:, 1:], right[1:])
    return out


def _entries(
    pairs: npt.NDArray[np.intp], weight: Floats, n: int, smooth: float
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp], Floats]:
    """Rows, columns and values of normal equations, with a faint tie between neighbors in time."""
    a = np.concatenate([pairs[:, 0], np.arange(n - 1)])
    b = np.concatenate([pairs[:, 1], np.arange(1, n)])
    weight = np.concatenate([weight, np.full(n - 1, smooth)])
    return (
        np.concatenate([a, b, a, b]),
        np.concatenate([b, a, a, b]),
        np.concatenate([-weight, -weight, weight, weight]),
    )


def _laplacian(pairs: npt.NDArray[np.intp], weight: Floats, n: int, smooth: float) -> csr_array:
    """Normal equations of many frames."""
    rows, columns, values = _entries(pairs, weight, n, smooth)
    return csr_array((values, (rows, columns)), shape=(n, n))


def _dense_laplacian(pairs: npt.NDArray[np.intp], weight: Floats, n: int, smooth: float) -> Floats:
    """Normal equations of few frames."""
    rows, columns, values = _entries(pairs, weight, n, smooth)
    return np.bincount(rows * n + columns, values, n * n).reshape(n, n).astype(np.float64, copy=False)


def balanced(pairs: npt.NDArray[np.intp], weights: Floats, right: Floats, n: int) -> Floats:
    """Values (n, k) of mean 0 of which each differs from the weighted mean of its neighbors by `right` (n, k)."""
    # A faint tie between neighbors in time: frames of which nothing is known hang together too.
    told = (pairs, weights, n, SMOOTH * max(float(weights.max(initial=0.0)), 1e-12))
    matrix = _dense_laplacian(*told) if n <= DENSE else _laplacian(*told)
    degree = matrix.diagonal()
    pull = degree[:, None] * right
    pull -= pull.mean(axis=0)
    if n <= DENSE:
        held = matrix + degree.mean() / n  # any multiple of a constant holds the mean at 0
        values: Floats = cho_solve(cho_factor(held, overwrite_a=True, check_finite=False), pull)
        return values
    values = _gradients(matrix, pull)
    values -= values.mean(axis=0)
    return values


def _gradients(matrix: csr_array, right: Floats) -> Floats:
    """Solution by conjugate gradients, column by column."""
    scale: Floats = 1 / np.sqrt(np.maximum(matrix.diagonal(), 1e-300))
    scaled = (matrix * scale).multiply(scale[:, None]).tocsr()
    solution = np.empty_like(right)
    for column, target in zip(right.T, solution.T, strict=True):
        target[:] = scale * cg(scaled, scale * column, rtol=1e-10, maxiter=20 * len(right))[0]
    return solution


def _certain(
    candidates: Candidates, agreeing: npt.NDArray[np.bool_], n: int, ties: Ties
) -> npt.NDArray[np.bool_]:
    """Frames of the largest group that hangs together by pairs beyond what chance brings, and by ties.

    That k of m pairs agree on one place by chance has the probability C(m, k) p^(k-1), with p the chance that
    noise has a maximum just there. A single maximum higher than noise reaches counts too. Pairs that correlate
    far less than most count for nothing: two different scenes have a place where they fit best, and all
    their frames agree on it. A small part of the frames that agrees is no common drift.
    """
    from scipy.special import gammaln

    each = np.log(candidates.places * 4 / (np.pi * AGREES**2) / candidates.heights.shape[1])
    degree = np.bincount(candidates.pairs.ravel(), minlength=n)
    top = candidates.heights[:, 0]
    high = np.percentile(top, 90) if len(top) else 0.0
    strong = agreeing & (top >= WEAK * high)
    chosen = candidates.pairs[strong]
    count = np.bincount(chosen.ravel(), minlength=n)
    ways = gammaln(degree + 1) - gammaln(count + 1) - gammaln(degree - count + 1)
    height = np.zeros(n)
    np.maximum.at(height, chosen.ravel(), np.repeat(np.maximum(top[strong], 0), 2))
    lone = height**2 / 2 - np.log(candidates.places * np.maximum(degree, 1))
    evidence = (count - 1) * each - ways + np.maximum(lone, 0)
    ok = (evidence > CERTAIN + np.log(n)) & (count > 0)
    ok[ties.pairs.ravel()] = True
    tied = np.concatenate([chosen[ok[chosen].all(axis=1)], ties.pairs])
    graph = csr_array((np.ones(len(tied)), tuple(tied.T)), shape=(n, n))
    _, group = connected_components(graph, directed=False)
    largest = np.bincount(group[ok], minlength=1).argmax() if ok.any() else -1
    certain: npt.NDArray[np.bool_] = ok & (group == largest)
    if certain.sum() < FEW * (degree > 0).sum():
        certain[:] = False
    return certain
