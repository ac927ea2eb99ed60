"""Axes strings, and the physical size of a pixel along each of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar, cast

from specks._core.errors import InputError

__all__ = ["PIXEL", "Geometry", "check_axes", "guess_axes", "long_unit", "resolve_geometry", "short_unit"]

T = TypeVar("T")
ORDER = "tczyx"
PIXEL = "pixel"
_SHORT = {
    PIXEL: "px",
    "angstrom": "angstrom",
    "nanometer": "nm",
    "micrometer": "um",
    "micron": "um",
    "millimeter": "mm",
    "meter": "m",
    "second": "s",
    "millisecond": "ms",
    "minute": "min",
    "hour": "h",
}
_LONG = {"µm": "micrometer", "μm": "micrometer", "å": "angstrom", "a": "angstrom", "px": PIXEL, "": PIXEL} | {
    short: long for long, short in _SHORT.items() if long != "micron"
}


def long_unit(unit: str | None) -> str:
    """Name of a unit as pint, napari and OME-Zarr spell it (``"um"`` becomes ``"micrometer"``)."""
    text = (unit or "").strip()
    return _LONG.get(text.lower(), text.lower())


def short_unit(unit: str | None) -> str:
    """Symbol of a unit as it stands in column names and labels (``"micrometer"`` becomes ``"um"``)."""
    name = long_unit(unit)
    return _SHORT.get(name, name)


def check_axes(axes: str, ndim: int | None = None) -> str:
    """Validate an axes string.

    Parameters
    ----------
    axes : str
        Letters of ``"tczyx"`` in that order, ending in ``"yx"``.
    ndim : int, optional
        Number of axes that the image has.

    Returns
    -------
    str
        The same string.

    Raises
    ------
    InputError
        When letters are unknown, doubled or out of order, or their number is not `ndim`.
    """
    rule = 'use letters of "tczyx" in that order, ending in "yx", such as "yx", "zyx" or "tyx"'
    if not isinstance(axes, str):
        raise InputError(f"axes is {axes!r}; {rule}")
    expected = "".join(letter for letter in ORDER if letter in axes)
    if axes != expected or not axes.endswith("yx"):
        raise InputError(f'axes is "{axes}"; {rule}')
    if ndim is not None and len(axes) != ndim:
        raise InputError(f'axes "{axes}" names {len(axes)} axes, but the image has {ndim}')
    return axes


def guess_axes(ndim: int) -> str:
    """Axes of a bare array: ``"yx"``, ``"zyx"``, ``"tzyx"`` or ``"tczyx"`` by its number of axes."""
    known = {2: "yx", 3: "zyx", 4: "tzyx", 5: "tczyx"}
    if ndim not in known:
        raise InputError(f"the image has {ndim} axes; expected 2 to 5, such as (y, x) or (z, y, x)")
    return known[ndim]


@dataclass(frozen=True)
class Geometry:
    """What the axes of an image mean.

    Parameters
    ----------
    axes : str
        One letter an axis, in the order t, c, z, y, x.
    spacing : tuple of float
        Size of one step along each axis; 1 for a channel axis.
    units : tuple of str
        Long unit names, one an axis (``"micrometer"``, ``"second"``, ``"pixel"``).
    """

    axes: str
    spacing: tuple[float, ...]
    units: tuple[str, ...]

    @classmethod
    def of(
        cls, axes: str, spacing: Sequence[float] | None = None, units: Sequence[str | None] | None = None
    ) -> Geometry:
        """Build a geometry, filling in pixels where nothing is said."""
        n = len(axes)
        return cls(
            axes,
            tuple(float(s) for s in spacing) if spacing is not None else (1.0,) * n,
            tuple(long_unit(u) for u in units) if units is not None else (PIXEL,) * n,
        )

    @property
    def spatial(self) -> str:
        """The spatial letters: ``"yx"`` or ``"zyx"``."""
        return "".join(a for a in self.axes if a in "zyx")

    @property
    def spatial_spacing(self) -> tuple[float, ...]:
        """Spacing of the spatial axes, in the order of `spatial`."""
        return tuple(s for a, s in zip(self.axes, self.spacing, strict=True) if a in "zyx")

    @property
    def length_unit(self) -> str:
        """Unit of the x axis, the one in which lengths are given."""
        return self.units[self.axes.index("x")]

    @property
    def is_physical(self) -> bool:
        """Whether lengths are in something else than pixels."""
        return self.length_unit != PIXEL or any(s != 1 for s in self.spatial_spacing)

    def to_pixels(self, length: float | Sequence[float]) -> tuple[float, ...]:
        """Length along each spatial axis in pixels.

        Parameters
        ----------
        length : float or sequence of float
            In `length_unit`; one for all, or one a spatial axis. Without a unit a length counts
            pixels of the finest axis.

        Returns
        -------
        tuple of float
            One number a spatial axis, in its own pixels.
        """
        spacing = self.spatial_spacing
        lengths = tuple(length) if isinstance(length, Iterable) else (float(length),) * len(spacing)
        if len(lengths) != len(spacing):
            raise InputError(
                f"a length of {len(lengths)} values was given for the {len(spacing)} spatial axes {self.spatial!r}"
            )
        finest = min(spacing) if self.length_unit == PIXEL else 1.0
        return tuple(value * finest / step for value, step in zip(lengths, spacing, strict=True))

    def without(self, letter: str) -> Geometry:
        """The geometry after one axis was taken out."""
        keep = [i for i, a in enumerate(self.axes) if a != letter]
        return Geometry(
            "".join(self.axes[i] for i in keep),
            tuple(self.spacing[i] for i in keep),
            tuple(self.units[i] for i in keep),
        )


def resolve_geometry(
    declared: Geometry,
    axes: str | None = None,
    spacing: float | Sequence[float] | None = None,
    units: str | Sequence[str] | None = None,
) -> Geometry:
    """Combine what a source declares with what the caller says.

    Parameters
    ----------
    declared : Geometry
        What the file, layer or array declares.
    axes : str, optional
        Replaces the declared axes; must have as many letters.
    spacing : float or sequence of float, optional
        One number for all spatial axes, one a spatial axis, or one an axis. ``1`` forces pixels.
    units : str or sequence of str, optional
        One name for all spatial axes, or one an axis.

    Returns
    -------
    Geometry

    Raises
    ------
    InputError
        When a number is not positive, the counts do not fit, or there is a unit but no pixel size.
    """
    letters = check_axes(axes, len(declared.axes)) if axes is not None else declared.axes
    same = letters == declared.axes
    steps = list(declared.spacing) if same else [1.0] * len(letters)
    names = list(declared.units) if same else [PIXEL] * len(letters)
    if not same:  # keep what is known of axes that both name
        for i, letter in enumerate(letters):
            if letter in declared.axes:
                j = declared.axes.index(letter)
                steps[i], names[i] = declared.spacing[j], declared.units[j]
    spatial = [i for i, a in enumerate(letters) if a in "zyx"]
    if spacing is not None:
        try:
            given = (
                [float(s) for s in spacing]
                if isinstance(spacing, Iterable)
                else [float(spacing)] * len(spatial)
            )
        except (TypeError, ValueError) as error:
            raise InputError(f"spacing is {spacing!r}; it must be a number or one per axis") from error
        for i, step in _assign("spacing", given, spatial, len(letters)):
            if not (math.isfinite(step) and step > 0):
                raise InputError(f"spacing is {step:g}; it must be a positive number")
            steps[i] = step
        if units is None and not isinstance(spacing, Iterable) and spacing == 1:
            for i in spatial:
                names[i] = PIXEL
    if units is not None:
        words: list[str] = (
            list(units) if isinstance(units, list | tuple) else [cast(str, units)] * len(spatial)
        )
        if not all(isinstance(word, str) for word in words):
            raise InputError(
                f"units is {units!r}; it must be the name of a unit, such as 'nm', or one per axis"
            )
        named = {i: long_unit(word) for i, word in _assign("units", words, spatial, len(letters))}
        unknown = spacing is None and all(steps[i] == 1 and names[i] == PIXEL for i in spatial)
        if unknown and any(named[i] != PIXEL for i in spatial):
            raise InputError(f"units is {units!r}, but the image declares no pixel size; give spacing too")
        for i, word in named.items():
            names[i] = word
    return Geometry(letters, tuple(steps), tuple(names))


def _assign(name: str, given: list[T], spatial: list[int], ndim: int) -> Iterable[tuple[int, T]]:
    """Pair values with axis indices: one a spatial axis, or one an axis."""
    if len(given) == len(spatial):
        return zip(spatial, given, strict=True)
    if len(given) == ndim:
        return zip(range(ndim), given, strict=True)
    raise InputError(
        f"{name} has {len(given)} values; expected {len(spatial)} (spatial axes) or {ndim} (all axes)"
    )
