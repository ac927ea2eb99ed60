"""A layer as a step reads it, and the way back from the step's arrays to the layer's axes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from napari.layers import Image, Labels, Layer, Points

from specks._core.axes import Geometry
from specks._core.errors import InputError
from specks._core.source import ArraySource, Region, Source, array_source, whole
from specks._core.types import Role
from specks.ui.arrays import Held
from specks.ui.transforms import copy_transforms, geometry_of, letters_of

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLORS", "LayerView", "points_along", "readings", "view_layer"]

COLORS = ("red", "green", "blue", "alpha")
_READINGS = {2: ["yx"], 3: ["zyx", "tyx", "cyx"], 4: ["tzyx", "tcyx", "czyx"], 5: ["tczyx"]}
#: Of positions, which have no channels.
_POSITIONS = {2: ["yx"], 3: ["zyx", "tyx"], 4: ["tzyx"]}


@dataclass(frozen=True)
class LayerView:
    """A layer, some of whose axes are fixed at one index.

    Parameters
    ----------
    layer : Layer
    axes : str
        What the axes mean that are not fixed.
    fixed : mapping of int to int
        Axis of the layer to the index at which it is held; those of length 1 and a chosen channel.
    color : int, optional
        Which channel of a color image.
    """

    layer: Layer
    axes: str
    fixed: Mapping[int, int] = field(default_factory=dict)
    color: int | None = None

    @property
    def data(self) -> Any:
        """The pixels at full resolution, as lazy as the layer holds them."""
        return self.layer.data[0] if getattr(self.layer, "multiscale", False) else self.layer.data

    @property
    def kept(self) -> tuple[int, ...]:
        """Axes of the layer that are not fixed, one for each letter of `axes`."""
        return tuple(axis for axis in range(self.layer.ndim) if axis not in self.fixed)

    @property
    def intact(self) -> bool:
        """Whether the layer still has the axes that it was read with: its data may have become others."""
        return len(self.kept) == len(self.axes)

    @property
    def geometry(self) -> Geometry:
        """Spacing and units of the axes that are not fixed."""
        return geometry_of(self.layer, self.kept, self.axes)

    @property
    def source(self) -> Source:
        """The image that a step reads."""
        geometry = self.geometry
        if not self.fixed and self.color is None:
            return array_source(self.data, self.axes, self.layer.name).with_geometry(geometry)
        held = Held(self.data, self.layer.ndim, self.fixed, self.color)
        return ArraySource(held, geometry, self.layer.name)

    @property
    def frame_count(self) -> int:
        """How many frames a series has; one of positions ends with the last of these."""
        axis = self.axes.index("t")
        if not isinstance(self.layer, Points):
            return int(self.source.shape[axis])
        frames = self.layer.data[:, self.kept[axis]]
        return round(float(frames.max())) + 1 if len(frames) else 0

    def value(self, role: Role) -> Any:
        """What a step is given for a parameter of this role; may read all of the layer."""
        if role is Role.IMAGE or role is Role.LABELS:
            return self.source
        if role in (Role.MASK, Role.SCRIBBLES):
            return self.source.read(whole(self.source))
        if role is Role.POINTS:
            return self._points()
        if isinstance(self.layer, Points):
            return _numbered(self._points())
        return self.layer.features.copy()

    def at(self, letter: str, index: int) -> LayerView:
        """This view with one more axis held fixed."""
        axis = self.kept[self.axes.index(letter)]
        return replace(self, axes=self.axes.replace(letter, ""), fixed={**self.fixed, axis: index})

    @property
    def expanded_shape(self) -> tuple[int, ...]:
        """Shape of the layer, 1 where an axis is fixed."""
        return tuple(1 if axis in self.fixed else self.data.shape[axis] for axis in range(self.layer.ndim))

    def expand(self, array: Any) -> Any:
        """An array of the step with the axes of the layer again: length 1 where they are fixed."""
        if not self.fixed:
            return array
        shape = list(array.shape)
        for axis in sorted(self.fixed):
            shape.insert(axis, 1)
        if isinstance(array, np.ndarray):
            return array.reshape(shape)
        return array[tuple(np.newaxis if axis in self.fixed else slice(None) for axis in range(len(shape)))]

    def placed(self) -> dict[str, Any]:
        """Arguments that put an expanded array where it belongs in the world."""
        return copy_transforms(self.layer, {axis: index for axis, index in self.fixed.items() if index})

    def region(self, region: Region) -> Region:
        """A region of the step's array in the axes of the layer."""
        full = list(region)
        for axis in sorted(self.fixed):
            full.insert(axis, slice(0, 1))
        return tuple(full)

    @property
    def columns(self) -> dict[int, str]:
        """Column of a table that holds the position along each axis of the layer that is not fixed."""
        return {
            axis: "frame" if letter == "t" else letter
            for axis, letter in zip(self.kept, self.axes, strict=True)
        }

    def coordinates(self, table: pd.DataFrame) -> np.ndarray:
        """Positions of a table in pixels of an expanded array, shape (points, axes of the layer).

        A step that takes the first axis for time, whatever the layer says, has a column frame.
        """
        places = np.zeros((len(table), self.layer.ndim))
        for axis, name in self.columns.items():
            places[:, axis] = table[name if name in table else "frame"].to_numpy(float)
        return places

    def _points(self) -> pd.DataFrame:
        import pandas as pd

        table = pd.DataFrame({name: self.layer.data[:, axis] for axis, name in self.columns.items()})
        features = self.layer.features.reset_index(drop=True)
        return table.join(features.rename(columns={name: f"{name}_feature" for name in table}))


def _numbered(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose rows have a label, by which corrections name them."""
    return table if "label" in table else table.assign(label=range(1, len(table) + 1))


def readings(layer: Layer) -> list[str]:
    """The axes strings that a layer may be read with, the most likely first.

    Raises
    ------
    InputError
        When there is none.
    """
    has_pixels = isinstance(layer, Image | Labels)
    kept = _kept(layer) if has_pixels else list(range(layer.ndim))
    known = _READINGS if has_pixels else _POSITIONS
    said = letters_of(layer)
    if said is not None:
        axes = "".join(said[axis] for axis in kept)
        if axes != "".join(letter for letter in "tczyx" if letter in axes) or not axes.endswith("yx"):
            raise InputError(
                f'layer "{layer.name}" has the axes {said!r}; they must be in the order t, c, z, y, x and end in y, x'
            )
        return [axes]
    if len(kept) not in known and not has_pixels:
        raise InputError(
            f'layer "{layer.name}" has positions along {len(kept)} axes; expected 2 to 4, such as (y, x) or (t, y, x)'
        )
    if len(kept) not in known:
        raise InputError(
            f'layer "{layer.name}" has {len(kept)} axes longer than 1, shape {tuple(_shape(layer))}; '
            "expected 2 to 5, such as (y, x), (z, y, x) or (t, z, y, x)"
        )
    first = "tyx" if len(kept) == 3 and layer.units[kept[0]].is_compatible_with("second") else None
    return sorted(known[len(kept)], key=lambda axes: axes != first)


def view_layer(layer: Layer, axes: str | None = None, channel: int | None = None) -> LayerView:
    """A layer as a step reads it.

    Parameters
    ----------
    layer : Layer
    axes : str, optional
        What its axes longer than 1 mean; the most likely reading when not given.
    channel : int, optional
        Which channel of an image that has several.

    Raises
    ------
    InputError
        When the layer cannot be read so, in words.
    """
    if not isinstance(layer, Image | Labels):
        return LayerView(layer, axes or letters_of(layer) or readings(layer)[0])
    letters = axes or readings(layer)[0]
    kept = _kept(layer)
    fixed = {axis: 0 for axis in range(layer.ndim) if axis not in kept}
    if getattr(layer, "rgb", False):
        if channel is None:
            raise InputError(f'layer "{layer.name}" is a color image: choose one of its channels')
        return LayerView(layer, letters, fixed, channel)
    view = LayerView(layer, letters, fixed)
    return view.at("c", channel or 0) if "c" in letters else view


def points_along(layer: Layer, along: LayerView) -> LayerView:
    """Points in an image, whose positions are pixels of it.

    Parameters
    ----------
    layer : Layer
        Of points, along the axes of the image or only along those that are not fixed.
    along : LayerView
        Of the image.

    Raises
    ------
    InputError
        When the points have other axes.
    """
    if layer.ndim == along.layer.ndim:
        return LayerView(layer, along.axes, along.fixed)
    if layer.ndim == len(along.axes):
        return LayerView(layer, along.axes)
    raise InputError(
        f'layer "{layer.name}" has positions along {layer.ndim} axes; those of layer "{along.layer.name}" are '
        f"{', '.join(along.axes)}"
    )


def _shape(layer: Layer) -> tuple[int, ...]:
    data = layer.data[0] if layer.multiscale else layer.data
    return tuple(data.shape[: layer.ndim])


def _kept(layer: Layer) -> list[int]:
    """Axes of a layer that are longer than 1, and the last two."""
    shape = _shape(layer)
    return [axis for axis, n in enumerate(shape) if n > 1 or axis >= len(shape) - 2]
