"""A request for one frame or slice of what it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from napari.components import ViewerModel
from napari.layers import Image, Labels

from specks._core.corrections import Corrections
from specks._core.errors import InputError
from specks.ui.layer_view import LayerView
from specks.ui.request import Request

__all__ = ["narrow"]


def narrow(request: Request, viewer: ViewerModel) -> Request:
    """The request on the plane that is shown.

    Raises
    ------
    InputError
        When there is no such plane: a volume is shown, or the slider stands beside the image.
    """
    if not all(isinstance(view.layer, Image | Labels) for view in request.views.values()):
        raise InputError("The preview works on images only")
    place = _hidden(request.main, viewer)
    views = {name: _at(view, place) for name, view in request.views.items()}
    corrections = _narrowed(request.corrections, request.main, place)
    return replace(request, views=views, corrections=corrections)


def _hidden(view: LayerView, viewer: ViewerModel) -> dict[str, int]:
    """Letters of the axes that are not shown, and where the sliders stand on them."""
    shift = viewer.dims.ndim - view.layer.ndim
    shown = {axis - shift for axis in viewer.dims.displayed}
    at = view.layer.world_to_data(viewer.dims.point)
    found = {}
    for axis, letter, n in zip(view.kept, view.axes, view.source.shape, strict=True):
        if letter in "yx":
            if axis not in shown:
                raise InputError("The preview works when y and x are shown")
        elif axis not in shown:
            index = round(float(at[axis]))
            if not 0 <= index < n:
                raise InputError("The slider stands beside the image")
            found[letter] = index
    return found


def _at(view: LayerView, place: Mapping[str, int]) -> LayerView:
    for letter, index in place.items():
        if letter in view.axes:
            view = view.at(letter, index)
    return view


def _narrowed(corrections: Corrections, view: LayerView, place: Mapping[str, int]) -> Corrections:
    """Corrections as they are on one plane; those of other frames are left out."""
    records: list[Mapping[str, Any]] = []
    hidden = {axis: place[letter] for axis, letter in enumerate(view.axes) if letter in place}
    first = place.get(view.axes[0])
    for record in corrections:
        if not hidden:
            records.append(record)
        elif record["kind"] == "exclude_frame":
            continue
        elif "position" in record:
            if (record["frame"] or 0) == first:
                records.append({**record, "frame": None})
        elif "array" in record:
            frame, array = record.get("frame"), record["array"]
            if frame is None and array.ndim == len(view.axes):
                records.append({**record, "array": _slab(array, hidden)})
            elif frame is None or frame == first:
                inner = {axis - 1: index for axis, index in hidden.items() if axis > 0}
                records.append(
                    {**record, "array": _slab(array, inner)} | ({"frame": None} if "frame" in record else {})
                )
        elif record.get("frames") is None:
            records.append(record)
        elif first in record["frames"]:
            records.append({**record, "frames": None})
    return Corrections(tuple(records))


def _slab(array: Any, hidden: Mapping[int, int]) -> Any:
    return array[tuple(hidden.get(axis, slice(None)) for axis in range(array.ndim))]
