"""Fit the clusters of one image that share nothing."""

from __future__ import annotations

from concurrent.futures import Executor

import numpy as np
import numpy.typing as npt

from specks.refinement.fit.alone import Fitted, Start, fit_small
from specks.refinement.fit.assemble import Model
from specks.refinement.fit.errors_together import judged
from specks.refinement.fit.held import Demands
from specks.refinement.fit.piece import Piece
from specks.refinement.fit.together import Together, fit_each

__all__ = ["fit_image"]

#: Features of a cluster from which on its equations are a library's to solve.
LARGE = 250


def fit_image(
    model: Model,
    start: Start,
    image: npt.NDArray[np.generic],
    max_shift: float,
    max_rounds: int,
    executor: Executor | None = None,
) -> Fitted:
    """Fit all clusters of an image, whose profile the kernels know.

    Parameters
    ----------
    model : Model
    start : Start
    image : array (z, y, x) of float32 or float64
    max_shift : float
        How far a feature may go before pixels are collected anew, in pixels.
    max_rounds : int
        How often they are collected at most.
    executor : concurrent.futures.Executor, optional
        Where small clusters are fitted; threads of this process, where there are many, when not given.
    """
    sizes = np.diff(start.first)
    large = sizes > LARGE
    if not large.any():
        return fit_small(model, start, image, max_shift, max_rounds, executor)
    found = Fitted.nothing(start.values)
    how = Together(Demands((), ()), 0, False, max_shift, max_rounds)
    if not large.all():
        found.put(
            np.repeat(~large, sizes),
            fit_small(model, start.only(~large), image, max_shift, max_rounds, executor),
        )
    for c in np.flatnonzero(large):
        piece = Piece.of(model, start.part(int(c), int(c) + 1), lambda: image, image.shape)
        fit_each(how, piece)
        found.put(slice(start.first[c], start.first[c + 1]), judged(how, [piece])[0])
    return found
