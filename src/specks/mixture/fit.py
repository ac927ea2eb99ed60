"""Fit a mixture to an image: the step."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np

from specks._core.axes import short_unit
from specks._core.blocks import check_executor
from specks._core.corrections import Corrections, as_corrections
from specks._core.errors import FitError, InputError
from specks._core.progress import Progress, Steps
from specks._core.provenance import Provenance, fingerprint
from specks._core.source import Source
from specks._core.step import step
from specks._core.types import CorrectionLog, Image, Mask, Param, PerAxis, Role, Runtime, Scribbles
from specks.filters.contrast import measured
from specks.filters.exclusions import Exclusions
from specks.mixture.calibrated import BINS, Components
from specks.mixture.estimate import guess_particles
from specks.mixture.further import SMALLEST, check_further, further_in_pixels
from specks.mixture.measured import measured_model
from specks.mixture.model import Mixture
from specks.mixture.peaks.by_hand import check_verdicts
from specks.mixture.range_end import saturation
from specks.mixture.refit import KINDS, corrected
from specks.mixture.statistics import SliceStatistics
from specks.mixture.variable import Variable, automatic, check_numbers

__all__ = ["fit_mixture"]

_SIGNS = {"auto": 0, "bright": 1, "dark": -1}


@step("Fit mixture")
def fit_mixture(
    image: Image,
    axes: Annotated[str | None, Param(advanced=True)] = None,
    diameter: Annotated[PerAxis | None, Param(gt=0, unit="length")] = None,
    polarity: Literal["auto", "bright", "dark"] = "auto",
    mode: Literal["calibrated", "documented"] = "calibrated",
    documented: Annotated[dict[str, Any] | None, Param(advanced=True)] = None,
    channel: Annotated[int | None, Param(advanced=True)] = None,
    spacing: Annotated[PerAxis | None, Param(gt=0, advanced=True)] = None,
    units: Annotated[str | None, Param(advanced=True)] = None,
    variable: Annotated[Literal["auto", "peaks", "contrast", "intensity"], Param(advanced=True)] = "auto",
    fit_per: Annotated[Literal["stack", "frame"], Param(advanced=True)] = "stack",
    coupling: Annotated[float, Param(ge=0, le=5, advanced=True)] = 0.0,
    further_diameters: Annotated[Sequence[float] | None, Param(gt=0, unit="length", advanced=True)] = None,
    corrections: CorrectionLog | None = None,
    scribbles: Scribbles | None = None,
    mask: Mask | None = None,
    executor: Runtime = None,
) -> Steps[Annotated[Mixture, Role.MODEL]]:
    """Fit background and particles to an image, so that every pixel gets a probability.

    Each slice (plane along y and x) is measured once, so images may be larger than memory. What is
    compared depends on the image (see `variable`):

    - In images and time series, **peaks**: places that respond to discs of several sizes around the
      diameter, in units of the local noise. Chance makes peaks and pits alike, so the image's own
      pits say how many peaks of each height are chance.
    - In volumes, the **contrast** of every pixel against its surroundings at the scale of the
      particles, in units of the slice's background noise. The background's distribution is taken
      far from all particles and matched to the whole on its upper flank; what lies above is the
      particles' part.

    The higher, the likelier a particle, never less. Slices share the two distributions; each has its
    own share of particles, which shrinks to that of the stack.

    Parameters
    ----------
    image : array ([t, c, z,] y, x), path or Source
        Any real numbers; what is not finite, or 1e30 and beyond, is left out.
    axes : str, optional
        What the axes mean, such as "tyx"; read from the file, else guessed from their number.
    diameter : float or sequence of float, optional
        Typical width of a particle, in the unit of the image; the scale of the strongest
        response when not given.
    polarity : {"auto", "bright", "dark"}
        Whether particles are brighter or darker than their surroundings; "auto" takes the side
        that stands out more.
    mode : {"calibrated", "documented"}
        "documented" is the original algorithm of sphero-vem, for 8-bit images.
    documented : dict, optional
        Configuration of the documented mode, by the original's names.
    channel : int, optional
        Which channel of an image that has several.
    spacing : float or sequence of float, optional
        Size of a pixel, in place of what the image declares; 1 forces pixels.
    units : str, optional
        Unit of `spacing`.
    variable : {"auto", "peaks", "contrast", "intensity"}
        What is compared. "auto" takes "peaks" for images and time series and "contrast" for volumes
        and for planes of more than 33 million pixels. "intensity" compares pixels by their intensity
        alone; for even backgrounds, or particles larger than a quarter of the image.
    fit_per : {"stack", "frame"}
        Whether all frames share one model of background and particles, or each has its own, for series
        whose contrast changes. A frame is an index along t, or along z of a volume.
    coupling : float
        Strength with which neighbors draw each other's probability where pixels are compared one by one,
        as in volumes; less along an axis with wider steps. 0 for none; 0.5 makes outlines smoother and
        finds more of faint particles.
    further_diameters : sequence of float, optional
        Typical widths of further kinds of particles in the same image, much smaller or larger than
        `diameter`, in the unit of the image; where the diameter has one value an axis, along the largest of
        them and in its proportions. Only where peaks are compared. Each is judged by its own noise and chance.
    corrections : Corrections, optional
        Strokes, masks, excluded frames and regions. A frame is an index along t, or along z of a
        volume.
    scribbles : array of int, optional
        Strokes as an image: 0 nothing, 1 background, 2 particle. 3 to 255 are particles too, of
        further classes, which `segment_particles` tells apart.
    mask : array of bool, optional
        True where the image is to be used; the shape of the image, or of one plane.
    executor : concurrent.futures.Executor, optional
        Where slabs are measured; threads of this process when not given. Every executor gives
        the same bits.

    Returns
    -------
    Mixture
        The model; `Mixture.posterior` gives the probabilities.

    Raises
    ------
    InputError
        When the image is of a type that has no order (bool, complex), or arguments do not fit it.
    CorrectionError
        When a correction does not fit the image.
    FitError
        When no pixel is finite, or all are equal.

    References
    ----------
    Blanchard, Lee & Scott (2010), JMLR 11:2973 (largest background weight); Westling, Downes &
    Small (2023), Statistica Sinica 33:573 (monotone likelihood ratio); Nigam et al. (2000),
    Machine Learning 39:103 (marked pixels in a mixture).

    Examples
    --------
    >>> import numpy as np
    >>> from specks.mixture import fit_mixture
    >>> rng = np.random.default_rng(0)
    >>> image = rng.normal(100, 5, (128, 128)); image[40:50, 40:50] -= 60
    >>> model = fit_mixture(image, diameter=10)
    >>> model.polarity, round(model.prevalence, 3)
    ('dark', 0.007)
    """
    from specks.io import as_source

    source = as_source(image, axes=axes, channel=channel, spacing=spacing, units=units)
    _check(source, executor)
    log = as_corrections(corrections).with_shorthands(scribbles=scribbles, mask=mask)
    log.require("fit_mixture", KINDS)
    Exclusions.of(log, source.shape)
    compared = automatic(source.axes, source.shape) if variable == "auto" else variable
    further = tuple(further_diameters or ())
    check_further(further, mode, compared)
    yield Progress(0, 0, "Looking at the image")
    if mode == "documented":
        fitted = yield from _fit_original(source, documented, polarity, log, executor)
        return replace(fitted, opened=(axes, channel))
    if documented is not None:
        raise InputError(
            'documented is given, but mode is "calibrated"; say mode="documented" or leave it out'
        )
    model = replace(
        _start(source, diameter, further, _SIGNS[polarity], compared, log), fit_per=fit_per, coupling=coupling
    )
    model = replace(model, saturation=saturation(source, model.variable.sign))
    fitted = yield from _fit(model, source, log, executor)
    return replace(fitted, opened=(axes, channel))


def _check(source: Source, executor: Executor | None) -> None:
    """Refuse images that cannot be fitted, before any work."""
    check_executor(executor, source)
    check_numbers(source)
    if min(source.shape[-2:]) < 8:
        colors = source.shape[-1] in (3, 4) and source.ndim > 2
        hint = "; if the last axis holds colors, take one of them, such as image[..., 0]" if colors else ""
        raise InputError(
            f"the image's planes are {source.shape[-2:]} pixels; expected 8 or more along y and x{hint}"
        )


def _start(
    source: Source,
    diameter: PerAxis | None,
    further: tuple[float, ...],
    sign: int,
    variable: Literal["peaks", "contrast", "intensity"],
    log: Corrections,
) -> Mixture:
    """A model that knows what it looks for, but has not looked yet."""
    geometry = source.geometry
    pixel = max(geometry.to_pixels(1.0)[-2:])
    given = None if diameter is None else geometry.to_pixels(diameter)[-2:]
    if variable != "intensity" and given is not None and max(given) > max(source.shape[-2:]):
        raise InputError(
            f"diameter is {diameter} {short_unit(geometry.length_unit)} ({max(given):.4g} pixels), more than the "
            f"whole image of {source.shape[-2:]} pixels; give the width of one particle"
        )
    if given is not None and min(given) < SMALLEST:
        raise InputError(
            f"diameter is {diameter} {short_unit(geometry.length_unit)} ({min(given):.4g} pixels); it must be at least "
            f"{SMALLEST:g} pixel: is it in the unit of the image?"
        )
    if given is None or sign == 0:
        size_given = None if given is None else float(np.mean(given))
        guess = guess_particles(source, sign, size_given, Exclusions.of(log, source.shape))
        if guess is not None:
            sign = guess.sign
            given = given or tuple(p * guess.diameter / pixel for p in geometry.to_pixels(1.0)[-2:])
    size = float(np.mean(given)) if given is not None else min(source.shape[-2:]) / 8
    if given is None:
        variable, given = "intensity", (size, size)
    wide = (float(given[0]), float(given[1]))
    others = further_in_pixels(further, wide, source)
    found = Variable(variable, sign or 1, wide, others if variable == "peaks" else ())
    return _blank(source, "calibrated", max(given) / pixel, found, log)


def _blank(
    source: Source,
    mode: Literal["calibrated", "documented"],
    diameter: float | None,
    variable: Variable,
    log: Corrections,
) -> Mixture:
    """A model of which nothing is known yet but what it is a mixture of."""
    nothing = np.zeros(BINS)
    count = int(np.prod(source.shape[:-2], dtype=np.int64))
    return Mixture(
        mode=mode,
        shape=source.shape,
        axes=source.axes,
        opened=(source.axes, None),
        unit=source.geometry.length_unit,
        diameter=diameter,
        polarity="dark" if variable.sign < 0 else "bright",
        variable=variable,
        slices=SliceStatistics.empty(count),
        components=Components(nothing, nothing, 0.0, 0.0),
        share=np.zeros(count),
        share_error=np.zeros(count),
        tables=np.zeros((count, BINS)),
        prevalence=0.0,
        prevalence_error=0.0,
        corrections=log,
        provenance=Provenance(inputs={"image": fingerprint(source)}),
        source=source,
    )


def _fit_original(
    source: Source, config: dict[str, Any] | None, polarity: str, log: Corrections, executor: Executor | None
) -> Generator[Progress, None, Mixture]:
    """Fit in documented mode."""
    from specks.mixture.as_documented import fit_original
    from specks.mixture.documented._config import as_config

    settings = as_config(config)
    gray = Variable("gray", -1 if polarity == "dark" else 1, (1.0, 1.0))
    model = _blank(source, "documented", None, gray, log)
    return (yield from fit_original(model, source, settings, log, executor))


def _fit(
    model: Mixture, source: Source, log: Corrections, executor: Executor | None
) -> Generator[Progress, None, Mixture]:
    """Measure the slices and solve."""
    check_verdicts(log, model.variable.name, source.shape)
    seen = yield from measured_model(model, source, executor)
    if not seen.slices.counted:
        raise FitError(_why_nothing(source, log))
    return corrected(seen, log)


def _why_nothing(source: Source, log: Corrections) -> str:
    """Why no pixel could be counted."""
    if Exclusions.of(log, source.shape).records:
        return "no pixel is left to fit: mask, regions and excluded frames leave out all that have contrast"
    first = source.read(tuple(slice(0, 1) for _ in source.shape)).ravel()[0]
    if not measured(first):
        return "the image has no finite pixels below 1e30; there is nothing to fit"
    if 0 < abs(first) < np.finfo(np.float32).tiny:
        return f"pixels near {first:g} are too small to be compared in 32 bits; multiply the image by a large number"
    return f"every pixel of the image is {first:g}; there is nothing to tell apart"
