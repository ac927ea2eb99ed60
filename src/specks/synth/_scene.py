"""What the generated pictures show, and how they were recorded."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Literal, get_args

from specks._core.errors import InputError

__all__ = ["Dtype", "ParticleScene", "Polarity", "check_seed", "check_shape"]

Polarity = Literal["bright", "dark"]
Dtype = Literal["uint8", "uint16", "float32"]


@dataclass(frozen=True, kw_only=True)
class ParticleScene:
    """Spheres on an uneven, textured background, as a scanning electron microscope shows them.

    The defaults are those of the benchmark volume: a gray background of 110 with particles 90
    brighter; a broad texture (correlated over 60 px and, between slices, by 0.97) and a fine one
    (6 px, 0.7), both hidden inside particles; a blur of 0.7 px, noise correlated over 0.6 px, and
    brightness that changes from slice to slice. Radii are lognormal with a log standard deviation
    of 0.3, clipped to 0.5 and 2.8 times the median; 30 % of the particles are the seed of a loose
    aggregate of 2 to 6; their density falls to a quarter along x.

    Parameters
    ----------
    prevalence : float
        Fraction of the image that particles cover, from 0 to 0.5. What came out is in the result.
    diameter : float
        Median diameter in pixels of y and x.
    z_step : float
        Distance between slices in pixels of y and x.
    polarity : {"bright", "dark"}
        Whether particles are brighter or darker than the background. Dark is the negative of
        bright: gray 145 with particles 90 darker.
    dtype : {"uint8", "uint16", "float32"}
        Data type of the image; ``"uint16"`` holds 256 times the gray values of the others.
    contrast : float
        Mean difference between particles and background, in gray values of 0 to 255. It varies
        between particles with a standard deviation of one ninth of it.
    unevenness, texture : float
        Standard deviations of the broad and of the fine texture, in gray values.
    noise : float
        Standard deviation of the noise, in gray values.
    jitter : float
        How much brightness changes between slices: 1 is an offset with steps of 2.5 gray values
        (each slice keeps 0.8 of the last one's) and a gain with a standard deviation of 0.02.
    confounders : float
        Dim blobs of half the contrast that are no particles, as a multiple of `prevalence`.

    Raises
    ------
    InputError
        With every parameter that is out of range.

    Examples
    --------
    >>> ParticleScene(prevalence=0.01, polarity="dark").contrast
    90.0
    """

    prevalence: float = 0.003
    diameter: float = 10.0
    z_step: float = 5.0
    polarity: Polarity = "bright"
    dtype: Dtype = "uint8"
    contrast: float = 90.0
    unevenness: float = 10.0
    texture: float = 12.0
    noise: float = 9.0
    jitter: float = 1.0
    confounders: float = 0.0

    def __post_init__(self) -> None:
        faults = [
            f"{name} is {value!r}; it must be a number {said}"
            for name, lowest, highest, said in _LIMITS
            if not _within(value := getattr(self, name), lowest, highest)
        ]
        for name, choices in (("polarity", get_args(Polarity)), ("dtype", get_args(Dtype))):
            if getattr(self, name) not in choices:
                faults.append(f"{name} is {getattr(self, name)!r}; it must be one of {', '.join(choices)}")
        if faults:
            raise InputError(faults)


_AMOUNTS = ("contrast", "unevenness", "texture", "noise", "jitter", "confounders")
_LIMITS = [
    ("prevalence", 0.0, 0.5, "from 0 to 0.5"),
    ("diameter", 1.0, 1000.0, "from 1 to 1000 (pixels)"),
    ("z_step", 0.01, 1000.0, "from 0.01 to 1000 (pixels)"),
    *((name, 0.0, math.inf, "of 0 or more") for name in _AMOUNTS),
]


def _within(value: object, lowest: float, highest: float) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return math.isfinite(value) and lowest <= float(value) <= highest


def check_shape(shape: tuple[int, ...], letters: str) -> tuple[int, ...]:
    """The shape as whole numbers, one for each of `letters`."""
    sizes = tuple(shape) if isinstance(shape, Iterable) else ()
    whole = all(isinstance(n, Integral) and n > 0 for n in sizes)
    if len(sizes) != len(letters) or not whole:
        wanted = f"{len(letters)} whole numbers ({', '.join(letters)}) of 1 or more"
        raise InputError(f"shape is {shape!r}; it must be {wanted}")
    return tuple(int(n) for n in sizes)


def check_seed(seed: int) -> int:
    """The seed, when it is one."""
    if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
        raise InputError(f"seed is {seed!r}; it must be a whole number of 0 or more")
    return int(seed)
