"""Features of one frame, from its pixels to the columns of the table."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks._core.source import widened
from specks.refinement.finding.bandpass import bandpass
from specks.refinement.finding.centroid import Found, centers, characterize
from specks.refinement.finding.close import far_enough
from specks.refinement.finding.levels import WIDE, cutoff, in_levels, levels_of
from specks.refinement.finding.mask import root_of_moments
from specks.refinement.finding.maxima import local_maxima
from specks.refinement.finding.noise import background
from specks.refinement.finding.settings import Settings

__all__ = ["BLANK", "NOT_FINITE", "Columns", "find_features"]

Columns = dict[str, npt.NDArray[np.float64]]

#: Why a frame cannot have features.
BLANK = "blank (all pixels are equal)"
NOT_FINITE = "with pixels that are not finite (NaN or infinite)"
#: Whole numbers farther from 0 than these are refused.
WIDEST = 2**32


def find_features(pixels: npt.NDArray[Any], settings: Settings) -> tuple[Columns, str]:
    """Find the features of one frame.

    Parameters
    ----------
    pixels : array, shape ([z,] y, x)
        Whole numbers or floats.
    settings : Settings

    Returns
    -------
    (columns, fault)
        The columns of the table but for the frame; and why there can be no features, empty where there can.
    """
    fault = _fault(pixels)
    if fault:
        return _columns(Found(np.empty((0, 3)), np.empty(0), np.empty((0, 3), np.int64)), settings, {}), fault
    image = _prepared(pixels, settings.invert)
    most = levels_of(pixels.dtype)
    levels, scale = _levels(image, most, settings)
    found = _candidates(levels, settings)
    rows = settings.rows
    traits: Columns = {}
    if settings.characterize:
        traits = characterize(levels, image, found, rows, settings.flat)
        traits["signal"] /= scale
    kept = _chosen(found.mass / scale, traits, settings)
    traits = {name: values[kept] for name, values in traits.items()}
    found = Found(found.position, found.mass / scale, found.middle).only(kept)
    if settings.characterize:
        traits |= _errors(levels, image, rows, traits["raw_mass"], settings)
    return _columns(found, settings, traits), ""


def _fault(pixels: npt.NDArray[Any]) -> str:
    """What is wrong with a frame."""
    low, high = pixels.min(), pixels.max()
    if not (np.isfinite(low) and np.isfinite(high)):
        return NOT_FINITE
    if pixels.dtype.itemsize == 8 and pixels.dtype.kind in "iu" and max(-int(low), int(high)) >= WIDEST:
        raise InputError(
            f"image holds whole numbers from {low} to {high}; they must lie within 32 bits, or be given as float"
        )
    return BLANK if low == high else ""


def _prepared(pixels: npt.NDArray[Any], invert: bool) -> npt.NDArray[Any]:
    """A frame (z, y, x) of one of the types that kernels are compiled for, dark features made bright."""
    most = levels_of(pixels.dtype) if pixels.dtype.kind != "f" else 1
    frame = widened(pixels.reshape((1, *pixels.shape)[-3:]))
    kind = frame.dtype if frame.dtype.kind == "f" or frame.dtype.name in ("uint8", "uint16") else WIDE
    plain = np.require(frame, kind, ["C", "W"])
    return kind.type(most) - plain if invert else plain


def _levels(image: npt.NDArray[Any], most: int, settings: Settings) -> tuple[npt.NDArray[Any], float]:
    """What features are found on, and by what its brightness was multiplied."""
    if not settings.preprocess:
        return in_levels(image, most) if image.dtype.kind == "f" else (image, 1.0)
    threshold = settings.threshold
    if threshold is None:
        threshold = 1 / 255 if image.dtype.kind == "f" else 1.0
    return in_levels(bandpass(image, settings.noise_size, settings.smoothing_size, threshold), most)


def _candidates(levels: npt.NDArray[Any], settings: Settings) -> Found:
    """Centers of mass at maxima, none too close to a heavier one."""
    threshold = cutoff(levels, settings.percentile)
    starts = np.empty((0, 3), np.int64)
    if threshold is not None:
        starts = local_maxima(levels, settings.box, threshold, settings.margin)
    found = centers(levels, starts, settings.rows, settings.radius, settings.max_iterations)
    found = found.only(found.mass != 0)
    separation = settings.used(settings.separation)
    return found.only(far_enough(found.position[:, -len(separation) :], found.mass, separation))


def _chosen(mass: npt.NDArray[np.float64], traits: Columns, settings: Settings) -> npt.NDArray[np.intp]:
    """Rows that are heavy and small enough; of those the heaviest, the heaviest last, where only some are wanted."""
    good = mass > settings.minmass
    if settings.maxsize is not None:
        good &= traits["size"] < settings.maxsize
    rows = np.flatnonzero(good)
    if settings.topn is None or len(rows) <= settings.topn:
        return rows
    return rows[np.argsort(mass[rows])[-settings.topn :]]


def _errors(
    levels: npt.NDArray[Any],
    image: npt.NDArray[Any],
    rows: npt.NDArray[np.int64],
    raw_mass: npt.NDArray[np.float64],
    settings: Settings,
) -> Columns:
    """What noise in the background makes of the position."""
    black, noise = background(levels, image, rows)
    pixels = int((2 * rows[:, 2] + 1).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = noise / (raw_mass - pixels * black)
    spread = root_of_moments(rows)
    along = {f"ep_{axis}": ratio * settings.noise_size[i] * spread[i] for i, axis in enumerate("zyx")}
    return along | {"ep": along["ep_y"]}


def _columns(found: Found, settings: Settings, traits: Columns) -> Columns:
    """The columns of the table but for the frame."""
    every = traits | {axis: found.position[:, i] for i, axis in enumerate("zyx")} | {"mass": found.mass}
    return {name: every.get(name, np.empty(0)) for name in settings.columns() if name != "frame"}
