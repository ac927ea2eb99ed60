"""Pixels and frames as lengths, times and doses, and how columns in them are called."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from specks._core.axes import PIXEL, Geometry, short_unit
from specks._core.errors import InputError

__all__ = ["Scales"]


@dataclass(frozen=True)
class Scales:
    """What a pixel, a frame and a dose are.

    Parameters
    ----------
    geometry : Geometry
        Of the spatial axes.
    dt : float, optional
        Seconds between frames.
    dose_rate : float, optional
        Displacements per atom in a second.
    """

    geometry: Geometry
    dt: float | None = None
    dose_rate: float | None = None

    def __post_init__(self) -> None:
        if self.dose_rate is not None and self.dt is None:
            raise InputError("dose_rate is given without dt, the seconds between frames, which it needs")

    @property
    def length(self) -> str:
        """Unit of length in names: "px", "nm", …; "physical" for a spacing without a unit."""
        if not self.geometry.is_physical:
            return short_unit(PIXEL)
        unit = self.geometry.length_unit
        return "physical" if unit == PIXEL else short_unit(unit)

    @property
    def pixel(self) -> float:
        """Side of the square, or cube, that is as large as a pixel."""
        product = 1.0
        for side in self.geometry.spatial_spacing:
            product *= side
        return float(product ** (1 / len(self.geometry.spatial)))

    def rates(self) -> Iterator[tuple[str, str, float]]:
        """Names and units of rates, and by what change per step is to be multiplied for them.

        Changes are taken to be in `length` already.
        """
        time = "frame" if self.dt is None else "s"
        if self.geometry.is_physical or self.dt is not None:
            yield f"_{self.length}_{time}", f"{self.length}/{time}", 1 / (self.dt or 1.0)
        if self.dose_rate is not None and self.dt is not None:
            yield f"_{self.length}_dpa", f"{self.length}/dpa", 1 / (self.dose_rate * self.dt)
