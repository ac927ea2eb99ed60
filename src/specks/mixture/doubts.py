"""Reasons not to trust a fit, as sentences."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["with_doubts"]

#: Shares above which the background around particles is no longer seen well.
CROWDED = 0.1
#: Share of pixels far from seeds below which the background is guessed from its lower half.
SCARCE = 0.02
#: Share of pixels at the end of the range from which it matters.
SATURATED = 0.002
#: Expected precision or recall below which background and particles are not two groups.
DOUBTFUL = 0.6
#: Ratio of a slice's spread to that of the middle one from which slices are not alike.
DRIFTED = 1.5


def _drifting(model: Mixture, used: npt.NDArray[np.bool_]) -> list[str]:
    """A sentence when the spread of some slices, by which contrast is divided, is far from that of most."""
    spread = model.slices.spread
    seen = used & (spread > 0)
    if model.peaks is not None or model.fit_per == "frame" or seen.sum() < 2:
        return []
    gain = np.where(seen, spread / np.median(spread[seen]), 1.0)
    apart = np.flatnonzero(np.maximum(gain, 1 / gain) > DRIFTED)
    if not apart.size:
        return []
    furthest = apart[np.argmax(np.abs(np.log(gain[apart])))]
    return [
        f"Brightness or noise drifts: {apart.size} of {int(seen.sum())} slices vary more than {DRIFTED} times as "
        f"much or as little as most (slice {furthest}: {gain[furthest]:.2g} times). There the same particle looks "
        "stronger or weaker; exclude these slices, or even out the stack."
    ]


def _blurred_line(model: Mixture) -> list[str]:
    """A sentence when particles and background are not two groups but run into each other."""
    promise = model.expected(0.5)
    if not promise.precision < DOUBTFUL and not promise.recall < DOUBTFUL:
        return []
    things = "particles" if model.peaks is not None else "pixels"
    if np.isnan(promise.precision):  # nothing reaches it
        return [
            f"Particles and background are not clearly apart: no {things[:-1]} is at 0.5 or more. Check polarity "
            "and diameter, lower the threshold and look, or mark some."
        ]
    return [
        f"Particles and background are not clearly apart: of the {things} at 0.5 and more about "
        f"{100 * promise.precision:.0f} % are expected to be right, and {100 * promise.recall:.0f} % of all to be "
        "found."
    ]


def with_doubts(model: Mixture, used: npt.NDArray[np.bool_], in_vain: int = 0) -> Mixture:
    """The model with its warnings, which its provenance carries too.

    Parameters
    ----------
    model : Mixture
        With everything else that follows from what was counted.
    used : numpy.ndarray (slices,) of bool
        Slices of no excluded frame.
    in_vain : int
        Places marked as particle by hand that mean no peak.
    """
    warnings = doubts(model, used, in_vain)
    return replace(model, warnings=warnings, provenance=replace(model.provenance, warnings=warnings))


def doubts(model: Mixture, used: npt.NDArray[np.bool_], in_vain: int) -> tuple[str, ...]:
    """Warnings about a calibrated model.

    Parameters
    ----------
    model : Mixture
    used : numpy.ndarray (slices,) of bool
        Slices of no excluded frame.
    in_vain : int
        Places marked as particle by hand that mean no peak.
    """
    found = []
    slices = model.slices
    flat = int(((slices.spread == 0) & used).sum())
    if flat:
        found.append(f"{flat} of {int(used.sum())} slices have no contrast; no particles are reported there.")
    if model.prevalence > CROWDED:
        found.append(
            f"Particles cover {100 * model.prevalence:.0f} % of the image; above 10 % the background between "
            "them is hard to see, so probabilities are less certain."
        )
    pixels = slices.total[used, 1:].sum()
    if model.peaks is None and slices.background[used, 1:].sum() < SCARCE * pixels:
        found.append(
            "Hardly any pixel is far from bright structure, so the background was guessed from the lower half "
            "of the histogram; check the diameter."
        )
    if model.saturation > SATURATED:
        found.append(
            f"{100 * model.saturation:.2g} % of the pixels are at the end of the image's range; particles that "
            "reach it have lost contrast and look alike."
        )
    found.extend(_drifting(model, used))
    found.extend(_blurred_line(model))
    if model.prevalence == 0:
        found.append(
            "Nothing stands out from the background by more than chance; if there are particles, check "
            "polarity and diameter, or mark some."
        )
    if in_vain:
        found.append(
            f"{in_vain} of the places marked as particle by hand mean{'s' * (in_vain == 1)} nothing that stands out "
            "at this diameter, and so nothing is found there; check the diameter."
        )
    strokes = model.strokes.pooled
    if strokes is not None and (strokes[0].sum() == 0) != (strokes[1].sum() == 0):
        have, lack = ("particles (2 and more)", "background (1)")
        if strokes[1].sum() == 0:
            have, lack = lack, have
        found.append(f"scribbles holds only {have}; strokes on {lack} would make it surer.")
    return tuple(found)
