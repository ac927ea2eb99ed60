"""Profiles of features and their derivatives, over the pixels in which a feature is seen.

All are functions of the squared distance from the centre in units of the size, and 1 at their maximum.
"""

from __future__ import annotations

import math

from specks._core.kernel import summing_kernel
from specks.refinement.fit.arrays import EXTRA, Floats

__all__ = ["DISC", "GAUSS", "GIVEN", "RING", "SERIES", "profile_values"]

GAUSS, RING, DISC, SERIES, GIVEN = 0, 1, 2, 3, 4
#: Nearer than this in units of the size, a ring is flat.
MIDDLE = 1e-12
#: A disc fills at most this much of its size.
FULL = 0.999


@summing_kernel
def gauss_values(r2: Floats, count: int, n: int, f: Floats, slope: Floats) -> None:
    for p in range(count):
        f[p] = math.exp(-0.5 * n * r2[p])
        slope[p] = -0.5 * n * f[p]


@summing_kernel
def ring_values(r2: Floats, count: int, n: int, t: float, f: Floats, slope: Floats, extra: Floats) -> None:
    for p in range(count):
        r = math.sqrt(r2[p])
        u = (r - 1.0 + t) / t
        f[p] = math.exp(-0.5 * n * u * u)
        slope[p] = -0.5 * n * f[p] * u / (t * r) if r > MIDDLE else 0.0
        extra[0, p] = n * f[p] * (u * u - u) / t


@summing_kernel
def disc_values(r2: Floats, count: int, n: int, q: float, f: Floats, slope: Floats, extra: Floats) -> None:
    q = min(max(q, 0.0), FULL)
    for p in range(count):
        r = math.sqrt(r2[p])
        if r <= q:
            f[p], slope[p], extra[0, p] = 1.0, 0.0 if q > 0.0 else -0.5 * n, 0.0
            continue
        u = (r - q) / (1.0 - q)
        f[p] = math.exp(-0.5 * n * u * u)
        slope[p] = -0.5 * n * f[p] * u / ((1.0 - q) * r)
        extra[0, p] = n * f[p] * (u - u * u) / (1.0 - q)


@summing_kernel
def series_values(
    r2: Floats, count: int, parameters: Floats, f: Floats, slope: Floats, extra: Floats
) -> None:
    terms = len(parameters) - 1
    for p in range(count):
        bottom, rise, power = 1.0, 0.0, 1.0
        for j in range(terms):
            rise += (j + 1) * parameters[j + 1] * power
            power *= r2[p]
            bottom += parameters[j + 1] * power
        f[p] = parameters[0] / bottom
        slope[p] = -f[p] * rise / bottom
        extra[0, p] = 1.0 / bottom
        power = -f[p] / bottom
        for j in range(terms):
            power *= r2[p]
            extra[j + 1, p] = power


@summing_kernel
def profile_values(
    profile: int,
    n: int,
    values: Floats,
    count: int,
    r2: Floats,
    f: Floats,
    slope: Floats,
    extra: Floats,
) -> None:
    """Fill `f` with a profile, `slope` with its derivative by r², `extra` with those by its own parameters.

    Parameters
    ----------
    profile : int
        Which; not GIVEN.
    n : int
        Dimensions of space.
    values : array (parameters,) of float64
        Of the feature.
    count : int
        How many pixels there are.
    r2 : array (pixels,) of float64
        Squared distances in units of the size.
    f, slope, extra : arrays of float64
        What is filled.
    """
    if profile == GAUSS:
        gauss_values(r2, count, n, f, slope)
    elif profile == RING:
        ring_values(r2, count, n, values[EXTRA], f, slope, extra)
    elif profile == DISC:
        disc_values(r2, count, n, values[EXTRA], f, slope, extra)
    else:
        series_values(r2, count, values[EXTRA:], f, slope, extra)
