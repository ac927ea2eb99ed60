"""What a segmentation makes of objects: some are missed, some are false, none is quite where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from specks.synth._moving_objects import MovingObjects

__all__ = ["Mistakes", "found_objects", "inside_frame"]


@dataclass(frozen=True, kw_only=True)
class Mistakes:
    """How often and how much a segmentation errs.

    Parameters
    ----------
    missing : float
        Share of the objects that are not found, drawn for each frame.
    false : float
        Share of what is found that is no object, new in each frame.
    position : float
        Standard deviation of the error of a position along each axis, in pixels.
    radius : float
        Standard deviation of the error of a radius, as a part of it.
    """

    missing: float = 0.0
    false: float = 0.0
    position: float = 0.0
    radius: float = 0.0


def found_objects(
    objects: MovingObjects,
    drift: npt.NDArray[Any],
    shape: tuple[int, ...],
    mistakes: Mistakes,
    margin: float,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Table of what a segmentation finds in each frame.

    Parameters
    ----------
    objects : MovingObjects
    drift : (frames, ndim) array of float
    shape : tuple of int
        Of a frame.
    mistakes : Mistakes
    margin : float
        How far outside of the frame centers are listed too, in pixels.
    rng : numpy.random.Generator

    Returns
    -------
    pandas.DataFrame
        Columns ``frame``, (``z``,) ``y``, ``x``, ``radius``, ``contrast`` and ``true_particle``, which
        is -1 where there is no object.
    """
    low, high = -0.5 - margin, np.array(shape) - 0.5 + margin
    rows = []
    for frame, (position, radius) in enumerate(zip(objects.position, objects.radius, strict=True)):
        place = position + drift[frame]
        place = place + mistakes.position * rng.standard_normal(place.shape)
        inside = ((place >= low) & (place < high)).all(axis=1)
        seen = inside & objects.alive[frame] & (rng.random(len(place)) >= mistakes.missing)
        number = np.flatnonzero(seen)
        invented = rng.poisson(len(number) * mistakes.false / (1 - mistakes.false))
        models = rng.integers(0, len(radius), invented) if len(radius) else np.empty(0, int)
        place = np.concatenate([place[number], rng.uniform(low, high, (len(models), len(shape)))])
        which = np.concatenate([number, models])
        wrong = 1 + mistakes.radius * rng.standard_normal(len(which))
        table = pd.DataFrame(place, columns=list("zyx"[-len(shape) :]))
        table.insert(0, "frame", frame)
        table["radius"] = radius[which] * np.maximum(wrong, 0.2)
        table["contrast"] = objects.contrast[which]
        table["true_particle"] = np.concatenate([number, np.full(len(models), -1)])
        rows.append(table)
    return pd.concat(rows, ignore_index=True)


def inside_frame(found: pd.DataFrame, shape: tuple[int, ...]) -> pd.DataFrame:
    """Rows whose center lies in the frame, particles numbered from 0 in the order of appearance."""
    place = found[list("zyx"[-len(shape) :])].to_numpy()
    within = ((place >= -0.5) & (place < np.array(shape) - 0.5)).all(axis=1)
    kept = found.iloc[np.flatnonzero(within)].reset_index(drop=True)
    real = kept["true_particle"] >= 0
    kept.loc[real, "true_particle"] = pd.factorize(kept.loc[real, "true_particle"])[0]
    return kept
