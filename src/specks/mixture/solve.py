"""From counts to tables: everything after the data were read, in milliseconds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from specks.mixture.calibrated import Components, separate
from specks.mixture.doubts import with_doubts
from specks.mixture.frames import fitted_together
from specks.mixture.peaks.judge import judged, weighed_peaks
from specks.mixture.weights import posterior_tables, prevalence, slice_weights

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["object_area", "solved", "weighed"]


def object_area(model: Mixture) -> float:
    """Pixels of one particle."""
    diameter_y, diameter_x = model.variable.diameter
    return float(np.pi / 4 * diameter_y * diameter_x)


def solved(model: Mixture) -> Mixture:
    """The model with components, shares, tables and warnings that follow from what was counted."""
    if model.peaks is not None:
        return judged(model, model.peaks)
    return weighed(replace(model, components=_separated(model, model.exclusions.used_slices())))


def weighed(model: Mixture) -> Mixture:
    """The model with shares, tables and warnings that follow from its components."""
    if model.peaks is not None:
        return weighed_peaks(model, model.peaks)
    used, total = model.exclusions.used_slices(), model.slices.total
    share, error, tables = np.zeros(len(used)), np.zeros(len(used)), np.zeros(total.shape)
    groups = fitted_together(model)
    for group in groups:
        parts = model.components if len(groups) == 1 else _separated(model, group)
        share[group], error[group] = slice_weights(
            total[group], parts.ratio, parts.weight, object_area(model)
        )
        tables[group] = posterior_tables(parts.ratio, share[group])
    overall, overall_error = prevalence(share, error, model.slices.pixels * used)
    complete = replace(
        model,
        share=share,
        share_error=error,
        tables=tables,
        prevalence=overall,
        prevalence_error=overall_error,
    )
    return with_doubts(complete, used)


def _separated(model: Mixture, slices: npt.NDArray[np.bool_]) -> Components:
    """Components of some slices."""
    total, background = (
        counts[slices].sum(axis=0) for counts in (model.slices.total, model.slices.background)
    )
    return separate(total, background, object_area(model), model.strokes.within(slices).pooled)
