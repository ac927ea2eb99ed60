"""Least-squares refinement of movies, from nothing but a raw table of trackpy's locate.

The camera movie has 16 bits and gray values that begin at 500: locate with diameter 9, separation 5.4,
minmass 400; refine with diameter 17. A feature is thrown when it lies more than 2 px from where it was
located, though a particle is there. Spheres in water are 8 frames of a real movie: locate with diameter 7,
minmass 100, invert=True; refine with diameter 11, on 255 minus the gray values. Tables have no background,
and the size that locate gives, which is too small.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import tifffile
import trackpy
from scipy.spatial import cKDTree

import specks
import specks.data
from benchmarks._refine_cases import Frames, quiet
from benchmarks._table import Row
from benchmarks._timing import cpu
from specks.synth import camera_movie

FAR = 2.0  # px
EACH = 0.05  # ms
ON_BOUND = 1e-3  # px: a coordinate so near to the end of its default interval was stopped by it


def run(quick: bool) -> list[Row]:
    """Rows for the camera movie and for spheres in water, each with both of our functions and trackpy's."""
    quiet()
    made = camera_movie(frames=1 if quick else 5)
    located = _located(made.images, diameter=9, separation=5.4, minmass=400)
    near = _near(located, made.table)
    rows = [
        _row("camera", name, call, located, made.images, 17, near) for name, call in _programs(quick).items()
    ]
    frames = tifffile.imread(specks.data.bulk_water())[: 1 if quick else None]
    located = _located(frames, diameter=7, minmass=100, invert=True)
    everywhere = np.ones(len(located), bool)
    return rows + [
        _row("water", name, call, located, 255 - frames, 11, everywhere)
        for name, call in _programs(quick).items()
    ]


def _programs(quick: bool) -> dict[str, Callable[..., Any]]:
    return {
        "refine": lambda *given: cpu(lambda: specks.refine(*given), 1 if quick else 3),
        "refine_leastsq": lambda *given: cpu(lambda: specks.refine_leastsq(*given), 1 if quick else 3),
        "trackpy": lambda table, *given: cpu(lambda: trackpy.refine_leastsq(table.copy(), *given), 1),
    }


def _located(images: np.ndarray, **options: Any) -> pd.DataFrame:
    tables = [trackpy.locate(image, **options).assign(frame=t) for t, image in enumerate(images)]
    return pd.concat(tables, ignore_index=True)


def _near(located: pd.DataFrame, truth: pd.DataFrame) -> np.ndarray:
    """Rows at a place where there is a particle."""
    scale = np.array([1e6, 1, 1])  # frames never meet
    columns = ["frame", "y", "x"]
    away, _ = cKDTree(truth[columns] * scale).query(located[columns] * scale)
    return away <= FAR


def _row(
    movie: str,
    name: str,
    call: Callable[..., Any],
    located: pd.DataFrame,
    images: np.ndarray,
    diameter: int,
    among: np.ndarray,
) -> Row:
    timing = call(located, Frames(images), diameter)
    found = getattr(timing.result, "table", timing.result).sort_index()
    moved = (found[["y", "x"]] - located[["y", "x"]]).to_numpy()
    thrown = np.hypot(*moved.T) > FAR
    ok = found["ok"].to_numpy() if "ok" in found else found["cost"].notna().to_numpy()
    at_end = (np.abs(np.abs(moved) - diameter // 2) < ON_BOUND).any(axis=1)
    row: dict[str, Any] = {
        "what": f"{movie}, {name}",
        "features": len(found),
        "thrown %": 100 * float(thrown[among].mean()),
        "of ok thrown %": 100 * float(thrown[ok].mean()),
        "on a bound %": 100 * float(at_end[among].mean()),
        "ok %": 100 * float(ok.mean()),
        "ms each": 1000 * timing.warm / len(found),
    }
    if name == "trackpy":
        return row
    if movie == "water":
        return row | {"goal": "0 % of ok thrown", "ok": not thrown[ok].any()}
    good = not thrown[among].any() and not at_end[among].any() and row["ms each"] <= EACH
    return row | {"goal": f"0 %, 0 % on a bound, <= {EACH:g} ms", "ok": good}
