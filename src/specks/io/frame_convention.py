"""What the lists of a frame-data.json hold: radii or diameters, (x, y) or (row, column)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from specks._core.errors import InputError
from specks.io.json_lines import Record

__all__ = ["Lists", "Positions", "Radii", "find_convention"]

Radii = Literal["radius", "diameter"]
Positions = Literal["xy", "rowcol"]
Floats = npt.NDArray[np.float64]

#: As many objects as a quarter of the field is not left empty by without a reason.
_ENOUGH = 10


@dataclass(frozen=True)
class Lists:
    """What one record says of its objects.

    Parameters
    ----------
    record : Record
    radii : array of float64, shape (n,)
    positions : array of float64, shape (n, 2)
    """

    record: Record
    radii: Floats
    positions: Floats


def find_convention(
    name: str,
    frames: Sequence[Lists],
    radii: Radii | Literal["auto"],
    positions: Positions | Literal["auto"],
    shape: tuple[int, int] | None,
) -> tuple[Radii, Positions]:
    """Tell what the lists hold, where the caller does not.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    frames : sequence of Lists
    radii, positions : str
        "auto", or what the caller says.
    shape : tuple of int, optional
        Height and width of the images.

    Raises
    ------
    InputError
        When nothing in the file tells.
    """
    kind = _radii(name, frames, shape) if radii == "auto" else radii
    if positions != "auto":
        return kind, positions
    # Diameters went with (row, column); both were changed before sides and types were written.
    return kind, "rowcol" if kind == "diameter" else "xy"


def _radii(name: str, frames: Sequence[Lists], shape: tuple[int, int] | None) -> Radii:
    """Radii or diameters: the disks must cover the fraction of the field that the file states."""
    used = [
        f for f in frames if len(f.radii) and "void_frac" in f.record and f.record.number("void_frac") > 0
    ]
    newer = any("type" in f.record or "touches_side" in f.record for f in frames)
    if not any(len(f.radii) for f in frames):
        return "radius"
    if used:
        # Pixels of the field, if the lists hold radii; four times as many if they hold diameters.
        covered = np.array([np.pi * np.sum(f.radii**2) / f.record.number("void_frac") for f in used])
        if shape is not None:
            found = _by_shape(covered, np.array([len(f.radii) for f in used]), shape)
        else:
            found = None if newer else _by_extent(covered, np.concatenate([f.positions for f in used]))
        if found is not None:
            return found
    if newer:
        return "radius"
    raise InputError(
        f"{name} does not tell whether its radii are radii or, as older files have it, diameters; say radii='radius' or "
        "radii='diameter', or give the shape of the images"
    )


def _by_shape(covered: Floats, counts: npt.NDArray[np.int64], shape: tuple[int, int]) -> Radii | None:
    """Compare with the true field, or with what newer files divide by: the objects times the height."""
    field = float(np.median(covered)) / (shape[0] * shape[1])
    stacked = float(np.median(covered / counts)) / shape[0]
    off = {"radius": abs(np.log2(field)), "diameter": abs(np.log2(field / 4)), "": abs(np.log2(stacked))}
    best = min(off, key=off.__getitem__)
    if off[best] > 0.5:
        return None
    return "diameter" if best == "diameter" else "radius"


def _by_extent(covered: Floats, positions: Floats) -> Radii | None:
    """Compare with the rectangle in which all objects lie."""
    field = float(np.median(covered))
    box = float(np.prod(positions.max(axis=0) + 1))
    if field / 4 < box * 0.98:
        return "radius"
    return "diameter" if len(positions) >= _ENOUGH and field / 4 < 2 * box else None
