"""Fit again with other corrections, reading only what they touch."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from specks._core.corrections import Corrections, is_among
from specks._core.errors import InputError
from specks._core.progress import Progress
from specks._core.source import Source
from specks.filters.exclusions import COUNTED, EXCLUDING, Exclusions
from specks.mixture.left_out import as_seen
from specks.mixture.measured import measured_model
from specks.mixture.peaks.by_hand import check_verdicts
from specks.mixture.solve import solved
from specks.mixture.strokes import StrokeCounts, count_strokes, painted

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["KINDS", "corrected", "refit"]

#: Kinds of corrections that the engine takes; a threshold is for whoever cuts the posterior.
KINDS = ("scribble", "accept", "reject", *EXCLUDING, "threshold")


def refit(
    model: Mixture, corrections: Corrections, image: Any, executor: Executor | None
) -> Generator[Progress, None, Mixture]:
    """Fit again with these corrections instead of the model's."""
    corrections.require("fit_mixture", KINDS)
    Exclusions.of(corrections, model.shape)
    check_verdicts(corrections, model.variable.name, model.shape)
    source = model.source_or(image) if image is not None or model.source is not None else None
    if model.original is not None:
        return (yield from _refit_original(model, corrections, source, executor))
    stale = _stale(model.corrections, corrections, model.shape)
    if stale:
        if source is None:
            raise InputError(
                "image is missing: masks and regions change what is counted, and the model was loaded from a file"
            )
        kept = {key: counts for key, counts in model.strokes.counts.items() if key[0] not in stale}
        known = replace(model, corrections=corrections, strokes=StrokeCounts(kept))
        model = yield from measured_model(known, source, executor, stale)
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
    if model.peaks is not None:
        return solved(replace(model, corrections=corrections))
    planes = painted(corrections, model.shape)
    left_out = Exclusions.counted(corrections, model.shape)
    seen = None if model.source is None else as_seen(model.source, model.variable, left_out)
    strokes = count_strokes(planes, model.strokes, seen, model.variable, model.slices)
    if strokes is None:
        raise InputError("image is missing: new strokes were painted, and the model was loaded from a file")
    return solved(replace(model, corrections=corrections, strokes=strokes))


def _stale(old: Corrections, new: Corrections, shape: tuple[int, ...]) -> range | set[int]:
    """Slices in which other pixels count under the new log than under the old one."""
    before, after = list(old.of(*COUNTED)), list(new.of(*COUNTED))
    changed = [r for r in before if not is_among(r, after)] + [r for r in after if not is_among(r, before)]
    count = int(np.prod(shape[:-2], dtype=np.int64))
    if not changed:
        return set()
    if len(shape) == 2 or any(r["kind"] == "mask" or r["frames"] is None for r in changed):
        return range(count)
    per_frame = count // shape[0]
    frames = {f for r in changed for f in r["frames"]}
    return {f * per_frame + i for f in frames for i in range(per_frame)}
