"""Clusters of one size as stacks of small systems of equations."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from specks.refinement.fit._step_kernels import GROWTH, LEAP
from specks.refinement.fit.arrays import POSITION, SIZE, Floats, Ints
from specks.refinement.fit.equations import inverse_diagonals, solve_each
from specks.refinement.fit.piece import Piece

__all__ = ["Block", "Hold", "Solution", "blocks_of"]


#: Damping that keeps a matrix regular where two unknowns mean the same, as of features at one place.
REGULAR = 1e-12


@dataclass(frozen=True, eq=False)
class Hold:
    """Constraints of the clusters of a block, made linear where these stand.

    Parameters
    ----------
    left : array (clusters, constraints)
        What they are off by.
    jacobian : array (clusters, constraints, unknowns)
    on : array (clusters, constraints) of bool
        Which of them hold; the others are inequalities that are met.
    by_length : array (clusters, constraints), optional
        Derivative by a length that all share.
    """

    left: Floats
    jacobian: Floats
    on: npt.NDArray[np.bool_]
    by_length: Floats | None = None


@dataclass(frozen=True, eq=False)
class Solution:
    """The step of each cluster of a block, as it follows from that of what is shared.

    Parameters
    ----------
    alone : array (clusters, own + constraints)
        Step of the own unknowns, and forces of the constraints, where nothing shared changes.
    follows : array (clusters, own + constraints, shared)
        What they change for each change of what is shared.
    matrix, right : array (clusters, shared, shared), array (clusters, shared)
        What each cluster adds to the equations of what is shared.
    """

    alone: Floats
    follows: Floats
    matrix: Floats
    right: Floats


@dataclass(frozen=True, eq=False)
class Block:
    """Clusters of a piece that have as many features, and so as many unknowns.

    Parameters
    ----------
    piece : Piece
    clusters : array (n,) of int64
    alike : bool
        Whether clusters count alike, however many pixels they have.
    unknowns, entries, features : arrays (n, ...) of int64
        Places of the unknowns, of the entries of the matrix and of the features of each cluster.
    feature, parameter, number : array (m,) of int64
        Of which feature of a cluster and which of its parameters is unknown, and the number of that unknown: the
        same in all of them.
    """

    piece: Piece
    clusters: Ints
    alike: bool
    unknowns: Ints = field(init=False)
    entries: Ints = field(init=False)
    features: Ints = field(init=False)
    feature: Ints = field(init=False)
    parameter: Ints = field(init=False)
    number: Ints = field(init=False)

    def __post_init__(self) -> None:
        problem = self.piece.problem
        many = np.diff(problem.unknown_first)[self.clusters]
        m = int(many[0]) if len(many) else 0
        object.__setattr__(self, "unknowns", problem.unknown_first[self.clusters][:, None] + np.arange(m))
        object.__setattr__(self, "entries", problem.matrix_first[self.clusters][:, None] + np.arange(m * m))
        k = int(np.diff(problem.first)[self.clusters[0]]) if len(many) else 0
        object.__setattr__(self, "features", problem.first[self.clusters][:, None] + np.arange(k))
        numbers = problem.numbers[self.features[0] if k else slice(0)]
        feature, parameter = np.nonzero(numbers >= 0)
        object.__setattr__(self, "feature", feature)
        object.__setattr__(self, "parameter", parameter)
        object.__setattr__(self, "number", numbers[feature, parameter])

    def only(self, keep: npt.NDArray[np.bool_]) -> Block:
        """Those of its clusters."""
        return Block(self.piece, self.clusters[keep], self.alike)

    @property
    def shared(self) -> int:
        """How many of the unknowns, the last ones, are shared with other clusters."""
        return len(self.piece.shared)

    @property
    def weight(self) -> Floats:
        """What each cluster counts."""
        pixels = self.piece.room.pixels[self.clusters]
        return 1.0 / np.maximum(pixels, 1) if self.alike else np.ones(len(self.clusters))

    @property
    def cost(self) -> Floats:
        """Sum of squared residuals of each cluster."""
        return self.piece.state.cost[self.clusters]

    def system(
        self, damping: Floats, shared_held: npt.NDArray[np.bool_] | None = None
    ) -> tuple[Floats, Floats, npt.NDArray[np.bool_]]:
        """Damped matrices and gradients, and which unknowns a bound holds; those stand still.

        Of what is shared a cluster alone does not know whether a bound holds it: `shared_held` says so.
        """
        state, problem = self.piece.state, self.piece.problem
        n, m = self.unknowns.shape
        matrix = state.matrix[self.entries].reshape(n, m, m).copy()
        gradient = state.gradient[self.unknowns].copy()
        value = state.unknown[self.unknowns]
        diagonal = np.einsum("nii->ni", matrix)
        held = (value <= problem.lower[self.unknowns]) & (gradient <= 0)
        held |= (value >= problem.upper[self.unknowns]) & (gradient >= 0)
        if shared_held is not None:
            held[:, m - self.shared :] = shared_held
        held[:, : m - self.shared] |= diagonal[:, : m - self.shared] <= 0
        diagonal *= 1.0 + np.maximum(damping, REGULAR)[:, None]
        still(matrix, gradient, held)
        return matrix, gradient, held

    def solve(
        self,
        damping: Floats,
        held_by: Hold | None = None,
        shared_held: npt.NDArray[np.bool_] | None = None,
    ) -> Solution:
        """Solve for the own unknowns of each cluster.

        Parameters
        ----------
        damping : array (clusters,)
        held_by : Hold, optional
            Constraints that the step has to meet.
        shared_held : array (shared,) of bool, optional
            Which of what is shared stands still.
        """
        matrix, gradient, among, inside = self._parted(damping, held_by, shared_held)
        across = matrix[:, inside[:, None], among]
        right = np.concatenate([gradient[:, inside, None], across], axis=2)
        found = solve_each(matrix[:, inside[:, None], inside], right)
        alone, follows = found[:, :, 0], found[:, :, 1:]
        outer = matrix[:, among[:, None], among] - np.einsum("nki,nkj->nij", across, follows)
        toward = gradient[:, among] - np.einsum("nki,nk->ni", across, alone)
        return Solution(alone, follows, outer, toward)

    def variances(self, held_by: Hold | None) -> Floats:
        """Diagonal of the inverse of the matrix of the own unknowns, (clusters, own)."""
        matrix, _, _, inside = self._parted(np.zeros(len(self.clusters)), held_by, None)
        own = self.unknowns.shape[1] - self.shared
        return inverse_diagonals(matrix[:, inside[:, None], inside])[:, :own]

    def _parted(
        self, damping: Floats, held_by: Hold | None, shared_held: npt.NDArray[np.bool_] | None
    ) -> tuple[Floats, Floats, Ints, Ints]:
        """Equations, and the places in them of what is shared and of the rest."""
        matrix, gradient, held = self.system(damping, shared_held)
        own, shared = matrix.shape[1] - self.shared, self.shared
        if held_by is not None:
            matrix, gradient = bordered(matrix, gradient, held, held_by)
            shared += held_by.by_length is not None
        return matrix, gradient, np.arange(own, own + shared), np.r_[:own, own + shared : matrix.shape[1]]

    def stretch(self, step: Floats) -> Floats:
        """Which part of the step of each cluster may be taken so that nothing leaps."""
        p = self.parameter
        some = (p >= POSITION) & (p < SIZE + 3)
        p, feature = p[some], self.feature[some]
        column = SIZE if self.piece.problem.isotropic else SIZE + (p - POSITION) % 3
        most = np.where(p < SIZE, LEAP, GROWTH) * np.abs(
            self.piece.state.values[self.features[:, feature], column]
        )
        change = np.abs(step[:, self.number[some]])
        part: Floats = (most / np.maximum(change, 1e-300)).min(axis=1, initial=1.0)
        return part

    def attempt(self, step: Floats) -> None:
        """Let what is tried be where the clusters stand and a step further, within bounds."""
        state, problem = self.piece.state, self.piece.problem
        at = self.unknowns
        state.tried[at] = np.clip(state.unknown[at] + step, problem.lower[at], problem.upper[at])
        self.put(state.tried, state.trial)

    def put(self, unknown: Floats, values: Floats) -> None:
        """Write unknowns into parameters."""
        values[self.features[:, self.feature], self.parameter] = unknown[self.unknowns[:, self.number]]


def still(matrix: Floats, gradient: Floats, held: npt.NDArray[np.bool_]) -> None:
    """Let unknowns stand still: their rows and columns say that their step is 0."""
    loose = ~held
    matrix *= loose[:, :, None] & loose[:, None, :]
    np.einsum("nii->ni", matrix)[held] = 1.0
    gradient[held] = 0.0


def bordered(
    matrix: Floats, gradient: Floats, held: npt.NDArray[np.bool_], held_by: Hold
) -> tuple[Floats, Floats]:
    """Equations with constraints, whose forces stand behind the unknowns, and the length that they share."""
    n, m = gradient.shape
    jacobian = held_by.jacobian * ~held[:, None, :]
    if held_by.by_length is not None:
        jacobian = np.concatenate([jacobian, held_by.by_length[:, :, None]], axis=2)
    wide, many = jacobian.shape[2], jacobian.shape[1]
    whole, right = np.zeros((n, wide + many, wide + many)), np.zeros((n, wide + many))
    whole[:, :m, :m], right[:, :m] = matrix, gradient
    whole[:, wide:, :wide], whole[:, :wide, wide:] = jacobian, jacobian.swapaxes(1, 2)
    # What a constraint that repeats another, or that nothing free can meet, would make singular.
    size = np.einsum("nkm,nkm->nk", jacobian, jacobian)
    stiff = np.einsum("nii->ni", matrix).max(axis=1)[:, None]
    slack = np.where((size > 0) & held_by.on, 1e-12 * size / stiff, 1.0)
    np.einsum("nii->ni", whole[:, wide:, wide:])[:] = -slack
    off = ~((size > 0) & held_by.on)
    rows, columns = np.nonzero(off)
    whole[rows, wide + columns, :wide] = whole[rows, :wide, wide + columns] = 0.0
    right[:, wide:] = np.where(off, 0.0, -held_by.left)
    return whole, right


def blocks_of(piece: Piece, clusters: Ints, alike: bool) -> list[Block]:
    """Clusters sorted by how many features they have."""
    sizes = np.diff(piece.problem.first)[clusters]
    return [Block(piece, clusters[sizes == k], alike) for k in np.unique(sizes)]
