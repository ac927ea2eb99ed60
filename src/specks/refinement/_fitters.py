"""Which fit a plan needs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from specks.refinement._plan import Plan
from specks.refinement.asked.given import GivenProfile
from specks.refinement.fit._profile_kernels import GIVEN
from specks.refinement.fit.alone import Fitted, Start, pieces
from specks.refinement.fit.arrays import Ints
from specks.refinement.fit.errors_together import judged
from specks.refinement.fit.held import Demands
from specks.refinement.fit.image import fit_image
from specks.refinement.fit.piece import Piece
from specks.refinement.fit.together import Together, fit_each, fit_joined

__all__ = ["FrameFit", "frame_fit", "how_together", "make_pieces", "settled", "share"]

FrameFit: TypeAlias = Callable[[Plan, Start, npt.NDArray[Any], Executor | None], Fitted]


def frame_fit(plan: Plan) -> FrameFit:
    """How the features of one frame are fitted."""
    if plan.shares == "frame":
        return _frame_joined
    if plan.constraints or plan.model.profile == GIVEN:
        return _frame_stepwise
    return _frame_alone


def how_together(plan: Plan, shared: int) -> Together:
    """Settings of a fit step by step."""
    settings = plan.settings
    return Together(
        Demands(plan.constraints, plan.parameters.columns),
        shared,
        settings.alike,
        settings.max_shift,
        settings.max_iter,
    )


def _frame_alone(plan: Plan, start: Start, image: npt.NDArray[Any], executor: Executor | None) -> Fitted:
    return fit_image(plan.model, start, image, plan.settings.max_shift, plan.settings.max_iter, executor)


def _frame_stepwise(plan: Plan, start: Start, image: npt.NDArray[Any], executor: Executor | None) -> Fitted:
    del executor  # steps of all clusters at once, which are short
    how = how_together(plan, 0)
    parts = make_pieces(plan, start, lambda: image, image.shape, np.zeros(0, np.int64))
    for piece in parts:
        fit_each(how, piece)
    return Fitted.joined(judged(how, parts))


def _frame_joined(plan: Plan, start: Start, image: npt.NDArray[Any], executor: Executor | None) -> Fitted:
    shared = np.arange(plan.shared)
    begin = settled(plan, start, image, executor)
    parts = make_pieces(plan, begin, lambda: image, image.shape, shared)
    how = how_together(plan, len(shared))
    share(parts)
    how.length = first_length(plan, parts)
    for _ in fit_joined(how, parts):
        pass
    return Fitted.joined(judged(how, parts))


def settled(plan: Plan, start: Start, image: npt.NDArray[Any], executor: Executor | None) -> Start:
    """A better start for a fit in which clusters share parameters: each fitted with those as they begin.

    Constraints are not in it and the profile must be known to the kernels; else the start is as it was.
    """
    if plan.constraints or plan.model.profile == GIVEN:
        return start
    values = start.values.copy()
    modes = list(plan.model.modes)
    for column, mode in enumerate(modes):
        if mode in ("frame", "global"):
            values[:, column] = values[:, column].mean()
            modes[column] = "const"
    model = plan.model.with_modes(tuple(modes))
    held = Start(values, start.lower, start.upper, start.first)
    fitted = fit_image(model, held, image, plan.settings.max_shift, plan.settings.max_iter, executor)
    good = np.isfinite(fitted.values).all(axis=1) & (fitted.seen > 0)
    return Start(np.where(good[:, None], fitted.values, values), start.lower, start.upper, start.first)


def make_pieces(
    plan: Plan,
    start: Start,
    image: Callable[[], npt.NDArray[Any]],
    shape: tuple[int, ...],
    shared: Ints,
) -> list[Piece]:
    """The clusters of a frame as pieces."""
    profile = GivenProfile(plan.settings.profile) if plan.model.profile == GIVEN else None
    return [
        Piece.of(plan.model, start.part(*run), image, shape, profile, shared) for run in pieces(start.first)
    ]


def share(parts: list[Piece]) -> None:
    """Let what pieces share begin at the mean over all features, within the widest of the bounds."""
    many = max((int(p.shared.max()) + 1 for p in parts if len(p.shared)), default=0)
    total, count = np.zeros(many), np.zeros(many)
    low, high = np.full(many, np.inf), np.full(many, -np.inf)
    places = [_shared_places(piece) for piece in parts]
    for piece, at in zip(parts, places, strict=True):
        sizes = np.diff(piece.problem.first)
        np.add.at(total, piece.shared, (piece.state.unknown[at] * sizes[:, None]).sum(axis=0))
        np.add.at(count, piece.shared, float(sizes.sum()))
        np.minimum.at(low, piece.shared, piece.problem.lower[at].min(axis=0))
        np.maximum.at(high, piece.shared, piece.problem.upper[at].max(axis=0))
    value = np.clip(total / np.maximum(count, 1), low, high)
    for piece, at in zip(parts, places, strict=True):
        piece.problem.lower[at], piece.problem.upper[at] = low[piece.shared], high[piece.shared]
        piece.state.unknown[at] = value[piece.shared]
        piece.put_unknowns()


def _shared_places(piece: Piece) -> Ints:
    """Places of the shared unknowns of each cluster."""
    ends = piece.problem.unknown_first[1:]
    q = len(piece.shared)
    return np.asarray(ends[:, None] - q + np.arange(q))


def first_length(plan: Plan, parts: list[Piece]) -> float:
    """Where a length that constraints share begins: the usual distance within clusters of two."""
    lengths = [one for one in plan.constraints if one.length]
    if not lengths:
        return 0.0
    found = []
    for piece in parts:
        first = piece.problem.first
        for c in np.flatnonzero(np.diff(first) == 2):
            pair = piece.state.values[first[c] : first[c + 1]][:, list(plan.parameters.columns)]
            squared = lengths[0].fun(pair[None], 0.0, *lengths[0].args)
            found.append(float(np.sqrt(np.abs(np.ravel(squared)[0]))))
    return float(np.median(found)) if found else 1.0
