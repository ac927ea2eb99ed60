"""Widths of further kinds of particles: checked, and in pixels."""

from __future__ import annotations

from collections.abc import Sequence

from specks._core.axes import short_unit
from specks._core.errors import InputError
from specks._core.source import Source

__all__ = ["SMALLEST", "check_further", "further_in_pixels"]

#: Smallest width that can be seen, in pixels.
SMALLEST = 1.0
#: Widths nearer to each other than this share of the larger one are the same.
SAME = 1e-6


def check_further(further: Sequence[float], mode: str, variable: str) -> None:
    """Refuse widths of further kinds of particles where only one is looked at.

    Raises
    ------
    InputError
    """
    if not further:
        return
    if mode == "documented":
        raise InputError(
            'further_diameters is given, but mode is "documented", which looks at no width; say '
            'mode="calibrated" or leave it out'
        )
    if variable != "peaks":
        raise InputError(
            f'further_diameters is given, but variable is "{variable}"; particles of several widths need '
            'variable="peaks", which looks at each plane by itself'
        )


def further_in_pixels(
    further: Sequence[float], diameter: tuple[float, float], source: Source
) -> tuple[tuple[float, float], ...]:
    """Widths along y and x in pixels, in the proportions of the diameter.

    Parameters
    ----------
    further : sequence of float
        In the unit of the image, along the axis on which the diameter is largest.
    diameter : tuple of float
        Of the first kind, along y and x in pixels.
    source : Source

    Raises
    ------
    InputError
        When a width is given twice, is larger than the image, or too small to be seen.
    """
    unit = short_unit(source.geometry.length_unit)
    pixel = max(source.geometry.to_pixels(1.0)[-2:])
    known, found = [max(diameter)], []
    for width in further:
        size = width * pixel
        if any(abs(size - other) <= SAME * other for other in known):
            raise InputError(
                f"further_diameters holds {width:g} {unit}, which is the diameter or was given before; give each width once"
            )
        if size > max(source.shape[-2:]):
            raise InputError(
                f"further_diameters holds {width:g} {unit} ({size:.4g} pixels), more than the whole image of "
                f"{source.shape[-2:]} pixels; give the width of one particle"
            )
        if size < SMALLEST:
            raise InputError(
                f"further_diameters holds {width:g} {unit} ({size:.4g} pixels); each must be at least {SMALLEST:g} pixel: "
                "is it in the unit of the image?"
            )
        known.append(size)
        along_y, along_x = (float(d * size / max(diameter)) for d in diameter)
        found.append((along_y, along_x))
    return tuple(found)
