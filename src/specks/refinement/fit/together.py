"""Fit clusters step by step: where they share parameters, meet constraints, or have a profile of the caller's."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from specks.refinement.fit._alone_kernels import (
    CONVERGED,
    DAMPING,
    EVALUATIONS,
    FALL,
    FLAT,
    GAIN,
    IDLE,
    IDLY_SMALL,
    LEAST,
    LIMIT,
    MOST,
    RESTING,
    RISE,
    ROUNDING,
    RUNNING,
    squared_range,
)
from specks.refinement.fit._step_kernels import GROWTH
from specks.refinement.fit.arrays import Floats, Ints
from specks.refinement.fit.blocks import Block, Hold, Solution, blocks_of
from specks.refinement.fit.held import Demands
from specks.refinement.fit.piece import Piece

__all__ = ["Together", "fit_each", "fit_joined"]

#: Damping under which a cluster is asked whether it rests: where nothing is known, nothing moves.
SLACK = 1e-6


@dataclass(eq=False)
class Together:
    """How pieces are fitted.

    Parameters
    ----------
    demands : Demands
    shared : int
        How many unknowns are shared, over all pieces.
    alike : bool
        Whether clusters that share count alike, however many pixels they have.
    max_shift : float
        How far a feature may go before pixels are collected anew, in pixels.
    max_rounds : int
        How often they are collected at most.
    length : float
        The length that constraints share, where they do.
    """

    demands: Demands
    shared: int = 0
    alike: bool = False
    max_shift: float = 1.0
    max_rounds: int = 10
    length: float = 0.0


def negligible(block: Block) -> Floats:
    """Costs below which residuals are rounding."""
    room = block.piece.room
    return np.array(
        [ROUNDING * squared_range(room.value, room.pixel_first[c], room.pixels[c]) for c in block.clusters]
    )


def tried_step(
    how: Together, block: Block, solution: Solution, shared_step: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Try the step that follows from that of what is shared.

    Returns
    -------
    length : array
        Squared length of the step of each cluster in units of what it costs.
    whole : array of bool
        Whether nothing of it was cut off.
    """
    state = block.piece.state
    n, m = block.unknowns.shape
    own = m - block.shared
    mine = shared_step[asked_for(how, block, solution)]
    found = solution.alone - np.einsum("nkq,q->nk", solution.follows, mine)
    step = np.concatenate([found[:, :own], np.tile(mine[: block.shared], (n, 1))], axis=1)
    part = block.stretch(np.where(np.arange(m) < own, step, 0.0))
    step[:, :own] *= part[:, None]
    block.attempt(step)
    diagonal = np.einsum("nii->ni", state.matrix[block.entries].reshape(n, m, m))
    how.demands.project(block, how.length)
    step = state.tried[block.unknowns] - state.unknown[block.unknowns]
    return np.einsum("ni,ni,ni->n", step, step, diagonal), part == 1.0


def asked_for(how: Together, block: Block, solution: Solution) -> Ints:
    """Which of all that is shared a block has a say in; the common length stands last."""
    which = block.piece.shared
    return which if solution.right.shape[1] == len(which) else np.append(which, how.shared)


def held_by(how: Together, block: Block) -> Hold | None:
    """The constraints of a block where it stands."""
    state = block.piece.state
    return how.demands.hold(block, state.values, how.length)


def to_constraints(how: Together, block: Block) -> None:
    """Begin where the constraints are met."""
    state, at = block.piece.state, block.unknowns
    if not how.demands.of(block):
        return
    state.tried[at] = state.unknown[at]
    block.put(state.tried, state.trial)
    how.demands.project(block, how.length)
    block.piece.evaluate(block.clusters)
    block.piece.accept(block.clusters)


def fit_each(how: Together, piece: Piece) -> None:
    """Fit the clusters of a piece, none of which shares anything with another."""
    todo = piece.clusters
    for _ in range(how.max_rounds):
        piece.collect(todo)
        piece.state.damping[todo], piece.state.ended[todo] = DAMPING, RUNNING
        for block in blocks_of(piece, todo, how.alike):
            to_constraints(how, block)
            _descend(how, block)
        gone = piece.moved(todo, how.max_shift)
        todo = gone[piece.state.ended[gone] != LIMIT]
        if not len(todo):
            return


def at_rest(block: Block) -> npt.NDArray[np.bool_]:
    """Whether no unknown of a cluster by itself has anything to gain: steps that fail are then rounding."""
    matrix, gradient, _ = block.system(np.zeros(len(block.clusters)))
    gain = (gradient**2 / np.einsum("nii->ni", matrix)).sum(axis=1)
    return np.asarray(gain <= RESTING * np.maximum(block.cost, IDLY_SMALL * negligible(block)))


@np.errstate(under="ignore")
def _descend(how: Together, block: Block) -> None:
    """Step down, each cluster until it ends."""
    state = block.piece.state
    while len(block.clusters):
        state.ended[block.clusters[block.cost <= negligible(block)]] = CONVERGED
        block = _running(block)
        if not len(block.clusters):
            return
        solution = block.solve(state.damping[block.clusters], held_by(how, block))
        length, whole = tried_step(how, block, solution, np.zeros(1))
        block.piece.evaluate(block.clusters)
        c, cost = block.clusters, block.cost
        better = state.judged[c] <= cost * (1 + 1e-12)
        gained = cost - state.judged[c]
        done = (
            whole & better & ((gained <= IDLE * cost) | (length * (1 + state.damping[c]) ** 2 <= GAIN * cost))
        )
        block.piece.accept(c[better])
        state.damping[c] = np.where(
            better, np.maximum(LEAST, state.damping[c] * FALL), state.damping[c] * RISE
        )
        state.ended[c[done]] = CONVERGED
        stuck = ~better & (state.damping[c] > MOST)
        late = (state.ended[c] == RUNNING) & (state.evaluations[c] >= EVALUATIONS)
        if (stuck | late).any():
            given_up = np.where(at_rest(block), CONVERGED, np.where(stuck, FLAT, LIMIT))
            state.ended[c] = np.where(stuck | late, given_up, state.ended[c])
        block = _running(block)


def _running(block: Block) -> Block:
    return block.only(block.piece.state.ended[block.clusters] == RUNNING)


def fit_joined(how: Together, pieces: Sequence[Piece]) -> Generator[int, None, None]:
    """Fit pieces whose clusters share parameters.

    Yields
    ------
    int
        How many steps were taken.
    """
    steps = 0
    for _ in range(how.max_rounds):
        for piece in pieces:
            piece.collect(piece.clusters)
        blocks = [b for p in pieces for b in blocks_of(p, p.clusters, how.alike)]
        for block in blocks:
            to_constraints(how, block)
        damping = DAMPING
        while steps < EVALUATIONS and damping < MOST:
            yield steps
            steps += 1
            better, done = _step_joined(how, blocks, damping)
            damping = max(LEAST, damping * FALL) if better else damping * RISE
            if done:
                break
        gone = any(len(piece.moved(piece.clusters, how.max_shift)) for piece in pieces)
        if steps >= EVALUATIONS or not gone:
            break
    _end(how, blocks)


def _held_shared(how: Together, blocks: Sequence[Block]) -> npt.NDArray[np.bool_]:
    """Which of what is shared a bound holds."""
    slope = np.zeros(how.shared)
    value, low, high = (np.zeros(how.shared) for _ in range(3))
    for block in blocks:
        state, problem, which = block.piece.state, block.piece.problem, block.piece.shared
        last = block.unknowns[:, block.unknowns.shape[1] - len(which) :]
        slope[which] += np.einsum("n,nq->q", block.weight, state.gradient[last])
        value[which], low[which], high[which] = (
            state.unknown[last[0]],
            problem.lower[last[0]],
            problem.upper[last[0]],
        )
    held: npt.NDArray[np.bool_] = ((value <= low) & (slope <= 0)) | ((value >= high) & (slope >= 0))
    return held


@np.errstate(under="ignore")
def _step_joined(how: Together, blocks: Sequence[Block], damping: float) -> tuple[bool, bool]:
    """Try one step of everything; whether it was better, and whether that was the last."""
    held = _held_shared(how, blocks)
    solutions = [
        b.solve(np.full(len(b.clusters), damping), held_by(how, b), held[b.piece.shared]) for b in blocks
    ]
    matrix, right = joined(how, blocks, solutions)
    step = np.asarray(np.linalg.lstsq(matrix, right, rcond=1e-14)[0], np.float64)
    stood = how.length
    how.length += float(np.clip(step[-1], -GROWTH * stood, GROWTH * stood))
    part = min((_part_shared(b, step[b.piece.shared]) for b in blocks), default=1.0)
    step[: how.shared] *= part
    told = [tried_step(how, b, s, step) for b, s in zip(blocks, solutions, strict=True)]
    for block in blocks:
        block.piece.evaluate(block.clusters)
    old = sum(float(b.weight @ b.cost) for b in blocks)
    new = sum(float(b.weight @ b.piece.state.judged[b.clusters]) for b in blocks)
    if not new <= old * (1 + 1e-12):
        how.length = stood
        return False, False
    for block in blocks:
        block.piece.accept(block.clusters)
    small = all(
        (length * (1 + damping) ** 2 <= GAIN * np.maximum(b.cost, negligible(b))).all()
        for b, (length, _) in zip(blocks, told, strict=True)
    )
    whole = part == 1.0 and all(w.all() for _, w in told)
    rounding = all((b.cost <= negligible(b)).all() for b in blocks)
    return True, rounding or (whole and (small or old - new <= GAIN**2 * old))


def joined(how: Together, blocks: Sequence[Block], solutions: Sequence[Solution]) -> tuple[Floats, Floats]:
    """The equations of what is shared, the common length last; clusters count with their weight."""
    matrix, right = np.zeros((how.shared + 1, how.shared + 1)), np.zeros(how.shared + 1)
    for block, solution in zip(blocks, solutions, strict=True):
        at, w = asked_for(how, block, solution), block.weight
        matrix[np.ix_(at, at)] += np.einsum("n,nij->ij", w, solution.matrix)
        right[at] += np.einsum("n,ni->i", w, solution.right)
    return matrix, right


def _part_shared(block: Block, step: Floats) -> float:
    """Which part of the step of what is shared may be taken so that nothing leaps."""
    n, m = block.unknowns.shape
    whole = np.zeros((n, m))
    whole[:, m - len(step) :] = step
    return float(block.stretch(whole).min(initial=1.0)) if len(step) else 1.0


@np.errstate(under="ignore")
def _end(how: Together, blocks: Sequence[Block]) -> None:
    """Say of each cluster whether it came to rest."""
    for block in blocks:
        state = block.piece.state
        solution = block.solve(np.full(len(block.clusters), SLACK), held_by(how, block))
        length, whole = tried_step(how, block, solution, np.zeros(how.shared + 1))
        scale = np.maximum(block.cost, IDLY_SMALL * negligible(block))
        rest = whole & (length <= RESTING * scale)
        state.ended[block.clusters] = np.where(rest, CONVERGED, LIMIT)
