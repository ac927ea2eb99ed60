"""The columns of an object table, computed from sums."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.axes import PIXEL, Geometry, short_unit
from specks._core.checks import nearest
from specks._core.errors import InputError
from specks.measure._sums import ObjectSums

__all__ = ["Column", "Moments", "choose_columns", "position_columns"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Moments:
    """What columns are computed from, along the spatial axes of the image only.

    Parameters
    ----------
    sums : ObjectSums
    ndim : int
        2 or 3.
    scale : array of float64, shape (ndim,)
        Size of a pixel.
    border_distance : array of float64
        Pixels between the bounding box and the nearest border of the image in y or x.
    edge_buffer : int
        How near counts as touching.
    """

    sums: ObjectSums
    ndim: int
    scale: Floats
    border_distance: Floats
    edge_buffer: int

    @property
    def pixels(self) -> Floats:
        """Number of pixels."""
        pixels: Floats = self.sums.shape[:, 0]
        return pixels

    @property
    def size(self) -> Floats:
        """Area or volume."""
        size: Floats = self.pixels * math.prod(self.scale)
        return size

    @property
    def sides(self) -> Floats:
        """Side lengths of the bounding box in pixels, shape (n, ndim)."""
        return (self.sums.high - self.sums.low)[:, -self.ndim :]

    @property
    def centroid(self) -> Floats:
        """Mean position in pixels, shape (n, ndim)."""
        mean = self.sums.origin + self.sums.shape[:, 1:4] / self.pixels[:, None]
        return mean[:, -self.ndim :]

    @property
    def weighted_centroid(self) -> Floats:
        """Mean position weighted with the intensity in pixels, shape (n, ndim)."""
        light = self.sums.light
        weighted = light[:, 6:] + self.sums.base[:, None] * light[:, 3:6]
        with np.errstate(divide="ignore", invalid="ignore"):
            mean = self.sums.origin + weighted / self.total[:, None]
        return mean[:, -self.ndim :]

    @property
    def total(self) -> Floats:
        """Sum of the intensity."""
        total: Floats = self.sums.light[:, 1] + self.sums.light[:, 0] * np.nan_to_num(self.sums.base)
        return total

    @property
    def mean(self) -> Floats:
        """Mean of the intensity; NaN when no pixel has one."""
        with np.errstate(divide="ignore", invalid="ignore"):
            mean: Floats = self.sums.light[:, 1] / self.sums.light[:, 0] + np.nan_to_num(self.sums.base)
        return mean

    @property
    def std(self) -> Floats:
        """Standard deviation of the intensity."""
        n, d, dd = self.sums.light[:, :3].T
        with np.errstate(divide="ignore", invalid="ignore"):
            std: Floats = np.sqrt(np.maximum(n * dd - d * d, 0.0)) / n
        return std

    @cached_property
    def inertia(self) -> Floats:
        """Inertia tensor per pixel, shape (n, ndim, ndim)."""
        n, first, second = self.pixels, self.sums.shape[:, 1:4], self.sums.shape[:, 4:]
        covariance = np.empty((len(n), 3, 3))
        pairs = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
        for column, (i, j) in enumerate(pairs):
            # Whole numbers up to the division: symmetric objects come out exactly symmetric.
            covariance[:, i, j] = (n * second[:, column] - first[:, i] * first[:, j]) / (n * n)
            covariance[:, j, i] = covariance[:, i, j]
        covariance = covariance[:, -self.ndim :, -self.ndim :] * np.outer(self.scale, self.scale)
        trace = np.trace(covariance, axis1=1, axis2=2)
        tensor: Floats = trace[:, None, None] * np.eye(self.ndim) - covariance
        return tensor

    @cached_property
    def eigenvalues(self) -> Floats:
        """Of the inertia tensor, largest first, shape (n, ndim)."""
        values: Floats = np.clip(np.linalg.eigvalsh(self.inertia), 0, None)[:, ::-1]
        return values

    def axis_length(self, sign: int) -> Floats:
        """Longest (1) or shortest (-1) axis of the ellipse or ellipsoid of the same inertia."""
        e = self.eigenvalues
        if self.ndim == 2:
            length: Floats = 4 * np.sqrt(e[:, 0] if sign > 0 else e[:, 1])
        else:
            length = np.sqrt(10 * np.maximum(sign * (e[:, 0] - e[:, 2]) + e[:, 1], 0.0))
        return length

    @property
    def equivalent_diameter(self) -> Floats:
        """Diameter of the circle or ball of the same size."""
        return np.power(2 * self.ndim * self.size / np.pi, 1 / self.ndim)

    @property
    def eccentricity(self) -> Floats:
        """Of the ellipse of the same inertia; 0 for a single pixel."""
        largest, smallest = self.eigenvalues.T
        ratio = np.divide(smallest, largest, out=np.ones_like(largest), where=largest > 0)
        eccentricity: Floats = np.sqrt(1 - ratio)
        return eccentricity

    @property
    def orientation(self) -> Floats:
        """Angle between y and the long axis, counter-clockwise, from -pi/2 to pi/2."""
        a, b, c = self.inertia[:, 0, 0], self.inertia[:, 0, 1], self.inertia[:, 1, 1]
        round_ones = np.where(b < 0, np.pi / 4, -np.pi / 4)
        return np.where(a == c, round_ones, 0.5 * np.arctan2(-2 * b, c - a))

    @property
    def perimeter(self) -> Floats:
        """Length of the line through the centers of the outline pixels."""
        straight, diagonal = 1.0, math.sqrt(2.0)
        length: Floats = self.sums.steps @ np.array([straight, diagonal, (straight + diagonal) / 2])
        return length * float(self.scale[0])


@dataclass(frozen=True)
class Column:
    """One measurement.

    Parameters
    ----------
    name : str
    compute : callable
        From `Moments` to one number an object.
    power : int
        Of the length in its unit; a column with one is also given in physical units. 0 for none.
    needs : str
        What else must be summed: "image" or "outline", "" for nothing.
    square : bool
        Whether its physical form needs the same spacing along all axes.
    basic : bool
        Whether it is in the basic table.
    """

    name: str
    compute: Callable[[Moments], npt.NDArray[Any]]
    power: int = 0
    needs: str = ""
    square: bool = False
    basic: bool = False
    scale: Floats | None = None

    def values(self, moments: Moments) -> npt.NDArray[Any]:
        """One value an object."""
        if self.scale is None:
            return self.compute(moments)
        physical = Moments(
            moments.sums, moments.ndim, self.scale, moments.border_distance, moments.edge_buffer
        )
        return self.compute(physical)


def _along(
    name: str, ndim: int, compute: Callable[[Moments, int], Any], first: int = 0, **more: Any
) -> list[Column]:
    """One column an axis, numbered as scikit-image does."""
    return [Column(f"{name}-{first + i}", lambda m, i=i: compute(m, i), **more) for i in range(ndim)]  # type: ignore[misc]


def _known(ndim: int) -> list[Column]:
    """All columns of images with so many spatial axes, in the order of the table."""
    size = Column("area" if ndim == 2 else "volume", lambda m: m.size, power=ndim, basic=True)
    columns = [
        size,
        Column("equivalent_diameter", lambda m: m.equivalent_diameter, power=1, basic=True),
        Column("radius", lambda m: m.equivalent_diameter / 2, power=1, basic=True),
        Column("touches_side", lambda m: m.border_distance <= m.edge_buffer, basic=True),
        Column("intensity_mean", lambda m: m.mean, needs="image", basic=True),
        *_along("bbox", ndim, lambda m, i: m.sums.low[:, i - m.ndim].astype(np.int64)),
        *_along("bbox", ndim, lambda m, i: m.sums.high[:, i - m.ndim].astype(np.int64), first=ndim),
        Column("area_bbox", lambda m: np.prod(m.sides, axis=1)),
        Column("extent", lambda m: m.pixels / np.prod(m.sides, axis=1)),
        Column("axis_major_length", lambda m: m.axis_length(1), power=1),
        Column("axis_minor_length", lambda m: m.axis_length(-1), power=1),
    ]
    if ndim == 2:
        columns += [
            Column("eccentricity", lambda m: m.eccentricity),
            Column("orientation", lambda m: m.orientation),
            Column("perimeter", lambda m: m.perimeter, power=1, needs="outline", square=True),
        ]
    return [
        *columns,
        Column("intensity_min", lambda m: _or_nan(m, m.sums.dimmest), needs="image"),
        Column("intensity_max", lambda m: _or_nan(m, m.sums.brightest), needs="image"),
        Column("intensity_std", lambda m: m.std, needs="image"),
        Column("intensity_sum", lambda m: m.total, needs="image"),
        *_along("centroid_weighted", ndim, lambda m, i: m.weighted_centroid[:, i], needs="image"),
    ]


def _or_nan(moments: Moments, values: Floats) -> Floats:
    return np.where(moments.sums.light[:, 0] > 0, values, np.nan)


def _with_units(column: Column, geometry: Geometry) -> Iterator[Column]:
    """A column, and its twin in physical units when the image has some."""
    yield column
    scale = np.array(geometry.spatial_spacing)
    if not column.power or not geometry.is_physical or (column.square and np.ptp(scale) > 0):
        return
    unit = geometry.length_unit
    power = str(column.power) if column.power > 1 else ""
    ending = "physical" if unit == PIXEL else f"{short_unit(unit)}{power}"
    yield Column(
        f"{column.name}_{ending}", column.compute, needs=column.needs, basic=column.basic, scale=scale
    )


def choose_columns(columns: str | Sequence[str], geometry: Geometry, *, has_image: bool) -> list[Column]:
    """The columns that are asked for.

    Raises
    ------
    InputError
        When a name is unknown, or needs an image and there is none.
    """
    spatial = {unit for axis, unit in zip(geometry.axes, geometry.units, strict=True) if axis in "zyx"}
    if len(spatial) > 1:
        raise InputError(
            f"units along {geometry.spatial} are {', '.join(sorted(spatial))}; give one unit for all"
        )
    known = [c for plain in _known(len(geometry.spatial)) for c in _with_units(plain, geometry)]
    usable = [c for c in known if has_image or c.needs != "image"]
    if columns == "all":
        return usable
    if columns == "basic":
        return [c for c in usable if c.basic]
    by_name = {c.name: c for c in known}
    own = {"frame", "label", *geometry.spatial}  # these are always there
    faults = []
    for name in columns:
        if name not in by_name and name not in own:
            faults.append(f"columns has {name!r}, which is not known{nearest(name, by_name)}")
        elif name in by_name and by_name[name] not in usable:
            faults.append(f"columns has {name!r}, which needs image=")
    if faults:
        raise InputError(faults)
    return [by_name[name] for name in dict.fromkeys(columns) if name in by_name]


def position_columns(moments: Moments) -> dict[str, npt.NDArray[Any]]:
    """Frame, label and centroid."""
    centroid = moments.centroid
    positions = {axis: centroid[:, i] for i, axis in enumerate("zyx"[-moments.ndim :])}
    return {"frame": moments.sums.frame, "label": moments.sums.label, **positions}
