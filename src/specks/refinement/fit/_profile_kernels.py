"""Profiles of features and their derivatives, over the pixels in which a feature is seen.

All are functions of the squared distance from the centre in units of the size, and 1 at their maximum.
"""

from __future__ import annotations

import math

from specks._core.kernel import summing_kernel
from specks.refinement.fit.arrays import EXTRA, Floats, Places

__all__ = ["DISC", "GAUSS", "GIVEN", "RING", "SERIES", "gauss_tables", "profile_values", "squared_distances"]

GAUSS, RING, DISC, SERIES, GIVEN = 0, 1, 2, 3, 4
#: Nearer than this in units of the size, a ring is flat.
MIDDLE = 1e-12
#: A disc fills at most this much of its size.
FULL = 0.999


@summing_kernel
def gauss_tables(offset: float, length: int, rate: float, table: Floats) -> None:
    """exp(-rate (k + offset)²) for whole numbers k from 0: two multiplications a value.

    Starts at the value nearest the middle, from which on both sides only falls.
    """
    middle = min(max(round(-offset), 0), length - 1)
    u = middle + offset
    fall = math.exp(-2.0 * rate)
    table[middle] = math.exp(-rate * u * u)
    value, ratio = table[middle], math.exp(-rate * (2.0 * u + 1.0))
    for k in range(middle + 1, length):
        value *= ratio
        ratio *= fall
        table[k] = value
    value, ratio = table[middle], math.exp(rate * (2.0 * u - 1.0))
    for k in range(middle - 1, -1, -1):
        value *= ratio
        ratio *= fall
        table[k] = value


@summing_kernel
def squared_distances(tables: Floats, z: Places, y: Places, x: Places, out: Floats) -> None:
    """Sum the squared distances along the axes."""
    along_z, along_y, along_x = tables[0], tables[1], tables[2]
    for p in range(len(x)):
        out[p] = along_z[z[p]] + along_y[y[p]] + along_x[x[p]]


@summing_kernel
def gauss_values(tables: Floats, n: int, z: Places, y: Places, x: Places, f: Floats, slope: Floats) -> None:
    along_z, along_y, along_x = tables[0], tables[1], tables[2]
    if n == 2:
        for p in range(len(x)):
            f[p] = along_y[y[p]] * along_x[x[p]]
    else:
        for p in range(len(x)):
            f[p] = along_z[z[p]] * along_y[y[p]] * along_x[x[p]]
    for p in range(len(x)):
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
    tables: Floats,
    z: Places,
    y: Places,
    x: Places,
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
    tables : array (3, length) of float64
        Along each axis: for a Gauss what its profile is made of, else squared distances.
    z, y, x : arrays (pixels,) of uint32
        Where in `tables` pixels look.
    r2 : array (pixels,) of float64
        Squared distances; not looked at for a Gauss.
    f, slope, extra : arrays of float64
        What is filled.
    """
    if profile == GAUSS:
        gauss_values(tables, n, z, y, x, f, slope)
    elif profile == RING:
        ring_values(r2, len(x), n, values[EXTRA], f, slope, extra)
    elif profile == DISC:
        disc_values(r2, len(x), n, values[EXTRA], f, slope, extra)
    else:
        series_values(r2, len(x), values[EXTRA:], f, slope, extra)
