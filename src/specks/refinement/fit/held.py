"""Constraints of the clusters of a block: what they are off by, their derivatives, and the way back to them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks.refinement.fit.arrays import Floats
from specks.refinement.fit.blocks import Block, Hold

__all__ = ["Demand", "Demands"]

#: Part of an unknown by which it is changed to see what a constraint says.
NUDGE = 1e-6
#: As near as a constraint is met, and in how many steps at most.
MET, WAYS = 1e-13, 20


class Demand(Protocol):
    """A constraint."""

    @property
    def fun(self) -> Callable[..., Any]:
        """Of (clusters, features, parameters), the common length where there is one, and `args`."""
        ...

    @property
    def args(self) -> tuple[Any, ...]:
        """Further arguments."""
        ...

    @property
    def equal(self) -> bool:
        """Whether it must be 0; else it must not be below."""
        ...

    @property
    def cluster_size(self) -> int | None:
        """Of which clusters it is demanded; None for all."""
        ...

    @property
    def length(self) -> bool:
        """Whether a length that all clusters share is to be found with it."""
        ...


@dataclass(frozen=True, eq=False)
class Demands:
    """All constraints.

    Parameters
    ----------
    all : sequence of Demand
    columns : sequence of int
        Columns of the parameters, in the order in which functions see them.
    """

    all: Sequence[Demand]
    columns: Sequence[int]

    def of(self, block: Block) -> list[Demand]:
        """Those that are demanded of the clusters of a block."""
        k = block.features.shape[1]
        return [one for one in self.all if one.cluster_size in (None, k)]

    def measure(self, block: Block, seen: Floats, length: float) -> tuple[Floats, npt.NDArray[np.bool_]]:
        """What is left of each constraint, (clusters, constraints), and which of them are equalities.

        Parameters
        ----------
        block : Block
        seen : array (clusters, features, parameters) of float64
            As functions see them; as many clusters as one likes.
        length : float
            The common length.
        """
        parts = [_called(one, seen, length) for one in self.of(block)]
        kinds = [np.full(part.shape[1], one.equal) for part, one in zip(parts, self.of(block), strict=True)]
        if not parts:
            return np.zeros((len(seen), 0)), np.zeros(0, bool)
        return np.concatenate(parts, axis=1), np.concatenate(kinds)

    def seen(self, block: Block, values: Floats) -> Floats:
        """Parameters of a block as functions see them."""
        seen: Floats = values[block.features[:, :, None], np.asarray(self.columns)]
        return seen

    def hold(self, block: Block, values: Floats, length: float) -> Hold | None:
        """The constraints made linear where `values` stand; None where there are none."""
        if not self.of(block):
            return None
        seen = self.seen(block, values)
        n, m = block.unknowns.shape
        pattern = block.piece.problem.numbers[block.features[0]][:, list(self.columns)]
        # Every unknown is moved up and down, for all clusters in one call.
        ends = np.tile(seen, (2 * m, 1, 1, 1))
        nudges = np.empty((m, n))
        for u in range(m):
            k, p = np.nonzero(pattern == u)
            nudges[u] = NUDGE * np.maximum(1.0, np.abs(seen[:, k[0], p[0]]))
            ends[2 * u][:, k, p] += nudges[u][:, None]
            ends[2 * u + 1][:, k, p] -= nudges[u][:, None]
        told = self.measure(block, ends.reshape(2 * m * n, *seen.shape[1:]), length)[0]
        told = told.reshape(m, 2, n, -1)
        jacobian = np.moveaxis((told[:, 0] - told[:, 1]) / (2 * nudges[:, :, None]), 0, 2)
        left, equal = self.measure(block, seen, length)
        by_length = None
        if any(one.length for one in self.of(block)):
            step = NUDGE * max(1.0, length)
            up, down = (self.measure(block, seen, length + s)[0] for s in (step, -step))
            by_length = (up - down) / (2 * step)
        return Hold(left, jacobian, equal | (left < MET), by_length)

    def project(self, block: Block, length: float) -> None:
        """Move what is tried to where the constraints are met, by the way that costs least."""
        if not self.of(block):
            return
        state, problem = block.piece.state, block.piece.problem
        n, m = block.unknowns.shape
        matrix = state.matrix[block.entries].reshape(n, m, m)
        ease = 1.0 / np.maximum(np.einsum("nii->ni", matrix), 1e-12)
        low, high = problem.lower[block.unknowns], problem.upper[block.unknowns]
        hold = self.hold(block, state.trial, length)
        assert hold is not None
        left, equal = hold.left, hold.on
        for _ in range(WAYS):
            on = equal | (left < MET)
            if not np.abs(left[on]).max(initial=0.0) > MET:
                return
            across = hold.jacobian * on[:, :, None]
            eased = across * ease[:, None, :]
            stiff = eased @ across.swapaxes(1, 2)
            diagonal = np.einsum("nkk->nk", stiff)
            diagonal += 1e-12 * diagonal.max(axis=1, keepdims=True) + 1e-300
            force = np.linalg.solve(stiff, np.where(on, left, 0.0)[:, :, None])[:, :, 0]
            step = -np.einsum("nkm,nk->nm", eased, force)
            state.tried[block.unknowns] = np.clip(state.tried[block.unknowns] + step, low, high)
            block.put(state.tried, state.trial)
            left, equal = self.measure(block, self.seen(block, state.trial), length)


def _called(one: Demand, seen: Floats, length: float) -> Floats:
    """What a constraint says of each cluster, however its function lays that out."""
    extra = (length, *one.args) if one.length else one.args
    n = len(seen)
    first = np.atleast_1d(np.asarray(one.fun(seen[:1], *extra), np.float64)).ravel()
    if n == 1:
        return first[None]
    whole = np.asarray(one.fun(seen, *extra), np.float64)
    if whole.size != n * len(first):
        raise InputError(
            f"a constraint gives {whole.size} numbers for {n} clusters and {len(first)} for one; it must give as many for each"
        )
    by_cluster, by_constraint = whole.reshape(n, -1), whole.reshape(-1, n).T
    if whole.ndim == 2 and n != len(first):
        return by_cluster if len(whole) == n else by_constraint
    # It may be laid out either way: the first and the last cluster tell, or else each for itself.
    last = np.ravel(np.asarray(one.fun(seen[-1:], *extra), np.float64))
    ends = np.stack([first, last])
    told = [
        np.allclose(way[[0, -1]], ends, rtol=1e-12, atol=0, equal_nan=True)
        for way in (by_cluster, by_constraint)
    ]
    if told[0] != told[1]:
        return by_cluster if told[0] else by_constraint
    return np.stack([np.ravel(np.asarray(one.fun(seen[i : i + 1], *extra), np.float64)) for i in range(n)])
