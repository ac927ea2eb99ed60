"""What the columns of refined features are called for people, and in which units they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["NOTHING_REFINED", "positions_of", "reason_words", "size_of", "sizes_of", "unit_of"]

NOTHING_REFINED = "Nothing refined yet: press Refine"
#: Units of columns of which a table says nothing.
UNITS = {"signal": "gray levels", "background": "gray levels", "rms": "gray levels", "chi": "noise σ"}


def positions_of(table: pd.DataFrame) -> list[str]:
    """Names of the columns of positions, z first."""
    return [axis for axis in "zyx" if axis in table.columns]


def sizes_of(table: pd.DataFrame) -> list[str]:
    """Names of the columns of sizes: one, or one an axis."""
    several = [f"size_{axis}" for axis in positions_of(table) if f"size_{axis}" in table.columns]
    return several or [name for name in ("size",) if name in table.columns]


def size_of(table: pd.DataFrame) -> npt.NDArray[np.float64] | None:
    """One size a row, in pixels: where axes have their own, as that of a ball of the same volume."""
    names = sizes_of(table)
    if not names:
        return None
    with np.errstate(invalid="ignore"):
        found: npt.NDArray[np.float64] = table[names].to_numpy(float).prod(axis=1) ** (1 / len(names))
    return found


def unit_of(table: pd.DataFrame, name: str) -> str:
    """Unit of a column; empty where it has none."""
    said = table.attrs.get("units", {}).get(name)
    if said is not None:
        return str(said)
    return "px" if name in (*positions_of(table), *sizes_of(table)) else UNITS.get(name, "")


def reason_words(reason: str, ok: bool) -> str:
    """The code of a reason for people; a cross where the row is not to be trusted."""
    words = reason.replace("_", " ")
    return words if ok else f"✕ {words}".rstrip()
