"""Which of the peaks of several widths are kept, said plainly."""

from __future__ import annotations

import numpy as np


def response(size, away, step=0.004):
    """Sum over a disc of the normalized Laplacian of a Gaussian of sigma 1 / sqrt(2), around the origin."""
    y, x = np.mgrid[-size : size + step : step, away - size : away + size + step : step]
    inside = y**2 + (x - away) ** 2 <= size**2
    u = (y**2 + x**2) / (2 * 0.5)
    laplacian = (1 - u) * np.exp(-u) / (np.pi * 0.5**2)
    return np.e / 2 * 0.5 * (laplacian * inside).sum() * step**2


def one_each(discs, gap, settings, response):
    """Peaks one by one: alike ones, then large ones that small ones make, then parts of large ones."""
    alike, small, inside, edge, share, made, around = settings
    n = len(discs.y)

    def away(a, b):
        return np.hypot(discs.y[a] - discs.y[b], discs.x[a] - discs.x[b])

    kept = []
    for a in sorted(range(n), key=lambda a: (not discs.sure[a], -discs.contrast[a], a)):
        radii = [(max(discs.radius[a], discs.radius[b]), min(discs.radius[a], discs.radius[b])) for b in kept]
        if not any(
            large <= alike * little and away(a, b) < gap * large
            for b, (large, little) in zip(kept, radii, strict=True)
        ):
            kept.append(a)
    whole = []
    for a in kept:
        parts = [
            discs.contrast[b] * response(discs.radius[b] / discs.radius[a], away(a, b) / discs.radius[a])
            for b in kept
            if discs.sure[b]
            and discs.radius[b] < small * discs.radius[a]
            and discs.contrast[b] >= share * discs.contrast[a]
            and away(a, b) <= around * discs.radius[a]
        ]
        if not sum(parts) >= made * discs.contrast[a]:
            whole.append(a)
    last = [
        a
        for a in whole
        if not any(
            discs.sure[b]
            and discs.radius[a] < small * discs.radius[b]
            and discs.contrast[a] < share * discs.contrast[b]
            and away(a, b) < edge * discs.radius[b] - inside * discs.radius[a]
            for b in whole
        )
    ]
    return np.isin(np.arange(n), last)
