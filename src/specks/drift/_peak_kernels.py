"""Compiled loops over spectra, and search for the maxima of correlations; plain statements are in tests/statements/drift.py."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from specks._core.kernel import kernel, summing_kernel

__all__ = ["add_rings", "climb", "cross_spectra", "highest_peaks"]

F32 = npt.NDArray[np.float32]
C64 = npt.NDArray[np.complex64]


@kernel
def cross_spectra(spectra: C64, pairs: npt.NDArray[np.intp], out: C64) -> None:
    """Spectrum of the later frame of each pair times the conjugate of the earlier one."""
    for i in range(len(pairs)):
        first, second, target = spectra[pairs[i, 0]].ravel(), spectra[pairs[i, 1]].ravel(), out[i].ravel()
        for k in range(len(target)):
            a, b = first[k], second[k]
            target[k] = complex(a.real * b.real + a.imag * b.imag, a.real * b.imag - a.imag * b.real)


@kernel
def add_rings(
    first: C64,
    second: C64,
    ramp_z: C64,
    ramp_y: C64,
    ramp_x: C64,
    ring: npt.NDArray[np.intp],
    common: npt.NDArray[np.float64],
    power: npt.NDArray[np.float64],
) -> None:
    """Add to the ring of each frequency what two frames have in common, and their mean power.

    The second frame is turned by the product of the ramps first.
    """
    nz, ny, nx = first.shape
    for z in range(nz):
        for y in range(ny):
            ramp = ramp_z[z] * ramp_y[y]
            for x in range(nx):
                a, b, turn = first[z, y, x], second[z, y, x], ramp * ramp_x[x]
                real, imaginary = a.real * b.real + a.imag * b.imag, a.real * b.imag - a.imag * b.real
                k = ring[z, y, x]
                common[k] += real * turn.real - imaginary * turn.imag
                power[k] += (a.real * a.real + a.imag * a.imag + b.real * b.real + b.imag * b.imag) / 2


@kernel
def highest_peaks(
    surface: F32, limit: npt.NDArray[np.float64], apart: float, places: npt.NDArray[np.float64], heights: F32
) -> None:
    """Highest local maxima of a periodic surface, the highest first, refined by parabolas.

    `limit` is the farthest shift allowed along each axis; of two maxima closer than `apart` the higher stays.
    Rows of `heights` that stay empty are -inf.
    """
    nz, ny, nx = surface.shape
    count = len(heights)
    heights[:] = -np.inf
    for z in range(nz):
        sz = z if z <= nz // 2 else z - nz
        if abs(sz) > limit[0]:
            continue
        for y in range(ny):
            sy = y if y <= ny // 2 else y - ny
            if abs(sy) > limit[1]:
                continue
            for x in range(nx):
                value = surface[z, y, x]
                if value <= heights[count - 1]:
                    continue
                sx = x if x <= nx // 2 else x - nx
                if abs(sx) > limit[2] or not _is_maximum(surface, z, y, x):
                    continue
                _insert(float(sz), float(sy), float(sx), value, apart, surface.shape, places, heights)
    for k in range(count):
        if heights[k] > -np.inf:
            _refine(surface, places[k])


@kernel
def _is_maximum(surface: F32, z: int, y: int, x: int) -> bool:
    nz, ny, nx = surface.shape
    value = surface[z, y, x]
    for dz in range(-1 if nz > 1 else 0, 2 if nz > 1 else 1):
        for dy in range(-1, 2):
            for dx in range(-1, 2):
                if surface[(z + dz) % nz, (y + dy) % ny, (x + dx) % nx] > value:
                    return False
    return True


@kernel
def _insert(
    z: float,
    y: float,
    x: float,
    value: float,
    apart: float,
    shape: tuple[int, int, int],
    places: npt.NDArray[np.float64],
    heights: F32,
) -> None:
    """Put a maximum into the list, unless a higher one is near; those lower and near give way."""
    count = len(heights)
    kept = 0
    for k in range(count):
        if heights[k] == -np.inf:
            break
        dz, dy, dx = abs(places[k, 0] - z), abs(places[k, 1] - y), abs(places[k, 2] - x)
        dz, dy, dx = min(dz, shape[0] - dz), min(dy, shape[1] - dy), min(dx, shape[2] - dx)
        near = dz * dz + dy * dy + dx * dx < apart * apart
        if near and heights[k] >= value:
            return
        if not near:
            heights[kept] = heights[k]
            places[kept] = places[k]
            kept += 1
    heights[kept:] = -np.inf
    at = kept
    while at > 0 and heights[at - 1] < value:
        at -= 1
    for k in range(min(kept, count - 1), at, -1):
        heights[k] = heights[k - 1]
        places[k] = places[k - 1]
    heights[at] = value
    places[at, 0], places[at, 1], places[at, 2] = z, y, x


@kernel
def _refine(surface: F32, place: npt.NDArray[np.float64]) -> None:
    """Move a maximum to the top of the parabolas through its neighbors."""
    nz, ny, nx = surface.shape
    z, y, x = int(place[0]), int(place[1]), int(place[2])
    middle = surface[z, y, x]
    if nz > 2:
        place[0] += _top(surface[z - 1, y, x], middle, surface[(z + 1) % nz, y, x])
    if ny > 2:
        place[1] += _top(surface[z, y - 1, x], middle, surface[z, (y + 1) % ny, x])
    if nx > 2:
        place[2] += _top(surface[z, y, x - 1], middle, surface[z, y, (x + 1) % nx])


@kernel
def _top(before: float, middle: float, after: float) -> float:
    """Top of the bell curve, or where there is none of the parabola, through three values."""
    if min(before, after) > 0:
        before, middle, after = np.log(before), np.log(middle), np.log(after)
    curvature = before - 2 * middle + after
    return 0.5 * (before - after) / curvature if curvature < 0 else 0.0


@kernel
def climb(spectrum: F32, width: int, place: npt.NDArray[np.float64]) -> None:
    """Move a place to the top of the surface that a spectrum is of, by one step of Newton's.

    Of the spectrum the half along x is given, real and imaginary parts by turns. The place stays where the surface
    is not a summit, or where its top would be farther than a pixel.
    """
    nz, ny, twice = spectrum.shape
    nx = twice // 2
    turn = 2 * np.pi
    slope, bend = np.zeros(3), np.zeros((3, 3))
    waves, sums = np.empty((6, nx), np.float32), np.empty(6)
    for x in range(nx):
        kx, weight = turn * x / width, 1.0 if x == 0 else 2.0
        cosine, sine = np.cos(kx * place[2]), np.sin(kx * place[2])
        for power in range(3):
            waves[2 * power, x], waves[2 * power + 1, x] = weight * cosine, weight * sine
            weight *= kx
    for z in range(nz):
        kz = turn * (z if z <= nz // 2 else z - nz) / nz
        for y in range(ny):
            ky = turn * (y if y <= ny // 2 else y - ny) / ny
            _add_waves(spectrum[z, y], waves, sums)
            phase = np.exp(1j * (kz * place[0] + ky * place[1]))
            all_of_it = complex(sums[0], sums[1]) * phase
            turned = complex(sums[2], sums[3]) * phase
            slope[0] -= kz * all_of_it.imag
            slope[1] -= ky * all_of_it.imag
            slope[2] -= turned.imag
            bend[0, 0] -= kz * kz * all_of_it.real
            bend[0, 1] -= kz * ky * all_of_it.real
            bend[1, 1] -= ky * ky * all_of_it.real
            bend[0, 2] -= kz * turned.real
            bend[1, 2] -= ky * turned.real
            bend[2, 2] -= sums[4] * phase.real - sums[5] * phase.imag
    for a in range(3):
        for b in range(a):
            bend[a, b] = bend[b, a]
        if bend[a, a] == 0:  # an axis of length 1
            bend[a, a] = -1.0
        if bend[a, a] > 0:
            return
    move = -np.linalg.solve(bend, slope)
    if np.abs(move).max() < 1:
        place += move


@summing_kernel
def _add_waves(row: F32, waves: F32, out: npt.NDArray[np.float64]) -> None:
    """Sums of a row of a spectrum times waves, real and imaginary parts by turns."""
    for k in range(0, len(out), 2):
        cosine, sine = waves[k], waves[k + 1]
        real, imaginary = np.float32(0), np.float32(0)
        for x in range(len(cosine)):
            real += row[2 * x] * cosine[x] - row[2 * x + 1] * sine[x]
            imaginary += row[2 * x] * sine[x] + row[2 * x + 1] * cosine[x]
        out[k], out[k + 1] = real, imaginary
