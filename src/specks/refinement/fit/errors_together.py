"""Standard errors of clusters that share parameters or meet constraints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from specks.refinement.fit.alone import Fitted, judge_unknowns, plain, unpacked
from specks.refinement.fit.arrays import Floats
from specks.refinement.fit.blocks import Solution, blocks_of
from specks.refinement.fit.piece import Piece
from specks.refinement.fit.together import Together, held_by, joined

__all__ = ["judged"]


def judged(how: Together, pieces: Sequence[Piece]) -> list[Fitted]:
    """What was fitted of each piece, with standard errors.

    What clusters of their own do not know of each other they know by what they share: its variance is that of the
    sum of what each says of it, and adds to that of the own unknowns by how much these follow it.
    """
    found, variances = [], []
    for piece in pieces:
        problem, room, state, clusters = piece.problem, piece.room, piece.state, piece.clusters
        given = piece.given(clusters, state.values)
        variance = plain(problem, room, state, clusters, given, piece.desk)
        found.append(judge_unknowns(problem, room, state, clusters, variance))
        variances.append(variance)
    _spread(how, pieces, variances, [deviation for deviation, _, _ in found])
    return [
        unpacked(piece.problem, piece.room, piece.state, *parts)
        for piece, parts in zip(pieces, found, strict=True)
    ]


def _spread(
    how: Together, pieces: Sequence[Piece], variances: Sequence[Floats], deviations: Sequence[Floats]
) -> None:
    """Write the standard errors over those of clusters taken by themselves."""
    solved: list[tuple[int, Solution]] = []
    blocks = []
    for k, piece in enumerate(pieces):
        for block in blocks_of(piece, piece.clusters, how.alike):
            solution = block.solve(np.zeros(len(block.clusters)), held_by(how, block))
            solved.append((k, solution))
            blocks.append(block)
    matrix, _ = joined(how, blocks, [s for _, s in solved])
    scatter = np.zeros_like(matrix)
    for block, (k, solution) in zip(blocks, solved, strict=True):
        at = np.append(block.piece.shared, how.shared)[: solution.right.shape[1]]
        weight = block.weight**2 * variances[k][block.clusters]
        scatter[np.ix_(at, at)] += np.einsum("n,nij->ij", weight, solution.matrix)
    inverse = np.linalg.pinv(matrix, rcond=1e-14, hermitian=True)
    covariance = inverse @ scatter @ inverse
    for block, (k, solution) in zip(blocks, solved, strict=True):
        at = np.append(block.piece.shared, how.shared)[: solution.right.shape[1]]
        mine = covariance[np.ix_(at, at)]
        inverse_of = block.variances(held_by(how, block))
        follows = solution.follows[:, : inverse_of.shape[1]]
        variance = variances[k][block.clusters][:, None] * inverse_of
        variance += np.einsum("nkq,qr,nkr->nk", follows, mine, follows)
        with np.errstate(invalid="ignore"):
            root = np.sqrt(
                np.concatenate([variance, np.tile(np.diag(mine)[: block.shared], (len(variance), 1))], 1)
            )
        known = np.isfinite(deviations[k][block.unknowns])
        deviations[k][block.unknowns] = np.where(known, root, np.nan)
