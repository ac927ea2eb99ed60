"""Objects that live in a sample: where each one is, how large it is, and when it is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["MovingObjects", "Population", "populate"]

Floats = npt.NDArray[np.float64]
SMALLEST, LARGEST = 0.6, 2.0  # of the median radius
GAP = 3.0  # least distance in pixels between objects when both are as large as they get
TRIES = 200  # places that are tried for an object before the sample counts as full


@dataclass(frozen=True, kw_only=True)
class Population:
    """Objects of a sample, as they are at first and as they change; lengths in pixels.

    Parameters
    ----------
    count : float
        How many there are in a frame at first and last together; those that appear late included.
    radius, spread : float
        Median radius in the first frame of an object, and the standard deviation of its logarithm.
    contrast : float
        Gray values above the background; negative for dark ones.
    growth : float
        Growth of the radius over the whole series as a multiple of the first radius, on average; from
        half to one and a half times that for single objects.
    late : float
        Share of the objects that appear in the course of the series, small.
    wander : float
        Standard deviation along each axis of each object's own step from frame to frame.
    parallax : float
        How far objects one standard deviation above the middle of the sample move against it over
        the whole series, as in a tilt series, along the first axis.
    flow : float
        Steady motion through the sample, in pixels a frame, of the share `flowing` of the objects.
    flowing : float
    """

    count: float = 40.0
    radius: float = 6.0
    spread: float = 0.25
    contrast: float = 30.0
    growth: float = 0.0
    late: float = 0.0
    wander: float = 0.0
    parallax: float = 0.0
    flow: float = 0.0
    flowing: float = 0.0


@dataclass(frozen=True, eq=False)
class MovingObjects:
    """Objects in the frame of the sample.

    Attributes
    ----------
    position : (frames, n, ndim) float
        Where each would be in the images if the sample did not drift.
    radius : (frames, n) float
    alive : (frames, n) bool
    contrast : (n,) float
    """

    position: Floats
    radius: Floats
    alive: npt.NDArray[np.bool_]
    contrast: Floats


def populate(
    spec: Population,
    frames: int,
    frame_size: float,
    low: npt.NDArray[Any],
    high: npt.NDArray[Any],
    rng: np.random.Generator,
) -> MovingObjects:
    """Draw objects in all of the sample that is ever seen.

    Parameters
    ----------
    spec : Population
    frames : int
    frame_size : float
        Pixels that `spec.count` objects have to themselves.
    low, high : (ndim,) array of float
        Corners of what is seen, in pixels of frame 0.
    rng : numpy.random.Generator

    Returns
    -------
    MovingObjects
    """
    margin = (1 + 1.5 * spec.growth) * LARGEST * spec.radius + abs(spec.parallax)
    low, high = low - margin, high + margin
    if spec.flowing:
        low, high = low - spec.flow * frames, high + spec.flow * frames
    count = round(spec.count * float(np.prod(high - low)) / frame_size)
    birth = np.where(rng.random(count) < spec.late, rng.integers(1, max(2, frames), count), 0)
    first = spec.radius * np.clip(np.exp(spec.spread * rng.standard_normal(count)), SMALLEST, LARGEST)
    first[birth > 0] *= 0.5
    rate = spec.growth * rng.uniform(0.5, 1.5, count) / max(1, frames - 1)
    age = np.arange(frames)[:, None] - birth
    radius = first * (1 + rate * np.maximum(age, 0))
    start = _scatter(low, high, radius[-1], rng)
    kept = len(start)
    position = start + _own_motion(spec, frames, start.shape, rng)
    contrast = spec.contrast * rng.uniform(0.7, 1.3, count)
    return MovingObjects(position, radius[:, :kept], age[:, :kept] >= 0, contrast[:kept])


def _scatter(low: Floats, high: Floats, radius: Floats, rng: np.random.Generator) -> Floats:
    """Places without overlap, one after the other, until all have one or the next finds none."""
    places = np.empty((len(radius), len(low)))
    for i, own in enumerate(radius):
        for _ in range(TRIES):
            places[i] = rng.uniform(low, high)
            away = np.sqrt(np.square(places[:i] - places[i]).sum(axis=1))
            if (away >= radius[:i] + own + GAP).all():
                break
        else:
            return places[:i]
    return places


def _own_motion(
    spec: Population, frames: int, shape: tuple[int, ...], rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Displacement of each object against the sample, in each frame."""
    count, ndim = shape
    steps = spec.wander * rng.standard_normal((frames, count, ndim))
    steps[0] = 0.0
    moved = np.cumsum(steps, axis=0)
    time = np.arange(frames)[:, None]
    height = rng.standard_normal(count)
    moved[..., 0] += spec.parallax * np.clip(height, -2, 2) * time / max(1, frames - 1)
    flowing = rng.random(count) < spec.flowing
    moved[..., -1] += spec.flow * flowing * time
    own: npt.NDArray[np.float64] = moved
    return own
