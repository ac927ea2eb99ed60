"""A fitted mixture: the probability of particle for every pixel, as a table per slice."""

from __future__ import annotations

import os
from collections.abc import Generator
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.axes import short_unit
from specks._core.corrections import Corrections, as_corrections
from specks._core.errors import InputError
from specks._core.progress import Progress, drain
from specks._core.provenance import Provenance
from specks._core.source import Region, Source
from specks.filters.exclusions import Exclusions
from specks.mixture.calibrated import EDGES, Components
from specks.mixture.original import Original
from specks.mixture.peaks.table import Peaks
from specks.mixture.statistics import SliceStatistics
from specks.mixture.strokes import StrokeCounts
from specks.mixture.variable import Variable, check_numbers

if TYPE_CHECKING:
    import pandas as pd

    from specks.mixture.expected import Expected

__all__ = ["Mixture"]


@dataclass(frozen=True, eq=False, repr=False)
class Mixture:
    """Two components, background and particles, fitted to an image.

    Made by `fit_mixture` or `load`; never by hand.

    Parameters
    ----------
    mode : {"calibrated", "documented"}
    shape : tuple of int
        Of the image that it was fitted to.
    axes : str
        Of that image, without a channel.
    opened : tuple of (str or None, int or None)
        The `axes` and `channel` that the image was opened with.
    unit : str
        Unit of `diameter`.
    diameter : float or None
        Of the particles, as it was given or estimated; None in documented mode, which needs none. Those of
        further kinds are in `diameters`.
    polarity : {"bright", "dark"}
        As it was given or found.
    variable : Variable
        What the mixture is a mixture of.
    slices : SliceStatistics
        What was counted.
    components : Components
        The two distributions over the bins.
    share, share_error : numpy.ndarray (slices,)
        Share of particle pixels by slice and its standard error.
    tables : numpy.ndarray (slices, 256) of float64
        Probability of particle by slice and bin.
    prevalence, prevalence_error : float
        Share of particle pixels in all that was used, and its standard error.
    corrections : Corrections
        What was corrected by hand.
    strokes : StrokeCounts
        Bins of the pixels under strokes.
    fit_per : {"stack", "frame"}
        Whether all frames share one model, or each has its own; `components` are those of all.
    coupling : float
        Strength with which neighboring pixels draw each other's probability.
    saturation : float
        Share of pixels at the end of the image's range on the particles' side.
    peaks : Peaks, optional
        Places that stand out, when they are what the mixture is a mixture of.
    certainty : numpy.ndarray (peaks,) of float64
        Probability that each peak is a particle.
    kinds : tuple of Components
        Of the peaks that are as wide as each of the variable's widths, the smallest first.
    original : Original, optional
        What the documented mode found, and its configuration.
    warnings : tuple of str
        Sentences: why not to trust it.
    provenance : Provenance
        Where it came from.

    Examples
    --------
    >>> import numpy as np, specks
    >>> rng = np.random.default_rng(0)
    >>> image = rng.normal(100, 5, (128, 128))
    >>> image[40:50, 40:50] += 60
    >>> model = specks.fit_mixture(image, diameter=10, polarity="bright")
    >>> p = model.posterior(image)
    >>> p.dtype.name, bool(p[45, 45] > 0.9), bool(p[90, 90] < 0.1)
    ('float32', True, True)
    """

    mode: str
    shape: tuple[int, ...]
    axes: str
    opened: tuple[str | None, int | None]
    unit: str
    diameter: float | None
    polarity: str
    variable: Variable
    slices: SliceStatistics
    components: Components
    share: npt.NDArray[np.float64]
    share_error: npt.NDArray[np.float64]
    tables: npt.NDArray[np.float64]
    prevalence: float
    prevalence_error: float
    corrections: Corrections = field(default_factory=Corrections)
    strokes: StrokeCounts = field(default_factory=StrokeCounts)
    fit_per: str = "stack"
    coupling: float = 0.0
    saturation: float = 0.0
    peaks: Peaks | None = None
    certainty: npt.NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    kinds: tuple[Components, ...] = ()
    original: Original | None = None
    warnings: tuple[str, ...] = ()
    provenance: Provenance = field(default_factory=Provenance)
    source: Source | None = field(default=None, repr=False)

    @property
    def diameters(self) -> tuple[float, ...]:
        """Of all kinds of particles, the smallest first; none in documented mode."""
        if self.diameter is None:
            return ()
        pixels = max(self.variable.diameter) / self.diameter
        return tuple(max(width) / pixels for width in self.variable.diameters)

    def posterior(self, image: Any, *, executor: Executor | None = None) -> Any:
        """Probability that each pixel belongs to a particle.

        Parameters
        ----------
        image : array, path or Source
            The image that was fitted, or another one of the same axes: its slices are then
            measured first, and only the two components are taken over.
        executor : concurrent.futures.Executor, optional
            Where blocks of an array in memory are computed; threads when not given.

        Returns
        -------
        numpy.ndarray or dask.array.Array of float32
            Same shape as the image (without its channel axis), from 0 to 1; 0 where pixels were
            left out. Lazy when the image is.

        Raises
        ------
        InputError
            When the image has other axes than the one that was fitted.
        """
        from specks.mixture.posterior import posterior_of

        return posterior_of(self, image, executor)

    def posterior_block(self, source: Source, region: Region) -> npt.NDArray[np.float32]:
        """Probability in one region; reads the region and the margin that it needs.

        Parameters
        ----------
        source : Source
            The image that was fitted (for another one, see `for_image`).
        region : tuple of slice
            One slice an axis, without steps, within the image.

        Returns
        -------
        numpy.ndarray of float32
            Of the region's shape; equal to that part of `posterior`, bit for bit.

        Raises
        ------
        InputError
            When the region is none of the image, or the image has another shape than the one that was
            fitted.
        """
        from specks.mixture.posterior import posterior_block

        return posterior_block(self, source, region)

    def for_image(self, image: Any, *, executor: Executor | None = None) -> Mixture:
        """The same components for another image: only its slices are measured.

        Parameters
        ----------
        image : array, path or Source
        executor : concurrent.futures.Executor, optional

        Returns
        -------
        Mixture
        """
        from specks.mixture.transfer import transferred

        return drain(transferred(self, image, executor))

    def refit(
        self, corrections: Corrections | None = None, image: Any = None, *, executor: Executor | None = None
    ) -> Mixture:
        """Fit again with other corrections; only what they touch is read.

        Parameters
        ----------
        corrections : Corrections, optional
            The whole log, not only what is new; none takes all corrections back.
        image : array, path or Source, optional
            Needed for new strokes, masks and regions when the model was loaded from a file.
        executor : concurrent.futures.Executor, optional

        Returns
        -------
        Mixture

        Raises
        ------
        CorrectionError
            When a correction does not fit the image.
        InputError
            When pixels must be read and there is no image.
        """
        return drain(self.refitting(corrections, image, executor=executor))

    def refitting(
        self, corrections: Corrections | None = None, image: Any = None, *, executor: Executor | None = None
    ) -> Generator[Progress, None, Mixture]:
        """What `refit` does, with progress on the way."""
        from specks.mixture.refit import refit

        return refit(self, as_corrections(corrections), image, executor)

    def histogram(
        self,
    ) -> tuple[
        npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]
    ]:
        """What was counted and how it was split, for a plot.

        Returns
        -------
        edges : numpy.ndarray (n + 1,) of float64
            Of n = 255 bins: contrast in units of the background's lower standard deviation; in
            documented mode of n = 256 gray values, for peaks their heights above the local noise.
            The outer bins hold what lies beyond.
        total, background, particle : numpy.ndarray (n,) of float64
            Share of all pixels (or peaks) in each bin, and the two components' parts of it.
        """
        counts = self.slices.total.sum(axis=0).astype(np.float64)
        gray = self.variable.name == "gray"
        first = 0 if gray else 1
        edges = np.arange(257, dtype=np.float64) if gray else EDGES
        total: npt.NDArray[np.float64] = counts / max(counts[first:].sum(), 1.0)
        # Prevalence is a share of the area; among peaks, particles have a share of their own.
        share = self.prevalence if self.peaks is None else self.components.weight
        parts = (self.components.background * (1 - share), self.components.particle * share)
        return edges[first:], total[first:], parts[0][first:], parts[1][first:]

    def expected(self, threshold: float = 0.5) -> Expected:
        """Precision and recall that the probabilities promise at a threshold.

        They are over particles in images and time series, over pixels in volumes.

        Parameters
        ----------
        threshold : float
            From 0 to 1.

        Raises
        ------
        InputError
            When `threshold` is none.
        """
        from specks.mixture.expected import expected

        return expected(self, threshold)

    def candidates(self) -> pd.DataFrame:
        """Everything that stands out, the least sure first: where one more verdict would help most.

        Returns
        -------
        pandas.DataFrame
            ``frame`` (index along the first axis before y and x, 0 for one image), ``y``, ``x`` and
            ``diameter`` in pixels, ``height`` above the local noise, ``certainty`` of being a
            particle. Empty for a model that compares pixels.
        """
        from specks.mixture.peaks.candidates_table import candidates

        return candidates(self)

    def __repr__(self) -> str:
        return f"<Mixture of {self.variable.name} in {self.shape}: {self.summary()}>"

    def summary(self) -> str:
        """What was found, in a sentence."""
        if self.diameter is None:
            return f"Particles cover {100 * self.prevalence:.3g} % of the image (documented mode)."
        unit = short_unit(self.unit)
        size = " or ".join(f"{width:.3g}" for width in self.diameters) + f" {unit}"
        if self.prevalence == 0:
            return f"No {self.polarity} particles of about {size} were found."
        share = f"{100 * self.prevalence:.3g} ± {100 * self.prevalence_error:.1g} %"
        return f"{self.polarity.capitalize()} particles cover {share} of the image (diameter {size})."

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to one file: JSON and small arrays, nothing that runs.

        Raises
        ------
        StoreError
            When it cannot be written; whatever stood there is left as it was.
        """
        from specks.mixture.files import save

        save(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Mixture:
        """Read a model that `save` has written.

        Raises
        ------
        NotFoundError
            When there is no such file.
        FileFormatError
            When it is not a model, is truncated, or was edited.
        """
        from specks.mixture.files import load

        return load(path)

    @property
    def exclusions(self) -> Exclusions:
        """Pixels that are left out by hand."""
        return Exclusions.of(self.corrections, self.shape)

    def attached(self, source: Source) -> Mixture:
        """The model with the image that corrections are read from."""
        return replace(self, source=source)

    def source_or(self, image: Any) -> Source:
        """The source of `image`, or of the image that was fitted.

        Raises
        ------
        InputError
            When there is neither.
        """
        from specks.io import as_source

        if image is None:
            if self.source is None:
                raise InputError("image is missing: the model was loaded from a file, so pass the image")
            return self.source
        axes, channel = self.opened
        ndim = getattr(image, "ndim", None)
        if ndim == len(self.axes) and len(axes or "") != ndim:
            axes, channel = self.axes, None  # one channel alone
        source = as_source(image, axes=axes, channel=channel)
        if source.axes != self.axes:
            raise InputError(
                f'the image has the axes "{source.axes}", but the model was fitted to "{self.axes}"'
            )
        check_numbers(source)
        return source
