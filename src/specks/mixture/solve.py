"""From counts to tables: everything after the data were read, in milliseconds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from specks.mixture.calibrated import separate
from specks.mixture.doubts import doubts
from specks.mixture.frames import used_slices
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
    used = used_slices(model)
    total = model.slices.total[used].sum(axis=0)
    background = model.slices.background[used].sum(axis=0)
    components = separate(total, background, object_area(model), model.strokes.pooled)
    return weighed(replace(model, components=components))


def weighed(model: Mixture) -> Mixture:
    """The model with shares, tables and warnings that follow from its components."""
    if model.peaks is not None:
        return weighed_peaks(model, model.peaks)
    used, components = used_slices(model), model.components
    share, error = slice_weights(model.slices.total, components.ratio, components.weight, object_area(model))
    share, error = np.where(used, share, 0.0), np.where(used, error, 0.0)
    overall, overall_error = prevalence(share, error, model.slices.pixels * used)
    complete = replace(
        model,
        share=share,
        share_error=error,
        tables=posterior_tables(components.ratio, share),
        prevalence=overall,
        prevalence_error=overall_error,
    )
    warnings = doubts(complete, used)
    return replace(complete, warnings=warnings, provenance=replace(model.provenance, warnings=warnings))
