"""Measure what a model is a mixture of, in all slices of an image or in those that have changed."""

from __future__ import annotations

from collections.abc import Container, Generator
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING

from specks._core.progress import Progress
from specks._core.source import Source
from specks.filters.exclusions import Exclusions
from specks.mixture.left_out import as_seen
from specks.mixture.peaks.planes import measure_peaks
from specks.mixture.statistics import measure_slices

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["measured_model"]


def measured_model(
    model: Mixture, source: Source, executor: Executor | None, stale: Container[int] | None = None
) -> Generator[Progress, None, Mixture]:
    """The model with the slices of an image; not solved yet.

    Parameters
    ----------
    model : Mixture
        Its corrections say which pixels count.
    source : Source
    executor : concurrent.futures.Executor, optional
    stale : container of int, optional
        Slices that are to be measured again, where others keep what is known; all when not given.
    """
    exclusions = Exclusions.counted(model.corrections, source.shape)
    if model.variable.name == "peaks":
        known = None if stale is None or model.peaks is None else (model.slices, model.peaks)
        slices, peaks = yield from measure_peaks(source, model.variable, exclusions, executor, known, stale)
        return replace(model, slices=slices, peaks=peaks)
    kept = None if stale is None else model.slices
    seen = as_seen(source, model.variable, exclusions)
    slices = yield from measure_slices(seen, model.variable, exclusions, executor, kept, stale)
    return replace(model, slices=slices)
