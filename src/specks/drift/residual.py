"""What a single shift a frame cannot explain: rotation, a change of scale, parts that move by themselves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["residual_table", "turning"]

#: Displacement at the corners, in working pixels, and number of standard errors, from which it is said.
SEEN, SURE = 0.15, 5.0

Floats = npt.NDArray[np.float64]


def residual_table(field: Floats, size: Floats, factors: Floats, axes: str) -> pd.DataFrame:
    """A row for each part of each frame that was looked at.

    Parameters
    ----------
    field : numpy.ndarray (frame, parts, 3)
        Displacements of parts, row by row of a square grid, beyond those of the frame; working pixels along z, y, x.
    size : numpy.ndarray (3,)
        Of a frame, in working pixels.
    factors : numpy.ndarray (3,)
        Pixels of the image in a working pixel.
    axes : str
        ``"yx"`` or ``"zyx"``.

    Returns
    -------
    pandas.DataFrame
        ``frame``, ``y, x`` of the middle of the part, ``y_residual, x_residual`` (``z_residual``), in pixels.
    """
    import pandas as pd

    middles = _middles(field.shape[1], size) * factors[1:]
    frames, parts = np.nonzero(np.isfinite(field).all(axis=2))
    columns = {"frame": frames, "y": middles[parts, 0], "x": middles[parts, 1]}
    values = field[frames, parts] * factors
    return pd.DataFrame(columns | {f"{a}_residual": values[:, "zyx".index(a)] for a in axes})


def turning(field: Floats, size: Floats) -> tuple[str, ...]:
    """Whether frames turn or grow against each other, as sentences."""
    place = _middles(field.shape[1], size)
    place = place - place.mean(axis=0)
    corner = math.hypot(size[1], size[2]) / 2
    sentences = []
    across = np.column_stack([place[:, 1], -place[:, 0]])
    for pattern, said in ((across, _rotation), (place, _growth)):
        amount, error = _share(field[:, :, 1:], pattern)
        worst = int(np.nan_to_num(np.abs(amount)).argmax())
        if abs(amount[worst]) * corner > SEEN and abs(amount[worst]) > SURE * error[worst]:
            sentences.append(
                f"{said(amount[worst])} in frame {worst}: a single shift a frame does not explain it"
            )
    return tuple(sentences)


def _rotation(amount: float) -> str:
    return f"the sample turns by up to {abs(math.degrees(amount)):.2g} degrees against the other frames"


def _growth(amount: float) -> str:
    return f"the scale changes by up to {abs(amount):.2%} against the other frames"


def _share(field: Floats, pattern: Floats) -> tuple[Floats, Floats]:
    """How much of a pattern is in the field of each frame, and its standard error; NaN where little is known."""
    known: npt.NDArray[np.bool_] = np.asarray(np.isfinite(field).all(axis=2))
    rest = np.where(known[:, :, None], field, 0.0)
    weight = known / np.maximum(known.sum(axis=1, keepdims=True), 1)
    rest = np.where(known[:, :, None], rest - (weight[:, :, None] * rest).sum(axis=1, keepdims=True), 0.0)
    square = (known * (pattern**2).sum(axis=1)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        amount = np.where(known.sum(axis=1) > 4, (rest * pattern).sum(axis=(1, 2)) / square, np.nan)
        left = np.where(known[:, :, None], rest - amount[:, None, None] * pattern, 0.0)
        error = np.sqrt((left**2).sum(axis=(1, 2)) / np.maximum(2 * known.sum(axis=1) - 4, 1) / square)
    return amount, error


def _middles(parts: int, size: Floats) -> Floats:
    """Middle of each part along y and x, in working pixels."""
    n = math.isqrt(parts)
    y, x = np.meshgrid(*((np.arange(n) + 0.5) * size[a] / n - 0.5 for a in (1, 2)), indexing="ij")
    return np.column_stack([y.ravel(), x.ravel()])
