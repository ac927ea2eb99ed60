"""From a posterior to numbered particles."""

from __future__ import annotations

import math
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt

from specks._core.axes import Geometry, resolve_geometry
from specks._core.blocks import check_executor, map_blocks
from specks._core.errors import InputError
from specks._core.progress import Progress, Steps
from specks._core.source import Region, Source, array_source
from specks._core.step import step
from specks._core.types import Image, Labels, Mask, Param, PerAxis, Runtime
from specks.measure._bits import foreground, pack
from specks.measure._closing import Borders
from specks.measure._labeler import RunLabeler
from specks.measure._regions import sweep

__all__ = ["label_particles"]


@step("Label particles")
def label_particles(
    posterior: Image,
    threshold: Annotated[float, Param(ge=0, le=1)] = 0.5,
    *,
    closing_radius: Annotated[float | None, Param(ge=0, unit="length")] = None,
    connectivity: Annotated[int, Param(ge=1, le=3, advanced=True)] = 2,
    min_size: Annotated[int, Param(ge=0, unit="px")] = 10,
    axes: Annotated[str | None, Param(advanced=True)] = None,
    spacing: Annotated[PerAxis | None, Param(gt=0, advanced=True)] = None,
    units: Annotated[str | None, Param(advanced=True)] = None,
    borders: Annotated[Borders, Param(advanced=True)] = "keep",
    mask: Mask | None = None,
    executor: Runtime = None,
) -> Steps[Labels]:
    """Number the connected parts of where a posterior reaches a threshold.

    The posterior is read once, in blocks. Only the runs of the mask are held: about 20 bytes for
    each unbroken stretch of foreground in a row. Objects are connected within a frame of a time
    series; labels count 1, 2, … over all frames, in the order in which a raster scan meets them.

    Parameters
    ----------
    posterior : array of float, shape ([t,] [z,] y, x)
        Probability of being a particle, from 0 to 1; NaN counts as background. A mask (bool, or
        the whole numbers 0 and 1) is taken as well. NumPy array, or a lazy one: Dask, Zarr,
        memory map.
    threshold : float
        Smallest probability that counts, rounded to the type of the posterior.
    closing_radius : float, optional
        Gaps in the mask narrower than about twice this are closed first, with a ball of this radius
        in the unit of the image (pixels of the finest axis when it has none). One pixel of the finest
        axis when not given; 0 for no closing.
    connectivity : int
        Pixels that differ by 1 along at most so many spatial axes are connected: 1 for faces, 2
        for edges too, 3 for corners of voxels too.
    min_size : int
        Smallest object that is kept, in pixels or voxels, counted after the closing.
    axes : str, optional
        Meaning of the axes, such as "tyx"; "yx", "zyx" or "tzyx" by their number when not given.
    spacing : float or tuple of float, optional
        Size of a pixel along the spatial axes; what the image declares when not given.
    units : str, optional
        Unit of `spacing`, such as "nm".
    borders : {"keep", "original"}
        "keep": objects that meet the border of the image keep their pixels there. "original": the
        closing takes away all foreground within its radius of every face, as
        `scipy.ndimage.binary_closing` does.
    mask : array of bool, optional
        True where labels may be; the shape of `posterior`, or of one plane. Elsewhere is background,
        which the closing does not fill. Read in blocks as `posterior` is.
    executor : concurrent.futures.Executor, optional
        What reads the blocks; threads of this process when not given.

    Returns
    -------
    array of int32, shape of `posterior`
        0 is background. A NumPy array for a NumPy array; a Dask array for a lazy one, which paints
        each block when it is asked for.

    Raises
    ------
    InputError
        When the posterior is complex, empty or holds whole numbers other than 0 and 1, when axes,
        spacing, mask and shape do not fit, or when the closing reaches further than 100 pixels.

    References
    ----------
    .. [1] L. He, Y. Chao, K. Suzuki, "A run-based two-scan labeling algorithm", IEEE Transactions
       on Image Processing 17 (2008) 749-756.
    .. [2] scikit-image, `skimage.measure.label`, whose connectivity and order of labels it shares.

    Examples
    --------
    >>> import numpy as np
    >>> import specks
    >>> posterior = np.zeros((6, 8))
    >>> posterior[1:4, 1:4] = 0.9
    >>> posterior[4, 6] = 0.8
    >>> specks.label_particles(posterior, min_size=5)
    array([[0, 0, 0, 0, 0, 0, 0, 0],
           [0, 1, 1, 1, 0, 0, 0, 0],
           [0, 1, 1, 1, 0, 0, 0, 0],
           [0, 1, 1, 1, 0, 0, 0, 0],
           [0, 0, 0, 0, 0, 0, 0, 0],
           [0, 0, 0, 0, 0, 0, 0, 0]], dtype=int32)
    """
    source = array_source(posterior, axes, name="posterior")
    if source.dtype.kind not in "fbui":
        raise InputError(
            f"posterior has the type {source.dtype}; expected probabilities from 0 to 1, or a mask"
        )
    geometry = resolve_geometry(source.geometry, axes, spacing, units)
    room = None if mask is None else _room(mask, source.shape)
    check_executor(executor, source, room)
    labeler = RunLabeler(
        source.shape,
        geometry.axes,
        closing_radius=_reach(closing_radius, geometry),
        connectivity=connectivity,
        min_size=min_size,
        borders=borders,
    )
    total = math.prod(source.shape[:-2])
    done = 0
    for bits, *allowed in _slabs(source, threshold, room, executor):
        labeler.add_bits(bits, *allowed)
        done += len(bits)
        yield Progress(done, total, f"Labeling plane {done} of {total}")
    runs = labeler.finish()
    if _is_in_memory(posterior):
        return runs.paint(tuple(slice(0, n) for n in runs.shape))
    return runs.as_dask(tuple(min(c, n) for c, n in zip(source.chunks, source.shape, strict=True)))


def _reach(closing_radius: float | None, geometry: Geometry) -> tuple[float, ...]:
    """Radius of the closing in pixels of each spatial axis."""
    if closing_radius is None:
        finest = min(geometry.spatial_spacing)
        return tuple(finest / step for step in geometry.spatial_spacing)
    return geometry.to_pixels(closing_radius)


def _room(mask: Any, shape: tuple[int, ...]) -> Source:
    """Where labels may be, as an image of the posterior's shape or of one plane."""
    room = array_source(mask, name="mask")
    if room.dtype.kind not in "biuf":
        raise InputError(f"mask has the type {room.dtype}; expected bool, True where labels may be")
    if room.shape not in (shape, shape[-2:]):
        raise InputError(f"mask has the shape {room.shape}; it must be {shape} or one plane {shape[-2:]}")
    if type(mask) is np.ndarray:
        room.portable = True  # goes along to other processes, as masks in corrections do
    return room


def _is_in_memory(array: Any) -> bool:
    return not hasattr(array, "shape") or (isinstance(array, np.ndarray) and not isinstance(array, np.memmap))


def _slabs(
    source: Source, threshold: float, room: Source | None, executor: Executor | None
) -> Iterator[npt.NDArray[np.uint8]]:
    """What `_bits_of` finds, a few whole planes at a time, in raster order."""
    height, width = source.shape[-2:]
    slab = np.empty((1, 0, height, -(-width // 8)), np.uint8)
    for region, bits in map_blocks(partial(_bits_of, source, threshold, room), sweep(source), executor):
        y, planes = region[-2], math.prod(bits.shape[1:-2])
        if y.start == 0:
            slab = np.empty((len(bits), planes, height, bits.shape[-1]), np.uint8)
        slab[:, :, y] = bits.reshape(len(bits), planes, *bits.shape[-2:])
        if y.stop == height:
            yield slab


def _bits_of(source: Source, threshold: float, room: Source | None, region: Region) -> npt.NDArray[np.uint8]:
    """Read one block and keep the bits of its foreground; with a mask, those of the mask after them."""
    bits = foreground(source.read(region), threshold)
    if room is None:
        return bits[None]
    allowed = pack(room.read(region[-room.ndim :]).astype(np.bool_, copy=False))
    return np.stack([bits, np.broadcast_to(allowed, bits.shape)])
