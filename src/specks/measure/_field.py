"""The field in which objects were counted: its size, its unit, and how its sides cut objects off."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from specks._core.axes import PIXEL, Geometry, resolve_geometry, short_unit
from specks._core.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Field", "inside_weights"]

_PHYSICAL = re.compile(r"radius_(physical|px|angstrom|nm|um|mm|m)")


@dataclass(frozen=True)
class Field:
    """Scale and sides of the field.

    Parameters
    ----------
    ending : str
        Of columns in the unit of lengths, ``"nm"``; empty for pixels.
    scale : float
        Length of a pixel in that unit; of the mean over the axes where pixels are not square.
    area : float
        In that unit, squared.
    sides : tuple of float, optional
        Height and width in pixels, where they are known.
    """

    ending: str
    scale: float
    area: float
    sides: tuple[float, float] | None

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        area: float | Sequence[float],
        spacing: float | Sequence[float] | None,
        units: str | None,
    ) -> Field:
        """Put together what the caller and the table say.

        Raises
        ------
        InputError
            When they do not fit each other.
        """
        sides = None if isinstance(area, int | float) else tuple(float(side) for side in area)
        if sides is not None and len(sides) != 2:
            raise InputError(
                f"area has {len(sides)} values; give one area, or the height and width of the field"
            )
        size = math.prod(sides) if sides is not None else float(area)  # type: ignore[arg-type]
        axes = "zyx" if "z" in table else "yx"
        if spacing is None:
            ending, scale = _declared(table, units)
            steps = (scale,) * len(axes)
        else:
            geometry = resolve_geometry(Geometry.of(axes), None, spacing, units)
            steps = geometry.spatial_spacing
            scale = math.prod(steps) ** (1 / len(axes))
            unit = geometry.length_unit
            ending = "" if not geometry.is_physical else "physical" if unit == PIXEL else short_unit(unit)
        pixels = None if sides is None else (sides[0] / steps[-2], sides[1] / steps[-1])
        return cls(ending, scale, size, pixels)


def _declared(table: pd.DataFrame, units: str | None) -> tuple[str, float]:
    """Unit and pixel size that the table tells, by its radii in a unit."""
    names = [name for name in map(str, table.columns) if _PHYSICAL.fullmatch(name)]
    if units is not None:
        names = [name for name in names if name == f"radius_{short_unit(units)}"]
        if not names:
            raise InputError(
                f"units is {units!r}, but the table has no column radius_{short_unit(units)}; give spacing too"
            )
    if len(names) > 1:
        raise InputError(f"the table has {' and '.join(names)}; say which one with units, or give spacing")
    if not names or not len(table):
        return (names[0].removeprefix("radius_") if names else ""), 1.0
    ratio = table[names[0]].to_numpy(float) / table["radius"].to_numpy(float)
    known = ratio[np.isfinite(ratio) & (ratio > 0)]
    return names[0].removeprefix("radius_"), float(np.median(known)) if len(known) else 1.0


def inside_weights(table: pd.DataFrame, field: Field, edge_buffer: int) -> npt.NDArray[np.float64]:
    """For how many objects each stands: 0 at a side, and more the less room the field has for it.

    An object of height h and width w is seen whole, and further than `edge_buffer` from the sides, in so
    much of the field only as its corner has room in; large ones are so missed more often.

    References
    ----------
    .. [1] R. E. Miles, "On the elimination of edge effects in planar sampling" (1974); C. Lantuéjoul, "On the estimation
       of mean values in individual analysis of particles", Microsc. Acta 5, 266 (1980).
    """
    if field.sides is None:
        raise InputError("edges='unbiased' needs the height and width of the field; give both as area")
    if "touches_side" not in table:
        raise InputError("edges='unbiased' needs the column touches_side")
    boxes = [f"bbox-{i}" for i in range(6 if "z" in table else 4)]
    half = len(boxes) // 2
    weights = np.where(table["touches_side"].to_numpy(bool), 0.0, 1.0)
    for i, side in enumerate(field.sides):
        axis = half - 2 + i
        if set(boxes) <= set(table.columns):
            length = (table[boxes[axis + half]] - table[boxes[axis]]).to_numpy(float)
        else:
            length = 2 * table["radius"].to_numpy(float)
        weights *= side / np.maximum(side - 2 * edge_buffer - 1 - length, 1.0)
    return weights
