"""What the compiled loops of drift estimation compute, said plainly."""

from __future__ import annotations

import numpy as np


def bin_mean(pixels: np.ndarray, boxes: tuple[int, int, int]) -> np.ndarray:
    """Mean of the finite pixels of each box."""
    shape = [n // b for n, b in zip(pixels.shape, boxes, strict=True)]
    out = np.full(shape, np.nan)
    for index in np.ndindex(*shape):
        box = pixels[tuple(slice(i * b, (i + 1) * b) for i, b in zip(index, boxes, strict=True))]
        finite = box[np.isfinite(box)].astype(np.float64)
        if finite.size:
            out[index] = finite.mean()
    return out


def halve(pixels: np.ndarray, weights: tuple[float, ...]) -> np.ndarray:
    """Every other pixel, along y and x, of a low-pass whose border is continued."""
    out = pixels.astype(np.float64)
    half = len(weights) // 2
    for axis in (1, 2):
        n = out.shape[axis] // 2 * 2
        at = np.clip(np.arange(0, n, 2)[:, None] + np.arange(-half, half + 1), 0, out.shape[axis] - 1)
        out = np.moveaxis(np.moveaxis(out, axis, -1)[..., at] @ np.array(weights), -1, axis)
    return out


def shift_along(pixels: np.ndarray, weights: np.ndarray, axis: int) -> np.ndarray:
    """Sums of weights times neighbors along an axis; the border is continued."""
    half = len(weights) // 2
    at = np.clip(
        np.arange(pixels.shape[axis])[:, None] + np.arange(-half, half + 1), 0, pixels.shape[axis] - 1
    )
    moved = np.moveaxis(pixels.astype(np.float64), axis, -1)[..., at] @ weights.astype(np.float64)
    return np.moveaxis(moved, -1, axis)


def slope(pixels: np.ndarray, axis: int, weights: tuple[float, ...]) -> np.ndarray:
    """Differences of neighbors on either side; 0 nearer to the border than there are neighbors."""
    values = np.moveaxis(pixels.astype(np.float64), axis, 0)
    out = np.zeros_like(values)
    n = len(values)
    for k, weight in enumerate(weights, 1):
        out[3 : n - 3] += weight * (values[3 + k : n - 3 + k] - values[3 - k : n - 3 - k])
    return np.moveaxis(out, 0, axis)


def common(shape: tuple[int, ...], offset: np.ndarray) -> tuple[tuple[slice, ...], tuple[slice, ...]]:
    """Where a frame shows what another shows `offset` pixels further: in the one and in the other."""
    here = tuple(
        slice(max(0, -int(o)), max(0, n - max(0, int(o)))) for o, n in zip(offset, shape, strict=True)
    )
    there = tuple(slice(s.start + int(o), s.stop + int(o)) for s, o in zip(here, offset, strict=True))
    return here, there


def weighted_mean(
    pixels: np.ndarray,
    inside: np.ndarray,
    t: int,
    near: np.ndarray,
    offsets: np.ndarray,
    shares: np.ndarray,
    worth: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean of other frames as frame `t` would see it, and how many frames it is worth there."""
    total, cover = np.zeros((2, *pixels.shape[1:]))
    for u, offset, share in zip(near, offsets, shares, strict=True):
        here, there = common(total.shape, offset)
        seen = inside[u % len(inside)][there].astype(np.float64)
        total[here] += share * pixels[u][there] * seen
        cover[here] += share * seen
    return total / np.maximum(cover, 1e-6), cover * inside[t % len(inside)] * worth


def compare_frame(
    pixels: np.ndarray,
    inside: np.ndarray,
    t: int,
    near: np.ndarray,
    offsets: np.ndarray,
    shares: np.ndarray,
    worth: float,
    axes: tuple[int, ...],
    rows: np.ndarray,
    columns: np.ndarray,
    slopes: tuple[float, ...],
) -> dict[str, np.ndarray]:
    """Sums of products that tell how a frame lies against others; `rows` and `columns` name the group of each."""
    own = pixels[t].astype(np.float64)
    mean, frames = weighted_mean(pixels, inside, t, near, offsets, shares, worth)
    use = frames / (frames + 1)
    each = use / np.maximum(frames, 1)
    parts = np.stack([np.ones_like(mean), mean, *(slope(mean, a, slopes) for a in axes)])
    everything = np.concatenate([parts, own[None]])
    count = max(rows.max(), columns.max()) + 1
    groups = np.zeros((count, count, len(everything), len(everything)))
    for i, j in np.ndindex(len(everything), len(everything)):
        for y, x in np.ndindex(*own.shape[1:]):
            groups[rows[y], columns[x], i, j] += (use * everything[i] * everything[j])[:, y, x].sum()
    crosses = [
        [(use * part * slope(own, a, slopes)).sum() for part in (parts[0], parts[1], parts[2 + k])]
        for k, a in enumerate(axes)
    ]
    grams, rights = np.zeros((len(near), len(parts), len(parts))), np.zeros((len(near), len(parts)))
    for k, (u, offset) in enumerate(zip(near, offsets, strict=True)):
        here, there = common(own.shape, offset)
        rest = (own[here] - pixels[u][there]) * inside[u % len(inside)][there]
        shared = parts[(slice(None), *here)]
        grams[k] = np.einsum("izyx,jzyx,zyx->ij", shared, shared, each[here])
        rights[k] = np.einsum("izyx,zyx,zyx->i", shared, rest, each[here])
    return {"groups": groups, "crosses": np.array(crosses), "grams": grams, "rights": rights}


def pair_products(
    own: np.ndarray,
    other: np.ndarray,
    mine: np.ndarray,
    theirs: np.ndarray,
    offset: np.ndarray,
    axes: tuple[int, ...],
    rows: np.ndarray,
    columns: np.ndarray,
    slopes: tuple[float, ...],
) -> np.ndarray:
    """Products of two frames with each other's slopes, and of the slopes, summed by the group of each pixel."""
    here, there = common(own.shape, offset)
    seen = mine[here].astype(np.float64) * theirs[there]
    one, two = own[here].astype(np.float64), other[there].astype(np.float64)
    out = np.zeros((2, len(axes), rows.max() + 1, columns.max() + 1))
    for k, axis in enumerate(axes):
        own_slope, other_slope = slope(own, axis, slopes)[here], slope(other, axis, slopes)[there]
        pull, square = (own_slope * two - other_slope * one) / 2 * seen, own_slope * other_slope * seen
        for (z, y, x), _ in np.ndenumerate(seen):
            group = rows[y + here[1].start], columns[x + here[2].start]
            out[0, k][group] += pull[z, y, x]
            out[1, k][group] += square[z, y, x]
    return out


def cross_spectra(spectra: np.ndarray, pairs: np.ndarray) -> np.ndarray:
    """The later of each pair times the conjugate of the earlier."""
    return spectra[pairs[:, 1]] * np.conj(spectra[pairs[:, 0]])


def highest_peaks(
    surface: np.ndarray, limit: np.ndarray, apart: float, count: int
) -> list[tuple[tuple[int, ...], float]]:
    """Signed places and heights of the highest maxima of a periodic surface, none nearer to a higher one than `apart`."""
    found = []
    for index in np.ndindex(*surface.shape):
        signed = tuple(i if i <= n // 2 else i - n for i, n in zip(index, surface.shape, strict=True))
        if any(abs(s) > m for s, m in zip(signed, limit, strict=True)):
            continue
        steps = [(a - 1, b - 1, c - 1) for a, b, c in np.ndindex(3, 3, 3) if surface.shape[0] > 1 or a == 1]
        around = [
            surface[tuple((i + d) % n for i, d, n in zip(index, step, surface.shape, strict=True))]
            for step in steps
        ]
        if surface[index] >= max(around):
            found.append((signed, float(surface[index])))
    found.sort(key=lambda item: -item[1])
    kept: list[tuple[tuple[int, ...], float]] = []
    for place, height in found:
        gaps = [
            [min(abs(a - b), n - abs(a - b)) for a, b, n in zip(place, other, surface.shape, strict=True)]
            for other, _ in kept
        ]
        if all(sum(g * g for g in gap) >= apart * apart for gap in gaps):
            kept.append((place, height))
    return kept[:count]


def add_rings(
    first: np.ndarray, second: np.ndarray, ramps: list[np.ndarray], ring: np.ndarray, rings: int
) -> tuple[np.ndarray, np.ndarray]:
    """What two frames have in common, and their mean power, by rings."""
    turned = second * np.conj(first) * ramps[0][:, None, None] * ramps[1][:, None] * ramps[2]
    both = (np.abs(first) ** 2 + np.abs(second) ** 2) / 2
    common, power = np.zeros(rings), np.zeros(rings)
    np.add.at(common, ring, turned.real)
    np.add.at(power, ring, both)
    return common, power
