"""What the Track dock runs: objects are measured, the drift is taken out, and what is left is linked."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from napari.components import ViewerModel
from napari.layers import Labels

from specks._core.corrections import Corrections
from specks._core.errors import InputError
from specks._core.progress import Progress
from specks._core.provenance import fingerprint
from specks._core.types import Role
from specks.drift import correct_positions
from specks.measure import measure_objects
from specks.tracking import link
from specks.ui.course import frame_in_view
from specks.ui.layer_view import LayerView
from specks.ui.request import Finished, Request, Wire
from specks.ui.tracked import tracked

__all__ = ["LinkRequest", "around_the_frame", "link_request", "where"]

#: Frames on both sides of the one in view that a preview links.
BESIDE = 1


@dataclass(frozen=True)
class LinkRequest(Request):
    """A request whose links come with a summary of the tracks.

    Parameters
    ----------
    drift : Wire, optional
        What gives the drift that is taken out.
    frames : range, optional
        Only these frames.
    """

    drift: Wire | None = None
    frames: range | None = field(default=None, compare=False)

    def run(self, out: Mapping[str, Any]) -> Generator[Progress, None, Finished]:
        """Link, and summarize."""
        linked = yield from super().run(out)
        links = linked.result
        if isinstance(self.main.layer, Labels):
            inputs = {**links.provenance.inputs, "labels": fingerprint(self.main.source)}
            links = replace(links, provenance=replace(links.provenance, inputs=inputs))
        result = yield from tracked(links, self.main.geometry)
        return Finished(result, links.provenance)


@dataclass(frozen=True, eq=False)
class SomeFrames(Wire):
    """Objects of a few frames."""

    frames: range = range(0)

    def pull(self) -> Generator[Progress, None, Any]:
        """The table; frames are numbered as in the whole series."""
        (view,) = self.request.views.values()
        first, last = self.frames.start, self.frames.stop
        if not isinstance(view.layer, Labels):
            table = view.value(Role.TABLE)
            return table[table["frame"].between(first, last - 1)].reset_index(drop=True)
        source = view.source
        region = [slice(0, n) for n in source.shape]
        region[view.axes.index("t")] = slice(first, last)
        pixels = source.read(tuple(region))
        known = {"spacing": source.geometry.spatial_spacing, "units": source.geometry.length_unit}
        physical = known if source.geometry.is_physical else {}
        table = yield from measure_objects.iterate(pixels, axes=view.axes, **physical)
        return table.assign(frame=table["frame"] + first)


def link_request(
    view: LayerView | None,
    values: Mapping[str, Any],
    corrections: Corrections,
    drift: Wire | None = None,
    frames: range | None = None,
) -> Request:
    """Link the objects of labels, or points.

    Parameters
    ----------
    view : LayerView or None
        None while nothing is chosen; such a request only holds the settings.
    values : mapping
        Settings of `specks.link`.
    corrections : Corrections
    drift : Wire, optional
        What gives the drift.
    frames : range, optional
        Only these frames.
    """
    if view is None:
        return Request(link, {}, values, corrections)
    wires = _objects(view, drift, frames)
    return LinkRequest(link, {"table": view}, values, corrections, {}, wires, drift, frames)


def _objects(view: LayerView, drift: Wire | None, frames: range | None) -> dict[str, Wire]:
    """Where the table comes from; no wire for points as they are, which are a table."""
    measured = isinstance(view.layer, Labels)
    request = (
        Request(measure_objects, {"labels": view}, {}) if measured else Request(link, {"table": view}, {})
    )
    wire = None
    if frames is not None:
        wire = SomeFrames(request, frames=frames)
    elif measured:
        wire = Wire(request)
    if drift is not None:
        if wire is None:
            corrected = Request(correct_positions, {"table": view}, {}, wires={"drift": drift})
        else:
            corrected = Request(correct_positions, {}, {}, wires={"table": wire, "drift": drift})
        wire = Wire(corrected)
    return {} if wire is None else {"table": wire}


def around_the_frame(request: Request, viewer: ViewerModel) -> Request:
    """A request for the frame in view and those beside it.

    Raises
    ------
    InputError
        When the slider does not stand on a frame.
    """
    view = request.main
    frame = frame_in_view(viewer, view)
    if frame is None:
        raise InputError("The preview works where the slider of time stands on a frame")
    count = view.frame_count
    first = max(0, min(frame - BESIDE, count - 1 - 2 * BESIDE))
    frames = range(first, min(count, first + 1 + 2 * BESIDE))
    inside = tuple(r for r in request.corrections if {r["frame_a"], r["frame_b"]} <= {*frames})
    drift = request.drift if isinstance(request, LinkRequest) else None
    return link_request(view, request.values, Corrections(inside), drift, frames)


def where(part: Request, whole: Request) -> str:
    """What a preview shows."""
    frames = part.frames if isinstance(part, LinkRequest) else None
    return "Preview" if not frames else f"Preview of frames {frames[0]} to {frames[-1]}"
