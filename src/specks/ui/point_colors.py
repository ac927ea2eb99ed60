"""Colors of refined features: by a number that says something of each, and red where the fit failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from napari.utils import Colormap

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FAILED", "Shades", "color_choices", "scale_words", "shades_of"]

#: From good to bad; seen on bright and on dark gray, and with any color vision.
STOPS = ("#31d2ff", "#ffe14d", "#ff8c1a")
SCALE = Colormap(list(STOPS), name="specks quality", display_name="quality")
FAILED = np.array([1.0, 0.2, 0.25, 1.0])
#: Of what can be trusted but has no such value: no color of the scale, which would say something.
UNKNOWN = np.array([0.6, 0.6, 0.6, 1.0])
#: What colors may show, in the order in which it is offered, with what it is called.
CHOICES = {
    "chi": "Misfit (noise σ)",
    "cost": "Misfit (of brightest)",
    "signal": "Signal",
    "size": "Size (px)",
    "background": "Background",
    "cluster_size": "Features in cluster",
}
#: Misfit of noise alone, and up to which it is not worth a color of its own.
NOISE, GOOD = 1.0, 1.5


@dataclass(frozen=True, eq=False)
class Shades:
    """Colors of the rows of a table.

    Parameters
    ----------
    colors : array (rows, 4) of float64
    low, high : float
        What the ends of the scale stand for.
    unknown : bool
        Whether some that can be trusted have no value.
    """

    colors: npt.NDArray[np.float64]
    low: float
    high: float
    unknown: bool = False


def color_choices(table: pd.DataFrame) -> dict[str, str]:
    """What the rows of a table can be colored by: words, and the column."""
    known = {words: name for name, words in CHOICES.items() if name in table}
    return {words: name for words, name in known.items() if np.isfinite(table[name].to_numpy(float)).any()}


def scale_words(shades: Shades, write: Callable[[float], str]) -> str:
    """What the colors stand for, as rich text in them."""
    at = (shades.low, (shades.low + shades.high) / 2, shades.high)
    parts = [f'<span style="color: {c}">●</span> {write(v)}' for c, v in zip(STOPS, at, strict=True)]
    if shades.unknown:
        parts.append(f'<span style="color: {_hex(UNKNOWN)}">●</span> unknown')
    return "&nbsp; ".join([*parts, f'<span style="color: {_hex(FAILED)}">✕</span> not ok'])


def _hex(color: npt.NDArray[np.float64]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*(round(255 * v) for v in color[:3]))


def shades_of(table: pd.DataFrame, column: str, scale: Shades | None = None) -> Shades:
    """Colors by a column; rows that failed are red whatever it says.

    Parameters
    ----------
    table : pandas.DataFrame
        With a column ``ok``.
    column : str
        Rows that are `ok` are gray where it is missing or unknown.
    scale : Shades, optional
        Whose ends are kept.
    """
    ok = table["ok"].to_numpy(bool)
    values = table[column].to_numpy(float) if column in table else np.full(len(table), np.nan)
    known = values[ok & np.isfinite(values)]
    low, high = (float(v) for v in np.percentile(known, (2, 98))) if len(known) else (0.0, 1.0)
    if column == "chi":
        low, high = NOISE, max(high, GOOD)
    if scale is not None:
        low, high = scale.low, scale.high
    span = high - low if high > low else 1.0
    shades = np.asarray(SCALE.map(np.clip(np.nan_to_num((values - low) / span), 0, 1)), float).reshape(-1, 4)
    unknown = ok & ~np.isfinite(values)
    shades[unknown], shades[~ok] = UNKNOWN, FAILED
    return Shades(shades, low, high, bool(unknown.any()))
