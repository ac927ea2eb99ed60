"""How likely each peak is a particle: from heights, and from what a hand has said."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from specks.mixture.calibrated import BINS, Components
from specks.mixture.doubts import with_doubts
from specks.mixture.frames import fitted_together
from specks.mixture.peaks.by_hand import ACCEPTED, POINTED, REJECTED, Said, said
from specks.mixture.peaks.heights import pooled_components, separate_heights
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
    hand, used = said(model.corrections, peaks, model.shape), model.exclusions.used_slices()
    kinds = _kinds(peaks)
    parts = tuple(_separated(kind, used, hand.verdicts) for kind in kinds)
    pooled = pooled_components(parts, [float(kind.total[used].sum()) for kind in kinds])
    return _weighed(replace(model, components=pooled, kinds=parts), peaks, kinds, hand)


def weighed_peaks(model: Mixture, peaks: Peaks) -> Mixture:
    """The model with certainties, shares and warnings that follow from its components."""
    return _weighed(model, peaks, _kinds(peaks), said(model.corrections, peaks, model.shape))


@dataclass(frozen=True, eq=False)
class _Kind:
    """Peaks that were found at one of the widths.

    Parameters
    ----------
    chosen : numpy.ndarray of int64
        Their numbers among all peaks.
    slices, bins : numpy.ndarray of int
        Slice, and bin of the height, of each.
    total, pits : numpy.ndarray (slices, 256) of int64
        Counts of their heights, and of the depths of such pits.
    """

    chosen: npt.NDArray[np.int64]
    slices: npt.NDArray[np.int64]
    bins: npt.NDArray[np.uint8]
    total: npt.NDArray[np.int64]
    pits: npt.NDArray[np.int64]


def _kinds(peaks: Peaks) -> list[_Kind]:
    """The peaks by width, each of which has its own chance."""
    kind_of, slices, bins = peaks.kinds, peaks.slices, peaks.bins
    found = []
    for number, pits in enumerate(peaks.pits.swapaxes(0, 1)):
        chosen = np.flatnonzero(kind_of == number)
        total = np.bincount(slices[chosen] * BINS + bins[chosen], minlength=pits.size).reshape(pits.shape)
        found.append(_Kind(chosen, slices[chosen], bins[chosen], total, pits))
    return found


def _weighed(model: Mixture, peaks: Peaks, kinds: list[_Kind], hand: Said) -> Mixture:
    """The same with what a hand has said of each peak."""
    used, verdicts = model.exclusions.used_slices(), hand.verdicts
    certainty, tables = np.zeros(len(verdicts)), np.zeros(model.slices.total.shape)
    many = np.array([float(kind.total.sum()) for kind in kinds])
    shares = (many + 1e-9) / (many + 1e-9).sum()
    for kind, parts, share in zip(kinds, model.kinds, shares, strict=True):
        by_bin = _tables(model, kind, parts, verdicts)
        certainty[kind.chosen] = by_bin[kind.slices, kind.bins]
        tables += share * by_bin
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
    return with_doubts(complete, used, hand.in_vain)


def _tables(
    model: Mixture, kind: _Kind, together: Components, verdicts: npt.NDArray[np.int8]
) -> npt.NDArray[np.float64]:
    """Probability of particle by slice and bin, for peaks of one kind."""
    tables = np.zeros(kind.total.shape)
    groups = fitted_together(model)
    for group in groups:
        parts = together if len(groups) == 1 else _separated(kind, group, verdicts)
        share = np.full(int(group.sum()), parts.weight)
        if share.size > 1:  # each slice has its own share of particles among its peaks
            share, _ = slice_weights(kind.total[group], parts.ratio, parts.weight, 1.0)
        tables[group] = posterior_tables(parts.ratio, share)
    return tables


def _separated(kind: _Kind, slices: npt.NDArray[np.bool_], verdicts: npt.NDArray[np.int8]) -> Components:
    """Components of some slices, with what a hand has said of them."""
    total, pits = (counts[slices].sum(axis=0) for counts in (kind.total, kind.pits))
    here, spoken = slices[kind.slices], verdicts[kind.chosen]
    evidence = Evidence(*(kind.bins[here & (spoken == what)] for what in (ACCEPTED, REJECTED, POINTED)))
    return learned(separate_heights(total, pits), total, evidence)


def _covered(
    peaks: Peaks, certainty: npt.NDArray[np.float64], shape: tuple[int, ...]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Share of each slice that particles cover, and its standard error."""
    count, pixels = len(peaks.first) - 1, float(np.prod(shape[-2:]))
    expected = np.bincount(peaks.slices, certainty * peaks.area, count) / pixels
    variance = np.bincount(peaks.slices, certainty * (1 - certainty) * peaks.area**2, count)
    return np.minimum(expected, 1.0), np.minimum(np.sqrt(variance) / pixels, 1.0)
