"""The posterior of a model and where it leaves pixels out, computed where they are read."""

from __future__ import annotations

import functools
from collections.abc import Generator
from concurrent.futures import Executor
from typing import Any

import numpy as np
import numpy.typing as npt

from specks._core.blocks import map_blocks
from specks._core.progress import Progress, Where
from specks._core.source import Region, Source
from specks.io import as_source
from specks.mixture import Mixture
from specks.mixture.slabs import slabs

__all__ = ["AllowedSource", "PosteriorSource", "fill", "is_lazy", "readable"]


class PosteriorSource(Source):
    """The posterior of a fitted image as an image: computed where it is read, never held."""

    def __init__(self, model: Mixture, image: Source) -> None:
        self.model, self.image = model, image
        self.shape, self.dtype = image.shape, np.dtype(np.float32)
        self.geometry, self.chunks = image.geometry, image.chunks
        self.name, self.portable = f"posterior of {image.name}", image.portable

    def read(self, region: Region) -> npt.NDArray[Any]:
        return self.model.posterior_block(self.image, region)


class AllowedSource(Source):
    """Where a model leaves no pixels out, as a mask: computed where it is read, never held."""

    def __init__(self, model: Mixture, image: Source) -> None:
        self.exclusions = model.exclusions
        self.shape, self.dtype = image.shape, np.dtype(np.bool_)
        self.geometry, self.chunks = image.geometry, image.chunks
        self.name, self.portable = "mask", True

    def read(self, region: Region) -> npt.NDArray[Any]:
        allowed = self.exclusions.allowed(region)
        return np.ones([s.stop - s.start for s in region], np.bool_) if allowed is None else allowed


def readable(model: Mixture, source: Source, posterior: Any) -> Source:
    """A posterior as an image; a lazy one is computed where it is read."""
    if is_lazy(posterior):
        return PosteriorSource(model, source)
    return as_source(posterior, axes=source.axes).with_geometry(source.geometry)


def is_lazy(array: Any) -> bool:
    """Whether an array is one of dask; so told without loading dask."""
    return hasattr(array, "__dask_graph__")


def fill(
    posterior: PosteriorSource, target: Any, executor: Executor | None
) -> Generator[Progress, None, None]:
    """Compute the whole posterior into an array, slab by slab."""
    total = sum(slab.count for slab in slabs(posterior.image))
    done = 0
    parts = list(slabs(posterior.image))
    for region, block in map_blocks(
        functools.partial(_read, posterior), (part.region for part in parts), executor
    ):
        target[region] = block
        done += int(np.prod(block.shape[:-2]))
        yield Progress(done, total, f"Posterior of slice {done} of {total}", Where("posterior", region))


def _read(posterior: PosteriorSource, region: Region) -> npt.NDArray[Any]:
    return posterior.read(region)
