"""A small movie of blobs, some of which touch, for tests of the dock *Refine*."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["PLACED", "SETTINGS", "SIZE", "TRUTH", "blobs"]

SIZE, SIGNAL, GROUND, NOISE = 3.0, 100.0, 20.0, 2.0
#: Where blobs are in each frame, by frame; the first two touch, and so do the last three.
TRUTH = np.array(
    [
        (t, y + 0.3 * t, x + 0.2 * t)
        for t in range(3)
        for y, x in [
            (20.2, 20.1),
            (20.4, 26.0),
            (22.0, 62.3),
            (60.1, 20.0),
            (60.0, 60.0),
            (64.2, 64.1),
            (68.3, 68.4),
        ]
    ]
)
#: Of a layer: 0.5 micrometers a pixel.
PLACED: dict[str, Any] = {
    "scale": (1, 0.5, 0.5),
    "translate": (0, 10, 20),
    "units": ("s", "um", "um"),
    "axis_labels": ("t", "y", "x"),
}
#: Settings that find all of them, for the pages *Locate* and *Refine*.
SETTINGS: tuple[dict[str, Any], dict[str, Any]] = ({"diameter": 7, "minmass": 80.0}, {"diameter": 13.0})


def blobs() -> np.ndarray:
    """The movie, shape (3, 88, 88)."""
    y, x = np.mgrid[:88, :88]
    stack = np.random.default_rng(3).normal(GROUND, NOISE, (3, 88, 88))
    for t, row, column in TRUTH:
        stack[int(t)] += SIGNAL * np.exp(-((y - row) ** 2 + (x - column) ** 2) / SIZE**2)
    return stack.astype(np.float32)
