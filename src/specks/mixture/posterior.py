"""The posterior of an image: block by block, whole, or lazy."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Iterator
from concurrent.futures import Executor
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from specks._core.blocks import map_blocks
from specks._core.errors import InputError
from specks._core.provenance import fingerprint
from specks._core.source import Region, Source, checked_region
from specks.filters.exclusions import Exclusions
from specks.mixture import _kernels
from specks.mixture.coupling import coupled, neighbor_weights
from specks.mixture.left_out import as_seen
from specks.mixture.peaks.render import posterior_of_peaks
from specks.mixture.slabs import bands, slabs, slice_numbers

if TYPE_CHECKING:
    from specks.mixture.model import Mixture

__all__ = ["posterior_block", "posterior_of"]

#: Largest block of a lazy result, in pixels along y and x.
TILE = 1024


def posterior_block(model: Mixture, source: Source, region: Region) -> npt.NDArray[np.float32]:
    """Probability in one region of the image that was fitted."""
    if source.shape != model.shape:
        raise InputError(
            f"the image has the shape {source.shape}, but the model was fitted to {model.shape}; "
            "use model.for_image(image) first"
        )
    region = checked_region(region, model.shape)
    if model.peaks is not None:
        return posterior_of_peaks(model, model.peaks, source, region)
    if model.coupling > 0:
        weights = neighbor_weights(model.axes, source.geometry.spatial_spacing)
        plain = functools.partial(_by_tables, model, source)
        block = coupled(plain, model.shape, region, weights, model.coupling)
    else:
        block = _by_tables(model, source, region)
    allowed = model.exclusions.allowed(region)
    if allowed is not None:
        block[~allowed] = 0
    return block


def _by_tables(model: Mixture, source: Source, region: Region) -> npt.NDArray[np.float32]:
    """Probability of each pixel by itself."""
    seen = as_seen(source, model.variable, Exclusions.counted(model.corrections, model.shape))
    block = np.empty([s.stop - s.start for s in region], np.float32)
    planes = zip(
        slice_numbers(model.shape, region),
        model.variable.planes(seen, region),
        block.reshape((-1, *block.shape[-2:])),
        strict=True,
    )
    for number, values, out in planes:
        center, spread = float(model.slices.center[number]), float(model.slices.spread[number])
        table = model.tables[number].astype(np.float32)
        if values.dtype == np.uint8 and model.variable.name != "gray":  # one table from gray values on
            each = np.arange(256, dtype=np.uint8)[np.newaxis]
            table, bins = table[model.variable.bins(each, center, spread)[0]], values
        else:
            bins = model.variable.bins(values, center, spread)
        _kernels.look_up(bins, table, out)
    return block


def posterior_of(model: Mixture, image: Any, executor: Executor | None) -> Any:
    """Probability for a whole image: in memory for arrays in memory, else lazy."""
    source = model.source_or(image)
    if not same_image(model, source):
        model = model.for_image(source, executor=executor)
    if type(image) is np.ndarray:
        return _whole(model, source, executor)
    return _lazy(model, source)


def same_image(model: Mixture, source: Source) -> bool:
    """Whether this is the image that was fitted."""
    if source.shape != model.shape:
        return False
    known = model.provenance.inputs.get("image", {}).get("digest")
    return bool(known == fingerprint(source)["digest"])


def _whole(model: Mixture, source: Source, executor: Executor | None) -> npt.NDArray[np.float32]:
    """Probability of every pixel as one array."""
    out = np.empty(source.shape, np.float32)
    task = functools.partial(posterior_block, model, source)
    regions = (region for slab in slabs(source) for region in bands(slab.region))
    for region, block in map_blocks(task, regions, executor):
        out[region] = block
    return out


def _lazy(model: Mixture, source: Source) -> Any:
    """Probability as a Dask array whose blocks are computed when they are looked at."""
    import dask.array as da

    steps = [*source.chunks[:-2], *(min(TILE, max(c, 256)) for c in source.chunks[-2:])]
    chunks = tuple(
        tuple(min(step, n - start) for start in range(0, n, step))
        for step, n in zip(steps, source.shape, strict=True)
    )
    return da.map_blocks(
        functools.partial(_lazy_block, model, source),
        chunks=chunks,
        dtype=np.float32,
        meta=np.empty((0,) * source.ndim, np.float32),
        name=f"posterior-{id(model):x}-{next(_COUNT)}",
    )


_COUNT: Iterator[int] = itertools.count()


def _lazy_block(
    model: Mixture, source: Source, block_info: dict[Any, Any] | None = None
) -> npt.NDArray[np.float32]:
    """One block of a lazy posterior."""
    assert block_info is not None
    place = block_info[None]["array-location"]
    return posterior_block(model, source, tuple(slice(start, stop) for start, stop in place))
