"""What is to be seen of one refined feature: its surroundings, its radial profile, its parameters in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.words import number, with_error
from specks.ui.refined_columns import positions_of, size_of, sizes_of, unit_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Crop", "Radial", "crop_around", "is_fitted", "parameters_of", "quality_of", "radial_about"]

Floats = npt.NDArray[np.float64]

#: Sizes of a feature that are shown around it, the least and the most of them in pixels, and of a whole crop.
AROUND, NEAREST, FARTHEST, MOST = 2.5, 4, 32, 64
#: Share of the data's pixels at either end that gray levels leave out: a hot pixel would darken all others.
WILD = 0.002
#: Pixels that a point of a radial profile stands for, and points at least and at most.
STEP, FEWEST_POINTS, MOST_POINTS = 0.5, 6, 24


@dataclass(frozen=True, eq=False)
class Crop:
    """A plane around a feature and its cluster.

    Parameters
    ----------
    box : tuple of slice
        Where it is in the frame, all axes.
    data, model, residual : numpy.ndarray (y, x) of float64
        In volumes, the plane nearest to the feature.
    here : (y, x)
        Where the feature is in the crop.
    others : numpy.ndarray (n, 2) of float64
        Where the rest of its cluster is.
    levels : (float, float)
        Gray levels from black to white, for data and model.
    swing : float
        The same of residuals, from its negative to it.
    """

    box: tuple[slice, ...]
    data: Floats
    model: Floats
    residual: Floats
    here: tuple[float, float]
    others: Floats
    levels: tuple[float, float]
    swing: float


@dataclass(frozen=True, eq=False)
class Radial:
    """Means at distances from a feature.

    Parameters
    ----------
    distance, data, model : numpy.ndarray (n,) of float64
    unit : str
        Of distances: pixels, or where sizes differ by axis, these.
    """

    distance: Floats
    data: Floats
    model: Floats
    unit: str


def crop_around(table: pd.DataFrame, place: int, model: Floats, residual: Floats) -> Crop | None:
    """What a frame shows around a feature and its cluster.

    Parameters
    ----------
    table : pandas.DataFrame
        That of a `Refined`.
    place : int
        Which of its rows.
    model, residual : numpy.ndarray ([z,] y, x)
        Of its frame.

    Returns
    -------
    Crop or None
        None when its position is not known or lies outside of the frame.
    """
    positions, shape = table[positions_of(table)].to_numpy(float), np.array(model.shape)
    here = positions[place]
    if not np.isfinite(here).all() or (here < -0.5).any() or (here > shape - 0.5).any():
        return None
    together = (table["cluster"] == table["cluster"].iloc[place]).to_numpy(bool, copy=True)
    if "frame" in table.columns:
        together &= (table["frame"] == table["frame"].iloc[place]).to_numpy(bool)
    together[place] = False
    others = positions[together & np.isfinite(positions).all(axis=1)]
    room = _room(table, place)
    points = np.vstack([here, others])
    low = np.maximum(points.min(axis=0) - room, here - MOST / 2)
    high = np.minimum(points.max(axis=0) + room, here + MOST / 2)
    first = np.clip(np.floor(low + 0.5), 0, shape - 1).astype(int)
    last = np.clip(np.floor(high + 0.5), first, shape - 1).astype(int)
    box = tuple(slice(int(a), int(b) + 1) for a, b in zip(first, last, strict=True))
    plane = box if len(box) == 2 else (int(np.clip(round(here[0]), 0, shape[0] - 1)), *box[1:])
    drawn, left = model[plane], residual[plane]
    data = drawn + left
    return Crop(
        box=box,
        data=data,
        model=drawn,
        residual=left,
        here=(float(here[-2] - first[-2]), float(here[-1] - first[-1])),
        others=others[:, -2:] - first[-2:],
        levels=(
            min(_quantile(data, WILD), _quantile(drawn, 0.0)),
            max(_quantile(data, 1 - WILD), _quantile(drawn, 1.0)),
        ),
        swing=_quantile(np.abs(left), 1 - WILD),
    )


def radial_about(table: pd.DataFrame, place: int, crop: Crop, model: Floats, residual: Floats) -> Radial:
    """Means of data and model at distances from a feature; both over the same pixels, so that neighbors count alike.

    Parameters
    ----------
    table, place, model, residual
        As of `crop_around`.
    crop : Crop
    """
    here = table[positions_of(table)].to_numpy(float)[place]
    several = len(sizes_of(table)) > 1
    scale = table[sizes_of(table)].to_numpy(float)[place] if several else np.ones(len(here))
    scale = np.where(np.isfinite(scale) & (scale > 0), scale, 1.0)
    away = [np.arange(s.start, s.stop) - at for s, at in zip(crop.box, here, strict=True)]
    squares = np.zeros([len(a) for a in away])
    for axis, distance in enumerate(away):
        along = [1] * len(away)
        along[axis] = -1
        squares = squares + ((distance / scale[axis]) ** 2).reshape(along)
    distance, drawn, left = np.sqrt(squares), model[crop.box], residual[crop.box]
    far = AROUND if several else float(_room(table, place).min())
    points = int(np.clip(far * (float(scale.min()) if several else 1.0) / STEP, FEWEST_POINTS, MOST_POINTS))
    used = (distance < far) & np.isfinite(left)
    ring = (distance[used] / far * points).astype(np.int64)
    pixels = np.bincount(ring, minlength=points)
    seen = pixels > 0
    mean = [
        np.bincount(ring, values[used], points)[seen] / pixels[seen]
        for values in (distance, drawn + left, drawn)
    ]
    return Radial(*mean, unit="sizes" if several else "px")


def parameters_of(table: pd.DataFrame, place: int) -> list[tuple[str, str]]:
    """Names of the parameters of a feature, and their values with standard errors and units.

    Parameters
    ----------
    table : pandas.DataFrame
        That of a `Refined`.
    place : int
        Which of its rows.
    """
    known = [*positions_of(table), *sizes_of(table), "signal", "background"]
    fitted = [name.removesuffix("_std") for name in table.columns if str(name).endswith("_std")]
    names = [name for name in known if name in table.columns]
    names += [name for name in fitted if name not in names and name in table.columns]
    row = table.iloc[place]
    return [(name.replace("_", " "), _value(table, row, name)) for name in names]


def is_fitted(table: pd.DataFrame, place: int) -> bool:
    """Whether a row has standard errors; else its parameters are those with which its fit began."""
    errors = [name for name in table.columns if str(name).endswith("_std")]
    return not errors or bool(np.isfinite(table[errors].iloc[place].to_numpy(float)).any())


def quality_of(table: pd.DataFrame, place: int) -> list[tuple[str, str]]:
    """What the fit left over, as `parameters_of`; nothing where it failed."""
    row = table.iloc[place]
    names = [name for name in ("chi", "rms", "cost") if name in table.columns and np.isfinite(row[name])]
    return [(name, f"{number(float(row[name]))} {unit_of(table, name)}".rstrip()) for name in names]


def _value(table: pd.DataFrame, row: Any, name: str) -> str:
    error = float(row[f"{name}_std"]) if f"{name}_std" in table.columns else float("nan")
    value = float(row[name])
    held = name in positions_of(table) and not np.isfinite(error)  # three digits would not find it again
    text = f"{number(value, 2) if held else with_error(value, error)} {unit_of(table, name)}".rstrip()
    if f"{name}_std" not in table.columns:
        return f"{text} (fixed)"
    return text


def _room(table: pd.DataFrame, place: int) -> Floats:
    """Pixels around a feature that are shown, along each axis."""
    positions = positions_of(table)
    names, one = sizes_of(table), size_of(table)
    if len(names) == len(positions):
        sizes = table[names].to_numpy(float)[place]
    else:
        sizes = np.full(len(positions), NEAREST if one is None else one[place])
    return np.clip(np.ceil(AROUND * np.nan_to_num(sizes)), NEAREST, FARTHEST)


def _quantile(values: Floats, share: float) -> float:
    finite = values[np.isfinite(values)]
    return float(np.quantile(finite, share)) if finite.size else 0.0
