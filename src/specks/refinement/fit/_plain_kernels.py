"""What weighted fits leave over without weights, and what their matrices say of errors."""

from __future__ import annotations

from specks._core.kernel import summing_kernel
from specks.refinement.fit._evaluate_kernels import evaluate
from specks.refinement.fit._weight_kernels import POISSON, SOFT_L1, scale_of
from specks.refinement.fit.arrays import Desk, Floats, Ints, Problem, Room, State

__all__ = ["take_weights_off"]


@summing_kernel
def plain_cost(
    loss: int, weight: Floats, residual: Floats, weighed: Floats, guess: Floats, unknowns: int
) -> tuple[float, float]:
    """Sum of squared residuals without weights, and by what the inverse of the matrix is to be multiplied.

    The matrix is the weighted one. For robust losses the variance is that of an M-estimator, brought to the
    weights by their mean.
    """
    pixels = len(residual)
    cost, weighted, psi, slope, weights = 0.0, 0.0, 0.0, 0.0, 0.0
    left = max(pixels - unknowns, 1)
    for p in range(pixels):
        weighted += weighed[p] * residual[p]
        weights += weight[p]
        cost += residual[p] * residual[p]
    if loss == POISSON:
        return cost, weighted / left
    scale = scale_of(residual, weighed, guess)
    if scale == 0.0:
        return cost, 0.0
    for p in range(pixels):
        z = (residual[p] / scale) ** 2
        if loss == SOFT_L1:
            psi += residual[p] ** 2 / (1.0 + z)
            slope += (1.0 + z) ** -1.5
        else:
            psi += residual[p] ** 2 / (1.0 + z) ** 2
            slope += (1.0 - z) / (1.0 + z) ** 2
    return cost, psi / left / (slope / pixels) ** 2 * (weights / pixels)


@summing_kernel
def take_weights_off(
    problem: Problem, room: Room, state: State, clusters: Ints, given: Floats, desk: Desk, variances: Floats
) -> None:
    """Let the costs of clusters be those without weights.

    Parameters
    ----------
    problem, room, state
        As everywhere.
    clusters : array of int64
    given : array of float64
        As for `evaluate`.
    desk : Desk
    variances : array (clusters,) of float64
        Filled with by what the inverse of the matrix of a cluster is to be multiplied.
    """
    for c in clusters:
        evaluate(problem, room, state, state.values, given, c, desk)
        pixels, start = room.pixels[c], room.pixel_first[c]
        unknowns = problem.unknown_first[c + 1] - problem.unknown_first[c]
        state.cost[c], variances[c] = plain_cost(
            problem.loss,
            room.new_weight[start : start + pixels],
            desk.residual[:pixels],
            desk.weighed[:pixels],
            desk.guess,
            unknowns,
        )
