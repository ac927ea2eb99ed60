"""From an image to particles: mixture, labels and table in one call."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt

from specks._core.corrections import Corrections, as_corrections
from specks._core.progress import Progress, Steps, drain
from specks._core.provenance import Provenance, fingerprint
from specks._core.source import ArraySource, MemmapSource, Source
from specks._core.step import step
from specks._core.types import (
    CorrectionLog,
    Image,
    Like,
    Mask,
    Out,
    Param,
    PerAxis,
    Role,
    Runtime,
    Scribbles,
    Table,
)
from specks._core.words import counted
from specks.io import as_source
from specks.mixture import Mixture, fit_mixture
from specks.workflows._classes import with_classes
from specks.workflows._cut import Cut, cut_by_hand, same_but_threshold
from specks.workflows._labels import drawn, labeled, measured, placed
from specks.workflows._out import arrays_to_fill
from specks.workflows._posterior import PosteriorSource, fill, readable

__all__ = ["Particles", "segment_particles"]

#: Particles whose mean posterior is below this are counted as worth a look.
UNSURE = 0.6


@dataclass(frozen=True, eq=False, repr=False)
class Particles:
    """What `segment_particles` finds.

    Parameters
    ----------
    model : Mixture
        Background and particles, as fitted.
    posterior : array of float32, shape of the image
        Probability that a pixel belongs to a particle.
    labels : array of int32, shape of the image
        One number a particle; 0 is background.
    objects : pandas.DataFrame
        One row a particle: frame, label, position, size, brightness, and ``confidence``: the
        probability of its peak, or in volumes its mean posterior. ``class`` and
        ``class_probability`` when strokes show particles of several classes.
    provenance : Provenance
        Where it came from.
    cut : Cut
        How the labels were asked for; see `threshold` for the one that was used.
    source : Source
        The image.
    """

    model: Annotated[Mixture, Role.MODEL]
    posterior: Annotated[Any, Role.IMAGE, Like("image", "float32")]
    labels: Annotated[Any, Role.LABELS, Like("image", "int32")]
    objects: Table
    provenance: Provenance
    cut: Cut
    source: Source = field(repr=False)

    def __repr__(self) -> str:
        return f"<Particles in {self.source.name} {self.source.shape}: {self.summary()}>"

    @property
    def warnings(self) -> tuple[str, ...]:
        """Reasons not to trust it, as sentences."""
        return self.provenance.warnings

    @property
    def threshold(self) -> float:
        """Probability from which pixels count: as asked for, or as corrected by hand."""
        return cut_by_hand(self.cut, self.model.corrections).threshold

    def summary(self) -> str:
        """What was found, in a sentence."""
        axes, shape = self.source.axes, self.source.shape
        frames = shape[axes.index("t")] if "t" in axes else 1
        count = len(self.objects)
        text = counted(count, "particle")
        if frames > 1:
            text += f" in {frames} frames"
        if count and "class" in self.objects and self.objects["class"].all():
            kinds = self.objects["class"].value_counts().sort_index()
            text += f" ({', '.join(f'{number} of class {kind}' for kind, number in kinds.items())})"
        unsure = int((self.objects["confidence"] < UNSURE).sum())
        return f"{text}; {unsure} need{'s' * (unsure == 1)} a look" if unsure else text

    def details(self) -> str:
        """What it rests on, in a sentence: polarity and diameter, which may have been guessed."""
        return self.model.summary()

    def refit(self, corrections: Corrections | None = None) -> Particles:
        """The result with other corrections; only what they touch is fitted again.

        Parameters
        ----------
        corrections : Corrections, optional
            The whole log, not only what is new; none takes all corrections back.

        Returns
        -------
        Particles
        """
        return drain(self.refitting(corrections))

    def refitting(
        self, corrections: Corrections | None = None, out: Mapping[str, Any] | None = None
    ) -> Generator[Progress, None, Particles]:
        """What `refit` does, with progress on the way and arrays to write into."""
        log, arrays = as_corrections(corrections), out or {}
        if "posterior" not in arrays and same_but_threshold(log, self.model.corrections):
            model = dataclasses.replace(self.model, corrections=log)
            found = yield from _cut_out(model, self.source, self.cut, self.posterior, arrays, None)
        else:
            model = yield from self.model.refitting(log, self.source)
            found = yield from _found(model, self.source, self.cut, arrays, None)
        provenance = dataclasses.replace(self.provenance, warnings=found.provenance.warnings).corrected(log)
        return dataclasses.replace(found, provenance=provenance)

    def save(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        """Write everything to one OME-Zarr store.

        Parameters
        ----------
        path : path-like
            A folder that does not exist yet.
        overwrite : bool, optional
            Whether a finished result of specks that stands there is replaced; it stays when this fails.

        Raises
        ------
        StoreError
            When something stands at `path` that is not to be replaced, or it cannot be written.
        """
        drain(self.saving(path, overwrite=overwrite))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Particles:
        """Read what `save` wrote; its images stay on disk, and it can be corrected further.

        Parameters
        ----------
        path : path-like

        Returns
        -------
        Particles

        Raises
        ------
        NotFoundError
            When there is nothing at `path`.
        FileFormatError
            When it is no result of `segment_particles`, or was damaged.
        """
        from specks.workflows._stored import load_particles

        return load_particles(path)

    def saving(
        self, path: str | os.PathLike[str], *, overwrite: bool = False
    ) -> Generator[Progress, None, None]:
        """What `save` does, with progress on the way."""
        from specks.io import write_result

        yield from write_result(
            path,
            self.source,
            labels={"particles": self.labels},
            posterior=self.posterior,
            tables={"objects": self.objects},
            models={"model": self.model},
            provenance=self.provenance,
            overwrite=overwrite,
        )


@step("Segment particles")
def segment_particles(
    image: Image,
    *,
    diameter: Annotated[PerAxis | None, Param(gt=0, unit="length")] = None,
    polarity: Literal["auto", "bright", "dark"] = "auto",
    threshold: Annotated[float, Param(ge=0, le=1)] = 0.5,
    min_size: Annotated[int, Param(ge=1, unit="px")] = 10,
    closing_radius: Annotated[float | None, Param(ge=0, unit="length")] = None,
    connectivity: Annotated[int, Param(ge=1, le=3, advanced=True)] = 2,
    borders: Annotated[Literal["keep", "original"], Param(advanced=True)] = "keep",
    mode: Annotated[Literal["calibrated", "documented"], Param(advanced=True)] = "calibrated",
    documented: Annotated[dict[str, Any] | None, Param(advanced=True)] = None,
    variable: Annotated[Literal["auto", "peaks", "contrast", "intensity"], Param(advanced=True)] = "auto",
    fit_per: Annotated[Literal["stack", "frame"], Param(advanced=True)] = "stack",
    coupling: Annotated[float, Param(ge=0, le=5, advanced=True)] = 0.0,
    further_diameters: Annotated[Sequence[float] | None, Param(gt=0, unit="length", advanced=True)] = None,
    axes: Annotated[str | None, Param(advanced=True)] = None,
    channel: Annotated[int | None, Param(advanced=True)] = None,
    spacing: Annotated[PerAxis | None, Param(gt=0, advanced=True)] = None,
    units: Annotated[str | None, Param(advanced=True)] = None,
    mask: Mask | None = None,
    scribbles: Scribbles | None = None,
    corrections: CorrectionLog | None = None,
    out: Out | None = None,
    executor: Runtime = None,
) -> Steps[Particles]:
    """Find the particles in an image: their probability, outlines and sizes.

    `fit_mixture`, `label_particles` and `measure_objects`, one after the other. The image is read
    in blocks and may be larger than memory.

    Parameters
    ----------
    image : array ([t, c, z,] y, x), path or Source
        What to look at.
    diameter : float or tuple of float, optional
        Typical width of a particle, in the unit of the image. The scale of the strongest response
        when not given. Too small a width splits particles, too large a one misses small ones.
    polarity : {"auto", "bright", "dark"}
        Whether particles are brighter or darker than their surroundings.
    threshold : float
        Probability from which a peak, or a pixel of a volume, counts as particle. Higher is
        stricter; 0.5 makes the fewest errors.
    min_size : int
        Smallest particle that is kept, in pixels or voxels.
    closing_radius : float, optional
        In volumes, gaps narrower than about twice this are closed; one pixel when not given, 0 for none.
    connectivity : {1, 2, 3}
        Whether pixels are connected over faces only, edges too, or corners too.
    borders : {"keep", "original"}
        "original" lets the closing take foreground away at the border, as sphero-vem does.
    mode : {"calibrated", "documented"}
        "documented" is the original algorithm of sphero-vem, for 8-bit images.
    documented : dict, optional
        Configuration of the documented mode, by the original's names.
    variable : {"auto", "peaks", "contrast", "intensity"}
        What is compared: see `fit_mixture`. "auto" takes "peaks" for images and time series, where
        each peak becomes one particle, and "contrast" for volumes, where what is connected does.
    fit_per : {"stack", "frame"}
        Whether all frames share one model, or each has its own.
    coupling : float
        In volumes, strength with which neighbors draw each other's probability; 0 for none.
    further_diameters : sequence of float, optional
        Typical widths of further kinds of particles in the same image, much smaller or larger than
        `diameter`, in the unit of the image; for images and time series. Give widths that are there: a
        small one finds whatever is that small.
    axes : str, optional
        What the axes mean, such as "tyx"; read from the file, else guessed from their number.
    channel : int, optional
        Which channel of an image that has several.
    spacing : float or tuple of float, optional
        Size of a pixel, in place of what the image declares; 1 forces pixels.
    units : str, optional
        Unit of `spacing`, such as "nm".
    mask : array of bool, optional
        True where the image is to be used; elsewhere nothing is labeled.
    scribbles : array of int, optional
        Strokes as an image: 0 nothing, 1 background, 2 particle. 3, 4, … are particles of further
        classes: with strokes of two or more, the table says which class each particle is of.
    corrections : Corrections, optional
        Strokes, masks, excluded frames and regions (nothing is labeled there), a threshold.
    out : path or mapping, optional
        An OME-Zarr store to write everything to, or arrays to write ``posterior`` and ``labels``
        into.
    executor : concurrent.futures.Executor, optional
        Where blocks are worked on; threads of this process when not given.

    Returns
    -------
    Particles
        For an array in memory its images are arrays, else they are lazy.

    Raises
    ------
    InputError
        When an argument does not fit the image.
    FitError
        When no pixel is finite, or all are equal.
    StoreError
        When `out` cannot be written.

    Examples
    --------
    >>> import numpy as np
    >>> import specks
    >>> rng = np.random.default_rng(0)
    >>> image = rng.normal(100, 5, (128, 128))
    >>> image[40:50, 40:50] += 60
    >>> found = specks.segment_particles(image, diameter=10)
    >>> found.summary()
    '1 particle'
    """
    source = as_source(image, axes=axes, spacing=spacing, units=units, channel=channel)
    arrays = arrays_to_fill(out, source)
    log = as_corrections(corrections).with_shorthands(scribbles=scribbles, mask=mask)
    model = yield from fit_mixture.iterate(
        source,
        diameter=diameter,
        polarity=polarity,
        mode=mode,
        documented=documented,
        variable=variable,
        fit_per=fit_per,
        coupling=coupling,
        further_diameters=further_diameters,
        corrections=log,
        executor=executor,
    )
    cut = Cut(threshold, closing_radius, min_size, connectivity, borders)
    return (yield from _found(model, source, cut, arrays, executor))


def _found(
    model: Mixture, source: Source, cut: Cut, arrays: Mapping[str, Any], executor: Executor | None
) -> Generator[Progress, None, Particles]:
    """Compute what a model says of every pixel; cut, label and measure it."""
    target = arrays.get("posterior")
    if target is None and _in_memory(source):
        target = np.empty(source.shape, np.float32)
    if target is not None and model.peaks is not None and _in_memory(source):
        labels, sure = yield from drawn(model, source, cut, target, executor)
        return (yield from _measured(model, source, cut, target, labels, sure, arrays))
    if target is not None:
        yield from fill(PosteriorSource(model, source), target, executor)
    posterior = target if target is not None else model.posterior(source)
    return (yield from _cut_out(model, source, cut, posterior, arrays, executor))


def _cut_out(
    model: Mixture,
    source: Source,
    cut: Cut,
    posterior: Any,
    arrays: Mapping[str, Any],
    executor: Executor | None,
) -> Generator[Progress, None, Particles]:
    """Cut, label and measure a posterior; a lazy one is computed where it is read."""
    labels, sure = yield from labeled(model, source, cut, posterior, executor)
    return (yield from _measured(model, source, cut, posterior, labels, sure, arrays))


def _measured(
    model: Mixture,
    source: Source,
    cut: Cut,
    posterior: Any,
    labels: Any,
    sure: npt.NDArray[Any] | None,
    arrays: Mapping[str, Any],
) -> Generator[Progress, None, Particles]:
    """Measure what is labeled."""
    labels = yield from placed(labels, source, arrays.get("labels"))
    objects = yield from measured(labels, source, readable(model, source, posterior), sure)
    objects, doubts = yield from with_classes(objects, labels, model, source)
    warnings = (*model.warnings, *doubts)
    provenance = Provenance(inputs={"image": fingerprint(source)}, warnings=warnings)
    return Particles(model, posterior, labels, objects, provenance, cut, source)


def _in_memory(source: Source) -> bool:
    return (
        isinstance(source, ArraySource)
        and type(source.array) is np.ndarray
        and not isinstance(source, MemmapSource)
    )
