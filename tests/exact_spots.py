"""Noiseless images of Gaussian features whose fits are known to the last digit, and tables they begin with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import pytest

import specks
from specks.refinement._profile import as_profile

__all__ = [
    "BOTH",
    "PAIR",
    "SINGLES",
    "by_leastsq",
    "by_refine",
    "exact_image",
    "places",
    "start_at",
]

#: Two features far apart, two that touch, and two that do in noise; (y, x).
SINGLES = np.array([(20.3, 20.7), (20.1, 45.2)])
PAIR = np.array([(30.25, 28.0), (30.25, 33.5)])


def exact_image(
    at: Any,
    signal: Any = 150.0,
    background: float = 10.0,
    size: Any = 3.0,
    shape: tuple[int, ...] = (64, 64),
    noise: float = 0.0,
    seed: int = 0,
) -> np.ndarray:
    """Features A exp(-n r² / 2) on a background, r in units of the size (one, or one an axis)."""
    at = np.asarray(at, float)
    n = len(shape)
    signals, sizes = np.broadcast_to(signal, len(at)), np.broadcast_to(size, n)
    image = np.full(shape, float(background))
    grid = np.indices(shape)
    for place, height in zip(at, signals, strict=True):
        r2 = sum(((g - p) / s) ** 2 for g, p, s in zip(grid, place, sizes, strict=True))
        image += height * np.exp(-n * r2 / 2)
    return image + np.random.default_rng(seed).normal(0, noise, shape) if noise else image


def start_at(at: Any, off: Sequence[float] | float = 0.0, **columns: Any) -> pd.DataFrame:
    """Where fits begin: a little off, signal 140, size 3, background 8; None leaves a column out."""
    at = np.asarray(at, float) + np.asarray(off)
    whole = {"signal": 140.0, "size": 3.0, "background": 8.0} | columns
    table = pd.DataFrame(at, columns=list("zyx"[3 - at.shape[1] :]))
    return table.assign(**{name: value for name, value in whole.items() if value is not None})


def places(table: pd.DataFrame) -> np.ndarray:
    """Positions as an array."""
    return table[[a for a in "zyx" if a in table]].to_numpy()


def by_refine(f: pd.DataFrame, images: Any, diameter: Any, profile: Any = "gauss", **asked: Any) -> Any:
    """The table of `specks.refine`, which takes a profile of the caller's as such and not as a dict."""
    profile = as_profile(profile) if isinstance(profile, dict) else profile
    return specks.refine(f, images, diameter, profile, **asked).table


def by_leastsq(f: pd.DataFrame, images: Any, diameter: Any, profile: Any = "gauss", **asked: Any) -> Any:
    """The table of `specks.refine_leastsq`."""
    return specks.refine_leastsq(f, images, diameter, fit_function=profile, **asked)


BOTH = pytest.mark.parametrize("fit", [by_refine, by_leastsq])
