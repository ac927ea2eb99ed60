"""Fit all frames of a plan at once, which share parameters."""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import Executor
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.progress import Progress
from specks.refinement._fitters import first_length, how_together, make_pieces, settled, share
from specks.refinement._likeness import likeness
from specks.refinement._plan import Plan
from specks.refinement._run import Cancel, Found, begun, read_ahead, saturated
from specks.refinement.fit.arrays import Ints
from specks.refinement.fit.errors_together import judged
from specks.refinement.fit.piece import Piece
from specks.refinement.fit.together import fit_joined

__all__ = ["fit_all"]

#: Bytes of frames that are kept for the whole of a fit; with more, they are read again where features have moved.
KEPT = 2**30


def fit_all(
    plan: Plan, executor: Executor | None = None, cancel: Cancel | None = None
) -> Generator[Progress, None, Found]:
    """Fit a plan in which frames share parameters.

    Parameters
    ----------
    plan : Plan
    executor : concurrent.futures.Executor, optional
        Where clusters are fitted before they are fitted together.
    cancel : Cancel, optional
        No further frame is begun once it is set; those that were are fitted together.
    """
    found = Found.nothing(plan.rows.start)
    parts: list[Piece] = []
    rows_of: list[npt.NDArray[np.intp]] = []
    every, dark, kept = np.ones(len(plan.rows), bool), None, 0
    groups = plan.groups
    for k, (frame, span, image) in enumerate(read_ahead(plan, groups)):
        yield Progress(k, len(groups), f"Fitting frame {k + 1} of {len(groups)}")
        if cancel is not None and cancel.is_set():
            break
        rows, image, dark, start = begun(plan, found, span, every, image, dark)
        if start is None:
            continue
        kept += image.nbytes
        give = partial(_read, plan, frame) if kept > KEPT else _keep(image)
        shared = _numbered(plan, k)
        parts += make_pieces(plan, settled(plan, start, image, executor), give, image.shape, shared)
        rows_of.append(rows)
        found.saturated[rows] = saturated(image, start.values, plan.frames.ceiling)
    alike = 0.0
    if parts:
        yield from _fit(plan, parts, found, np.concatenate(rows_of))
    if parts and plan.settings.doubts:
        alike = likeness(plan, found, int(plan.rows.frame[rows_of[0][0]]), parts[0].image())
    return found.knowing(dark, alike)


def _fit(
    plan: Plan, parts: list[Piece], found: Found, rows: npt.NDArray[np.intp]
) -> Generator[Progress, None, None]:
    how = how_together(plan, 1 + max((int(p.shared.max(initial=-1)) for p in parts), default=-1))
    share(parts)
    how.length = first_length(plan, parts)
    for steps in fit_joined(how, parts):
        yield Progress(steps, 0, f"Fitting all {len(rows)} features together, step {steps + 1}")
    at = 0
    for fitted in judged(how, parts):
        many = len(fitted.values)
        found.put(rows[at : at + many], fitted)
        at += many


def _read(plan: Plan, frame: int) -> npt.NDArray[Any]:
    return plan.frames.filtered(plan.frames.volume(frame))


def _keep(image: npt.NDArray[Any]) -> Callable[[], npt.NDArray[Any]]:
    return lambda: image


def _numbered(plan: Plan, frame: int) -> Ints:
    """Which of all that is shared the shared parameters of a frame are: its own behind those of all."""
    modes = [mode for mode in plan.model.modes if mode in ("frame", "global")]
    everywhere, here = modes.count("global"), modes.count("frame")
    numbers, a, b = [], 0, everywhere + frame * here
    for mode in modes:
        numbers.append(a if mode == "global" else b)
        a, b = (a + 1, b) if mode == "global" else (a, b + 1)
    return np.array(numbers, np.int64)
