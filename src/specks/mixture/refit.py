"""Fit again with other corrections, reading only what they touch."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from specks._core.corrections import Corrections
from specks._core.errors import InputError
from specks._core.progress import Progress
from specks._core.source import Source
from specks.mixture.exclusions import COUNTED, EXCLUDING, Exclusions
from specks.mixture.solve import solved
from specks.mixture.statistics import measure_slices
from specks.mixture.strokes import StrokeCounts, count_strokes, painted

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["KINDS", "corrected", "refit"]

#: Kinds of corrections that the engine takes; a threshold is for whoever cuts the posterior.
KINDS = ("scribble", *EXCLUDING, "threshold")


def refit(
    model: Mixture, corrections: Corrections, image: Any, executor: Executor | None
) -> Generator[Progress, None, Mixture]:
    """Fit again with these corrections instead of the model's."""
    corrections.require("fit_mixture", KINDS)
    Exclusions.of(corrections, model.shape)
    source = model.source_or(image) if image is not None or model.source is not None else None
    if model.original is not None:
        return (yield from _refit_original(model, corrections, source, executor))
    if not _same_records(model.corrections, corrections):
        if source is None:
            raise InputError(
                "image is missing: masks and regions change what is counted, and the model was loaded from a file"
            )
        counted = Exclusions.counted(corrections, model.shape)
        slices = yield from measure_slices(source, model.variable, counted, executor)
        model = replace(model, slices=slices, strokes=StrokeCounts())
    return corrected(replace(model, source=source), corrections)


def _refit_original(
    model: Mixture, corrections: Corrections, source: Source | None, executor: Executor | None
) -> Generator[Progress, None, Mixture]:
    """Fit anew: the original's counts depend on every pixel that is left out."""
    from specks.mixture.as_documented import fit_original

    if source is None or model.original is None:
        raise InputError("image is missing: the documented mode reads it again, so pass the image to refit")
    return (yield from fit_original(model, source, model.original.config, corrections, executor))


def corrected(model: Mixture, corrections: Corrections) -> Mixture:
    """A model whose slices are measured, with strokes counted and everything solved."""
    planes = painted(corrections, model.shape)
    strokes = count_strokes(planes, model.strokes, model.source, model.variable, model.slices)
    if strokes is None:
        raise InputError("image is missing: new strokes were painted, and the model was loaded from a file")
    return solved(replace(model, corrections=corrections, strokes=strokes))


def _same_records(old: Corrections, new: Corrections) -> bool:
    """Whether the same pixels count under both logs."""
    import numpy as np

    before, after = old.of(*COUNTED), new.of(*COUNTED)
    return len(before) == len(after) and all(
        a is b or (a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) for k in a))
        for a, b in zip(before, after, strict=True)
    )
