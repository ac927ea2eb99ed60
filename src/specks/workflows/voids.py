"""Voids through a series that does not hold still: objects, drift, tracks and swelling in one call."""

from __future__ import annotations

import warnings
from typing import Annotated, Any, Literal

from specks._core.axes import resolve_geometry
from specks._core.corrections import as_corrections
from specks._core.errors import InputError
from specks._core.progress import Steps
from specks._core.provenance import Provenance, fingerprint
from specks._core.step import step
from specks._core.types import CorrectionLog, Image, Labels, Out, Param, PerAxis, Runtime
from specks.io import as_source
from specks.workflows._answers import Answer
from specks.workflows._out import arrays_to_fill
from specks.workflows._void_found import find
from specks.workflows._void_result import VoidTracks, shown_labels, tracked
from specks.workflows._void_settings import Series, VoidSettings
from specks.workflows._void_trace import trace

__all__ = ["track_voids"]


@step("Track voids")
def track_voids(
    source: Image,
    segmenter: Annotated[Literal["mixture", "labels"], Param(objects=True)] = "mixture",
    *,
    labels: Labels | None = None,
    min_size: Annotated[int, Param(ge=1, unit="px")] = 50,
    edge_buffer: Annotated[int, Param(ge=0, unit="px")] = 8,
    drop_edges: bool = True,
    reference: Literal["global", "previous", "first"] = "global",
    search_range: Annotated[PerAxis | None, Param(gt=0, unit="px")] = 20.0,
    memory: Annotated[int, Param(ge=0, le=1000, unit="frames")] = 2,
    method: Literal["lap", "trackpy"] = "lap",
    min_frames: Annotated[int, Param(ge=1, unit="frames")] = 8,
    spacing: Annotated[PerAxis | None, Param(gt=0)] = None,
    dt: Annotated[float | None, Param(gt=0, unit="s")] = None,
    units: str | None = None,
    thickness: Annotated[float | None, Param(gt=0, unit="length")] = None,
    dose_rate: Annotated[float | None, Param(gt=0, unit="dpa/s")] = None,
    polarity: Literal["auto", "bright", "dark"] = "auto",
    diameter: Annotated[PerAxis | None, Param(gt=0, unit="length")] = None,
    threshold: Annotated[float, Param(ge=0, le=1)] = 0.5,
    drift_from: Annotated[Literal["auto", "objects", "images"], Param(advanced=True)] = "auto",
    max_shift: Annotated[float | None, Param(gt=0, unit="px", advanced=True)] = None,
    static_pattern: Annotated[bool, Param(advanced=True)] = False,
    splitting: Annotated[bool, Param(advanced=True)] = False,
    merging: Annotated[bool, Param(advanced=True)] = False,
    axes: Annotated[str | None, Param(advanced=True)] = None,
    channel: Annotated[int | None, Param(advanced=True)] = None,
    corrections: CorrectionLog | None = None,
    out: Out | None = None,
    executor: Runtime = None,
) -> Steps[VoidTracks]:
    """Follow every void or particle through a series that drifts.

    Objects are found in each frame and measured; the drift is estimated and taken off their positions;
    then they are linked, and tracks and frames are summarized. No image is moved, and no frame is held
    longer than it is looked at.

    Parameters
    ----------
    source : array ([t,] [z,] y, x), path or Source
        The series: a folder of numbered images in any order, a stack, an OME-Zarr. Gaps in the numbers
        count as missing frames. Frames of a folder that cannot be read, or are of another size than
        most, are left out and named.
    segmenter : {"mixture", "labels"}, callable, object or array
        What finds the objects. "mixture": `segment_particles`. "labels": `source` holds labels or masks itself.
        A callable is given each frame as float32 from 0 to 1, on one gray scale for the series, and
        answers with labels, instances (n, y, x), a class image, a mask or a probability; its attribute
        ``returns`` may say which. An object with ``transform_standard_image`` and ``perform_segmentation``,
        as rtdefects has them. Or the labels, masks or instances of the whole series.
    labels : array, path, Source or sequence of arrays, optional
        Labels, masks or instances that are there, in place of a segmenter; one a frame, or of the shape
        of the series.
    min_size : int
        Smallest object that is kept, in pixels or voxels.
    edge_buffer : int
        How many pixels from a side still count as touching it.
    drop_edges : bool
        Whether objects that touch a side, whose place and size are cut, are left out of drift and
        growth. They stay rows of their tracks, flagged by ``touches_side``.
    reference : {"global", "previous", "first"}
        Whether drift is estimated between many frames, from one to the next, or against the first.
    search_range : float or tuple of float, optional
        How far from where it was an object may be found again, without the drift; in pixels. Learned
        from the data when not given.
    memory : int
        For how many frames an object may be missing.
    method : {"lap", "trackpy"}
        How objects are linked; see `link`.
    min_frames : int
        In how many frames a void must have been observed to be written to ``void-2d-coordinates.csv``.
    spacing : float or tuple of float, optional
        Size of a pixel, in place of what the images declare; 1 forces pixels.
    dt : float, optional
        Seconds from frame to frame.
    units : str, optional
        Unit of `spacing`, such as "nm".
    thickness : float, optional
        Of the foil, in the unit of the images, for swelling; of volumes their depth when not given.
    dose_rate : float, optional
        Displacements per atom in a second; needs `dt`.
    polarity : {"auto", "bright", "dark"}
        For the mixture: whether objects are brighter or darker than their surroundings.
    diameter : float or tuple of float, optional
        For the mixture: their typical width, in the unit of the images.
    threshold : float
        For the mixture: probability from which something counts as an object.
    drift_from : {"auto", "objects", "images"}
        What is to hold still. "auto" takes what tells it with the smaller standard error. Objects
        know nothing of dirt that stands in front of the sample, of noise and of light; images show the
        material too, where objects are few, grow, or lie at different heights of a tilted foil.
    max_shift : float, optional
        Farthest that the sample moves from one frame to the next, in pixels.
    static_pattern : bool
        Whether something stands still in front of the sample, for drift from images.
    splitting, merging : bool
        Whether one object may become several, and several one, as voids that coalesce.
    axes : str, optional
        What the axes mean; three are taken as "tyx", four as "tzyx", unless the file says otherwise.
    channel : int, optional
        Which channel of images that have several.
    corrections : Corrections, optional
        Of all kinds that segmentation, drift and links take. Objects go by frame and label in those of
        links, so correct the segmentation first.
    out : path or mapping, optional
        A folder to write everything to, as `VoidTracks.save` does; or an array to write ``labels`` into.
    executor : concurrent.futures.Executor, optional
        Where the mixture works; threads of this process when not given.

    Returns
    -------
    VoidTracks

    Raises
    ------
    InputError
        When an argument does not fit the series.
    CorrectionError
        When a correction does not fit, or contradicts another.
    FitError
        When the mixture finds nothing to fit.
    StoreError
        When `out` cannot be written.

    Examples
    --------
    >>> import specks
    >>> import specks.synth
    >>> made = specks.synth.growing_voids((128, 160), frames=6, lost=0, seed=2)
    >>> voids = specks.track_voids(made.images, labels=made.labels, spacing=0.5, units="nm", dt=2.0)
    >>> len(voids.frames), int(voids.tracks["observed_frames"].max())
    (6, 6)
    """
    only_labels = isinstance(segmenter, str) and segmenter == "labels"
    series = _series(source, axes, channel, spacing, units, not only_labels)
    arrays = arrays_to_fill(out, series.source, ("labels",))
    settings = VoidSettings(
        min_size=min_size,
        edge_buffer=edge_buffer,
        drop_edges=drop_edges,
        reference=reference,
        search_range=search_range,
        memory=memory,
        method=method,
        min_frames=min_frames,
        dt=dt,
        thickness=thickness,
        dose_rate=dose_rate,
        splitting=splitting,
        merging=merging,
        drift_from=drift_from,
        max_shift=max_shift,
        static_pattern=static_pattern,
    )
    log = as_corrections(corrections)
    found, segments = yield from find(
        _finder(segmenter, labels, series),
        series,
        Answer(series.shape, min_size, edge_buffer),
        {"polarity": polarity, "diameter": diameter, "threshold": threshold},
        log,
        executor,
    )
    traced = yield from trace(segments, series, settings, log)
    shown = yield from shown_labels(segments, series, arrays)
    inputs = {"source": fingerprint(series.source), "drift": {"from": traced.moved.origin}}
    provenance = Provenance(inputs=inputs)
    return tracked(shown, traced, series, settings, found, provenance)


def _finder(segmenter: Any, labels: Any, series: Series) -> Any:
    """What finds objects, of two arguments that may name it."""
    if labels is None:
        return segmenter if series.has_images else series.source
    if not (isinstance(segmenter, str) and segmenter == "mixture"):
        raise InputError("segmenter and labels are both given; give one of them")
    return labels


def _series(
    source: Any,
    axes: str | None,
    channel: int | None,
    spacing: PerAxis | None,
    units: str | None,
    has_images: bool,
) -> Series:
    """Frames in the order of their numbers; those that are ruined are blank."""
    with warnings.catch_warnings():  # the result says it, frame by frame
        warnings.filterwarnings("ignore", message=r".* is blank instead")
        opened = as_source(source, axes=axes, channel=channel, ruined="blank")
    if axes is None and opened.axes == "zyx":
        opened = opened.with_geometry(resolve_geometry(opened.geometry, "tyx"))
    opened = as_source(opened, spacing=spacing, units=units)
    return Series(opened, opened.frame_numbers, opened.frame_paths, has_images)
