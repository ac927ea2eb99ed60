"""What tracking voids gives."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from specks._core.corrections import Corrections, as_corrections
from specks._core.progress import Progress, drain
from specks._core.provenance import Provenance
from specks._core.types import Like, Role, Table, Tracks
from specks._core.words import counted
from specks.drift import Drift
from specks.drift.by_hand import LOOKING
from specks.tracking import Links
from specks.workflows._labels import placed
from specks.workflows._void_drift import Moved
from specks.workflows._void_found import Found
from specks.workflows._void_segments import Segments
from specks.workflows._void_settings import Series, VoidSettings
from specks.workflows._void_trace import Traced, trace
from specks.workflows._void_warnings import told

__all__ = ["VoidTracks", "shown_labels", "tracked"]


@dataclass(frozen=True, eq=False, repr=False)
class VoidTracks:
    """What `track_voids` finds.

    Parameters
    ----------
    labels : dask.array.Array of int32, shape of the series
        One number an object in each frame, painted where it is looked at.
    objects : pandas.DataFrame
        One row an object and frame: ``frame``, ``frame_number`` where files are numbered, ``label``, ``y, x`` as they
        were measured and ``y_corrected, x_corrected`` without the drift, ``area``, ``equivalent_diameter``,
        ``radius`` (all in pixels), ``touches_side``, ``class``, ``particle`` and ``confidence``.
    tracks : pandas.DataFrame
        One row a track, as `summarize_tracks` gives it.
    frames : pandas.DataFrame
        One row a frame, as `measure_swelling` gives it, with ``area_fraction``, ``reason``: why nothing could be
        looked for, and the ``path`` of the frame's file. Numbers are NaN where there is a reason.
    drift : Drift
        How the sample has moved.
    links : Links
        How objects were linked; its table is `objects`.
    provenance : Provenance
        Where it came from.
    corrections : Corrections
        What was corrected by hand.
    settings : VoidSettings
        How it was asked for.
    series : Series
        Frames, their numbers and files.
    found : Found
        What it takes to segment frames again.
    segments : Segments
        What was found in each frame.
    """

    labels: Annotated[Any, Role.LABELS, Like("source", "int32")]
    objects: Tracks
    tracks: Table
    frames: Table
    drift: Annotated[Drift, Role.MODEL]
    links: Links
    provenance: Provenance
    corrections: Corrections
    settings: VoidSettings
    series: Series = field(repr=False)
    found: Found = field(repr=False)
    segments: Segments = field(repr=False)

    def __repr__(self) -> str:
        return f"<VoidTracks in {self.series.source.name} {self.series.source.shape}: {self.summary()}>"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons not to trust it, as sentences."""
        return self.provenance.warnings

    def summary(self) -> str:
        """What was found, in a sentence."""
        many, frames = len(self.tracks), self.series.frames
        text = f"{counted(many, 'track')} of {counted(len(self.objects), 'object')} in {counted(frames, 'frame')}"
        if frames > 1:
            often = int((self.tracks["observed_frames"] >= self.settings.min_frames).sum())
            text += f"; {often} observed in {self.settings.min_frames} frames or more"
        lost = sum(map(bool, self.segments.reasons))
        return f"{text}; {counted(lost, 'frame')} left out" if lost else text

    def details(self) -> str:
        """What it rests on, in a sentence: how the sample moved, and how far was looked."""
        text = f"By the {self.drift_from}, {self.drift.summary()}"
        return f"{text}. {self.links.details()}" if self.series.frames > 1 else self.links.details()

    @property
    def drift_from(self) -> Literal["objects", "images"]:
        """What has told the drift."""
        origin: Literal["objects", "images"] = self.provenance.inputs["drift"]["from"]
        return origin

    def refit(self, corrections: Corrections | None = None) -> VoidTracks:
        """The result with other corrections; only what they touch is computed again.

        Frames marked bad, shifts and landmarks: drift and links. Links: links alone. Regions, frames and
        objects that are left out: the frames that they name; what teaches the mixture: all frames.

        Parameters
        ----------
        corrections : Corrections, optional
            The whole log, not only what is new; none takes all corrections back.

        Returns
        -------
        VoidTracks

        Raises
        ------
        CorrectionError
            When a correction does not fit, or contradicts another.
        """
        return drain(self.refitting(corrections))

    def refitting(
        self, corrections: Corrections | None = None, out: Mapping[str, Any] | None = None
    ) -> Generator[Progress, None, VoidTracks]:
        """What `refit` does, with progress on the way and an array to write ``labels`` into."""
        log = as_corrections(corrections)
        found, segments = yield from self.found.again(self.segments, log, self.corrections)
        moved = Moved(self.drift, self.drift_from, self.corrections.only(*LOOKING))
        known = Traced(self.segments, moved, self.links, self.tracks, self.frames, self.corrections)
        traced = yield from trace(segments, self.series, self.settings, log, known)
        inputs = {**self.provenance.inputs, "drift": {"from": traced.moved.origin}}
        provenance = dataclasses.replace(self.provenance, inputs=inputs).corrected(log)
        arrays = out or {}
        labels = self.labels
        if segments is not self.segments or arrays:
            labels = yield from shown_labels(segments, self.series, arrays)
        return tracked(labels, traced, self.series, self.settings, found, provenance)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write everything to one folder.

        ``frame-data.json``, ``track-data.json`` and ``void-2d-coordinates.csv`` as rtdefects' notebooks write and read
        them (of flat images); ``objects.csv``, ``tracks.csv`` and ``frames.csv`` with their units and types
        beside them; ``drift.csv`` and ``drift.json``; ``trackpy.csv``, of the shape of trackpy's tables;
        ``voids.zarr``, an OME-Zarr with images and labels; ``corrections.json`` and ``provenance.json``.

        Parameters
        ----------
        path : path-like
            A folder that does not exist yet.
        overwrite : bool, optional
            Whether a result of `track_voids` that stands there is replaced; it stays when this fails.

        Raises
        ------
        StoreError
            When something stands at `path` that is not to be replaced, or it cannot be written.
        """
        drain(self.saving(path, overwrite=overwrite))

    def saving(
        self, path: str | os.PathLike[str], *, overwrite: bool = False
    ) -> Generator[Progress, None, dict[str, str]]:
        """What `save` does, with progress on the way; gives the place of each output in the folder."""
        from specks.workflows._void_files import save_voids

        return (yield from save_voids(self, path, overwrite))

    def save_tracks(self, path: str | os.PathLike[str]) -> None:
        """Write `objects`, with their tracks, to one file.

        Parameters
        ----------
        path : path-like
            ``….csv`` or ``….parquet``: the table with its units; ``….geff``: a graph with a node an object. The latter
            two need the extra ``io``.

        Raises
        ------
        UnsupportedFormatError
            For other endings.
        MissingExtraError
            When what it takes is not installed.
        StoreError
            When it cannot be written.
        """
        from specks.workflows._void_files import save_track_file

        save_track_file(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> VoidTracks:
        """Read what `save`, a recipe or the shell wrote; images and labels stay on disk.

        Parameters
        ----------
        path : path-like
            The folder.

        Returns
        -------
        VoidTracks
            It can be corrected further.

        Raises
        ------
        NotFoundError
            When there is nothing at `path`.
        FileFormatError
            When it is no result of `track_voids`, or was damaged.
        """
        from specks.workflows._void_stored import load_voids

        return load_voids(path)


def shown_labels(
    segments: Segments, series: Series, arrays: Mapping[str, Any]
) -> Generator[Progress, None, Any]:
    """Labels of the shape of the series: lazy, or in the caller's array."""
    return (yield from placed(segments.shown(series.source), series.source, arrays.get("labels")))


def tracked(
    labels: Any,
    traced: Traced,
    series: Series,
    settings: VoidSettings,
    found: Found,
    provenance: Provenance,
) -> VoidTracks:
    """Put a result together."""
    return VoidTracks(
        labels=labels,
        objects=traced.links.table,
        tracks=traced.tracks,
        frames=traced.frames,
        drift=traced.moved.drift,
        links=traced.links,
        provenance=dataclasses.replace(provenance, warnings=told(traced, series, settings, found)),
        corrections=traced.corrections,
        settings=settings,
        series=series,
        found=found,
        segments=traced.segments,
    )
