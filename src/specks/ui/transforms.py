"""Where a layer lies in the world, and how its results are put in the same place."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from napari.layers import Layer
from napari.utils.transforms import Affine

from specks._core.axes import PIXEL, Geometry, long_unit
from specks.ui.displaced import declared_translate

__all__ = ["copy_transforms", "geometry_of", "letters_of", "move_to", "placed_after"]

_TRANSFORMS = ("scale", "translate", "rotate", "shear", "affine", "units", "axis_labels")
_WORDS = {"time": "t", "frame": "t", "channel": "c", "depth": "z"}


def copy_transforms(layer: Layer, offset: Mapping[int, int] | None = None) -> dict[str, Any]:
    """Arguments that put a new layer exactly where `layer` is.

    Parameters
    ----------
    layer : Layer
    offset : mapping of int to int, optional
        Axis to index: for a new layer that is one slab of `layer`, of length 1 along that axis.

    Returns
    -------
    dict
        Scale, translate, rotate, shear, affine, units and axis labels, as the layer declares them even while
        it is shown elsewhere.
    """
    placed = {name: getattr(layer, name) for name in _TRANSFORMS}
    placed["translate"] = declared_translate(layer)
    if offset:
        step = np.zeros(layer.ndim)
        for axis, index in offset.items():
            step[axis] = index
        linear = Affine(scale=layer.scale, rotate=layer.rotate, shear=layer.shear).linear_matrix
        placed["translate"] = placed["translate"] + linear @ step
    return placed


def placed_after(layer: Layer, first: int, offset: Mapping[int, int] | None = None) -> dict[str, Any]:
    """Arguments that put a new layer with only the later axes of `layer` where those are.

    Parameters
    ----------
    layer : Layer
    first : int
        The first axis that the new layer has. Earlier ones must not lean towards it.
    offset : mapping of int to int, optional
        As for `copy_transforms`.
    """
    declared = copy_transforms(layer, offset)["translate"]
    scale = np.asarray(layer.scale, float)[first:]
    linear = Affine(scale=layer.scale, rotate=layer.rotate, shear=layer.shear).linear_matrix
    turned = linear[first:, first:] / scale
    affine = np.eye(len(scale) + 1)
    affine[:-1, :-1] = layer.affine.linear_matrix[first:, first:] @ turned
    affine[:-1, -1] = layer.affine.translate[first:]
    return {
        "scale": scale,
        "translate": np.linalg.solve(turned, declared[first:]),
        "affine": affine,
        "units": layer.units[first:],
        "axis_labels": layer.axis_labels[first:],
    }


def move_to(layer: Layer, placed: Mapping[str, Any]) -> None:
    """Put an existing layer elsewhere; what does not change is not set."""
    for name, value in placed.items():
        now = getattr(layer, name)
        equal = now == value if name in ("units", "axis_labels") else np.array_equal(now, value)
        if not equal:
            setattr(layer, name, value)


def letters_of(layer: Layer) -> str | None:
    """The axes string that the labels of a layer spell, or None when they spell none."""
    letters = [_WORDS.get(str(label).lower(), str(label).lower()) for label in layer.axis_labels]
    known = len(set(letters)) == len(letters) and all(letter in {*"tczyx"} for letter in letters)
    return "".join(letters) if known else None


def geometry_of(layer: Layer, kept: tuple[int, ...], axes: str) -> Geometry:
    """Spacing and units of some axes of a layer.

    Parameters
    ----------
    layer : Layer
    kept : tuple of int
        The axes of the layer, in order.
    axes : str
        What they mean.
    """
    spacing = [abs(float(layer.scale[axis])) for axis in kept]
    units = [layer.units[axis] for axis in kept]
    length = units[-1]
    for i, letter in enumerate(axes):
        if letter in "zy" and units[i] != length and units[i].is_compatible_with(length):
            spacing[i] *= float((1 * units[i]).to(length).magnitude)
            units[i] = length
        elif letter == "c":
            spacing[i] = 1.0
    names = [PIXEL if letter == "c" else long_unit(str(u)) for letter, u in zip(axes, units, strict=True)]
    return Geometry.of(axes, spacing, names)
