"""What the Refine dock runs: features are located, or given as points, and then fitted."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from napari.components import ViewerModel

from specks._core.corrections import Corrections
from specks._core.errors import InputError
from specks._core.progress import Progress
from specks._core.types import Role
from specks.refinement import Refined, locate, refine
from specks.ui.course import frame_in_view
from specks.ui.layer_view import LayerView
from specks.ui.preview import PreviewPart
from specks.ui.request import Request, Wire

__all__ = ["FRAME", "elsewhere", "fit_number", "locate_request", "refine_request"]


def locate_request(views: Mapping[str, LayerView], values: Mapping[str, Any]) -> Request:
    """Locate features in the images that are to be refined."""
    images = views.get("images")
    return Request(locate, {} if images is None else {"image": images}, values)


def refine_request(
    views: Mapping[str, LayerView],
    values: Mapping[str, Any],
    locating: Mapping[str, Any],
    corrections: Corrections,
) -> Request:
    """Refine the points that were chosen, or what is located where none were.

    Parameters
    ----------
    views : mapping of str to LayerView
        ``images``, and ``f`` if points were chosen.
    values, locating : mapping
        Settings of `specks.refine` and of `specks.locate`.
    corrections : Corrections
    """
    wires = {} if "f" in views or not views else {"f": Wire(locate_request(views, locating))}
    return Request(refine, views, values, corrections, {}, wires)


def elsewhere(views: Mapping[str, LayerView]) -> str:
    """That points are not drawn where their numbers say that they are in the image; empty where they are."""
    if "f" not in views:
        return ""
    places = [
        np.stack([view.layer.data_to_world(at * np.ones(view.layer.ndim)) for at in (0, 1)])
        for view in (views["images"], views["f"])
    ]
    shared = min(place.shape[1] for place in places)
    if np.allclose(*(place[:, -shared:] for place in places)):
        return ""
    points, image = (views[name].layer.name for name in ("f", "images"))
    return f"“{points}” is not drawn in the pixels of “{image}”; its numbers are taken as pixels, wherever it is drawn"


@dataclass(frozen=True, eq=False)
class PointsOfFrame(Wire):
    """Points of one frame, as those of a single image."""

    frame: int = 0

    def pull(self) -> Generator[Progress, None, Any]:
        """The table, without a frame."""
        yield Progress(0, 0, "Reading points")
        table = self.request.views["f"].value(Role.TABLE)
        return table[table["frame"] == self.frame].drop(columns="frame").reset_index(drop=True)


def frame_of_view(viewer: ViewerModel, view: LayerView) -> int:
    """The frame in view; 0 of a single image.

    Raises
    ------
    InputError
        When the slider of time stands on no frame.
    """
    if "t" not in view.axes:
        return 0
    frame = frame_in_view(viewer, view)
    if frame is None:
        raise InputError("The preview works where the slider of time stands on a frame")
    return frame


def of_frame(request: Request, viewer: ViewerModel) -> Request:
    """A request for the frame in view, as a single image.

    Raises
    ------
    InputError
        When there is none.
    """
    name, view = next(iter(request.views.items()))
    frame = frame_of_view(viewer, view)
    if "t" not in view.axes:
        return request
    views = {name: view.at("t", frame)}
    if name == "image":
        return replace(request, views=views)
    if "f" in request.views:
        wire: Wire = PointsOfFrame(request, frame=frame)
    else:
        located = request.wires["f"].request
        wire = Wire(replace(located, views={"image": views["images"]}))
    here = [{**r, "frame": 0} for r in request.corrections if r["frame"] == frame]
    return replace(request, views=views, corrections=Corrections(tuple(here)), wires={"f": wire})


def _where(part: Request, whole: Request) -> str:
    before, now = whole.main, part.main
    axis = before.kept[before.axes.index("t")] if "t" in before.axes else -1
    return f"Preview of frame {now.fixed[axis]}" if axis in now.fixed else "Preview"


def fit_number(refined: Refined, frame: int) -> int:
    """The number by which a fit knows a frame of its image."""
    only = refined.known.ask.frames.only
    return frame if only is None else int(only)


#: The frame in view.
FRAME = PreviewPart("Preview of the frame in view", of_frame, _where)
