"""Layers without the drift: made once for each layer, then updated in place."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Iterator
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer
from napari.utils.transforms import Affine

from specks.ui.displaced import MARK
from specks.ui.results import KEY
from specks.ui.still_plan import Corrected
from specks.ui.transforms import copy_transforms, move_to

__all__ = ["StillLayers"]


class StillLayers:
    """The corrected layers of one dock.

    They are known by reference, never by name; what the person changed about their looks stays.

    Parameters
    ----------
    viewer : napari viewer
    """

    def __init__(self, viewer: ViewerModel) -> None:
        self._viewer = viewer
        self._made: weakref.WeakKeyDictionary[Layer, weakref.ref[Layer]] = weakref.WeakKeyDictionary()
        self._called: weakref.WeakKeyDictionary[Layer, str] = weakref.WeakKeyDictionary()

    def __iter__(self) -> Iterator[Layer]:
        """Those that are still in the viewer."""
        return (layer for source in list(self._made) if (layer := self.get(source)) is not None)

    def get(self, source: Layer) -> Layer | None:
        """The corrected layer of another one, unless it was removed."""
        layer = self._made[source]() if source in self._made else None
        return layer if layer is not None and layer in self._viewer.layers else None

    def keep(self) -> None:
        """Let go of them: they stay as they are, and new ones are made next time."""
        self._made.clear()

    def put(self, source: Layer, corrected: Corrected) -> Layer:
        """Show what was corrected: in the layer that there is, else in a new one above its source."""
        placed = copy_transforms(source)
        linear = Affine(scale=source.scale, rotate=source.rotate, shear=source.shear).linear_matrix
        first = np.zeros(source.ndim)
        first[list(corrected.origin)] = list(corrected.origin.values())
        placed["translate"] = placed["translate"] + linear @ first
        mark = {"state": "complete", "run_id": uuid.uuid4().hex, **corrected.provenance}
        layer, name = self.get(source), f"{source.name} (still)"
        if layer is None:
            layer = self._make(source, corrected.data, name, placed)
        else:
            self._update(source, layer, corrected.data)
            move_to(layer, placed)
            if layer.name == self._called.get(layer):  # nobody gave it another name
                layer.name = name
        self._called[layer] = layer.name  # the viewer numbers names that are taken
        layer.metadata = {**layer.metadata, KEY: mark}
        return layer

    def _make(self, source: Layer, data: Any, name: str, placed: dict[str, Any]) -> Layer:
        _, looks, kind = source.as_layer_data_tuple()
        metadata = {key: value for key, value in source.metadata.items() if key not in (KEY, MARK)}
        looks |= {"name": name, "metadata": metadata, **placed}
        if "multiscale" in looks:
            looks["multiscale"] = False
        if isinstance(source, Image):
            looks["rgb"] = source.rgb
        if isinstance(source, Labels):  # theirs says which label is selected: no two layers may share it
            looks["colormap"] = type(source.colormap)(**source.colormap.model_dump())
        layer = Layer.create(data, looks, kind)
        self._made[source] = weakref.ref(layer)  # known before anybody is told of a new layer
        active, order = self._viewer.layers.selection.active, self._viewer.layers
        order.insert(order.index(source) + 1, layer)
        order.selection.active = active
        return layer

    def _update(self, source: Layer, layer: Layer, data: Any) -> None:
        layer.data = data
        if hasattr(layer, "features") and len(layer.features) != len(source.features):
            layer.features = source.features
