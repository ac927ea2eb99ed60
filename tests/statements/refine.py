"""The fit of features, said plainly: NumPy, one feature and one unknown at a time.

Parameters of a feature stand in the order background, signal, positions, sizes (one, or one an axis), those of the
profile.
"""

from __future__ import annotations

import numpy as np

__all__ = ["clusters", "evaluation", "jacobian", "mask", "model", "pixels", "profile", "weights"]


def profile(name, r2, n, own):
    """Brightness at a squared distance in units of the size, and its derivatives by that and by `own`."""
    r = np.sqrt(r2)
    if name == "gauss":
        f = np.exp(-n * r2 / 2)
        return f, -n / 2 * f, []
    if name == "ring":
        (t,) = own
        u = (r - 1 + t) / t
        f = np.exp(-n * u**2 / 2)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(r > 0, -n / 2 * f * u / (t * r), 0.0)
        return f, slope, [n * f * (u**2 - u) / t]
    if name == "disc":
        q = min(max(own[0], 0.0), 0.999)
        u = np.maximum(r - q, 0) / (1 - q)
        f = np.exp(-n * u**2 / 2)
        outside = r > q
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(outside, -n / 2 * f * u / ((1 - q) * r), 0.0)
        return f, slope, [np.where(outside, n * f * (u - u**2) / (1 - q), 0.0)]
    multiple, *terms = own
    bottom = 1 + sum(a * r2 ** (j + 1) for j, a in enumerate(terms))
    rise = sum((j + 1) * a * r2**j for j, a in enumerate(terms))
    f = multiple / bottom
    return f, -f / bottom * rise, [1 / bottom, *(-f / bottom * r2 ** (j + 1) for j in range(len(terms)))]


def mask(at, centre, radius):
    """Which of the pixels (pixels, axes) lie in the ellipsoid about a centre, its edge included."""
    return (((at - centre) / radius) ** 2).sum(axis=1) <= 1 + 1e-9


def pixels(image, centres, radius):
    """Where the pixels are that lie in a mask and hold a number, and what they hold."""
    at = np.argwhere(np.isfinite(image))
    inside = np.any([mask(at, centre, radius) for centre in centres], axis=0)
    return at[inside], image[tuple(at[inside].T)]


def parts(values, n, isotropic):
    """Background, signal, position, sizes along each axis and own parameters of a feature."""
    sizes = np.repeat(values[2 + n], n) if isotropic else values[2 + n : 2 + 2 * n]
    return values[0], values[1], values[2 : 2 + n], sizes, values[3 + n if isotropic else 2 + 2 * n :]


def model(name, at, values, seen, isotropic=True):
    """Brightness of pixels: the mean background and each feature where it is seen, (features, pixels)."""
    found = np.full(len(at), values[:, 0].mean())
    for row, where in zip(values, seen, strict=True):
        _, signal, centre, sizes, own = parts(row, at.shape[1], isotropic)
        r2 = (((at - centre) / sizes) ** 2).sum(axis=1)
        found += where * signal * profile(name, r2, at.shape[1], own)[0]
    return found


def jacobian(name, at, values, seen, isotropic=True):
    """Derivatives of the model, (features, parameters, pixels)."""
    k, n = len(values), at.shape[1]
    found = np.zeros((k, values.shape[1], len(at)))
    found[:, 0] = 1 / k
    for i in range(k):
        _, signal, centre, sizes, own = parts(values[i], n, isotropic)
        away = at - centre
        r2 = ((away / sizes) ** 2).sum(axis=1)
        f, slope, by_own = profile(name, r2, n, own)
        by_size = [-2 * away[:, d] ** 2 / sizes[d] ** 3 for d in range(n)]
        rows = [f, *(signal * slope * -2 * away[:, d] / sizes[d] ** 2 for d in range(n))]
        rows += [signal * slope * s for s in ([sum(by_size)] if isotropic else by_size)]
        rows += [signal * by for by in by_own]
        found[i, 1:] = np.array(rows) * seen[i]
    return found


def weights(loss, value, residual, gain=1.0, offset=0.0):
    """What each pixel counts."""
    if loss == "linear":
        return np.ones(len(value))
    if loss == "poisson":
        return 1 / (gain**2 * np.maximum((value - residual - offset) / gain, 0.1))
    z = (residual / (np.median(np.abs(residual)) / 0.6744897501960817)) ** 2
    return 1 / np.sqrt(1 + z) if loss == "soft_l1" else 1 / (1 + z)


def evaluation(residual, derivatives, index, weight):
    """Cost, gradient and matrix; `index` (features, parameters) says which unknown a parameter is, -1 for none."""
    columns = np.zeros((index.max() + 1, len(residual)))
    for place in zip(*np.nonzero(index >= 0), strict=True):
        columns[index[place]] += derivatives[place]
    weighted = columns * weight
    return weight @ residual**2, weighted @ residual, weighted @ columns.T


def clusters(position, frame, separation, alone):
    """Numbers of clusters, in the order of their first features."""
    label = np.full(len(position), -1)
    for first in range(len(position)):
        if label[first] >= 0:
            continue
        label[first] = label.max() + 1
        grow = [] if alone[first] else [first]
        while grow:
            i = grow.pop()
            for j in range(len(position)):
                if label[j] >= 0 or alone[j] or frame[j] != frame[i]:
                    continue
                if (((position[i] - position[j]) / separation) ** 2).sum() <= 1:
                    label[j] = label[first]
                    grow.append(j)
    return label
