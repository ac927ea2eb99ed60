"""How likely each peak is a particle: from heights, and from what a hand has said."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from specks.mixture.calibrated import Components
from specks.mixture.doubts import with_doubts
from specks.mixture.frames import fitted_together, used_slices
from specks.mixture.peaks.by_hand import ACCEPTED, POINTED, REJECTED, said
from specks.mixture.peaks.heights import separate_heights
from specks.mixture.peaks.learn import Evidence, learned
from specks.mixture.peaks.table import Peaks
from specks.mixture.weights import posterior_tables, prevalence, slice_weights

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["judged", "weighed_peaks"]

#: How sure a hand is.
SURE = 1 - 1e-6


def judged(model: Mixture, peaks: Peaks) -> Mixture:
    """The model with everything that follows from its peaks and corrections."""
    verdicts = said(model.corrections, peaks, model.shape)
    parts = _separated(model, peaks, used_slices(model), verdicts)
    return _weighed(replace(model, components=parts), peaks, verdicts)


def weighed_peaks(model: Mixture, peaks: Peaks) -> Mixture:
    """The model with certainties, shares and warnings that follow from its components."""
    return _weighed(model, peaks, said(model.corrections, peaks, model.shape))


def _weighed(model: Mixture, peaks: Peaks, verdicts: npt.NDArray[np.int8]) -> Mixture:
    """The same with what a hand has said of each peak."""
    used, total = used_slices(model), model.slices.total
    tables = np.zeros(total.shape)
    groups = fitted_together(model)
    for group in groups:
        parts = model.components if len(groups) == 1 else _separated(model, peaks, group, verdicts)
        share = np.full(int(group.sum()), parts.weight)
        if share.size > 1:  # each slice has its own share of particles among its peaks
            share, _ = slice_weights(total[group], parts.ratio, parts.weight, 1.0)
        tables[group] = posterior_tables(parts.ratio, share)
    certainty = tables[peaks.slices, peaks.bins]
    spoken = verdicts != 0
    certainty[spoken] = np.where(verdicts[spoken] > 0, SURE, 1 - SURE)
    certainty[~used[peaks.slices]] = 0
    area, error = _covered(peaks, certainty, model.shape)
    pixels = np.full(len(used), float(np.prod(model.shape[-2:]))) * used
    overall, overall_error = prevalence(area, error, pixels)
    complete = replace(
        model,
        tables=tables,
        certainty=certainty,
        share=area,
        share_error=error,
        prevalence=overall,
        prevalence_error=overall_error,
    )
    return with_doubts(complete, used)


def _separated(
    model: Mixture, peaks: Peaks, slices: npt.NDArray[np.bool_], verdicts: npt.NDArray[np.int8]
) -> Components:
    """Components of some slices, with what a hand has said of them."""
    total, pits = (counts[slices].sum(axis=0) for counts in (model.slices.total, model.slices.background))
    here = slices[peaks.slices]
    evidence = Evidence(*(peaks.bins[here & (verdicts == kind)] for kind in (ACCEPTED, REJECTED, POINTED)))
    return learned(separate_heights(total, pits), total, evidence)


def _covered(
    peaks: Peaks, certainty: npt.NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Share of each slice that particles cover, and its standard error."""
    count, pixels = len(peaks.first) - 1, float(np.prod(shape[-2:]))
    expected = np.bincount(peaks.slices, certainty * peaks.area, count) / pixels
    variance = np.bincount(peaks.slices, certainty * (1 - certainty) * peaks.area**2, count)
    return np.minimum(expected, 1.0), np.minimum(np.sqrt(variance) / pixels, 1.0)
