"""The documented mode behind the same face: the original's fit as a `Mixture`."""

from __future__ import annotations

from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from specks._core.corrections import Corrections
from specks._core.errors import CorrectionError, InputError
from specks._core.progress import Progress
from specks._core.source import Source
from specks.filters.exclusions import Exclusions
from specks.mixture.calibrated import Components
from specks.mixture.documented import (
    NanoparticleSegConfig,
    documented_table,
    iterate_documented,
    slice_weight,
)
from specks.mixture.documented._fit import doubt
from specks.mixture.original import Original
from specks.mixture.peaks.by_hand import check_verdicts
from specks.mixture.statistics import measure_slices
from specks.mixture.weights import prevalence

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["fit_original", "tabled"]


def fit_original(
    model: Mixture, source: Source, config: NanoparticleSegConfig, log: Corrections, executor: Executor | None
) -> Generator[Progress, None, Mixture]:
    """Fit as the original does; a table per slice from the slice's own histogram.

    Raises
    ------
    CorrectionError
        When there are strokes or verdicts, which the original cannot use.
    InputError
        When particles are dark: the original looks for bright ones.
    """
    if log.of("scribble"):
        raise CorrectionError(
            'scribbles are given, but mode "documented" cannot use them; use mode "calibrated" or leave them out'
        )
    check_verdicts(log, model.variable.name, source.shape)
    if model.polarity == "dark":
        raise InputError(
            'polarity is "dark", but mode "documented" finds bright particles only; use mode "calibrated"'
        )
    fit = yield from iterate_documented(source, config, Exclusions.of(log, source.shape), executor)
    slices = yield from measure_slices(
        source, model.variable, Exclusions.counted(log, source.shape), executor
    )
    components = Components(fit.p_bg, fit.p_np, 1.0 - fit.w_bg, 0.0)
    fitted = replace(model, slices=slices, components=components, corrections=log, source=source)
    return tabled(replace(fitted, original=Original(fit, config)))


def tabled(model: Mixture) -> Mixture:
    """The model with shares, tables and warnings from the fit and the histograms of its slices.

    The original stores float16. Rounded here from float64, the tables give its bits; rounded later,
    by way of float32, some of them would be one step off.
    """
    original = model.original
    if original is None:
        raise InputError("the model was fitted in another mode")
    fit, config = original.fit, original.config
    histograms = model.slices.total
    used = model.exclusions.used_slices()
    share = np.where(used, [slice_weight(fit, counts, config) for counts in histograms], 0.0)
    tables = np.stack([documented_table(fit, counts, config) for counts in histograms]).astype(np.float16)
    nothing = np.zeros(len(share))
    overall, _ = prevalence(share, nothing, histograms.sum(axis=1) * used)
    sentence = doubt(fit, config)
    warnings = () if sentence is None else (sentence,)
    return replace(
        model,
        share=share,
        share_error=nothing,
        tables=np.clip(tables.astype(np.float64), 0.0, 1.0),
        prevalence=overall,
        warnings=warnings,
        provenance=replace(model.provenance, warnings=warnings),
    )
