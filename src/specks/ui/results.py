"""The layers that a dock owns: made once, then updated in place."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import partial
from typing import Any

import numpy as np
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Points

from specks._core.progress import Progress
from specks._core.provenance import Provenance
from specks._core.source import Region
from specks._core.spec import ResultSpec
from specks._core.types import Role
from specks.ui.arrays import allocate
from specks.ui.features import label_features, point_features
from specks.ui.layer_view import LayerView
from specks.ui.looks import give_table, outline
from specks.ui.request import Request
from specks.ui.transforms import move_to

__all__ = ["KEY", "ResultLayers", "is_material"]

#: Where provenance stands in the metadata of a layer.
KEY = "specks"
PREVIEW = "preview"
#: Results with a layer of their own; a table goes to the features of the labels.
LAYERS = {Role.IMAGE: Image, Role.LABELS: Labels, Role.POINTS: Points}


def is_material(layer: Layer) -> bool:
    """Whether a layer is something to work on: not a preview, not scribbles, and no other aid of a dock."""
    mark = layer.metadata.get(KEY, {})
    return mark.get("state") != PREVIEW and "scribbles" not in mark and "aid" not in mark


class ResultLayers:
    """The layers of the results of one dock.

    They are known by reference, never by name, so that the person may rename them; what the
    person changed about their looks stays.

    Parameters
    ----------
    viewer : napari viewer
    options : mapping of str to mapping
        Looks of the layer of an output when it is first made, such as
        ``{"posterior": {"colormap": "magma"}}``; its ``name`` follows that of the image, and is that
        of the output when it is not given.
    preview : bool
        Whether they show a part before everything is run; no dock offers them as inputs.
    """

    def __init__(
        self, viewer: ViewerModel, options: Mapping[str, Mapping[str, Any]], preview: bool = False
    ) -> None:
        self._viewer, self._options, self._preview = viewer, options, preview
        self._known: dict[str, weakref.ref[Layer]] = {}
        self._given: dict[str, Any] = {}
        self._waiting: dict[str, Callable[[], None]] = {}
        self._named: set[str] = set()
        self._called: dict[str, str] = {}
        self._request: Request | None = None
        self._mark: dict[str, Any] = {}

    def __iter__(self) -> Iterator[Layer]:
        """The layers that are still in the viewer."""
        return (layer for name in self._known if (layer := self.get(name)) is not None)

    def items(self) -> Iterator[tuple[str, Layer]]:
        """The same with the outputs that they show."""
        return ((name, layer) for name in self._known if (layer := self.get(name)) is not None)

    def get(self, output: str) -> Layer | None:
        """The layer of an output, unless it was removed."""
        layer = self._known[output]() if output in self._known else None
        return layer if layer is not None and layer in self._viewer.layers else None

    def begin(self, request: Request) -> dict[str, Any]:
        """Lay out the outputs whose shape is known; one of the last run stays until there is news of it.

        Returns
        -------
        dict
            Arrays for the step to write into, by output.
        """
        self._request, self._given = request, {}
        self._waiting.clear()
        self._named.clear()
        self._mark = {"run_id": uuid.uuid4().hex, "step": request.spec.target, "state": "running"}
        if not any(p.role is Role.OUT for p in request.spec.params):
            return {}
        for output in request.spec.results:
            if output.like is None or output.role not in LAYERS:
                continue
            view = request.views[output.like.param]
            full = view.expanded_shape
            shown, self._given[output.name] = allocate(full, output.like.dtype, view.fixed)
            put, last = partial(self._put, output, shown, view), self.get(output.name)
            if last is not None and last.ndim == view.layer.ndim:
                self._waiting[output.name] = put
            else:
                put()
        return self._given

    def show(self, news: list[Progress]) -> None:
        """Refresh what is in view, once for all that was finished."""
        regions: dict[str, list[Region]] = {}
        for progress in news:
            if progress.where is not None:
                regions.setdefault(progress.where.output, []).append(progress.where.region)
        for output, finished in regions.items():
            self._named.add(output)
            if output in self._waiting:
                self._waiting.pop(output)()
                continue
            layer = self.get(output)
            if layer is not None and any(
                self._in_view(layer, self._request.main.region(r)) for r in finished
            ):
                layer.refresh(extent=False, highlight=False)

    def finish(self, request: Request, result: Any, provenance: Provenance) -> None:
        """Show everything of a result, and note where it came from."""
        self._request = request
        spec, view = request.spec, request.main
        run_id = self._mark.get("run_id", uuid.uuid4().hex)
        self._mark = {"run_id": run_id, "state": "complete", **provenance.to_dict()}
        if self._preview:
            self._mark["state"] = PREVIEW
        for output in spec.results:
            value = spec.fields(result)[output.name]
            source = self._request.views[output.like.param] if output.like is not None else view
            if output.role in (Role.IMAGE, Role.LABELS):
                there = output.name not in self._waiting and value is self._given.get(output.name, self)
                ready = self.get(output.name) if there else None
                if ready is None:
                    self._put(output, source.expand(value), source)
                    continue
                if output.name not in self._named:  # what a step names is drawn already
                    ready.refresh()
                self._note(ready, output)
            elif output.role is Role.POINTS:
                self._put(output, source.coordinates(value), source)
                self.get(output.name).features = point_features(value)
        self._waiting.clear()
        self._add_features(result)
        for output in self._known:
            if "contrast_limits" not in self._options.get(output, {}):
                _fit_contrast(self.get(output))

    def stop(self) -> None:
        """Mark what was finished so far as partial."""
        self._waiting.clear()
        for layer in self:
            mark = layer.metadata.get(KEY, {})
            if mark.get("run_id") == self._mark.get("run_id"):
                layer.metadata = {**layer.metadata, KEY: {**mark, "state": "partial"}}

    def take_up(self, layers: Mapping[str, Layer]) -> None:
        """Own layers that show outputs already; they are then updated in place."""
        self._known = {output: weakref.ref(layer) for output, layer in layers.items()}

    def keep(self) -> None:
        """Let go of the layers: they stay as they are, and the next run makes new ones."""
        self._known.clear()

    def remove(self) -> None:
        """Take the layers out of the viewer."""
        layers = list(self)
        self._known.clear()
        for layer in layers:
            self._viewer.layers.remove(layer)

    def _put(self, output: ResultSpec, data: Any, view: LayerView) -> None:
        """Set the data of the layer of an output; make it when it is not there."""
        placed, layer = view.placed(), self.get(output.name)
        kind = LAYERS[output.role]
        options = deepcopy(dict(self._options.get(output.name, {})))  # no two layers share a colormap
        called = options.pop("name", output.name)
        name = f"{view.layer.name} {called}{' preview' if self._preview else ''}"
        if layer is not None and layer.ndim == view.layer.ndim:
            if layer.data is not data:
                layer.data = data
            if layer.name == self._called.get(output.name):  # nobody gave it another name
                layer.name = name
                self._called[output.name] = layer.name
            self._raise_above(layer, view.layer)
            move_to(layer, placed)
            self._note(layer, output)
            return
        if layer is not None:
            self._viewer.layers.remove(layer)
        if kind is Image:
            options = {"rgb": False, "contrast_limits": (0, 1)} | options
        elif kind is Points:
            options = {
                "ndim": view.layer.ndim,
                "face_color": "transparent",
                "border_color": "#ffb454",
            } | options
        contour = options.pop("contour", 0)  # an attribute, but no argument, of a labels layer
        layer = kind(data, name=name, **placed, **options)
        self._note(layer, output)
        if contour:
            outline(layer, contour)
        self._add(layer)
        self._called[output.name] = layer.name  # the viewer numbers names that are taken
        self._known[output.name] = weakref.ref(layer)

    def _raise_above(self, layer: Layer, source: Layer) -> None:
        """An image that was added later would hide what was found in it."""
        order = self._viewer.layers
        if source in order and order.index(layer) < order.index(source):
            order.move(order.index(layer), order.index(source) + 1)

    def _note(self, layer: Layer, output: ResultSpec) -> None:
        """Note on a layer where it came from, and which output it is."""
        layer.metadata = {**layer.metadata, KEY: {**self._mark, "output": output.name}}

    def _add(self, layer: Layer) -> None:
        """Add a layer; what was selected stays selected, so that painting goes on."""
        active = self._viewer.layers.selection.active
        self._viewer.add_layer(layer)
        if active is not None:
            self._viewer.layers.selection.active = active

    def _add_features(self, result: Any) -> None:
        spec = self._request.spec
        labels = [r.name for r in spec.results if r.role is Role.LABELS]
        tables = [r.name for r in spec.results if r.role is Role.TABLE]
        values = spec.fields(result)
        for name in tables:
            features = None if values[name] is None else label_features(values[name])
            if features is not None and labels and self.get(labels[0]) is not None:
                give_table(self.get(labels[0]), features)

    def _in_view(self, layer: Layer, region: Region) -> bool:
        """Whether a region of a layer lies in the slice that is shown."""
        dims = self._viewer.dims
        hidden = [axis - dims.ndim + layer.ndim for axis in dims.not_displayed]
        point = np.round(layer.world_to_data(dims.point))
        return all(region[axis].start <= point[axis] < region[axis].stop for axis in hidden if axis >= 0)


def _fit_contrast(layer: Layer | None) -> None:
    """Contrast of an image whose range was not known before, from its first plane."""
    if not isinstance(layer, Image) or tuple(layer.contrast_limits) != (0, 1):
        return
    plane = np.asarray(layer.data[(slice(0, 1),) * (layer.ndim - 2)], float)
    finite = plane[np.isfinite(plane)]
    if finite.size and finite.min() < finite.max():
        layer.contrast_limits = (float(finite.min()), float(finite.max()))
