"""A toy engine with every kind of parameter.

It is what "how to add an engine" in CONTRIBUTING describes: one step, declared once. The tests
run it by call, form, shell and recipe and expect equal bits.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
from scipy import ndimage as ndi

from specks._core.axes import resolve_geometry
from specks._core.corrections import Corrections
from specks._core.errors import InputError
from specks._core.progress import Progress, Steps, Where
from specks._core.provenance import Provenance, fingerprint
from specks._core.registry import register
from specks._core.source import array_source
from specks._core.step import step
from specks._core.types import (
    CorrectionLog,
    Image,
    Labels,
    Like,
    Mask,
    Out,
    Param,
    PerAxis,
    Points,
    Runtime,
    Scribbles,
    Table,
)
from specks.io import as_source

register("toy_engine:find_blobs")


@dataclass(frozen=True)
class Blobs:
    """What `find_blobs` finds.

    Parameters
    ----------
    smooth : array of float32
        The image after smoothing.
    labels : array of int32
        One number a blob and frame.
    centers : pandas.DataFrame
        Columns frame, y, x and brightness.
    objects : pandas.DataFrame
        One row a frame with the count.
    provenance : Provenance
        Where it came from.
    """

    smooth: Annotated[Any, *Image.__metadata__, Like("image", "float32")]
    labels: Annotated[Any, *Labels.__metadata__, Like("image", "int32")]
    centers: Points
    objects: Table
    provenance: Provenance = field(default_factory=Provenance)
    inputs: dict[str, Any] = field(default_factory=dict, repr=False)

    def refit(self, corrections: Corrections) -> Blobs:
        """Run again with other corrections."""
        return find_blobs(**(self.inputs | {"corrections": corrections}))

    def summary(self) -> str:
        """What came out, in a sentence."""
        return f"{len(self.centers)} blobs in {len(self.objects)} frames"


@step("Find blobs")
def find_blobs(
    image: Image,
    offsets: Table | None = None,
    *,
    diameter: Annotated[PerAxis, Param(gt=0, le=200, unit="length")] = 3.0,
    level: Annotated[float | Literal["auto"], Param(ge=0)] = "auto",
    method: Literal["above", "below"] = "above",
    weights: tuple[float, ...] = (1.0,),
    bounds: dict[str, float] | None = None,
    repeats: Annotated[int, Param(ge=1, le=9, advanced=True)] = 1,
    fill: Annotated[bool, Param(advanced=True, aliases=("fill_holes",))] = False,
    note: Annotated[str, Param(advanced=True)] = "",
    axes: Annotated[str | None, Param(advanced=True)] = None,
    spacing: Annotated[PerAxis | None, Param(gt=0, advanced=True)] = None,
    units: Annotated[str | None, Param(advanced=True)] = None,
    mask: Mask | None = None,
    scribbles: Scribbles | None = None,
    corrections: CorrectionLog | None = None,
    out: Out | None = None,
    executor: Runtime = None,
) -> Steps[Blobs]:
    """Smooth, cut and label, frame by frame.

    Parameters
    ----------
    image : array (t, y, x) or (y, x), or path
        What to look at.
    offsets : pandas.DataFrame, optional
        Column ``offset`` to add to the level, one row a frame.
    diameter : float or tuple of float
        Width of the smoothing box, in the unit of the image.
    level : float or "auto"
        Cut; "auto" is the mean.
    method : {"above", "below"}
        Which side of the cut counts.
    weights : tuple of float
        Multiplied into the image one after the other.
    bounds : dict, optional
        ``min`` and ``max`` that the image is clipped to.
    repeats : int
        How often to smooth.
    fill : bool
        Whether to fill holes.
    note : str
        Is kept and does nothing.
    axes : str, optional
        Meaning of the axes.
    spacing : float or tuple of float, optional
        Size of a pixel.
    units : str, optional
        Unit of `spacing`.
    mask : array of bool, optional
        True where blobs may be.
    scribbles : array of int, optional
        1 is never a blob, 2 always.
    corrections : Corrections, optional
        Scribbles, excluded frames, a threshold.
    out : mapping, optional
        Arrays to write smooth and labels into.
    executor : optional
        Not used.
    """
    given = {k: v for k, v in locals().items() if k not in ("out", "executor")}
    source = as_source(image, axes=axes)
    if source.ndim > 3:
        raise InputError(f"image has the axes {source.axes!r}; find_blobs takes (y, x) or (t, y, x)")
    declared = source.geometry
    if source.axes == "zyx":
        declared = type(declared)("tyx", declared.spacing, declared.units)
    source = source.with_geometry(resolve_geometry(declared, None, spacing, units))
    log = (corrections or Corrections()).with_shorthands(scribbles=scribbles, mask=mask)
    log.require("find_blobs", ("scribble", "mask", "exclude_frame", "threshold"))
    width = tuple(max(1, round(w)) for w in source.geometry.to_pixels(diameter))
    arrays = out if isinstance(out, dict) else {}
    smooth = arrays.get("smooth", np.zeros(source.shape, np.float32))
    labels = arrays.get("labels", np.zeros(source.shape, np.int32))
    frames = range(source.shape[0]) if source.ndim == 3 else range(1)
    centers, counts = [], []
    for t in frames:
        region = (slice(t, t + 1),) * (source.ndim - 2) + tuple(slice(0, n) for n in source.shape[-2:])
        plane = source.read(region).reshape(source.shape[-2:]).astype(np.float64) * np.prod(weights)
        if bounds:
            plane = plane.clip(bounds.get("min"), bounds.get("max"))
        for _ in range(repeats):
            plane = ndi.uniform_filter(plane, width)
        cut = plane.mean() if level == "auto" else level
        cut = log.of("threshold")[-1]["value"] if log.of("threshold") else cut
        cut += float(offsets["offset"].iloc[t]) if offsets is not None else 0
        found = plane > cut if method == "above" else plane < cut
        found = ndi.binary_fill_holes(found) if fill else found
        found = _by_hand(found, log, t)
        numbers, n = ndi.label(found)
        smooth[region] = plane.reshape(smooth[region].shape)
        labels[region] = numbers.reshape(labels[region].shape)
        for k, (y, x) in enumerate(ndi.center_of_mass(found, numbers, range(1, n + 1)), 1):
            centers.append((t, y, x, plane[numbers == k].mean()))
        counts.append((t, n))
        yield Progress(t + 1, len(frames), f"Frame {t + 1} of {len(frames)}", Where("labels", region))
    return Blobs(
        smooth,
        labels,
        pd.DataFrame(centers, columns=["frame", "y", "x", "brightness"]),
        pd.DataFrame(counts, columns=["frame", "count"]),
        Provenance(inputs={"image": fingerprint(source)}),
        given,
    )


def _by_hand(found: np.ndarray, log: Corrections, t: int) -> np.ndarray:
    if any(r["frame"] == t for r in log.of("exclude_frame")):
        return np.zeros_like(found)
    for record in log.of("scribble", "mask"):
        if record.get("frame") not in (None, t):
            continue
        array = array_source(record["array"]).read(tuple(slice(0, n) for n in record["array"].shape))
        plane = array[t] if array.ndim == 3 else array
        found = (
            found & plane.astype(bool) if record["kind"] == "mask" else np.where(plane > 0, plane == 2, found)
        )
    return found
